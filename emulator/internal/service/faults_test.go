package service_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

const (
	readOperation   = "getLivenessSessionResult"
	createOperation = "createLivenessSession"
)

// faulty gives new sessions these faults.
func faulty(faults ...fault.Fault) func(*fixture) {
	return func(f *fixture) { f.script.Faults, f.script.Seed = faults, 7 }
}

// meets asks about a number of calls to a session and returns at which of them
// something happened.
func (f *fixture) meets(t *testing.T, s *liveness.Session, operation string, calls int) []int {
	t.Helper()
	var hit []int
	for i := range calls {
		var v fault.Verdict
		if err := f.Meet(t.Context(), resource.Subject{Operation: operation, Resource: someResource, Session: s}, &v); err != nil {
			t.Fatal(err)
		}
		if v.Given() {
			hit = append(hit, i+1)
		}
	}
	return hit
}

func TestFaultsOfASessionHealAcrossARestart(t *testing.T) {
	t.Parallel()
	f := newFixture(t, faulty(fault.Fault{Operations: []string{readOperation}, Last: 3, Probability: 1, Stale: true}))
	session := f.create(t).View.Session
	if got := f.meets(t, &session, "deleteLivenessSession", 5); got != nil {
		t.Errorf("got faults at calls %v of another operation, want none", got)
	}
	if got := f.meets(t, &session, readOperation, 2); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("got faults at calls %v, want 1 and 2", got)
	}
	again := newFixture(t, func(again *fixture) { again.store = f.store })
	if got := again.meets(t, &session, readOperation, 3); !slices.Equal(got, []int{1}) {
		t.Errorf("got faults at calls %v after a restart, want the third of all alone", got)
	}
	if err := f.Delete(t.Context(), service.Access{Resource: someResource}, session.Kind, session.ID); err != nil {
		t.Fatal(err)
	}
	if got := again.meets(t, &session, readOperation, 3); got != nil {
		t.Errorf("got faults at calls %v of a deleted session, want none", got)
	}
}

// gated creates a session through a gate that asks the faults, as the surface
// does, and returns an error where they fired.
func (f *fixture) gated(t *testing.T) (service.Created, error) {
	t.Helper()
	r := request(liveness.KindLiveness)
	r.Before = func(session liveness.Session) error {
		var v fault.Verdict
		err := f.Meet(t.Context(), resource.Subject{Operation: createOperation, Resource: someResource, Session: &session, Creating: true}, &v)
		if err == nil && v.Given() {
			err = errFault
		}
		return err
	}
	created, err := f.Create(t.Context(), r)
	if err == nil {
		err = f.Delivered(t.Context(), created.View.Session)
	}
	return created, err
}

var errFault = errors.New("fault")

// TestFaultsOfCreateCalls checks that create calls are counted until one creates a session,
// that the session continues the count, and that the next session starts at zero.
func TestFaultsOfCreateCalls(t *testing.T) {
	t.Parallel()
	f := newFixture(t, faulty(fault.Fault{Last: 2, Probability: 1, Stale: true}))
	for round := range 2 {
		for i := range 2 {
			if _, err := f.gated(t); !errors.Is(err, errFault) {
				t.Fatalf("session %d, call %d: got %v, want the fault", round+1, i+1, err)
			}
		}
		created, err := f.gated(t)
		if err != nil {
			t.Fatalf("session %d: got %v, want it healed", round+1, err)
		}
		if got := created.View.Session.FaultMemory.Calls; got != 3 {
			t.Errorf("session %d: got %d calls remembered, want all three", round+1, got)
		}
		if got := f.meets(t, &created.View.Session, readOperation, 2); got != nil {
			t.Errorf("session %d: got faults at calls %v, want none: it has healed before", round+1, got)
		}
	}
}

