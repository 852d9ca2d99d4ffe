package storetest

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

func undoChecks() []check {
	return []check{
		{"NothingToUndo", (*suite).undoNothing},
		{"BringsAllBack", (*suite).undoBack},
		{"CountsWhatIsGone", (*suite).undoCounts},
		{"Twice", (*suite).undoTwice},
		{"OneOfTwo", (*suite).undoLast},
		{"ResourceAfterAll", (*suite).undoOutdated},
		{"AllAfterResource", (*suite).undoAll},
		{"ResourceAfterAllTwice", (*suite).undoAfterAll},
		{"SameIDs", (*suite).undoSameIDs},
		{"IDOfAnotherResource", (*suite).undoConflict},
		{"Images", (*suite).undoImages},
		{"Settings", (*suite).undoSettings},
		{"SettingsOfAll", (*suite).undoSettingsOfAll},
		{"NewSetting", (*suite).undoNewSetting},
		{"WalkBeginsBefore", (*suite).undoWalk},
		{"Concurrent", (*suite).undoConcurrent},
	}
}

// RunUndoTime tests how long Undo can undo a Replace. open opens an empty store
// whose clock is now.
func RunUndoTime(t *testing.T, open func(t *testing.T, now func() time.Time) store.Store) {
	t.Helper()
	var elapsed atomic.Int64
	now := func() time.Time { return someTime().Add(time.Duration(elapsed.Load())) }
	s := newSuite(t, open(t, now))
	t.Cleanup(func() { s.wantError("Close", s.store.Close(), nil) })
	own := liveness.Owner{Resource: someResource}
	before := s.someSettings()
	for n := range 300 {
		before = append(before, store.Stored{Session: s.created(n)})
	}
	after := s.someStored(1, 2, 1001)
	for range 2 {
		s.replace(someScope(), after)
		elapsed.Add(int64(store.UndoTime))
		s.sweep(someTime())
		s.undo(own, 3)
		s.wantWalk(someScope(), before)
	}
	s.replace(someScope(), after)
	s.replace(store.Scope{All: true}, after[2:])
	elapsed.Add(int64(store.UndoTime) + 1)
	for range 2 {
		_, err := s.store.Undo(s.Context(), liveness.Owner{All: true})
		s.wantError("Undo too late", err, liveness.ErrNotFound)
		s.wantWalk(someScope(), after)
		s.sweep(someTime())
	}
	s.created(3) // Its id was in use once.
	s.wantError("Delete", s.store.Delete(s.Context(), sessionID(1)), nil)
	s.created(1)
}

// undo undoes the last Replace of an owner.
func (s *suite) undo(owner liveness.Owner, gone int) {
	s.Helper()
	got, err := s.store.Undo(s.Context(), owner)
	if err != nil || got != gone {
		s.Fatalf("Undo(%v) = %d, %v, want %d and nil", owner, got, err, gone)
	}
}

func (s *suite) wantNoUndo(owners ...liveness.Owner) {
	s.Helper()
	for _, owner := range owners {
		gone, err := s.store.Undo(s.Context(), owner)
		s.wantError("Undo", err, liveness.ErrNotFound)
		if gone != 0 {
			s.Errorf("Undo that fails = %d, want 0", gone)
		}
	}
}

func (s *suite) undoNothing() {
	want := append(s.someSettings(), store.Stored{Session: s.created(1)})
	s.wantNoUndo(liveness.Owner{All: true}, liveness.Owner{Resource: someResource}, liveness.Owner{})
	s.replace(store.Scope{Resource: "resource-b"}, nil)
	s.wantNoUndo(liveness.Owner{All: true}, liveness.Owner{Resource: someResource})
	s.wantWalk(someScope(), want)
}

func (s *suite) undoBack() {
	for _, scope := range []store.Scope{someScope(), everything()} {
		for _, staged := range [][]store.Stored{nil, s.someStored(1, 2, 4, 8)} {
			owner := liveness.Owner{Resource: scope.Resource, All: scope.All}
			want := s.someSettings()
			s.replace(everything(), nil)
			want = want[:0]
			s.setSetting("a/1", []byte("value"))
			s.setSetting("a/4", []byte{})
			want = append(want, store.Stored{Setting: "a/1", Value: []byte("value")}, store.Stored{Setting: "a/4", Value: []byte{}})
			for n := range 4 {
				image := s.image("a", 100_000*n)
				want = append(want, store.Stored{Session: s.created(n, image), Images: []liveness.Image{image}})
			}
			for range 2 {
				s.replace(scope, staged)
				s.wantWalk(someScope(), staged)
				s.sweep(someTime())
				s.undo(owner, max(0, len(staged)-2))
				s.wantWalk(someScope(), want)
				s.sweep(someTime())
				s.wantWalk(someScope(), want)
			}
			for _, stored := range want[2:] {
				s.wantSession(stored.Session)
				s.wantImage(stored.Session.ID, stored.Images[0])
			}
			if got := s.listed(someResource, someKind); len(got) != 4 {
				s.Errorf("List = %q, want 4 sessions", got)
			}
			// They behave like any others.
			s.update(sessionID(2), 99, s.image("a", 20))
			s.wantError("Delete", s.store.Delete(s.Context(), sessionID(1)), nil)
			if got := s.sweep(someTime().Add(liveness.SessionLife)); got != 3 {
				s.Errorf("Sweep removed %d sessions, want 3", got)
			}
		}
	}
}

