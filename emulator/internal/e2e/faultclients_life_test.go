package e2e_test

import (
	"errors"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestFaultsByStateAndAge checks faults with conditions on the state or age of the
// session, and faults that have no effect on a response.
func TestFaultsByStateAndAge(t *testing.T) {
	t.Parallel()
	eachTransport(t, func(t *testing.T, transport string) {
		t.Helper()
		c := newFaultClient(t, transport, unchanged)
		stale, state, timed := c.create(t, "fault-stale"), c.create(t, "fault-state"), c.create(t, "fault-time")
		reads := func(s faultSession, status int, part string) {
			t.Helper()
			if seen := c.read(t, s); !answered(seen, status) || !strings.Contains(seen.body, part) {
				t.Errorf("got %+v, want %d with %s", seen, status, part)
			}
		}
		device := func(s faultSession, path string) {
			t.Helper()
			if seen := c.device(t.Context(), t, s, path); !answered(seen, 200) {
				t.Errorf("%s: got %+v, want 200", path, seen)
			}
		}
		reads(stale, 200, `"NotStarted"`)
		device(stale, detectPath)
		reads(stale, 200, `"status":"Running","results":{"attempts":[]}`)
		reads(stale, 200, `"Succeeded"`)

		reads(state, 200, `"NotStarted"`)
		device(state, "session/start")
		reads(state, 500, `"Unspecified"`)
		device(state, detectPath)
		reads(state, 200, `"Succeeded"`)

		for _, status := range []int{200, 200, 503, 503, 200} { // at 0, 5, 10, 15 and 20 s
			reads(timed, status, "")
			c.server.Advance(5 * time.Second)
		}

		bodiless := c.create(t, "fault-delete-malformed")
		if seen := c.call(t.Context(), t, exchange{method: http.MethodDelete, path: bodiless.path()}); !answered(seen, 204) {
			t.Errorf("got %+v, want an answer that has no body anyway", seen)
		}
	})
}

// TestResetsAroundAnOperation checks that a call with a reset after its operation has carried
// it out completely, and one with a reset before it not at all.
func TestResetsAroundAnOperation(t *testing.T) {
	t.Parallel()
	eachTransport(t, func(t *testing.T, transport string) {
		t.Helper()
		c := newFaultClient(t, transport, unchanged)
		for name, attempted := range map[string]bool{
			"fault-detect-reset-before": false, "fault-detect-reset-during": true, "fault-detect-reset-after": true,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				session := c.create(t, name)
				if seen := c.device(t.Context(), t, session, detectPath); !errors.Is(seen.err, syscall.ECONNRESET) {
					t.Errorf("got %+v, want a broken connection", seen)
				}
				seen := c.read(t, session)
				done := strings.Contains(seen.body, `"status":"Succeeded"`) && strings.Count(seen.body, `"attemptId"`) == 1 &&
					strings.Contains(seen.body, `"attemptId":1,"attemptStatus":"Succeeded"`)
				if attempted != done || !attempted && seen.body != session.asCreated() {
					t.Errorf("got %+v, want one whole attempt: %v", seen, attempted)
				}
				again := c.device(t.Context(), t, session, detectPath)
				if again.err != nil || (again.status == 200) == attempted {
					t.Errorf("got %+v of another attempt, want it let through: %v", again, !attempted)
				}
			})
		}
		for name, want := range map[string]int{"fault-delete-reset-before": 200, "fault-delete-reset-after": 404} {
			session := c.create(t, name)
			if seen := c.call(t.Context(), t, exchange{method: http.MethodDelete, path: session.path()}); !errors.Is(seen.err, syscall.ECONNRESET) {
				t.Errorf("%s: got %+v, want a broken connection", name, seen)
			}
			if seen := c.read(t, session); seen.status != want {
				t.Errorf("%s: got %+v, want %d", name, seen, want)
			}
		}
		for name, want := range map[string]int{"fault-create-reset-before": 0, "fault-create-reset-after": 1} {
			before := c.sessions(t)
			if seen := c.call(t.Context(), t, faultCreate(name)); !errors.Is(seen.err, syscall.ECONNRESET) {
				t.Errorf("%s: got %+v, want a broken connection", name, seen)
			}
			if got := c.sessions(t) - before; got != want {
				t.Errorf("%s: got %d sessions created, want %d", name, got, want)
			}
		}
	})
}

// sessions returns the number of existing sessions, which only a preview lists.
func (c faultClient) sessions(t *testing.T) int {
	t.Helper()
	seen := c.call(t.Context(), t, exchange{method: http.MethodGet, path: "/face/v1.2-preview.1/detectLiveness/singleModal/sessions"})
	if !answered(seen, 200) {
		t.Fatalf("list: got %+v", seen)
	}
	return strings.Count(seen.body, `"createdDateTime"`)
}
