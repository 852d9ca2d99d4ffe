package service_test

import (
	"math"
	"strconv"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

func allowing(attempts int64) func(*service.CreateRequest) {
	return func(r *service.CreateRequest) { r.AttemptsAllowed = &attempts }
}

func goingOn(r *service.CreateRequest) { r.Version.GoesOnAfterDecision = true }

// TestAttemptsAllowed: 0 was recorded as accepted, and only --strict refuses it.
func TestAttemptsAllowed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		asked           int64
		lenient, strict int // attempts; 0: refused
	}{
		{math.MinInt64, 0, 0},
		{-1, 0, 0},
		{0, 1, 0},
		{1, 1, 1},
		{2, 2, 2},
		{3, 3, 3},
		{4, 0, 0},
		{1 << 32, 0, 0}, // the low half of it is 0
		{math.MaxInt64, 0, 0},
	} {
		for _, strict := range []bool{false, true} {
			t.Run(strconv.FormatInt(test.asked, 10), func(t *testing.T) {
				t.Parallel()
				f := newFixture(t, func(f *fixture) { f.script = scriptOf(failed()) })
				f.Strict = strict
				want := test.lenient
				if strict {
					want = test.strict
				}
				r := request(liveness.KindLiveness)
				allowing(test.asked)(&r)
				created, err := f.Create(t.Context(), r)
				if want == 0 {
					wantCode(t, err, liveness.CodeInvalidBody)
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				f.Strict = false // which would hold the device to its rates
				f.wantAttempts(t, created, want)
			})
		}
	}
}

// wantAttempts fails unless a session whose attempts all fail has so many of them.
func (f *fixture) wantAttempts(t *testing.T, created service.Created, want int) {
	t.Helper()
	if got := created.View.Session.Settings.AttemptsAllowed; got != want {
		t.Errorf("got %d attempts allowed; want %d", got, want)
	}
	d := f.device(t, created)
	for i := range want {
		if _, err := f.detect(t, d); err != nil {
			t.Fatalf("attempt %d: %v", i+1, err)
		}
		state := liveness.StateRunning
		if i+1 == want {
			state = liveness.StateFailed
		}
		if got := f.view(t, created); got.State != state || len(got.Attempts) != i+1 {
			t.Errorf("after attempt %d of %d: got %s with %d; want %s", i+1, want, got.State, len(got.Attempts), state)
		}
	}
	_, err := f.detect(t, d)
	wantCode(t, err, liveness.CodeRateLimited)
}

// TestAttemptsAllowedOfTheVersion are those of a session that does not say.
func TestAttemptsAllowedOfTheVersion(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(f *fixture) { f.script = scriptOf(failed()) })
	for _, allowed := range []int{1, 2, 3} {
		created := f.create(t, func(r *service.CreateRequest) { r.Version.AttemptsAllowed = allowed })
		f.wantAttempts(t, created, allowed)
	}
}

