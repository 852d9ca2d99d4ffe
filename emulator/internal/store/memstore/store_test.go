package memstore_test

import (
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/memstore"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/storetest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) store.Store { return memstore.New(memstore.Options{}) })
}

func TestUndoTime(t *testing.T) {
	t.Parallel()
	storetest.RunUndoTime(t, func(_ *testing.T, now func() time.Time) store.Store {
		return memstore.New(memstore.Options{Now: now})
	})
}

func TestObserve(t *testing.T) {
	t.Parallel()
	storetest.RunObserved(t, func(_ *testing.T, observe store.Observer) store.Store {
		return memstore.New(memstore.Options{Observe: observe})
	})
}

func FuzzSequence(f *testing.F) {
	f.Add([]byte("any bytes are a sequence of calls"))
	f.Fuzz(func(t *testing.T, script []byte) {
		engine := memstore.New(memstore.Options{})
		storetest.Replay(t, engine, script)
		if err := engine.Close(); err != nil {
			t.Errorf("Close = %v, want nil", err)
		}
	})
}

func BenchmarkStore(b *testing.B) {
	storetest.Benchmark(b, func(*testing.B) store.Store { return memstore.New(memstore.Options{}) })
}

// BenchmarkReset needs one round: go test -bench Reset -benchtime 1x.
func BenchmarkReset(b *testing.B) {
	storetest.BenchmarkReset(b, 100_000, func(_ *testing.B, now func() time.Time) store.Store {
		return memstore.New(memstore.Options{Now: now})
	})
}

func BenchmarkListMillion(b *testing.B) {
	storetest.BenchmarkList(b, 1_000_000, func(*testing.B) store.Store { return memstore.New(memstore.Options{}) })
}
