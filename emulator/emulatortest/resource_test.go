package emulatortest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/emulatortest"
)

// The operations of the calls below.
const (
	createOperation = "createLivenessSession"
	detectOperation = "detectLiveness"
	readOperation   = "getLivenessSessionResult"
)

const sessions = "/face/v1.2/detectLiveness-sessions"

// everyWay runs a test with each way to a resource, and the resource.
func everyWay(t *testing.T, test func(t *testing.T, resource func(testing.TB) *emulatortest.Resource)) {
	t.Helper()
	const token = "admin-token-of-a-test"
	for name, open := range map[string]func(testing.TB, *emulatortest.Server) *emulatortest.Resource{
		"in process": func(tb testing.TB, s *emulatortest.Server) *emulatortest.Resource {
			tb.Helper()
			return s.Resource(tb)
		},
		"over HTTP": func(tb testing.TB, s *emulatortest.Server) *emulatortest.Resource {
			tb.Helper()
			return emulatortest.Connect(tb, s.PlainURL+"/", func(c *emulatortest.ConnectOptions) { c.AdminToken = token })
		},
		"over HTTPS": func(tb testing.TB, s *emulatortest.Server) *emulatortest.Resource {
			tb.Helper()
			return emulatortest.Connect(tb, s.URL, func(c *emulatortest.ConnectOptions) { c.AdminToken, c.CA = token, s.Emulator.CA() })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := emulatortest.New(t, func(o *emulatortest.Options) { o.AdminToken = token })
			test(t, func(tb testing.TB) *emulatortest.Resource {
				tb.Helper()
				return open(tb, server)
			})
		})
	}
}

