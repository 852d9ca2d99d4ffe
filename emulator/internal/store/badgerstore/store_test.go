package badgerstore_test

import (
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/storetest"
)

// forked is how long to wait for a folder that nobody holds: while TestKill
// starts a process, that process holds the locks of this one for a moment.
const forked = 10 * time.Second

func open(t *testing.T, dir string, opts badgerstore.Options) *badgerstore.Store {
	t.Helper()
	opts.LockWait = forked
	engine, err := badgerstore.Open(dir, opts)
	if err != nil {
		t.Fatalf("Open = %v, want nil", err)
	}
	t.Cleanup(func() { _ = engine.Close() })
	return engine
}

func TestContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) store.Store {
		t.Helper()
		return open(t, t.TempDir(), badgerstore.Options{})
	})
}

func TestContractWithSync(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) store.Store {
		t.Helper()
		return open(t, t.TempDir(), badgerstore.Options{Sync: true})
	})
}

func TestUndoTime(t *testing.T) {
	t.Parallel()
	storetest.RunUndoTime(t, func(t *testing.T, now func() time.Time) store.Store {
		t.Helper()
		return open(t, t.TempDir(), badgerstore.Options{Now: now})
	})
}

func TestObserve(t *testing.T) {
	t.Parallel()
	storetest.RunObserved(t, func(t *testing.T, observe store.Observer) store.Store {
		t.Helper()
		return open(t, t.TempDir(), badgerstore.Options{Observe: observe})
	})
}
