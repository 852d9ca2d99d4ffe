package clock_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
)

func TestCourse(t *testing.T) {
	t.Parallel()
	base := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	show := base.Add(-48 * time.Hour)
	for _, c := range []struct {
		name   string
		rate   float64
		passed time.Duration
		want   time.Time
	}{
		{"standing", 0, time.Hour, show},
		{"as fast", 1, time.Hour, show.Add(time.Hour)},
		{"slow", 0.5, time.Hour, show.Add(30 * time.Minute)},
		{"fast", 60, time.Minute, show.Add(time.Hour)},
		{"before its base", 1, -time.Hour, show.Add(-time.Hour)},
	} {
		course := clock.Course{Base: base, Show: show, Rate: c.rate}
		if got := course.At(base.Add(c.passed)); !got.Equal(c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
	fast := clock.Course{Base: base, Show: base, Rate: clock.MaxRate}
	if year := fast.At(base.Add(24 * time.Hour)).Year(); year < 4000 || year > 5000 {
		t.Errorf("got year %d a day later at the fastest rate, want it to run on", year)
	}
	if far := (clock.Course{Base: base, Show: base, Rate: clock.MaxRate}).At(base.AddDate(200, 0, 0)); far.Before(base) {
		t.Errorf("got %v after 200 years at the fastest rate, want no overflow", far)
	}
}

func TestChange(t *testing.T) {
	t.Parallel()
	base := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	now := base.Add(time.Minute)
	running := clock.Course{Base: base, Show: base, Rate: 1}
	for _, c := range []struct {
		name   string
		change clock.Change
		shows  time.Time
		rate   float64
		want   error
	}{
		{"nothing", clock.Change{}, now, 1, nil},
		{"freeze", clock.Change{Rate: new(0.0)}, now, 0, nil},
		{"advance", clock.Change{Advance: time.Hour}, now.Add(time.Hour), 1, nil},
		{"set and freeze", clock.Change{Set: new(now.Add(time.Hour)), Rate: new(0.0)}, now.Add(time.Hour), 0, nil},
		{"back", clock.Change{Set: &base}, now, 1, clock.ErrBackwards},
		{"back by force", clock.Change{Set: &base, Force: true}, base, 1, nil},
		{"advance by less than nothing", clock.Change{Advance: -time.Second}, now, 1, clock.ErrBackwards},
		{"before time", clock.Change{Set: new(time.Time{}), Force: true}, now, 1, clock.ErrRange},
		{"beyond time", clock.Change{Set: new(time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC))}, now, 1, clock.ErrRange},
		{"backwards", clock.Change{Rate: new(-1.0)}, now, 1, clock.ErrRate},
		{"too fast", clock.Change{Rate: new(float64(clock.MaxRate + 1))}, now, 1, clock.ErrRate},
		{"no number", clock.Change{Rate: new(math.NaN())}, now, 1, clock.ErrRate},
	} {
		got, err := c.change.Apply(running, now)
		if !errors.Is(err, c.want) || !got.At(now).Equal(c.shows) || got.Rate != c.rate {
			t.Errorf("%s: got %v at rate %v, %v; want %v at rate %v, %v", c.name, got.At(now), got.Rate, err, c.shows, c.rate, c.want)
		}
	}
}

// TestVirtualWait runs in a synctest bubble, where waiting takes no time.
func TestVirtualWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		v := clock.NewVirtual(clock.System{}, clock.Course{Base: start, Show: start, Rate: 0})
		woken := make(chan error, 1)
		go func() { woken <- v.Wait(t.Context(), start.Add(time.Hour)) }()
		synctest.Wait()
		v.Follow(clock.Course{Base: start, Show: start, Rate: 60})
		if err := <-woken; err != nil {
			t.Fatal(err)
		}
		if got := time.Since(start); got != time.Minute {
			t.Errorf("got an hour over after %v, want a minute at rate 60", got)
		}
		v.Follow(clock.Course{Base: start, Show: start, Rate: 0})
		go func() { woken <- v.Wait(t.Context(), start.Add(time.Hour)) }()
		synctest.Wait()
		v.Follow(clock.Course{Base: start, Show: start.Add(time.Hour)})
		if err := <-woken; err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() { woken <- v.Wait(ctx, start.Add(2*time.Hour)) }()
		synctest.Wait()
		cancel()
		if err := <-woken; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the cause of the context", err)
		}
	})
}

// TestVirtualWaitEnds checks that rounding of the rate never keeps a wait from ending.
func TestVirtualWaitEnds(t *testing.T) {
	t.Parallel()
	base := clock.NewManual(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	start := base.Now()
	for _, rate := range []float64{0.1, 0.3, 0.7, 1.1, 3, 7, 86400, clock.MaxRate} {
		v := clock.NewVirtual(base, clock.Course{Base: base.Now(), Show: start, Rate: rate})
		woken := make(chan error, 1)
		const virtual = 63 * time.Second
		go func() { woken <- v.Wait(t.Context(), start.Add(virtual)) }()
		if err := base.AwaitWaiters(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		if err := base.Advance(time.Duration(math.Ceil(float64(virtual) / rate))); err != nil {
			t.Fatal(err)
		}
		if err := <-woken; err != nil {
			t.Errorf("rate %v: got %v", rate, err)
		}
	}
	stopped := clock.NewVirtual(base, clock.Course{Base: base.Now(), Show: time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC), Rate: 1})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := stopped.Wait(ctx, time.Date(9001, 1, 1, 0, 0, 0, 0, time.UTC)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v for what never comes, want the cause of the context", err)
	}
}
