package service_test

import (
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// ahead returns how far the clock of a resource is ahead of the one below.
func (f *fixture) ahead(t *testing.T, of liveness.ResourceID) time.Duration {
	t.Helper()
	return f.Now(t.Context(), of).Sub(f.clock.Now())
}

// TestADeviceWaitsOnTheClockOfItsResource checks that the clocks of other resources do not
// wake a device call.
func TestADeviceWaitsOnTheClockOfItsResource(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.script = scriptOf(lasting(decided(liveness.DecisionRealFace), time.Minute))
	created := f.create(t)
	done := f.detecting(t, f.device(t, created))
	if err := f.clock.AwaitWaiters(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := f.ChangeClock(t.Context(), "another", clock.Change{Advance: time.Hour}); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-done:
		t.Fatalf("got an answer, %v, by the clock of another resource", err)
	default:
	}
	if _, err := f.ChangeAllClocks(t.Context(), clock.Change{Advance: 30 * time.Second, Force: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.ChangeClock(t.Context(), someResource, clock.Change{Advance: 30 * time.Second}); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got := f.ahead(t, someResource); got != time.Minute {
		t.Errorf("got %v ahead, want the minute of both changes", got)
	}
}
