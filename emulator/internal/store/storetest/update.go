package storetest

import (
	"errors"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// errRefused is the error of a change that refuses.
var errRefused = errors.New("the change refuses")

func updateChecks() []check {
	return []check{
		{"GetsTheCurrentSession", (*suite).updateCurrent},
		{"ErrorIsReturnedAsItIsAndChangesNothing", (*suite).updateError},
		{"PanicChangesNothing", (*suite).updatePanic},
		{"IdentityIsFixed", (*suite).updateIdentity},
		{"ReplacesImagesAndKeepsOthers", (*suite).updateImages},
		{"OfOneIsNotOfAnother", (*suite).updateOther},
	}
}

func (s *suite) updateCurrent() {
	session := s.created(1)
	for n := range 3 {
		want := session.Clone()
		calls := 0
		returned, err := s.store.Update(s.Context(), session.ID, func(current *liveness.Session) error {
			calls++
			if diff := cmp.Diff(want, *current); diff != "" {
				s.Errorf("update %d: change got another session (-want +got):\n%s", n, diff)
			}
			*current = s.session(session.ID)
			session = current.Clone()
			return nil
		})
		if err != nil || calls != 1 {
			s.Fatalf("update %d = %v after %d calls of change, want nil after 1", n, err, calls)
		}
		if diff := cmp.Diff(session, returned); diff != "" {
			s.Errorf("update %d returned another session (-want +got):\n%s", n, diff)
		}
		s.wantSession(session)
	}
}

func (s *suite) updateError() {
	verify := s.image(liveness.VerifyImageName, 100_000)
	session := s.created(1, verify)
	_, err := s.store.Update(s.Context(), session.ID, func(session *liveness.Session) error {
		session.EndCalls++
		return errRefused
	}, s.image(liveness.VerifyImageName, 10), s.image("new", 200_000))
	if err != errRefused { //nolint:errorlint // The contract promises the error as it is, not wrapped.
		s.Errorf("Update = %v, want the error of change itself", err)
	}
	s.wantSession(session)
	s.wantImage(session.ID, verify)
	_, err = s.store.Image(s.Context(), session.ID, "new")
	s.wantError("Image of the refused update", err, liveness.ErrNotFound)
	s.update(session.ID, 7)
}

func (s *suite) updatePanic() {
	session := s.created(1)
	func() {
		defer func() {
			if recover() == nil {
				s.Error("Update swallowed the panic of change")
			}
		}()
		_, _ = s.store.Update(s.Context(), session.ID, func(session *liveness.Session) error {
			session.EndCalls++
			panic("change")
		}, s.image("new", 10))
	}()
	s.wantSession(session)
	s.update(session.ID, 7) // The lock is released.
}

func (s *suite) updateIdentity() {
	edits := map[string]func(*liveness.Session){
		"id":       func(session *liveness.Session) { session.ID = sessionID(2) },
		"resource": func(session *liveness.Session) { session.Resource = "resource-b" },
		"kind":     func(session *liveness.Session) { session.Kind = liveness.KindLiveness },
		"created":  func(session *liveness.Session) { session.Created = session.Created.Add(time.Nanosecond) },
	}
	session := s.created(1)
	for field, edit := range edits {
		_, err := s.store.Update(s.Context(), session.ID, func(session *liveness.Session) error {
			session.EndCalls++
			edit(session)
			return nil
		}, s.image("new", 10))
		if err == nil {
			s.Errorf("Update of the %s = nil, want an error", field)
		}
		s.wantSession(session)
		_, err = s.store.Image(s.Context(), session.ID, "new")
		s.wantError("Image of the refused update", err, liveness.ErrNotFound)
	}
	s.wantNoSession(sessionID(2))

	// The same time in another zone is not a change.
	_, err := s.store.Update(s.Context(), session.ID, func(session *liveness.Session) error {
		session.Created = session.Created.In(time.FixedZone("elsewhere", 3600))
		return nil
	})
	if err != nil {
		s.Errorf("Update of the zone of the creation time = %v, want nil", err)
	}
}

func (s *suite) updateImages() {
	kept, replaced := s.image("kept", 70_000), s.image("replaced", 1000)
	session := s.created(1, kept, replaced)
	for _, size := range []int{0, 1, 200_000, 1000} {
		replaced, added := s.image("replaced", size), s.image("added", size)
		s.update(session.ID, size, replaced, added)
		session.EndCalls = size
		s.wantSession(session)
		for _, image := range []liveness.Image{kept, replaced, added} {
			s.wantImage(session.ID, image)
		}
	}
	// Without new images, the existing ones stay.
	s.update(session.ID, 1)
	s.wantImage(session.ID, kept)
}

func (s *suite) updateOther() {
	first, second := s.created(1, s.image("a", 10)), s.created(2, s.image("a", 20))
	image := s.image("a", 30)
	s.update(second.ID, 99, image)
	second.EndCalls = 99
	s.wantSession(first)
	s.wantSession(second)
	s.wantImage(second.ID, image)
	got, err := s.store.Image(s.Context(), first.ID, "a")
	if err != nil || len(got) != 10 || slices.Equal(got, image.Bytes[:10]) {
		s.Errorf("the image of the other session = %d bytes, %v, want its own 10 bytes", len(got), err)
	}
}
