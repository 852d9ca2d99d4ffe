package emulatortest

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// A Resource is a resource of an emulator, for one test. Tests that have one each do
// not notice each other, also on the same emulator. Server.Resource and Connect make
// it.
//
// Its methods fail the test if the emulator refuses a call, so only the goroutine of the
// test may use them. Other goroutines use Control.
type Resource struct {
	// URL is the base URL of the emulator, without a slash at the end.
	URL string
	// Key is the subscription key that opens the resource.
	Key string
	// Client trusts the emulator. It sends no key by itself.
	Client *http.Client
	// Control is all that can be done with the resource.
	Control control.API

	tb testing.TB
}

// Resource returns a resource of the server for a test, and resets it when the test
// ends. Each has a new key. If the option Keys is set, all of them are the resource of
// Server.Key.
//
// Its clock is based on the time of the server: it is frozen too, until Server.Advance
// or Resource.Advance moves it.
func (s *Server) Resource(tb testing.TB) *Resource {
	tb.Helper()
	key := freshKey()
	api, err := s.Emulator.Control(key)
	if errors.Is(err, emulator.ErrUnknownKey) {
		key = s.Key
		api, err = s.Emulator.Control(key)
	}
	if err != nil {
		tb.Fatalf("emulatortest: %v", err)
	}
	r := &Resource{URL: s.URL, Key: key, Client: s.Client, Control: api, tb: tb}
	tb.Cleanup(r.reset)
	return r
}

// freshKey returns a key that no other test uses.
func freshKey() string { return "test-" + rand.Text() }

func (r *Resource) reset() {
	r.tb.Helper()
	ctx, cancel := r.context()
	defer cancel()
	if _, err := r.Control.Reset(ctx, control.ResetAll()); err != nil {
		r.tb.Errorf("emulatortest: reset at the end of the test: %v", err)
	}
}

// Advance moves the clock of the resource on. Other resources keep their time.
func (r *Resource) Advance(d time.Duration) {
	r.tb.Helper()
	do(r, "advance the clock", r.Control.ChangeClock, control.ClockChange{Advance: control.Duration(d)})
}

// Freeze stops the clock of the resource. From then on only Resource.Advance moves it.
func (r *Resource) Freeze() {
	r.tb.Helper()
	do(r, "freeze the clock", r.Control.ChangeClock, control.ClockChange{Rate: new(0.0)})
}

// UseScenario sets the default scenario of the resource; "" restores the default
// of the emulator.
func (r *Resource) UseScenario(scenario string) {
	r.tb.Helper()
	do(r, "use scenario "+scenario, r.Control.ChangeSelection, control.SelectionChange{Default: &scenario})
}

// QueueScenario appends a scenario for the next sessions to the queue.
func (r *Resource) QueueScenario(scenario string, sessions int) {
	r.tb.Helper()
	do(r, "queue scenario "+scenario, r.Control.QueueScenario, control.QueueItem{Scenario: scenario, Sessions: sessions})
}

// UseFaults replaces the faults for all calls by a list of faults as in scenario files, in
// YAML or JSON; "" for none.
func (r *Resource) UseFaults(list string) {
	r.tb.Helper()
	do(r, "use faults", r.Control.UseFaults, list)
}

// Play makes one attempt for each outcome in place of the session's device, and returns
// the session after them. An outcome is a word, such as spoofface or abandoned, or an
// entry of attempts in a scenario file. Without outcomes, Play makes one attempt by the
// scenario of the session. It does not wait for attempts that take time.
func (r *Resource) Play(session string, outcomes ...string) control.Session {
	r.tb.Helper()
	if len(outcomes) == 0 {
		outcomes = []string{""}
	}
	var played control.Session
	for _, outcome := range outcomes {
		if outcome != "" && !strings.Contains(outcome, ":") {
			outcome = "outcome: " + outcome
		}
		played = do(r, "play session "+session, r.Control.Play, control.Play{Session: session, Action: control.ActionAttempt, Attempt: outcome})
	}
	return played
}

// callTimeout bounds one control call, one that waits included.
const callTimeout = control.MaxWait + 30*time.Second

// context returns the context of one control call. It is not over when the test's is,
// which ends before its cleanup.
func (r *Resource) context() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(r.tb.Context()), callTimeout)
}

// do makes a control call that must succeed for the test to go on.
func do[In, Out any](r *Resource, what string, call func(context.Context, In) (Out, error), in In) Out {
	r.tb.Helper()
	ctx, cancel := r.context()
	defer cancel()
	out, err := call(ctx, in)
	if err != nil {
		r.tb.Fatalf("emulatortest: %s: %v", what, err)
	}
	return out
}
