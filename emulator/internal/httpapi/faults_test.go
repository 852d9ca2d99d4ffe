package httpapi

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

func TestPlannedErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		answer fault.Answer
		status int
		body   string
		header map[string]string
	}{
		{
			"of the catalogue",
			fault.Answer{Error: "conflict"},
			409,
			`{"error":{"code":"ConcurrentOperationConflict","message":"There is a conflict operation on resource ` + "`face-liveness-emulator`" + `, please try later."}}`, nil,
		},
		{
			"with Retry-After",
			fault.Answer{Error: "rate-limited", RetryAfter: 3 * time.Second},
			429,
			`{"error":{"code":"429","message": "Rate limit is exceeded."}}`,
			map[string]string{"Retry-After": "3"},
		},
		{
			"with a date",
			fault.Answer{Error: "unavailable", RetryAfter: 3 * time.Second, RetryDate: true},
			503,
			`{"error":{"code":"ServiceUnavailable","message":"The service is temporarily unavailable, please try later."}}`,
			map[string]string{"Retry-After": "Tue, 14 Nov 2023 22:13:23 GMT"},
		},
		{
			"any other",
			fault.Answer{Status: 418, Code: "Tea", Message: `"pot" \ <ü>`, Headers: []fault.Header{{Name: "X-Pot", Value: "short"}}},
			418,
			`{"error":{"code":"Tea","message":"\"pot\" \\ \u003cü\u003e"}}`,
			map[string]string{"X-Pot": "short", "Retry-After": ""},
		},
		{
			"429 without Retry-After",
			fault.Answer{Status: 429, Code: "429", Message: ""},
			429,
			`{"error":{"code":"429","message":""}}`,
			map[string]string{"Retry-After": ""},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFaulty(t, httptest.NewServer, onRead(fault.Fault{Answer: &c.answer}))
			seen, err := f.read(t)
			if err != nil || seen.status != c.status || seen.body != c.body {
				t.Fatalf("got %v, %+v; want %d %s", err, seen, c.status, c.body)
			}
			for name, want := range c.header {
				if got := seen.header.Get(name); got != want {
					t.Errorf("got %s %q, want %q", name, got, want)
				}
			}
		})
	}
}

// TestRateLimit compares the refusal with the one on record: 344 bytes for a create
// call of v1.2-preview.1 in tier S0.
func TestRateLimit(t *testing.T) {
	t.Parallel()
	s0 := fault.TierS0()
	f := newFaulty(t, httptest.NewServer)
	create := func() sight {
		seen, err := f.do(f.request(t, http.MethodPost, "/face/v1.2-preview.1/detectLiveness/singleModal/sessions",
			`{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`))
		if err != nil {
			t.Fatal(err)
		}
		return seen
	}
	f.useFaults(t, fault.Fault{Rate: &s0})
	for i := range s0.Calls {
		if seen := create(); seen.status != 200 {
			t.Fatalf("call %d: got %+v, want it let through", i+1, seen)
		}
	}
	seen := create()
	if seen.status != 429 || len(seen.body) != 344 || seen.header.Get("Retry-After") != "1" || seen.header.Get("Content-Type") != "application/json" {
		t.Errorf("got %+v, %d bytes; want the recorded refusal", seen, len(seen.body))
	}
	if got := seen.header["Policy-Id"]; !slices.Equal(got, []string{"ResourceRateLimitBy1s"}) {
		t.Errorf("got policy-id %v, want ResourceRateLimitBy1s", got)
	}
	create()
	if err := f.clock.Advance(time.Second); err != nil {
		t.Fatal(err)
	}
	if seen := create(); seen.status != 200 {
		t.Errorf("got %+v, want a client that has waited let through", seen)
	}
	if log := f.logged(); strings.Count(log, "the client retried 1s before its Retry-After") != 1 {
		t.Errorf("got log %s, want one hint that the client did not wait", log)
	}
}

