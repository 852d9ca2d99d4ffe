package lang

import (
	"fmt"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

// duration returns the value as a duration.
func (r *reader) duration(v value) time.Duration {
	text, ok := v.number()
	if !ok && v.kind() != "text" {
		r.wrongKind(v, "a duration such as 1500ms or 2s", "")
		return 0
	}
	if !ok {
		text, _ = r.text(v)
	}
	d, err := time.ParseDuration(text)
	switch {
	case lacksUnit(text):
		r.report(v.at, fmt.Sprintf("%s has no unit: %s", v.path, scenario.Quote(text)), didYouMean(text+likelyUnit(text)))
	case strings.HasPrefix(text, "-"):
		r.report(v.at, fmt.Sprintf("%s is negative: %s", v.path, scenario.Quote(text)), "at least 0s")
	case err != nil || strings.HasPrefix(text, "+"):
		r.report(v.at, fmt.Sprintf("%s is not a duration: %s", v.path, scenario.Quote(text)), durationHint(text))
	case d > maxDuration:
		r.report(v.at, fmt.Sprintf("%s is too long: %s", v.path, scenario.Quote(text)), "at most 24h")
	default:
		return d
	}
	return 0
}

// lacksUnit reports whether the text would be a duration if it had a unit.
func lacksUnit(text string) bool {
	const longest = 20 // digits; a longer number is too long with any unit
	_, err := time.ParseDuration(text + "s")
	return err == nil && len(text) <= longest && strings.Trim(text, "0123456789.") == ""
}

// likelyUnit returns the unit to suggest for a number without one: attempts of 100
// seconds are rare.
func likelyUnit(number string) string {
	if d, err := time.ParseDuration(number + "s"); err == nil && d >= 100*time.Second {
		return "ms"
	}
	return "s"
}

// durationHint returns a suggestion for an invalid duration.
func durationHint(text string) string {
	const hint = "use a number with a unit (h, m, s, ms, us, ns), as in 1500ms or 1m30s"
	compact := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(text, "+"), " ", ""))
	number := strings.TrimRight(compact, "abcdefghijklmnopqrstuvwxyz")
	word := strings.TrimPrefix(compact, number)
	unit := unitOf(word)
	if number == "1" && (word == "d" || word == "day" || word == "days") {
		number, unit = "24", "h"
	}
	if meant, err := time.ParseDuration(number + unit); err != nil || unit == "" || meant > maxDuration {
		return hint
	}
	return didYouMean(number + unit)
}

// unitOf returns the unit for a word in lower case, or "".
func unitOf(word string) string {
	switch word {
	case "h", "hr", "hrs", "hour", "hours":
		return "h"
	case "m", "min", "mins", "minute", "minutes":
		return "m"
	case "s", "sec", "secs", "second", "seconds":
		return "s"
	case "ms", "msec", "msecs", "milli", "millis", "millisecond", "milliseconds":
		return "ms"
	}
	return ""
}

// afterHint returns a suggestion for a duration given instead of {after: …}, or "" for
// another text.
func afterHint(text string) string {
	if d, err := time.ParseDuration(text); err != nil || d <= 0 || d > maxDuration || strings.HasPrefix(text, "+") {
		return ""
	}
	return "did you mean {after: " + text + "}?"
}
