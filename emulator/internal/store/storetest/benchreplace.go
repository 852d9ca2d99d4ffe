package storetest

import (
	"math/rand/v2"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// BenchmarkReplace measures Walk, and Replace of this many small sessions by as many
// others and by none. Open returns an empty store. All sessions belong to one resource.
func BenchmarkReplace(b *testing.B, sessions int, open func(b *testing.B) store.Store) {
	b.Helper()
	engine := open(b)
	random := rand.New(rand.NewPCG(1, 2))
	fill := func(stage func(store.Stored) error) error {
		for range sessions {
			if err := stage(store.Stored{Session: smallSession(randomID(random))}); err != nil {
				return err
			}
		}
		return nil
	}
	b.Run("Replace", func(b *testing.B) {
		replaceAgain(b, engine, fill) // sessions to replace
		for b.Loop() {
			replaceAgain(b, engine, fill)
		}
	})
	b.Run("Walk", func(b *testing.B) {
		for b.Loop() {
			seen := 0
			_, err := engine.Walk(b.Context(), someScope(), func(store.Stored) error {
				seen++
				return nil
			})
			if err != nil || seen != sessions {
				b.Fatalf("Walk = %d sessions, %v, want %d and nil", seen, err, sessions)
			}
		}
	})
	b.Run("ReplaceByNothing", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			replaceAgain(b, engine, fill)
			b.StartTimer()
			replaceAgain(b, engine, nil)
		}
	})
}

func replaceAgain(b *testing.B, engine store.Store, fill func(func(store.Stored) error) error) {
	b.Helper()
	if err := engine.Replace(b.Context(), someScope(), fill); err != nil {
		b.Fatalf("Replace = %v, want nil", err)
	}
}