// TestFaultsKnowTheTables: the names that scenarios use are those of the routes and
// of the error table.
func TestFaultsKnowTheTables(t *testing.T) {
	t.Parallel()
	routed := map[string]operation{}
	for _, v := range versions(3) {
		for _, r := range v.routes {
			routed[r.name] = r.operation
		}
	}
	known := fault.Operations()
	for name, op := range routed {
		if !slices.Contains(known, name) {
			t.Errorf("%s: got no such operation for faults", name)
		}
		if op.ofNone != slices.Contains(fault.OfResource(), name) {
			t.Errorf("%s: belongs to no session: %v; package fault says %v", name, op.ofNone, !op.ofNone)
		}
	}
	for _, name := range known {
		if _, there := routed[name]; !there {
			t.Errorf("%s: got no such route", name)
		}
	}
	table := newErrorTable()
	for _, name := range fault.Errors() {
		known, there := table[liveness.Code(name)]
		if !there {
			t.Errorf("%s: got no such error", name)
		}
		if !slices.Contains(fault.ErrorsOf(known.status), name) {
			t.Errorf("%s: package fault does not know it with status %d", name, known.status)
		}
	}
	// What only the emulator has, or nobody gets to see.
	own := []liveness.Code{codeClientGone, codeInvalidSeed, codeNotEmulated, codeBadParameter, liveness.CodeUnknownScenario, liveness.CodeStopping}
	for code := range table {
		if slices.Contains(own, code) == slices.Contains(fault.Errors(), string(code)) {
			t.Errorf("%s: got an error that scenarios cannot name, or one of the emulator's own that they can", code)
		}
	}
	for _, state := range []liveness.State{
		liveness.StateNotStarted, liveness.StateRunning, liveness.StateSucceeded, liveness.StateFailed, liveness.StateCanceled,
	} {
		if !slices.Contains(fault.States(), string(state)) {
			t.Errorf("%s: got no such state for faults", state)
		}
	}
}

// TestLateCreate: a client that gives up before its answer comes has not learnt of
// the session, so its next call is the second of the creation.
func TestLateCreate(t *testing.T) {
	t.Parallel()
	f := newFaulty(t, httptest.NewServer)
	f.service.Director = func(context.Context, liveness.Call) (service.Direction, error) {
		return service.Direction{Script: liveness.Script{
			Scenario: "late", Steps: []liveness.Step{{Decision: liveness.DecisionRealFace}},
			Faults: []fault.Fault{{Last: 1, Probability: 1, Delay: fault.Delay{Shape: fault.Fixed, Base: time.Minute}}},
		}}, nil
	}
	const body = `{"livenessOperationMode":"Passive","deviceCorrelationId":"late"}`
	for range 2 {
		gone, leave := context.WithCancel(t.Context())
		f.leave = leave
		w := httptest.NewRecorder()
		func() {
			defer func() { _ = recover() }() // as net/http does
			f.handler.ServeHTTP(w, f.request(t, http.MethodPost, "/face/v1.2/detectLiveness-sessions", body).WithContext(gone))
		}()
		if w.Body.Len() > 0 {
			t.Fatalf("got %s, want a client that has gone to get nothing", w.Body)
		}
		seen, err := f.do(f.request(t, http.MethodPost, "/face/v1.2/detectLiveness-sessions", body))
		if err != nil || seen.status != http.StatusOK || seen.header.Get(faultHeader) != "" {
			t.Fatalf("got %+v, %v; want the second call undisturbed", seen, err)
		}
	}
}

// TestFaultsThatDoNothing are not claimed to have done something.
func TestFaultsThatDoNothing(t *testing.T) {
	t.Parallel()
	f := newFaulty(t, httptest.NewServer, fault.Fault{
		Operations: []string{"deleteLivenessSession"}, Body: fault.BodyMalformed, ContentType: "text/html", Throughput: 1, Stale: true,
	})
	seen, err := f.do(f.request(t, http.MethodDelete, f.path(), ""))
	if err != nil || seen.status != http.StatusNoContent || seen.header.Get(faultHeader) != "" {
		t.Errorf("got %+v, %v; want a plain 204 that names no fault", seen, err)
	}
}
