package storetest

import (
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// undoSameIDs has the same sessions in several generations, and changes and removes them
// in one of them.
func (s *suite) undoSameIDs() {
	own := liveness.Owner{Resource: someResource}
	s.replace(someScope(), s.someStored(1, 2, 3))
	before := s.walked(someScope())
	s.replace(someScope(), before)
	s.update(sessionID(1), 77, s.image("a", 300_000))
	s.wantError("Delete", s.store.Delete(s.Context(), sessionID(2)), nil)
	s.wantNoSession(sessionID(2))
	s.created(2, s.image("b", 10))
	s.wantError("Delete", s.store.Delete(s.Context(), sessionID(2)), nil)
	s.wantError("Delete again", s.store.Delete(s.Context(), sessionID(2)), liveness.ErrNotFound)
	s.created(2)
	err := s.store.Create(s.Context(), s.session(sessionID(3)))
	s.wantError("Create of one that is there", err, liveness.ErrExists)
	s.undo(own, 3)
	for range 2 {
		s.wantWalk(someScope(), before)
		s.sweep(someTime())
	}
	s.replace(someScope(), before)
	s.replace(someScope(), before)
	s.sweep(someTime())
	s.wantWalk(someScope(), before)
	s.undo(own, 3)
	s.wantWalk(someScope(), before)
	if got := s.sweep(someTime().Add(liveness.SessionLife)); got != 3 {
		s.Errorf("Sweep removed %d sessions, want 3", got)
	}
	s.wantNoSession(sessionID(1))
}

func (s *suite) undoConflict() {
	own, b := liveness.Owner{Resource: someResource}, store.Scope{Resource: "resource-b"}
	image := s.image("a", 200_000)
	first := s.created(1, image)
	s.replace(someScope(), nil)
	other := s.session(first.ID)
	other.Resource = b.Resource
	s.create(other)
	_, err := s.store.Undo(s.Context(), own)
	s.wantError("Undo", err, liveness.ErrExists)
	s.wantSession(other)
	s.wantError("Delete", s.store.Delete(s.Context(), other.ID), nil)
	s.undo(own, 0)
	s.wantSession(first)
	s.wantImage(first.ID, image)

	// The other one was replaced, so it is not in the way.
	s.replace(someScope(), nil)
	s.create(other)
	s.replace(b, nil)
	s.undo(own, 0)
	s.wantSession(first)
	_, err = s.store.Undo(s.Context(), liveness.Owner{Resource: b.Resource})
	s.wantError("Undo of the other", err, liveness.ErrExists)
	err = s.store.Replace(s.Context(), b, filling([]store.Stored{{Session: other}}))
	s.wantError("Replace", err, liveness.ErrExists)
	s.wantSession(first)
	s.sweep(someTime())
	s.wantSession(first)

	// Two calls of Replace stage the same id.
	s.replace(someScope(), nil)
	err = s.store.Replace(s.Context(), someScope(), func(stage func(store.Stored) error) error {
		s.wantError("stage", stage(store.Stored{Session: first}), nil)
		s.create(other)
		return nil
	})
	s.wantError("Replace", err, liveness.ErrExists)
	s.wantSession(other)
}

func (s *suite) undoImages() {
	own := liveness.Owner{Resource: someResource}
	old, later := s.image("a", 700_000), s.image("a", 500_000)
	first := s.created(1, old)
	again := first.Clone()
	s.replace(someScope(), []store.Stored{{Session: again, Images: []liveness.Image{later}}})
	s.wantImage(first.ID, later)
	s.update(first.ID, 5, s.image("b", 400_000))
	s.sweep(someTime())
	s.undo(own, 1)
	s.wantImage(first.ID, old)
	s.sweep(someTime())
	s.wantImage(first.ID, old)
	_, err := s.store.Image(s.Context(), first.ID, "b")
	s.wantError("Image of the session that is gone", err, liveness.ErrNotFound)
}
