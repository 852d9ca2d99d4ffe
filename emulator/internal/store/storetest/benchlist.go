package storetest

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// BenchmarkList measures List alone and right after a Create, with this many small
// sessions in one resource. Open returns an empty store. Several goroutines create the
// sessions once for all parts.
func BenchmarkList(b *testing.B, sessions int, open func(b *testing.B) store.Store) {
	b.Helper()
	engine := open(b)
	fillStore(b, engine, sessions)
	for _, limit := range []int{20, 1000} {
		b.Run(fmt.Sprintf("Page=%d", limit), func(b *testing.B) {
			listBenchmark{engine: engine, limit: limit}.run(b)
		})
	}
	for name, owner := range map[string]liveness.Owner{"NewestOfOne": {Resource: someResource}, "NewestOfAll": {All: true}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				page, err := engine.Newest(b.Context(), owner, store.Position{}, 20)
				if err != nil || len(page) != min(sessions, 20) {
					b.Fatalf("Newest = %d sessions, %v, want 20 and nil", len(page), err)
				}
			}
		})
	}
	b.Run("CreateThenList", func(b *testing.B) {
		listBenchmark{engine: engine, limit: 20, create: true}.run(b)
	})
}

// A listBenchmark reads pages from random positions.
type listBenchmark struct {
	engine store.Store
	limit  int
	create bool // creates a session before each page
}

func (l listBenchmark) run(b *testing.B) {
	b.Helper()
	random := rand.New(rand.NewPCG(rand.Uint64(), 0))
	seen := 0
	b.ReportAllocs()
	for b.Loop() {
		if l.create {
			if err := l.engine.Create(b.Context(), smallSession(randomID(random))); err != nil {
				b.Fatalf("Create = %v, want nil", err)
			}
		}
		page, err := l.engine.List(b.Context(), someResource, someKind, randomID(random), l.limit)
		if err != nil {
			b.Fatalf("List = %v, want nil", err)
		}
		seen += len(page)
	}
	b.ReportMetric(float64(seen)/float64(b.N), "sessions/op")
}

// fillStore creates this many sessions with random ids.
func fillStore(b *testing.B, engine store.Store, sessions int) {
	b.Helper()
	const goroutines = 64 // so that an engine that flushes to the disk flushes several together
	together(goroutines, func(n int) {
		random := rand.New(rand.NewPCG(uint64(n), 0))
		for range sessions/goroutines + min(1, max(0, sessions%goroutines-n)) {
			if err := engine.Create(b.Context(), smallSession(randomID(random))); err != nil {
				b.Errorf("Create = %v, want nil", err)
				return
			}
		}
	})
	if b.Failed() {
		b.FailNow()
	}
}

// smallSession returns a session as it is created without a verify image.
func smallSession(id liveness.SessionID) liveness.Session {
	return liveness.Session{
		ID:       id,
		Resource: someResource,
		Kind:     someKind,
		Created:  someTime(),
		Settings: liveness.Settings{
			APIVersion: "v1.2", Mode: liveness.ModePassive, ModelVersion: "2024-11-15",
			TokenTTL: 10 * time.Minute, AttemptsAllowed: 1,
		},
		Script: liveness.Script{
			Scenario: "happy-path", AfterLast: liveness.AfterLastRepeat,
			Steps: []liveness.Step{{Decision: liveness.DecisionRealFace}},
		},
		DeviceCorrelationID: string(id),
	}
}

// randomID returns an id like the service's.
func randomID(r *rand.Rand) liveness.SessionID {
	a, b := r.Uint64(), r.Uint64()
	return liveness.SessionID(fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x",
		a>>32, a>>16&0xffff, a&0xfff, b>>48&0x3fff|0x8000, b&0xffff_ffff_ffff))
}
