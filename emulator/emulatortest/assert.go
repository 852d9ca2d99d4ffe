package emulatortest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// AssertRequests fails the test unless each expectation is met by the requests so far.
// The failure shows the requests that came near.
func (r *Resource) AssertRequests(expected ...control.Expectation) {
	r.tb.Helper()
	r.verify("", control.Verification{Expect: expected})
}

// AssertOrder fails the test unless there are requests that the queries mean, one
// behind the other, with any others in between. The failure shows the requests that
// came near.
func (r *Resource) AssertOrder(queries ...control.RequestQuery) {
	r.tb.Helper()
	r.verify("not in this order: ", control.Verification{Order: queries})
}

// AwaitRequests waits until there are n requests that a query means, and returns those
// there are, the oldest first. When timeout, in real time, is over before, it fails
// the test and shows the requests that came near.
func (r *Resource) AwaitRequests(query control.RequestQuery, n int, timeout time.Duration) []control.Request {
	r.tb.Helper()
	wait := control.RequestSearch{RequestQuery: query, Count: n}
	for left := timeout; ; left -= control.MaxWait {
		wait.Timeout = control.Duration(min(left, control.MaxWait))
		found := do(r, "await requests", r.Control.Requests, wait).Entries
		if len(found) >= n {
			return found
		}
		if left > control.MaxWait {
			continue
		}
		expected := control.Expectation{RequestQuery: query, AtLeast: &n}
		if !r.verify(fmt.Sprintf("after %v: ", timeout), control.Verification{Expect: []control.Expectation{expected}}) {
			return found
		}
		// The last of them came after the wait, so this finds them.
		left = control.MaxWait
	}
}

// verify reports whether the requests are as expected, and fails the test if not.
func (r *Resource) verify(prefix string, expected control.Verification) bool {
	r.tb.Helper()
	verdict := do(r, "verify requests", r.Control.Verify, expected)
	if !verdict.Met {
		r.tb.Errorf("%s%s", prefix, verdict.Message)
	}
	return verdict.Met
}

// AssertStatus fails the test unless a session has a status: NotStarted, Running,
// Succeeded, Failed or Canceled. The failure shows what has happened in the session.
func (r *Resource) AssertStatus(session, want string) {
	r.tb.Helper()
	ctx, cancel := r.context()
	defer cancel()
	got, err := r.Control.Session(ctx, session)
	if err != nil {
		r.tb.Errorf("session %s: %v; want it %s%s", session, err, want, r.others(ctx, err))
		return
	}
	if got.Status != want {
		r.tb.Errorf("session %s: got status %s, want %s%s", session, got.Status, want, r.story(ctx, got))
	}
}

// others lists sessions that there are in place of an unknown one.
func (r *Resource) others(ctx context.Context, err error) string {
	const shown = 5
	if refused, ok := errors.AsType[*control.Error](err); !ok || refused.Kind != control.ErrorUnknown {
		return ""
	}
	found, err := r.Control.Sessions(ctx, control.SessionQuery{Limit: shown})
	if err != nil {
		return "\n  what sessions there are is not known: " + err.Error()
	}
	if len(found.Sessions) == 0 {
		return "\n  the resource has no sessions"
	}
	var b strings.Builder
	for _, session := range found.Sessions {
		fmt.Fprintf(&b, "\n  there is session %s, %s", session.ID, session.Status)
	}
	if found.Next != "" {
		b.WriteString("\n  and more")
	}
	return b.String()
}

// story lists the past and the scheduled timeline entries of a session, one per line.
func (r *Resource) story(ctx context.Context, session control.Session) string {
	timeline, err := r.Control.Timeline(ctx, session.ID)
	if err != nil {
		return "\n  what has happened is not known: " + err.Error()
	}
	clock, err := r.Control.Clock(ctx)
	if err != nil {
		return "\n  what time it is is not known: " + err.Error()
	}
	var b strings.Builder
	line := func(at time.Time, what string, attempt int, detail string) {
		fmt.Fprintf(&b, "\n  %s  %s", at.UTC().Format(time.RFC3339), what)
		if attempt > 0 {
			fmt.Fprintf(&b, ", attempt %d", attempt)
		}
		if detail != "" {
			fmt.Fprintf(&b, ": %s", detail)
		}
	}
	for _, moment := range timeline.Entries {
		line(moment.At, string(moment.What), moment.Attempt, moment.Detail)
	}
	line(clock.Now, "now", 0, "")
	for _, attempt := range session.Attempts {
		if attempt.Ends.After(clock.Now) {
			line(attempt.Ends, "to end", attempt.ID, fmt.Sprintf("in %v on the clock of the resource", attempt.Ends.Sub(clock.Now)))
		}
	}
	return b.String()
}

// AssertClean fails the test if the requests show that the app has done something
// wrong. The failure shows what it was, and what to do instead.
func (r *Resource) AssertClean() {
	r.tb.Helper()
	ctx, cancel := r.context()
	defer cancel()
	report, err := r.Control.Report(ctx)
	if err != nil {
		r.tb.Fatalf("emulatortest: report: %v", err)
	}
	if !report.Clean() {
		r.tb.Errorf("the app has done what it should not:\n%s", report.Text())
	}
}
