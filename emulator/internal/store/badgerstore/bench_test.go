package badgerstore_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/storetest"
)

func BenchmarkStore(b *testing.B) { storetest.Benchmark(b, opened(badgerstore.Options{})) }

func BenchmarkStoreWithSync(b *testing.B) {
	storetest.Benchmark(b, opened(badgerstore.Options{Sync: true}))
}

// BenchmarkListMillion takes about half a minute to create the sessions.
func BenchmarkListMillion(b *testing.B) {
	storetest.BenchmarkList(b, 1_000_000, opened(badgerstore.Options{}))
}

func opened(opts badgerstore.Options) func(*testing.B) store.Store {
	return func(b *testing.B) store.Store {
		b.Helper()
		engine, err := badgerstore.Open(b.TempDir(), opts)
		if err != nil {
			b.Fatalf("Open = %v, want nil", err)
		}
		b.Cleanup(func() { _ = engine.Close() })
		return engine
	}
}

// BenchmarkReplace replaces ten thousand sessions by themselves, and walks to them.
func BenchmarkReplace(b *testing.B) {
	storetest.BenchmarkReplace(b, 10_000, opened(badgerstore.Options{}))
}

func BenchmarkReplaceWithSync(b *testing.B) {
	storetest.BenchmarkReplace(b, 10_000, opened(badgerstore.Options{Sync: true}))
}

// BenchmarkReset needs one round: go test -bench Reset -benchtime 1x.
func BenchmarkReset(b *testing.B) {
	for name, opts := range map[string]badgerstore.Options{"Plain": {}, "Sync": {Sync: true}} {
		b.Run(name, func(b *testing.B) {
			storetest.BenchmarkReset(b, 100_000, func(b *testing.B, now func() time.Time) store.Store {
				b.Helper()
				opts.Now = now
				return opened(opts)(b)
			})
		})
	}
}

// BenchmarkReplaceLarge takes some seconds for each of its rounds.
func BenchmarkReplaceLarge(b *testing.B) {
	storetest.BenchmarkReplace(b, 100_000, opened(badgerstore.Options{}))
}

// BenchmarkResetBesideShared resets a resource while two others have ids in common.
func BenchmarkResetBesideShared(b *testing.B) {
	for _, count := range []int{5000, 100_000} {
		b.Run(strconv.Itoa(count), func(b *testing.B) {
			engine := opened(badgerstore.Options{})(b)
			for _, resource := range []liveness.ResourceID{"a", "b"} {
				err := engine.Replace(b.Context(), store.Scope{Resource: resource}, func(stage func(store.Stored) error) error {
					for n := range count {
						s := session(n)
						s.Resource = resource
						if err := stage(store.Stored{Session: s}); err != nil {
							return err
						}
					}
					return nil
				})
				if err == nil && resource == "a" {
					err = engine.Replace(b.Context(), store.Scope{Resource: "a"}, nil)
				}
				if err != nil {
					b.Fatalf("Replace = %v, want nil", err)
				}
			}
			for b.Loop() {
				if err := engine.Replace(b.Context(), store.Scope{Resource: "c"}, nil); err != nil {
					b.Fatalf("Replace = %v, want nil", err)
				}
			}
		})
	}
}
