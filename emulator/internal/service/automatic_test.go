package service_test

import (
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

// TestAutomaticSessions play by themselves, and the same on every look.
func TestAutomaticSessions(t *testing.T) {
	t.Parallel()
	script := scriptOf(lasting(failed(), time.Second), decided(liveness.DecisionRealFace))
	script.Automatic, script.After = true, 10*time.Second
	f := newFixture(t, func(f *fixture) { f.script = script })
	created := f.create(t, func(r *service.CreateRequest) { r.Settings.EnableSessionImage = true })
	for _, moment := range []struct {
		after    time.Duration // since the moment before
		state    liveness.State
		attempts []string
	}{
		{10*time.Second - 1, liveness.StateNotStarted, nil},
		{1, liveness.StateRunning, nil},
		{time.Second, liveness.StateRunning, []string{"failed 1"}},
		{10 * time.Second, liveness.StateSucceeded, []string{"succeeded 2", "failed 1"}},
		{24 * time.Hour, liveness.StateSucceeded, []string{"succeeded 2", "failed 1"}},
	} {
		f.advance(t, moment.after)
		f.wantState(t, created, moment.state, moment.attempts...)
	}
	first, second := f.view(t, created), f.view(t, created)
	if first.Attempts[0].Digest != second.Attempts[0].Digest || first.Attempts[0].SessionImageID != second.Attempts[0].SessionImageID {
		t.Error("two looks at a finished session differ")
	}
	if _, err := f.Image(t.Context(), service.Access{Resource: someResource}, first.Attempts[0].SessionImageID); err != nil {
		t.Errorf("its session image: %v", err)
	}
}

func TestADeviceTakesAnAutomaticSessionOver(t *testing.T) {
	t.Parallel()
	script := scriptOf(decided(liveness.DecisionRealFace))
	script.Automatic, script.After = true, 10*time.Second
	f := newFixture(t, func(f *fixture) { f.script = script })
	created := f.create(t)
	if _, err := f.Start(t.Context(), f.device(t, created), service.StartRequest{}); err != nil {
		t.Fatal(err)
	}
	f.advance(t, time.Minute)
	f.wantState(t, created, liveness.StateRunning)

	other := f.create(t)
	d := f.device(t, other)
	f.advance(t, 10*time.Second)
	f.wantState(t, other, liveness.StateSucceeded, "succeeded 1")
	_, err := f.Start(t.Context(), d, service.StartRequest{})
	wantCode(t, err, liveness.CodeRateLimited)
	_, err = f.detect(t, d)
	wantCode(t, err, liveness.CodeRateLimited)
	if _, err := f.EndAttempt(t.Context(), d, "r"); err != nil {
		t.Errorf("attempt/end after a finished attempt: %v", err)
	}
	f.wantState(t, other, liveness.StateSucceeded, "succeeded 1")
}