func (s *suite) undoCounts() {
	s.created(1)
	s.replace(someScope(), s.someStored(2, 3))
	s.created(4)
	s.created(5)
	s.wantError("Delete", s.store.Delete(s.Context(), sessionID(2)), nil)
	other := s.session(sessionID(6))
	other.Resource = "resource-b"
	s.create(other)
	s.undo(liveness.Owner{Resource: someResource}, 3)
	if got := s.listed(someResource, someKind); !slices.Equal(got, []liveness.SessionID{sessionID(1)}) {
		s.Errorf("List after Undo = %q, want session 1", got)
	}
	s.wantSession(other)
	for n := 2; n < 6; n++ {
		s.wantNoSession(sessionID(n))
	}
	s.created(4) // The id is free again.
}

func (s *suite) undoTwice() {
	owners := []liveness.Owner{{Resource: someResource}, {All: true}}
	for n, scope := range []store.Scope{someScope(), everything()} {
		want := append(s.someSettings(), store.Stored{Session: s.created(n)})
		s.replace(scope, s.someStored(7))
		s.undo(owners[n], 1)
		for range 2 {
			s.wantNoUndo(owners...)
			s.wantWalk(someScope(), want)
			s.sweep(someTime())
		}
		s.wantError("Delete", s.store.Delete(s.Context(), sessionID(n)), nil)
	}
}

func (s *suite) undoLast() {
	s.created(1)
	first, second := s.someStored(2, 3), s.someStored(1, 4)
	s.replace(someScope(), first)
	s.replace(someScope(), second)
	s.undo(liveness.Owner{Resource: someResource}, 2)
	for range 2 {
		s.wantWalk(someScope(), first)
		s.wantNoUndo(liveness.Owner{Resource: someResource})
		s.sweep(someTime())
	}
}

func (s *suite) undoOutdated() {
	own, all := liveness.Owner{Resource: someResource}, liveness.Owner{All: true}
	before := append(s.someSettings(), store.Stored{Session: s.created(1)})
	s.replace(someScope(), s.someStored(2))
	s.replace(everything(), s.someStored(3))
	s.wantNoUndo(own)
	s.undo(all, 1)
	s.wantWalk(someScope(), s.walkedOf(2))
	s.wantNoUndo(all)
	s.sweep(someTime())
	s.undo(own, 1) // The Replace of the resource is the last one again.
	for range 2 {
		s.wantNoUndo(own, all)
		s.wantWalk(someScope(), before)
		s.sweep(someTime())
	}
}

// undoAfterAll undoes a Replace of one resource that came after another one, and a later
// one of all: what could be undone before the second one cannot any more.
func (s *suite) undoAfterAll() {
	own, all := liveness.Owner{Resource: someResource}, liveness.Owner{All: true}
	s.someSettings()
	first, last := s.someStored(1), s.someStored(3)
	s.replace(someScope(), first)
	s.replace(everything(), s.someStored(2))
	s.replace(someScope(), last)
	s.undo(own, 1)
	s.wantNoUndo(own)
	s.undo(all, 1)
	s.wantWalk(someScope(), first)
	s.wantNoUndo(own, all)
}

// walkedOf returns what Walk passes of someScope, which must have this one session.
func (s *suite) walkedOf(n int) []store.Stored {
	s.Helper()
	all := s.walked(someScope())
	if last := all[len(all)-1]; last.Session.ID != sessionID(n) {
		s.Errorf("Walk ends with %q, want session %d", last.Session.ID, n)
	}
	return all
}

// undoAll undoes a Replace of all after one resource was replaced in turn: that one keeps
// what it has.
func (s *suite) undoAll() {
	own, all := liveness.Owner{Resource: someResource}, liveness.Owner{All: true}
	other := s.session(sessionID(100))
	other.Resource = "resource-b"
	s.create(other)
	s.someSettings()
	s.created(1)
	before := s.walked(someScope())
	s.replace(everything(), s.someStored(2))
	later := s.someStored(3, 4)
	s.replace(someScope(), later)
	s.wantNoSession(other.ID)
	s.undo(all, 0)
	s.wantSession(other)
	s.wantWalk(someScope(), later)
	s.wantSetting("b/1", []byte("of b/1"))
	s.sweep(someTime())
	s.undo(own, 2)
	s.wantWalk(someScope(), before)
	s.sweep(someTime())
	s.wantWalk(someScope(), before)
}

