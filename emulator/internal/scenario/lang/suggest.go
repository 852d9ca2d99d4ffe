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

// suggest returns the hint for an unknown text: the known text that was probably meant,
// or all of them after the label.
func suggest(text, label string, known []string) string {
	if meant := nearest.Name(text, known); meant != "" {
		return didYouMean(meant)
	}
	return label + ": " + strings.Join(known, ", ")
}

// didYouMean returns the hint with the text that was probably meant.
func didYouMean(meant string) string { return fmt.Sprintf("did you mean %q?", meant) }

// synonym returns the known word for a common synonym, or "". Package nearest does not
// find these.
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

// statusHint returns the error names for a status that was given instead of a name, or ""
// if faults cannot have that status.
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

// rateHint returns a suggestion for a rate in another notation, such as 20/min, or "".
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
