package storetest

import (
	"slices"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

func ownershipChecks() []check {
	return []check{
		{"CreateCopies", (*suite).ownCreate},
		{"SessionCopies", (*suite).ownSession},
		{"ListCopies", (*suite).ownList},
		{"UpdateCopiesInAndOut", (*suite).ownUpdate},
		{"FailedUpdateCopies", (*suite).ownFailedUpdate},
		{"ImageCopies", (*suite).ownImage},
		{"SettingCopiesInAndOut", (*suite).ownSetting},
		{"EveryFieldIsKept", (*suite).ownEveryField},
	}
}

func (s *suite) ownCreate() {
	session, image := s.session(sessionID(1)), s.image(liveness.VerifyImageName, 100_000)
	want, wantImage := copyOf(session), liveness.Image{Name: image.Name, Bytes: slices.Clone(image.Bytes)}
	s.create(session, image)
	scribble(&session)
	clear(image.Bytes)
	s.wantSession(want)
	s.wantImage(want.ID, wantImage)
}

func (s *suite) ownSession() {
	want := copyOf(s.created(1))
	got, err := s.store.Session(s.Context(), want.ID)
	if err != nil {
		s.Fatalf("Session = %v, want nil", err)
	}
	scribble(&got)
	s.wantSession(want)
}

func (s *suite) ownList() {
	want := copyOf(s.created(1))
	got, err := s.store.List(s.Context(), want.Resource, want.Kind, "", 10)
	if err != nil || len(got) != 1 {
		s.Fatalf("List = %d sessions, %v, want 1 and nil", len(got), err)
	}
	if diff := cmp.Diff(want, got[0]); diff != "" {
		s.Fatalf("the listed session differs (-want +got):\n%s", diff)
	}
	scribble(&got[0])
	s.wantSession(want)
}

func (s *suite) ownUpdate() {
	session := s.created(1)
	image := s.image("new", 100_000)
	wantImage := liveness.Image{Name: image.Name, Bytes: slices.Clone(image.Bytes)}
	replacement := s.session(session.ID)
	want := copyOf(replacement)
	var kept *liveness.Session
	returned, err := s.store.Update(s.Context(), session.ID, func(session *liveness.Session) error {
		*session = replacement
		kept = session
		return nil
	}, image)
	if err != nil {
		s.Fatalf("Update = %v, want nil", err)
	}
	if diff := cmp.Diff(want, returned); diff != "" {
		s.Fatalf("Update returned another session than it stored (-want +got):\n%s", diff)
	}
	// The caller's argument, the argument of change, and the result, in turn.
	scribble(&replacement)
	clear(image.Bytes)
	s.wantSession(want)
	s.wantImage(want.ID, wantImage)
	if diff := cmp.Diff(want, returned); diff != "" {
		s.Fatalf("what Update returned is shared with what change put in (-want +got):\n%s", diff)
	}
	*kept = s.session(session.ID)
	s.wantSession(want)
	scribble(&returned)
	s.wantSession(want)
}

func (s *suite) ownFailedUpdate() {
	want := copyOf(s.created(1))
	_, err := s.store.Update(s.Context(), want.ID, func(session *liveness.Session) error {
		scribble(session)
		return errRefused
	})
	s.wantError("Update", err, errRefused)
	s.wantSession(want)
}

func (s *suite) ownImage() {
	for n, size := range []int{100, 100_000} {
		image := s.image(liveness.VerifyImageName, size)
		session := s.created(n, image)
		got, err := s.store.Image(s.Context(), session.ID, image.Name)
		if err != nil {
			s.Fatalf("Image = %v, want nil", err)
		}
		clear(got)
		s.wantImage(session.ID, image)
	}
}

// ownEveryField also fails if an engine forgets a new field.
func (s *suite) ownEveryField() {
	for n := range 50 {
		session := RandomSession(s.rand)
		session.ID = sessionID(n)
		s.create(session)
		s.wantSession(session)
	}
}