func (s *suite) undoSettings() {
	own := liveness.Owner{Resource: someResource}
	want := s.someSettings()
	s.replace(someScope(), s.someStored()) // has a/2 and a/3
	s.wantNoSetting("a/1")
	s.setSetting("a/1", []byte("later"))
	s.setSetting("a/3", []byte("later"))
	s.setSetting("b/1", []byte("later"))
	s.setSetting("", []byte("later"))
	s.sweep(someTime())
	s.undo(own, 0)
	for range 2 {
		s.wantWalk(someScope(), want)
		s.wantSetting("a/1", []byte("of a/1"))
		s.wantNoSetting("a/3")
		s.wantSetting("b/1", []byte("later"))
		s.wantSetting("", []byte("later"))
		s.sweep(someTime())
	}
	s.setSetting("a/3", []byte("again"))
	s.replace(someScope(), nil)
	s.replace(someScope(), nil)
	s.sweep(someTime())
	s.undo(own, 0)
	s.wantWalk(someScope(), nil)
	s.setSetting("a/1", []byte("new"))
	s.wantWalk(someScope(), []store.Stored{{Setting: "a/1", Value: []byte("new")}})
}

// undoSettingsOfAll undoes a Replace of all: a setting that was replaced in turn keeps its
// value, and one of a resource of which only the sessions were does not.
func (s *suite) undoSettingsOfAll() {
	s.setSetting("a/1", []byte("before"))
	s.replace(everything(), []store.Stored{{Setting: "a/1", Value: []byte("of all")}})
	s.replace(store.Scope{Resource: someResource}, nil)
	s.setSetting("a/1", []byte("later"))
	s.undo(liveness.Owner{All: true}, 0)
	s.wantSetting("a/1", []byte("before"))

	s.replace(everything(), []store.Stored{{Setting: "a/1", Value: []byte("of all")}})
	s.replace(someScope(), []store.Stored{{Setting: "a/1", Value: []byte("in turn")}})
	s.undo(liveness.Owner{All: true}, 0)
	s.wantSetting("a/1", []byte("in turn"))
	s.undo(liveness.Owner{Resource: someResource}, 0)
	s.wantSetting("a/1", []byte("before"))
}

// undoNewSetting stores a setting that Replace neither removed nor stored: Undo does not know
// that it belongs to the scope, and keeps it.
func (s *suite) undoNewSetting() {
	s.created(1)
	s.replace(someScope(), nil)
	s.setSetting("a/1", []byte("since"))
	s.undo(liveness.Owner{Resource: someResource}, 0)
	s.wantSetting("a/1", []byte("since"))
}

func (s *suite) undoWalk() {
	own := liveness.Owner{Resource: someResource}
	before := append(s.someSettings(), store.Stored{Session: s.created(1)}, store.Stored{Session: s.created(2)})
	after := s.someStored(2, 3)
	s.replace(someScope(), after)
	for _, scope := range []store.Scope{someScope(), {All: true, Setting: someScope().Setting}} {
		var got []store.Stored
		_, err := s.store.Walk(s.Context(), scope, func(stored store.Stored) error {
			if len(got) == 0 {
				s.undo(own, 2)
				s.sweep(someTime())
				s.wantWalk(scope, before)
			}
			got = append(got, stored)
			return nil
		})
		s.wantError("Walk", err, nil)
		if len(got) != len(after) || got[2].Session.ID != sessionID(2) || got[2].Session.EndCalls != after[2].Session.EndCalls {
			s.Errorf("Walk = %d, want the %d that were there as it began", len(got), len(after))
		}
		s.replace(someScope(), after)
	}
}

// undoConcurrent switches there and back while others create, read and list.
func (s *suite) undoConcurrent() {
	const sessions, rounds = roundSessions, 15
	own := liveness.Owner{Resource: someResource}
	s.replace(someScope(), ofRound(0))
	var over atomic.Bool
	together(5, func(n int) {
		switch n {
		case 0:
			defer over.Store(true)
			for range rounds {
				s.replace(someScope(), ofRound(1))
				if got, err := s.store.Undo(s.Context(), own); err != nil || got < sessions {
					s.Errorf("Undo = %d, %v, want at least %d and nil", got, err, sessions)
				}
			}
		case 1:
			for !over.Load() {
				s.sweep(someTime())
			}
		default:
			for !over.Load() {
				s.wantSame(sessions)
			}
		}
	})
	s.wantWhole(sessions)
}

// wantSame is wantWhole without List. It reads all sessions one by one as well.
func (s *suite) wantSame(sessions int) {
	s.wantWhole(sessions)
	for n := range sessions {
		if _, err := s.store.Session(s.Context(), sessionID(n)); err != nil {
			s.Errorf("Session that is always there = %v, want nil", err)
		}
		if _, err := s.store.Image(s.Context(), sessionID(n), "a"); err != nil {
			s.Errorf("Image that is always there = %v, want nil", err)
		}
	}
	page, err := s.store.Newest(s.Context(), liveness.Owner{All: true}, store.Position{}, sessions+1)
	if err != nil || len(page) != sessions {
		s.Errorf("Newest = %d sessions, %v, want %d and nil", len(page), err, sessions)
	}
}