// TestNotBornBeforeItsCreatorLearnsOfIt: a session whose creator does not learn of it
// is there, and its creator's next call is the second.
func TestNotBornBeforeItsCreatorLearnsOfIt(t *testing.T) {
	t.Parallel()
	f := newFixture(t, faulty(fault.Fault{Reset: fault.ResetAfter, Last: 1, Probability: 1}))
	for round := range 2 {
		for call, want := range []bool{true, false} {
			var v fault.Verdict
			r := request(liveness.KindLiveness)
			r.Before = func(session liveness.Session) error {
				return f.Meet(t.Context(), resource.Subject{Operation: createOperation, Resource: someResource, Session: &session, Creating: true}, &v)
			}
			created, err := f.Create(t.Context(), r)
			if err != nil || v.Given() != want || created.View.Session.FaultMemory.Calls != uint64(call+1) {
				t.Errorf("round %d, call %d: got fault %v, %v and %+v", round+1, call+1, v.Fired, err, created.View.Session.FaultMemory)
			}
			if !v.Spoils() {
				if err := f.Delivered(t.Context(), created.View.Session); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// TestAbandonedCreations checks that the count starts at zero for a client that returns after
// a long pause, and after the resource's scenario is set.
func TestAbandonedCreations(t *testing.T) {
	t.Parallel()
	f := newFixture(t, faulty(fault.Fault{Last: 3, Probability: 1, Stale: true}))
	failures := func() (n int) {
		for range 5 {
			if _, err := f.gated(t); err == nil {
				return n
			}
			n++
		}
		return n
	}
	for name, between := range map[string]func(){
		"later": func() { f.advance(t, 11*time.Minute) },
		"set anew": func() {
			if _, err := f.ChangeSettings(t.Context(), someResource, func(of *resource.Settings) { of.Scenario += "x" }); err != nil {
				t.Fatal(err)
			}
		},
	} {
		if _, err := f.gated(t); err == nil {
			t.Fatal("got a session, want the fault")
		}
		between()
		if got := failures(); got != 3 {
			t.Errorf("%s: got %d failures, want all three again", name, got)
		}
	}
}

// TestARefusedCallTakesNothing: neither is something stored, nor is the queue
// shorter, nor does the call count as a read.
func TestARefusedCallTakesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t, faulty(fault.Fault{Operations: []string{createOperation}, Last: 1, Probability: 1, Stale: true}))
	queue := []resource.QueueItem{{Scenario: "a", Sessions: 1}, {Scenario: "b", Sessions: 2}}
	if _, err := f.ChangeSettings(t.Context(), someResource, func(of *resource.Settings) { of.Queue = queue }); err != nil {
		t.Fatal(err)
	}
	var drawn []string
	director := f.Director
	f.Director = func(ctx context.Context, c liveness.Call) (service.Direction, error) {
		drawn = append(drawn, c.Queued)
		return director(ctx, c)
	}
	for _, want := range []error{errFault, nil, errFault, nil} {
		if _, err := f.gated(t); !errors.Is(err, want) {
			t.Fatalf("got %v, want %v", err, want)
		}
	}
	if want := []string{"a", "a", "b", "b"}; !slices.Equal(drawn, want) {
		t.Errorf("got scenarios %v from the queue, want %v", drawn, want)
	}
	settings, err := f.Settings(t.Context(), someResource)
	if want := []resource.QueueItem{{Scenario: "b", Sessions: 1}}; err != nil || !cmp.Equal(settings.Queue, want) {
		t.Errorf("got queue %v, %v; want %v", settings.Queue, err, want)
	}
	if views, err := f.Sessions(t.Context(), someResource, liveness.KindLiveness, "", 10); err != nil || len(views) != 2 {
		t.Errorf("got %d sessions, %v; want the two that were created", len(views), err)
	}

	f.script.Polls = 5
	session := f.create(t).View.Session
	closed := service.Access{Resource: someResource, Before: func(liveness.Session) error { return errFault }}
	if _, err := f.Session(t.Context(), closed, session.Kind, session.ID); !errors.Is(err, errFault) {
		t.Fatalf("got %v, want the gate's error", err)
	}
	if err := f.Delete(t.Context(), closed, session.Kind, session.ID); !errors.Is(err, errFault) {
		t.Fatalf("got %v, want the gate's error", err)
	}
	stored, err := f.store.Session(t.Context(), session.ID)
	if err != nil || stored.Reads != 0 {
		t.Errorf("got %d reads, %v; want a session that is there and was not read", stored.Reads, err)
	}
}

// TestTimeOfFaults is on the clock of sessions: since a session was to be created,
// and since a resource was given its faults.
func TestTimeOfFaults(t *testing.T) {
	t.Parallel()
	window := fault.Fault{After: 10 * time.Second, Until: 20 * time.Second, Probability: 1, Stale: true}
	f := newFixture(t, faulty(window))
	created, err := f.gated(t)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.UseFaults(t.Context(), "timed", []fault.Fault{window}, ""); err != nil {
		t.Fatal(err)
	}
	for _, want := range []bool{false, false, true, true, false} {
		var v fault.Verdict
		err := f.Meet(t.Context(), resource.Subject{Operation: readOperation, Resource: "timed"}, &v)
		if got := len(f.meets(t, &created.View.Session, readOperation, 1)) == 1; got != want || v.Given() != want || err != nil {
			t.Errorf("at %v: got %v for the session and %v for the resource, want %v", f.clock.Now(), got, v.Given(), want)
		}
		if err := f.clock.Advance(5 * time.Second); err != nil {
			t.Fatal(err)
		}
	}
}

// TestStreamsOfFaults: what a resource's faults draw for a session follows from its
// ids, whatever other sessions do in between.
func TestStreamsOfFaults(t *testing.T) {
	t.Parallel()
	const calls = 64
	draw := func(among int) (drawn []bool) {
		f := newFixture(t)
		if err := f.UseFaults(t.Context(), someResource, []fault.Fault{{Probability: 0.5, Stale: true}}, ""); err != nil {
			t.Fatal(err)
		}
		mine := f.create(t).View.Session
		for range calls {
			for i := range among {
				other := f.create(t, func(r *service.CreateRequest) { r.DeviceCorrelationID.Text = "other" + strconv.Itoa(i) }).View.Session
				f.meets(t, &other, readOperation, 1)
			}
			drawn = append(drawn, f.meets(t, &mine, readOperation, 1) != nil)
		}
		return drawn
	}
	alone := draw(0)
	if got := draw(2); !slices.Equal(alone, got) {
		t.Error("got other faults with other sessions in between, want the same")
	}
	if !slices.Contains(alone, true) || !slices.Contains(alone, false) {
		t.Errorf("got %v, want some faults", alone)
	}
}

func TestBefore(t *testing.T) {
	t.Parallel()
	started := time.Unix(1, 0)
	session := liveness.Session{Started: started}
	one, two := liveness.Attempt{ID: 1}, liveness.Attempt{ID: 2}
	for _, c := range []struct {
		name     string
		view     liveness.View
		state    liveness.State
		attempts int
		started  time.Time
	}{
		{"not started", liveness.View{State: liveness.StateNotStarted}, liveness.StateNotStarted, 0, time.Time{}},
		{"started", liveness.View{Session: session, State: liveness.StateRunning}, liveness.StateNotStarted, 0, time.Time{}},
		{"one attempt failed", liveness.View{Session: session, State: liveness.StateRunning, Attempts: []liveness.Attempt{one}}, liveness.StateRunning, 0, started},
		{"passed at the second", liveness.View{Session: session, State: liveness.StateSucceeded, Attempts: []liveness.Attempt{two, one}}, liveness.StateRunning, 1, started},
		{"given up", liveness.View{Session: session, State: liveness.StateCanceled}, liveness.StateRunning, 0, started},
	} {
		got := c.view.Before()
		if got.State != c.state || len(got.Attempts) != c.attempts || !got.Session.Started.Equal(c.started) {
			t.Errorf("%s: got %s with %d attempts, started %v", c.name, got.State, len(got.Attempts), got.Session.Started)
		}
	}
}

// TestSessionsAlikeDrawApart: sessions of the same ids, at the same time, draw each
// from a stream of its own.
func TestSessionsAlikeDrawApart(t *testing.T) {
	t.Parallel()
	const calls = 64
	draw := func(mixed bool) (first, second []int) {
		f := newFixture(t)
		if err := f.UseFaults(t.Context(), someResource, []fault.Fault{{Probability: 0.5, Stale: true}}, ""); err != nil {
			t.Fatal(err)
		}
		a, b := f.create(t).View.Session, f.create(t).View.Session
		// Their first calls say which of them is the first.
		first, second = f.meets(t, &a, readOperation, 1), f.meets(t, &b, readOperation, 1)
		for i := range calls {
			if mixed && i%2 == 0 {
				second = append(second, f.meets(t, &b, readOperation, 1)...)
			}
			first = append(first, f.meets(t, &a, readOperation, 1)...)
		}
		return first, second
	}
	alone, _ := draw(false)
	mixed, other := draw(true)
	if !slices.Equal(alone, mixed) {
		t.Error("got other faults with a session of the same ids beside it, want the same")
	}
	if slices.Equal(mixed, other) {
		t.Error("got the same faults for both sessions, want others")
	}
}
