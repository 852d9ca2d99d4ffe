package badgerstore_test

import (
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/storetest"
)

func BenchmarkStore(b *testing.B) { benchmark(b, badgerstore.Options{}) }

func BenchmarkStoreWithSync(b *testing.B) { benchmark(b, badgerstore.Options{Sync: true}) }

func benchmark(b *testing.B, opts badgerstore.Options) {
	b.Helper()
	storetest.Benchmark(b, func(b *testing.B) liveness.Store {
		b.Helper()
		store, err := badgerstore.Open(b.TempDir(), opts)
		if err != nil {
			b.Fatalf("Open = %v, want nil", err)
		}
		b.Cleanup(func() { _ = store.Close() })
		return store
	})
}
