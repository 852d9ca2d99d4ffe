package lang

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/nearest"
)

// suggest returns the hint for a text that is not among the known ones: the one
// that was probably meant, or else all of them behind label.
func suggest(text, label string, known []string) string {
	if meant := nearest.Name(text, known); meant != "" {
		return didYouMean(meant)
	}
	return label + ": " + strings.Join(known, ", ")
}

// didYouMean returns the hint that names what was probably meant.
func didYouMean(meant string) string { return fmt.Sprintf("did you mean %q?", meant) }

// synonym returns the word of the language that was probably meant by one of
// others, where it looks too different for nearest; "" if there is none.
func synonym(path, text string) string {
	if path != pathOperation {
		return ""
	}
	switch strings.ToLower(text) {
	case "get", "poll", "polls", "polling", "result":
		return "read"
	case "post":
		return "create"
	}
	return ""
}

// statusHint returns the names of the errors with a status that stands in place of
// a name, or "" if it is none that faults can have.
func statusHint(text string) string {
	status, err := strconv.Atoi(text)
	if err != nil || len(text) != 3 || status < leastStatus || status > mostStatus || status == http.StatusNotModified {
		return ""
	}
	names := fault.ErrorsOf(status)
	if len(names) == 0 {
		return fmt.Sprintf("write it as {status: %d, code: …, message: …}", status)
	}
	last := strconv.Quote(names[len(names)-1])
	if len(names) == 1 {
		return "did you mean " + last + "?"
	}
	var others []string
	for _, name := range names[:len(names)-1] {
		others = append(others, strconv.Quote(name))
	}
	return "did you mean " + strings.Join(others, ", ") + " or " + last + "?"
}

// rateHint returns what was probably meant by a rate as people write it, such as
// 20/min, or "" for another text.
func rateHint(text string) string {
	parts := regexp.MustCompile(`^([1-9][0-9]{0,5}) *(?:/|per|in|a|an) *([1-9][0-9]{0,5})? *([a-z]+)$`).FindStringSubmatch(strings.ToLower(text))
	if parts == nil {
		return ""
	}
	window := cmp.Or(parts[2], "1") + unitOf(parts[3])
	calls, err := strconv.Atoi(parts[1])
	if per, bad := time.ParseDuration(window); err != nil || bad != nil || calls > maxCalls || per < minRateWindow || per > maxDuration {
		return ""
	}
	return fmt.Sprintf("did you mean {calls: %d, per: %s}?", calls, window)
}
