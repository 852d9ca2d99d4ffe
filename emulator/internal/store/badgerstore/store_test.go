package badgerstore_test

import (
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/storetest"
)

func open(t *testing.T, dir string, opts badgerstore.Options) *badgerstore.Store {
	t.Helper()
	store, err := badgerstore.Open(dir, opts)
	if err != nil {
		t.Fatalf("Open = %v, want nil", err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

func TestContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) liveness.Store {
		return open(t, t.TempDir(), badgerstore.Options{})
	})
}

func TestContractWithSync(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) liveness.Store {
		return open(t, t.TempDir(), badgerstore.Options{Sync: true})
	})
}
