package storetest

import (
	"math/rand/v2"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// Benchmark measures the calls that every request makes, from several goroutines, and
// List with ten thousand sessions. Open returns an empty store.
func Benchmark(b *testing.B, open func(b *testing.B) store.Store) {
	b.Helper()
	b.Run("Create", func(b *testing.B) { benchmark(b, open(b), createOne) })
	b.Run("Session", func(b *testing.B) { benchmark(b, open(b), readOne) })
	b.Run("Update", func(b *testing.B) { benchmark(b, open(b), updateOne) })
	b.Run("List", func(b *testing.B) { BenchmarkList(b, 10_000, open) })
}

// benchSessions is the number of sessions to read and update.
const benchSessions = 2000

func benchmark(b *testing.B, store store.Store, run func(*testing.B, store.Store, liveness.Session) error) {
	b.Helper()
	template := FullSession(rand.New(rand.NewPCG(1, 2)))
	template.Created = someTime()
	template.Attempts, template.Script.Steps = template.Attempts[:1], template.Script.Steps[:1]
	template.Script.Faults, template.FaultMemory = nil, liveness.Session{}.FaultMemory
	for n := range benchSessions {
		template.ID = sessionID(n)
		if err := store.Create(b.Context(), template); err != nil {
			b.Fatalf("Create = %v, want nil", err)
		}
	}
	b.SetParallelism(32) // like a busy server
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		random := rand.New(rand.NewPCG(rand.Uint64(), 0))
		session := template
		for pb.Next() {
			session.ID = sessionID(random.IntN(benchSessions))
			if err := run(b, store, session); err != nil {
				b.Errorf("error = %v, want nil", err)
			}
		}
	})
}

func createOne(b *testing.B, store store.Store, session liveness.Session) error {
	b.Helper()
	session.ID = randomID(rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())))
	return store.Create(b.Context(), session)
}

func readOne(b *testing.B, store store.Store, session liveness.Session) error {
	b.Helper()
	_, err := store.Session(b.Context(), session.ID)
	return err
}

func updateOne(b *testing.B, store store.Store, session liveness.Session) error {
	b.Helper()
	_, err := store.Update(b.Context(), session.ID, func(session *liveness.Session) error {
		session.EndCalls++
		return nil
	})
	return err
}
