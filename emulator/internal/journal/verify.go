package journal

import (
	"context"
	"fmt"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// An Expectation is what a test expects of the calls that a query means. Without
// Exactly, AtLeast and AtMost, it is at least one.
type Expectation struct {
	Query
	Exactly, AtLeast, AtMost *int
}

// Verify compares a log with expectations, each for itself. An error is that of the log.
func Verify(ctx context.Context, log Log, expectations ...Expectation) (control.Verdict, error) {
	var complaints []string
	for _, expected := range expectations {
		result, err := log.Find(ctx, expected.Query)
		if err != nil {
			return control.Verdict{}, err
		}
		complaint := expected.complaint(len(result.Entries))
		if complaint == "" && result.Gone > 0 && (expected.Exactly != nil || expected.AtMost != nil) {
			complaint = expected.shown() + ": it cannot be told that there were no more"
		}
		if complaint != "" {
			complaints = append(complaints, complaint+explained(result))
		}
	}
	return control.Verdict{Met: len(complaints) == 0, Message: strings.Join(complaints, "\n")}, nil
}

// complaint returns what is wrong with a number of calls, or "".
func (x Expectation) complaint(got int) string {
	atLeast := 1
	if x.AtLeast != nil {
		atLeast = *x.AtLeast
	} else if x.AtMost != nil {
		atLeast = 0
	}
	switch {
	case x.Exactly != nil && got != *x.Exactly:
		return fmt.Sprintf("%s: got %d calls, want exactly %d", x.shown(), got, *x.Exactly)
	case x.Exactly != nil:
	case got < atLeast:
		return fmt.Sprintf("%s: got %d calls, want at least %d", x.shown(), got, atLeast)
	case x.AtMost != nil && got > *x.AtMost:
		return fmt.Sprintf("%s: got %d calls, want at most %d", x.shown(), got, *x.AtMost)
	}
	return ""
}

// shown is the query in words.
func (q *Query) shown() string {
	var asked []string
	add := func(name, value string) {
		if value != "" {
			asked = append(asked, name+" "+value)
		}
	}
	add("operation", q.Operation)
	add("version", q.Version)
	add("method", q.Method)
	add("session", q.Session)
	if q.Status != 0 {
		add("status", fmt.Sprint(q.Status))
	}
	add("scenario", q.Scenario)
	if q.Faulty != nil {
		add("faulty", fmt.Sprint(*q.Faulty))
	}
	if q.Hinted != nil {
		add("hinted", fmt.Sprint(*q.Hinted))
	}
	if len(asked) == 0 {
		return "any call"
	}
	return strings.Join(asked, ", ")
}

// explained says what may be behind a wrong number of calls.
func explained(result Result) string {
	var b strings.Builder
	if result.Gone > 0 {
		fmt.Fprintf(&b, "; %d older calls were dropped to make room and are not counted", result.Gone)
	}
	for _, near := range result.Near {
		fmt.Fprintf(&b, "\n  nearly, but for the %s: %s", near.Lacks, near.Entry)
	}
	return b.String()
}

// String shows a call on one line.
func (e *Entry) String() string {
	name := e.Operation
	if name == "" {
		name = e.Method + " " + e.Path
	}
	text := fmt.Sprintf("call %d, %s %s answered %d", e.Number, name, e.Version, e.Status)
	if e.Session != "" {
		text += ", session " + e.Session
	}
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	return text
}

// VerifyOrder reports whether a log has calls that the queries mean, one behind the
// other, with any others in between. An error is that of the log.
func VerifyOrder(ctx context.Context, log Log, queries ...Query) (control.Verdict, error) {
	var after uint64
	for i, q := range queries {
		q.After = max(q.After, after)
		result, err := log.Find(ctx, q)
		if err != nil {
			return control.Verdict{}, err
		}
		if len(result.Entries) == 0 {
			where := "at all"
			if i > 0 {
				where = fmt.Sprintf("after call %d", after)
			}
			return control.Verdict{Message: fmt.Sprintf("%s: no such call %s%s", q.shown(), where, explained(result))}, nil
		}
		after = result.Entries[0].Number
	}
	return control.Verdict{Met: true}, nil
}
