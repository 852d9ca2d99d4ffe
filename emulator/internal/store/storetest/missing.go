package storetest

import (
	"errors"
	"slices"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

func missingChecks() []check {
	return []check{
		{"Session", (*suite).missingSession},
		{"UpdateDoesNotCallChange", (*suite).missingUpdate},
		{"Delete", (*suite).missingDelete},
		{"Image", (*suite).missingImage},
		{"NothingIsLeftAfterDelete", (*suite).missingAfterDelete},
		{"ListIsEmpty", (*suite).missingList},
	}
}

func (s *suite) missingSession() {
	s.created(1)
	_, err := s.store.Session(s.Context(), sessionID(2))
	s.wantError("Session", err, liveness.ErrNotFound)
}

func (s *suite) missingUpdate() {
	s.created(1)
	_, err := s.store.Update(s.Context(), sessionID(2), func(*liveness.Session) error {
		s.Error("change was called")
		return nil
	}, s.image("a", 100))
	s.wantError("Update", err, liveness.ErrNotFound)
	s.wantNoSession(sessionID(2))
	_, err = s.store.Image(s.Context(), sessionID(2), "a")
	s.wantError("Image", err, liveness.ErrNotFound)
}

func (s *suite) missingDelete() {
	session := s.created(1)
	s.wantError("Delete", s.store.Delete(s.Context(), sessionID(2)), liveness.ErrNotFound)
	s.wantSession(session)
}

func (s *suite) missingImage() {
	session := s.created(1, s.image(liveness.VerifyImageName, 10))
	for _, name := range []string{"verif", "verify2", "", "Verify"} {
		_, err := s.store.Image(s.Context(), session.ID, name)
		s.wantError("Image", err, liveness.ErrNotFound)
	}
	_, err := s.store.Image(s.Context(), sessionID(2), liveness.VerifyImageName)
	s.wantError("Image", err, liveness.ErrNotFound)
}

func (s *suite) missingAfterDelete() {
	kept := s.created(1, s.image(liveness.VerifyImageName, 100))
	gone := s.created(2, s.image(liveness.VerifyImageName, 100))
	if err := s.store.Delete(s.Context(), gone.ID); err != nil {
		s.Fatalf("Delete = %v, want nil", err)
	}
	s.wantNoSession(gone.ID)
	s.wantError("Delete again", s.store.Delete(s.Context(), gone.ID), liveness.ErrNotFound)
	s.wantSession(kept)

	// The id is free again, and a session created with it is a new one.
	s.create(gone)
	s.wantSession(gone)
	_, err := s.store.Image(s.Context(), gone.ID, liveness.VerifyImageName)
	s.wantError("Image of the new session", err, liveness.ErrNotFound)
	want := []liveness.SessionID{kept.ID, gone.ID}
	if got := s.listed(someResource, someKind); !slices.Equal(got, want) {
		s.Errorf("List = %q, want %q", got, want)
	}
}

func (s *suite) missingList() {
	if got := s.listed(someResource, someKind); len(got) != 0 {
		s.Errorf("List of an empty store = %q, want none", got)
	}
	for _, limit := range []int{0, -1} {
		_, err := s.store.List(s.Context(), someResource, someKind, "", limit)
		if err == nil || errors.Is(err, liveness.ErrNotFound) {
			s.Errorf("List with limit %d = %v, want an error about the limit", limit, err)
		}
	}
}

func conflictChecks() []check {
	return []check{{"CreateKeepsWhatIsThere", (*suite).conflict}}
}

func (s *suite) conflict() {
	verify, only := s.image(liveness.VerifyImageName, 3000), s.image("only-new", 10)
	old := s.created(1, verify)
	other := s.session(old.ID)
	other.Resource, other.Kind = "resource-b", liveness.KindLiveness

	err := s.store.Create(s.Context(), other, s.image(liveness.VerifyImageName, 70_000), only)
	s.wantError("Create", err, liveness.ErrExists)
	s.wantSession(old)
	s.wantImage(old.ID, verify)
	_, err = s.store.Image(s.Context(), old.ID, only.Name)
	s.wantError("Image of the refused session", err, liveness.ErrNotFound)
	if got := s.listed(other.Resource, other.Kind); len(got) != 0 {
		s.Errorf("List of the refused session's resource = %q, want none", got)
	}
	if got := s.sweep(old.Expires()); got != 1 {
		s.Errorf("Sweep removed %d sessions, want 1", got)
	}
}