// TestGoesOnAfterDecision: a decision is the end of a session, or of no more than
// its attempt.
func TestGoesOnAfterDecision(t *testing.T) {
	t.Parallel()
	const detect, end = "detect", "end"
	realFace, spoof := decided(liveness.DecisionRealFace), decided(liveness.DecisionSpoofFace)
	exhausted := scriptOf(realFace, failed())
	exhausted.AfterLast = liveness.AfterLastStop
	type moment struct {
		call     string
		state    liveness.State
		attempts []string
	}
	for name, test := range map[string]struct {
		script  liveness.Script
		allowed int64
		ends    bool // a decision does
		moments []moment
		over    liveness.Code // of one more detect call; "": the session goes on
	}{
		"one attempt": {
			scriptOf(realFace), 1, false,
			[]moment{{detect, liveness.StateSucceeded, []string{"succeeded 1"}}},
			liveness.CodeRateLimited,
		},
		"a decision ends it": {
			scriptOf(realFace), 3, true,
			[]moment{{detect, liveness.StateSucceeded, []string{"succeeded 1"}}},
			liveness.CodeRateLimited,
		},
		"a decision leaves two": {
			scriptOf(realFace), 3, false,
			[]moment{{detect, liveness.StateSucceeded, []string{"succeeded 1"}}},
			"",
		},
		"the state is the last attempt's": {
			scriptOf(realFace, failed(), spoof), 3, false,
			[]moment{
				{detect, liveness.StateSucceeded, []string{"succeeded 1"}},
				{detect, liveness.StateRunning, []string{"failed 2", "succeeded 1"}},
				{detect, liveness.StateSucceeded, []string{"succeeded 3", "failed 2", "succeeded 1"}},
			},
			liveness.CodeRateLimited,
		},
		"the last one fails": {
			scriptOf(realFace, failed()), 2, false,
			[]moment{
				{detect, liveness.StateSucceeded, []string{"succeeded 1"}},
				{detect, liveness.StateFailed, []string{"failed 2", "succeeded 1"}},
			},
			liveness.CodeRateLimited,
		},
		"the script ends first": {
			exhausted, 3, false,
			[]moment{
				{detect, liveness.StateSucceeded, []string{"succeeded 1"}},
				{detect, liveness.StateFailed, []string{"failed 2", "succeeded 1"}},
			},
			liveness.CodeRateLimited,
		},
		"attempt/end after a decision": {
			scriptOf(realFace), 3, false,
			[]moment{
				{detect, liveness.StateSucceeded, []string{"succeeded 1"}},
				{end, liveness.StateSucceeded, []string{"succeeded 1"}},
				{detect, liveness.StateSucceeded, []string{"succeeded 2", "succeeded 1"}},
			},
			"",
		},
		"given up after a decision": {
			scriptOf(realFace), 3, false,
			[]moment{
				{detect, liveness.StateSucceeded, []string{"succeeded 1"}},
				{end, liveness.StateSucceeded, []string{"succeeded 1"}},
				{end, liveness.StateRunning, []string{"succeeded 1"}},
				{end, liveness.StateCanceled, []string{"succeeded 1"}},
			},
			liveness.CodeRateLimited,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, func(f *fixture) { f.script = test.script })
			created := f.create(t, allowing(test.allowed), func(r *service.CreateRequest) { r.Version.GoesOnAfterDecision = !test.ends })
			d := f.device(t, created)
			for i, moment := range test.moments {
				var err error
				if moment.call == detect {
					_, err = f.detect(t, d)
				} else {
					_, err = f.EndAttempt(t.Context(), d, "r")
				}
				if err != nil {
					t.Fatalf("call %d (%s): %v", i+1, moment.call, err)
				}
				f.wantState(t, created, moment.state, moment.attempts...)
			}
			_, err := f.detect(t, d)
			if test.over != "" {
				wantCode(t, err, test.over)
			} else if err != nil {
				t.Errorf("one more: %v", err)
			}
		})
	}
}

// TestAutomaticScriptsStopAtTheirDecision, also where a device could go on; and
// nobody can from then on, since the session plays by itself.
func TestAutomaticScriptsStopAtTheirDecision(t *testing.T) {
	t.Parallel()
	script := scriptOf(lasting(failed(), time.Second), decided(liveness.DecisionSpoofFace), failed())
	script.Automatic, script.After = true, 10*time.Second
	f := newFixture(t, func(f *fixture) { f.script = script })
	created := f.create(t, goingOn)
	d := f.device(t, created)
	f.advance(t, 21*time.Second-1)
	f.wantState(t, created, liveness.StateRunning, "failed 1")
	f.advance(t, 1)
	f.wantState(t, created, liveness.StateSucceeded, "succeeded 2", "failed 1")
	_, err := f.detect(t, d)
	wantCode(t, err, liveness.CodeConflict)
	f.advance(t, liveness.DefaultTokenTTL)
	f.wantState(t, created, liveness.StateSucceeded, "succeeded 2", "failed 1")
}

// TestADeviceThatTakesOverGoesOn: a decision of its own is no end either.
func TestADeviceThatTakesOverGoesOn(t *testing.T) {
	t.Parallel()
	script := scriptOf(decided(liveness.DecisionRealFace))
	script.Automatic, script.After = true, time.Minute
	f := newFixture(t, func(f *fixture) { f.script = script })
	created := f.create(t, goingOn, allowing(2))
	d := f.device(t, created)
	for range 2 {
		if _, err := f.detect(t, d); err != nil {
			t.Fatal(err)
		}
		f.advance(t, time.Minute)
	}
	f.wantState(t, created, liveness.StateSucceeded, "succeeded 2", "succeeded 1")
}