// send makes a call of the API, and returns its status.
func send(t *testing.T, r *emulatortest.Resource, method, path, header string) (seen check, status int) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, r.URL+path, strings.NewReader(`{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	name, value, _ := strings.Cut(header, ": ")
	request.Header.Set(name, value)
	answer, err := r.Client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	_ = json.NewDecoder(answer.Body).Decode(&seen) // an error has another shape
	return seen, answer.StatusCode
}

func create(t *testing.T, r *emulatortest.Resource) check {
	t.Helper()
	created, status := send(t, r, http.MethodPost, sessions, control.KeyHeader+": "+r.Key)
	if status != http.StatusOK {
		t.Fatalf("create: got %d; want 200", status)
	}
	return created
}

func read(t *testing.T, r *emulatortest.Resource, id string) (seen check, status int) {
	t.Helper()
	return send(t, r, http.MethodGet, sessions+"/"+id, control.KeyHeader+": "+r.Key)
}

func operation(name string) control.RequestQuery { return control.RequestQuery{Operation: name} }

// TestStory is the test of an app, as it is with every way.
func TestStory(t *testing.T) {
	t.Parallel()
	everyWay(t, func(t *testing.T, open func(testing.TB) *emulatortest.Resource) {
		t.Helper()
		resource, other := open(t), open(t)
		resource.UseScenario("spoof")
		resource.QueueScenario("uncertain", 1)
		for _, want := range []string{"uncertain", "spoofface"} {
			created := create(t, resource)
			resource.AssertStatus(created.SessionID, "NotStarted")
			if _, status := send(t, resource, http.MethodPost, "/face/v1.2/detectLiveness/singleModal", "Authorization: Bearer "+created.AuthToken); status != http.StatusOK {
				t.Fatalf("detect: got %d; want 200", status)
			}
			resource.AssertStatus(created.SessionID, "Succeeded")
			done, _ := read(t, resource, created.SessionID)
			if got := done.Results.Attempts[0].Result.LivenessDecision; got != want {
				t.Errorf("got %s; want %s", got, want)
			}
		}
		resource.AssertRequests(
			control.Expectation{RequestQuery: operation(createOperation), Exactly: new(2)},
			control.Expectation{RequestQuery: control.RequestQuery{Operation: readOperation, Scenario: "spoof"}},
		)
		resource.AssertOrder(operation(createOperation), operation(detectOperation), operation(readOperation), operation(createOperation))
		if got := resource.AwaitRequests(operation(readOperation), 2, time.Minute); len(got) != 2 || got[0].Status != http.StatusOK {
			t.Errorf("got %+v; want both reads", got)
		}
		other.AssertRequests(control.Expectation{Exactly: new(0)})
	})
}

// TestMoves moves a resource in each way there is.
func TestMoves(t *testing.T) {
	t.Parallel()
	everyWay(t, func(t *testing.T, open func(testing.TB) *emulatortest.Resource) {
		t.Helper()
		resource := open(t)
		resource.Freeze()
		before, err := resource.Control.Clock(t.Context())
		if err != nil || before.Rate != 0 {
			t.Errorf("got rate %v, %v; want the clock frozen", before.Rate, err)
		}
		resource.Advance(time.Hour)
		if after, err := resource.Control.Clock(t.Context()); err != nil || after.Now.Sub(before.Now) != time.Hour {
			t.Errorf("got the clock %v further, %v; want an hour", after.Now.Sub(before.Now), err)
		}

		created := create(t, resource)
		resource.UseFaults(`[{"on": "read", "error": "unavailable"}]`)
		if _, status := read(t, resource, created.SessionID); status != http.StatusServiceUnavailable {
			t.Errorf("got %d; want the fault's 503", status)
		}
		resource.UseFaults("")
		if _, status := read(t, resource, created.SessionID); status != http.StatusOK {
			t.Errorf("got %d; want 200 without faults", status)
		}

		played := resource.Play(created.SessionID, "abandoned", "{outcome: uncertain, digest: missing}")
		if len(played.Attempts) != 2 || played.Attempts[1].Decision != "uncertain" {
			t.Errorf("got %+v; want what was played", played.Attempts)
		}
		if played = resource.Play(create(t, resource).SessionID); played.Attempts[0].Decision != "realface" {
			t.Errorf("got %+v; want what the scenario says", played.Attempts)
		}
	})
}

// TestNearMisses: what is not as expected is shown with what came near.
func TestNearMisses(t *testing.T) {
	t.Parallel()
	const nobody = "00000000-0000-4000-8000-000000000000"
	everyWay(t, func(t *testing.T, open func(testing.TB) *emulatortest.Resource) {
		t.Helper()
		var id, running string
		play := func(resource *emulatortest.Resource) {
			id = create(t, resource).SessionID
			read(t, resource, id)
			resource.QueueScenario("slow", 1)
			resource.Freeze()
			running = create(t, resource).SessionID
			resource.Play(running)
		}
		unread := control.RequestQuery{Operation: readOperation, Status: 404}
		for name, c := range map[string]struct {
			do   func(*emulatortest.Resource)
			want func() []string
		}{
			"requests": {
				func(r *emulatortest.Resource) { r.AssertRequests(control.Expectation{RequestQuery: unread}) },
				func() []string {
					return []string{"got 0 calls, want at least 1", "nearly, but for the status: call", "session " + id}
				},
			},
			"order": {
				func(r *emulatortest.Resource) { r.AssertOrder(operation(createOperation), unread) },
				func() []string {
					return []string{"not in this order", "no such call after call", "nearly, but for the status"}
				},
			},
			"await": {
				func(r *emulatortest.Resource) { r.AwaitRequests(unread, 2, time.Millisecond) },
				func() []string {
					return []string{"after 1ms: ", "got 0 calls, want at least 2", "nearly, but for the status"}
				},
			},
			"status": {
				func(r *emulatortest.Resource) { r.AssertStatus(running, "Succeeded") },
				func() []string {
					return []string{"session " + running + ": got status Running, want Succeeded", "Z  attempt began, attempt 1", "Z  now", "Z  to end, attempt 1: in "}
				},
			},
			"no such session": {
				func(r *emulatortest.Resource) { r.AssertStatus(nobody, "Succeeded") },
				func() []string {
					return []string{"session " + nobody, "want it Succeeded", "there is session " + id + ", NotStarted"}
				},
			},
		} {
			said := record(t, func(tb *recorder) {
				resource := open(tb)
				play(resource)
				c.do(resource)
			})
			if len(said) != 1 {
				t.Errorf("%s: got %d failures, %q; want one", name, len(said), said)
				continue
			}
			for _, want := range c.want() {
				if !strings.Contains(said[0], want) {
					t.Errorf("%s: got %q; want %q in it", name, said[0], want)
				}
			}
		}
	})
}

func TestNoSessions(t *testing.T) {
	t.Parallel()
	server := emulatortest.New(t)
	said := record(t, func(tb *recorder) { server.Resource(tb).AssertStatus("0", "Failed") })
	if len(said) != 1 || !strings.Contains(said[0], "the resource has no sessions") {
		t.Errorf("got %q; want that there are none", said)
	}
}

// TestRefused: what the emulator refuses ends the test there.
func TestRefused(t *testing.T) {
	t.Parallel()
	everyWay(t, func(t *testing.T, open func(testing.TB) *emulatortest.Resource) {
		t.Helper()
		for want, do := range map[string]func(*emulatortest.Resource){
			"use scenario spoff: ":   func(r *emulatortest.Resource) { r.UseScenario("spoff") },
			"queue scenario spoff: ": func(r *emulatortest.Resource) { r.QueueScenario("spoff", 1) },
			"use faults: ":           func(r *emulatortest.Resource) { r.UseFaults("[{on: noon}]") },
			"advance the clock: ":    func(r *emulatortest.Resource) { r.Advance(-time.Second) },
			"play session 0: ":       func(r *emulatortest.Resource) { r.Play("0") },
		} {
			said := record(t, func(tb *recorder) {
				do(open(tb))
				tb.Errorf("and goes on")
			})
			if len(said) != 1 || !strings.HasPrefix(said[0], "emulatortest: "+want) {
				t.Errorf("got %q; want one that begins %q", said, want)
			}
		}
	})
}

// A reported API has a report.
type reported struct {
	control.API
	report control.Report
}

func (p reported) Report(context.Context) (control.Report, error) { return p.report, nil }

func TestAssertClean(t *testing.T) {
	t.Parallel()
	server := emulatortest.New(t)
	report := control.Report{Checks: []control.Check{{Rule: "polled-too-fast", Title: "Polled too fast", Advice: "Wait between reads."}}}
	assert := func() []string {
		return record(t, func(tb *recorder) {
			resource := server.Resource(tb)
			resource.Control = reported{resource.Control, report}
			resource.AssertClean()
		})
	}
	if said := assert(); len(said) != 0 {
		t.Errorf("got %q; want nothing of an app that does it right", said)
	}
	report.Checks[0].Findings = []control.Finding{{Text: "two reads in 3 ms", Requests: []uint64{2, 3}}}
	said := assert()
	if len(said) != 1 || !strings.Contains(said[0], "two reads in 3 ms; requests 2 3") || !strings.Contains(said[0], "Wait between reads.") {
		t.Errorf("got %q; want the finding and the advice", said)
	}
}

// TestResetAtTheEnd: the next test with the same key finds nothing.
func TestResetAtTheEnd(t *testing.T) {
	t.Parallel()
	server := emulatortest.New(t, func(o *emulatortest.Options) { o.Keys = [][]string{{"only"}} })
	for _, c := range []struct {
		name string
		open func(testing.TB) *emulatortest.Resource
		keep bool
	}{
		{"in process", server.Resource, false},
		{"over HTTP", func(tb testing.TB) *emulatortest.Resource {
			tb.Helper()
			return emulatortest.Connect(tb, server.PlainURL, func(c *emulatortest.ConnectOptions) { c.Key = "only" })
		}, false},
		{"kept", func(tb testing.TB) *emulatortest.Resource {
			tb.Helper()
			return emulatortest.Connect(tb, server.PlainURL, func(c *emulatortest.ConnectOptions) { c.Key, c.Keep = "only", true })
		}, true},
	} {
		said := record(t, func(tb *recorder) {
			resource := c.open(tb)
			if resource.Key != "only" {
				tb.Errorf("got key %q, want the listed one", resource.Key)
			}
			resource.UseScenario("spoof")
			create(t, resource)
		})
		api, err := server.Emulator.Control("only")
		if err != nil || len(said) != 0 {
			t.Fatalf("%s: got %q, %v; want a test without failures", c.name, said, err)
		}
		left, err := api.Sessions(t.Context(), control.SessionQuery{})
		if got := len(left.Sessions); err != nil || (got == 1) != c.keep {
			t.Errorf("%s: got %d sessions after the test, %v; want them kept: %v", c.name, got, err, c.keep)
		}
		choice, err := api.Selection(t.Context())
		if err != nil || (choice.Default == "spoof") != c.keep {
			t.Errorf("%s: got default %q after the test, %v; want it kept: %v", c.name, choice.Default, err, c.keep)
		}
	}
}

// record runs a test of its own to its end, and returns what it failed with.
func record(t *testing.T, test func(*recorder)) []string {
	t.Helper()
	r := &recorder{TB: t}
	do := func(part func()) {
		over := make(chan struct{})
		go func() {
			defer close(over)
			part()
		}()
		<-over
	}
	do(func() { test(r) })
	for _, cleanup := range slices.Backward(r.cleanups) {
		do(cleanup)
	}
	return r.said
}

// A recorder is a test that only says that it fails.
type recorder struct {
	testing.TB
	said     []string
	cleanups []func()
}

func (*recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.said = append(r.said, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }
