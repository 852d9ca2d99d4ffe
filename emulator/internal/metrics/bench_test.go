package metrics_test

import (
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/metrics"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/memstore"
)

func entries() map[string]journal.Entry {
	plain := journal.Entry{Operation: "getLivenessSessionResult", Version: "v1.2", Status: 200, Duration: time.Millisecond}
	faulty := plain
	faulty.Fault = "delay 10ms, error unavailable"
	return map[string]journal.Entry{"plain": plain, "faulty": faulty, "unknown": {Status: 404}}
}

func BenchmarkObserve(b *testing.B) {
	for name, entry := range entries() {
		b.Run(name, func(b *testing.B) {
			m := metrics.New(config())
			b.ReportAllocs()
			for b.Loop() {
				m.Observe(entry)
			}
		})
	}
}

func BenchmarkObserveParallel(b *testing.B) {
	m := metrics.New(config())
	entry := entries()["plain"]
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			m.Observe(entry)
		}
	})
}

func BenchmarkStore(b *testing.B) {
	m := metrics.New(config())
	store := memstore.New(memstore.Options{Observe: m.StoreMethod})
	defer store.Close()
	b.ReportAllocs()
	for b.Loop() {
		_, _ = store.Setting(b.Context(), "none")
	}
}

// TestObserveAllocates holds the benchmark's result.
func TestObserveAllocates(t *testing.T) { //nolint:paralleltest // AllocsPerRun counts those of all goroutines.
	for name, entry := range entries() {
		m := metrics.New(config())
		m.Observe(entry)
		if got := testing.AllocsPerRun(100, func() { m.Observe(entry) }); got > 0 {
			t.Errorf("%s: got %v allocations a request, want none", name, got)
		}
	}
}
