package storetest

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// BenchmarkReset resets this many small sessions, undoes that and restores as many,
// each while other goroutines create and read sessions, and reports the longest time that
// one of their calls took. A Sweep removes what is left. Open returns an empty store whose
// clock is now.
func BenchmarkReset(b *testing.B, sessions int, open func(b *testing.B, now func() time.Time) store.Store) {
	b.Helper()
	var system clock.System
	var elapsed atomic.Int64
	engine := open(b, func() time.Time { return someTime().Add(time.Duration(elapsed.Load())) })
	random := rand.New(rand.NewPCG(1, 2))
	fill := func(stage func(store.Stored) error) error {
		for range sessions {
			if err := stage(store.Stored{Session: smallSession(randomID(random))}); err != nil {
				return err
			}
		}
		return nil
	}
	replaceAgain(b, engine, fill)
	for _, step := range []struct {
		name string
		run  func() error
	}{
		{"Idle", func() error { return system.Wait(b.Context(), system.Now().Add(time.Second)) }},
		{"Reset", func() error { return engine.Replace(b.Context(), someScope(), nil) }},
		{"Undo", func() error {
			_, err := engine.Undo(b.Context(), liveness.Owner{Resource: someResource})
			return err
		}},
		{"Restore", func() error { return engine.Replace(b.Context(), someScope(), fill) }},
		{"Sweep", func() error {
			elapsed.Add(int64(store.UndoTime) + 1)
			_, err := engine.Sweep(b.Context(), func(liveness.ResourceID) time.Time { return someTime() })
			return err
		}},
	} {
		var once sync.Once
		var longest time.Duration
		var calls int64
		b.Run(step.name, func(b *testing.B) {
			once.Do(func() { longest, calls = amongOthers(b, engine, step.run) }) // whatever b.N is
			b.ReportMetric(float64(longest.Microseconds())/1000, "longest-wait-ms")
			b.ReportMetric(float64(calls), "calls")
		})
	}
}

// amongOthers runs a step once while four goroutines create and read sessions. It returns
// how long the longest of their calls took, and how many there were.
func amongOthers(b *testing.B, engine store.Store, run func() error) (longest time.Duration, calls int64) {
	b.Helper()
	var most, count atomic.Int64
	var over atomic.Bool
	var system clock.System
	timed := func(call func() error) {
		start := system.Now()
		if err := call(); err != nil {
			b.Errorf("a call meanwhile = %v, want nil", err)
		}
		count.Add(1)
		taken, old := int64(system.Now().Sub(start)), most.Load()
		for taken > old && !most.CompareAndSwap(old, taken) {
			old = most.Load()
		}
	}
	together(5, func(n int) {
		if n == 0 {
			defer over.Store(true)
			if err := run(); err != nil {
				b.Errorf("the step = %v, want nil", err)
			}
			return
		}
		random := rand.New(rand.NewPCG(rand.Uint64(), uint64(n)))
		for !over.Load() {
			session := smallSession(randomID(random))
			session.Resource = "resource-b"
			timed(func() error { return engine.Create(b.Context(), session) })
			timed(func() error { _, err := engine.Session(b.Context(), session.ID); return err })
		}
	})
	return time.Duration(most.Load()), count.Load()
}
