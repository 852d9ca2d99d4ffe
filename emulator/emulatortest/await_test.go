package emulatortest_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/emulatortest"
)

// A deaf API hears of no request until it is asked for the last time.
type deaf struct {
	control.API
	late   bool // a request comes just after the last wait
	waited []time.Duration
}

func (p *deaf) Requests(_ context.Context, query control.RequestSearch) (found control.Requests, err error) {
	p.waited = append(p.waited, time.Duration(query.Timeout))
	if p.late && query.Timeout == 0 {
		found.Entries = []control.Request{{Number: 7}}
	}
	return found, nil
}

func (p *deaf) Verify(context.Context, control.Verification) (control.Verdict, error) {
	return control.Verdict{Met: p.late, Message: "none"}, nil
}

// TestAwaitLong: a wait can be longer than one call of the control surface allows, and
// what comes as it ends is no failure.
func TestAwaitLong(t *testing.T) {
	t.Parallel()
	server := emulatortest.New(t)
	const long = 2*control.MaxWait + time.Second
	for _, c := range []struct {
		late         bool
		waited       []time.Duration
		found        int
		failure, why string
	}{
		{false, []time.Duration{control.MaxWait, control.MaxWait, time.Second}, 0, "after 2m1s: none", "there are none"},
		{true, []time.Duration{control.MaxWait, control.MaxWait, time.Second, 0}, 1, "", "one came in time to be verified"},
	} {
		api := &deaf{late: c.late}
		var found []control.Request
		said := strings.Join(record(t, func(tb *recorder) {
			resource := server.Resource(tb)
			api.API, resource.Control = resource.Control, api
			found = resource.AwaitRequests(control.RequestQuery{}, 1, long)
		}), "\n")
		if said != c.failure || len(found) != c.found || !slices.Equal(api.waited, c.waited) {
			t.Errorf("%s: got %q, %d requests, waits of %v; want %q, %d, %v", c.why, said, len(found), api.waited, c.failure, c.found, c.waited)
		}
	}
}
