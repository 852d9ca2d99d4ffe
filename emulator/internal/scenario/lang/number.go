package lang

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

// whole returns the value as a whole number within bounds.
func (r *reader) whole(v value, least, most int64) int64 {
	wanted := fmt.Sprintf("a whole number from %d to %d", least, most)
	text, ok := v.number()
	if !ok {
		suggestion := ""
		if v.kind() == "text" {
			suggestion = "write it without quotes"
		}
		r.wrongKind(v, wanted, suggestion)
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > most || text != strconv.FormatInt(n, 10) {
		r.report(v.at, fmt.Sprintf("%s must be %s, not %s", v.path, wanted, scenario.Quote(text)), "")
		return 0
	}
	return n
}

// maxSize is the largest size in a file: 1 GB.
const maxSize = 1 << 30

// size returns the value as a number of bytes. It may have a unit; as in the
// documentation of the service's limits, a KB has 1024 bytes.
func (r *reader) size(v value) int64 {
	const hint = "use a number of bytes, or one with B, KB or MB, as in 200KB; at most 1024MB"
	text, ok := v.number()
	if !ok && v.kind() == "text" {
		text, ok = r.text(v)
	}
	if !ok {
		r.wrongKind(v, "a size such as 200KB", hint)
		return 0
	}
	number, unit := text, int64(1)
	for suffix, bytes := range map[string]int64{"KB": 1 << 10, "MB": 1 << 20} {
		if before, found := strings.CutSuffix(text, suffix); found {
			number, unit = before, bytes
		}
	}
	if unit == 1 {
		number = strings.TrimSuffix(text, "B")
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 1 || n > maxSize/unit || number != strconv.FormatInt(n, 10) || v.kind() == "text" && number == text {
		r.report(v.at, fmt.Sprintf("%s is not a size: %s", v.path, scenario.Quote(text)), sizeHint(text, hint))
		return 0
	}
	return n * unit
}

// sizeHint returns a suggestion for an invalid size.
func sizeHint(text, otherwise string) string {
	parts := regexp.MustCompile(`(?i)^([1-9][0-9]{0,3}) *([km])i?b?$`).FindStringSubmatch(text)
	if parts == nil {
		return otherwise
	}
	unit := strings.ToUpper(parts[2])
	if n, err := strconv.Atoi(parts[1]); err != nil || unit == "M" && n > maxSize>>20 {
		return otherwise
	}
	return didYouMean(parts[1] + unit + "B")
}
