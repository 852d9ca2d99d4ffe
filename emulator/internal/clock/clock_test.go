package clock_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestManualStandsStillUntilMoved(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(start)
	if got := c.Now(); !got.Equal(start) {
		t.Errorf("got %s; want %s", got, start)
	}
	if err := c.Advance(time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := c.Set(start.Add(2 * time.Hour)); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"advance": c.Advance(-1),
		"set":     c.Set(start),
	} {
		if !errors.Is(err, clock.ErrBackwards) {
			t.Errorf("%s backwards: got %v; want %v", name, err, clock.ErrBackwards)
		}
	}
	if got, want := c.Now(), start.Add(2*time.Hour); !got.Equal(want) {
		t.Errorf("got %s; want %s", got, want)
	}
}

func TestWaitForThePast(t *testing.T) {
	t.Parallel()
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]clock.Clock{"system": clock.System{}, "manual": clock.NewManual(start)} {
		if err := c.Wait(done, c.Now()); err != nil {
			t.Errorf("%s: got %v; want no error for a time that has come", name, err)
		}
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	left := errors.New("left")
	for name, c := range map[string]clock.Clock{"system": clock.System{}, "manual": clock.NewManual(start)} {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(left)
		if err := c.Wait(ctx, c.Now().Add(time.Hour)); !errors.Is(err, left) {
			t.Errorf("%s: got %v; want the cause of the context", name, err)
		}
	}
}

func TestSystemWaits(t *testing.T) {
	t.Parallel()
	system := clock.System{}
	until := system.Now().Add(5 * time.Millisecond)
	if err := system.Wait(t.Context(), until); err != nil {
		t.Fatal(err)
	}
	if now := system.Now(); now.Before(until) {
		t.Errorf("back at %s; want not before %s", now, until)
	}
}

// TestManualWakesWhoseTimeHasCome checks that the other waiters stay blocked.
func TestManualWakesWhoseTimeHasCome(t *testing.T) {
	t.Parallel()
	c := clock.NewManual(start)
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	woken := make(chan time.Duration, 3)
	for _, after := range []time.Duration{time.Second, 2 * time.Second, time.Hour} {
		group.Go(func() {
			if c.Wait(ctx, start.Add(after)) == nil {
				woken <- after
			}
		})
	}
	if err := c.AwaitWaiters(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	if err := c.Advance(2 * time.Second); err != nil {
		t.Fatal(err)
	}
	if sum := <-woken + <-woken; sum != 3*time.Second {
		t.Errorf("the two that woke waited for %s; want 3s together", sum)
	}
	cancel()
	group.Wait()
	if len(woken) != 0 {
		t.Error("the third woke too")
	}
	if err := c.AwaitWaiters(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("AwaitWaiters: got %v; want %v", err, context.Canceled)
	}
}
