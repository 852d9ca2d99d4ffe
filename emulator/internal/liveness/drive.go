package liveness

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
)

// An Owner is whose sessions are meant: those of one resource, or of all.
type Owner struct {
	Resource ResourceID
	All      bool
}

// owns reports whether a session is the owner's.
func (o Owner) owns(s Session) bool { return o.All || o.Resource == s.Resource }

// Look returns how a session looks now. Unlike Session, it counts as no call that
// reads it, and the kind does not matter.
func (s *Service) Look(ctx context.Context, owner Owner, id SessionID) (View, error) {
	session, err := s.Store.Session(ctx, id)
	switch {
	case err != nil:
		return View{}, sessionError(err, "no session has this id, or it was deleted, or its 48 hours are over")
	case !owner.owns(session):
		return View{}, Refuse(CodeSessionNotFound, "the session belongs to another resource; send the key that it was created with")
	}
	now := s.now(ctx, session.Resource)
	if session.goneAt(now) {
		return View{}, Refuse(CodeSessionNotFound, "the session is gone: its 48 hours are over, or its scenario has let it go")
	}
	return session.At(now), nil
}

// LookAll calls visit with the sessions of an owner, as they look now, in ascending
// order of their ids from the first one after an id, until visit returns false.
func (s *Service) LookAll(ctx context.Context, owner Owner, after SessionID, visit func(View) bool) error {
	if owner.All {
		return s.lookEverywhere(ctx, after, visit)
	}
	now := s.now(ctx, owner.Resource)
	const page = 200
	for {
		var found []Session
		more := false
		for _, kind := range []Kind{KindLiveness, KindLivenessWithVerify} {
			of, err := s.Store.List(ctx, owner.Resource, kind, after, page)
			if err != nil {
				return err
			}
			more = more || len(of) == page
			found = append(found, of...)
		}
		slices.SortFunc(found, func(a, b Session) int { return cmp.Compare(a.ID, b.ID) })
		// Behind these there may be one of the kind that gave fewer.
		for _, session := range found[:min(page, len(found))] {
			after = session.ID
			if !session.goneAt(now) && !visit(session.At(now)) {
				return nil
			}
		}
		if !more && len(found) <= page {
			return nil
		}
	}
}

var errEnough = errors.New("enough")

func (s *Service) lookEverywhere(ctx context.Context, after SessionID, visit func(View) bool) error {
	_, err := s.Store.Walk(ctx, Scope{All: true, WithoutImages: true}, func(stored Stored) error {
		session := stored.Session
		if session.ID <= after {
			return nil
		}
		now := s.now(ctx, session.Resource)
		if !session.goneAt(now) && !visit(session.At(now)) {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// A Deed is something that the device of a session does.
type Deed string

// What a device can do.
const (
	DeedStart   Deed = "start"
	DeedAttempt Deed = "attempt"
	DeedAbandon Deed = "abandon" // the person gives up, which uses an attempt
)

// Play does what the device of a session would do, without a token. The next attempt
// gives what step says, or with nil what its script does. With wait it returns when
// the attempt is over on the session's clock. Refusals are those of the device
// calls.
func (s *Service) Play(ctx context.Context, owner Owner, id SessionID, p Playing) (View, error) {
	view, err := s.Look(ctx, owner, id)
	if err != nil {
		return View{}, err
	}
	stored, err := s.Store.Session(ctx, id)
	if err != nil {
		return View{}, sessionError(err, "the session was deleted by another call")
	}
	device := Device{Session: id, seen: stored}
	var attempt Attempt
	switch p.Deed {
	case DeedStart:
		_, err = s.Start(ctx, device, StartRequest{})
	case DeedAttempt:
		attempt, err = s.playAttempt(ctx, device, p.Step, p.RequestID)
	case DeedAbandon:
		attempt, err = s.playAttempt(ctx, device, &Step{Abandoned: true}, p.RequestID)
	}
	if err != nil {
		return View{}, err
	}
	if p.Wait {
		if err := s.wait(ctx, view.Session.Resource, attempt); err != nil {
			return View{}, err
		}
	}
	return s.Look(ctx, owner, id)
}

// A Playing is what Play is to do.
type Playing struct {
	Deed      Deed
	Step      *Step // of DeedAttempt; nil: what the script says
	RequestID uuid.UUID
	Wait      bool
}

// playAttempt begins an attempt.
func (s *Service) playAttempt(ctx context.Context, d Device, step *Step, requestID uuid.UUID) (Attempt, error) {
	flagged, err := s.monitor(ctx, d.seen)
	if err != nil {
		return Attempt{}, err
	}
	var attempt Attempt
	_, err = s.update(ctx, d, func(session *Session, now time.Time) error {
		if err := s.mayDetect(*session, d, now); err != nil {
			return err
		}
		if session.Started.IsZero() {
			if _, err := s.start(session, StartRequest{}, now); err != nil {
				return err
			}
		}
		if step != nil {
			session.Script.rewrite(len(session.Attempts)+1, *step, session.attemptLimit())
		}
		attempt = session.begin(beginning{at: now, requestID: requestID.String(), flagged: flagged})
		attempt.Closed = step != nil && step.Abandoned
		session.Attempts = append(session.Attempts, attempt)
		return nil
	})
	return attempt, err
}

// rewrite lets the attempt with an id give something else, and the others of the
// session what they would have given.
func (s *Script) rewrite(id int, step Step, limit int) {
	steps := make([]Step, 0, limit)
	for n := range max(limit, id) {
		steps = append(steps, s.step(n+1))
	}
	steps[id-1] = step
	s.Steps = steps
}

// Expire lets the token of a session expire now. Another end that its script may
// have had does not come any more.
func (s *Service) Expire(ctx context.Context, owner Owner, id SessionID) (View, error) {
	view, err := s.Look(ctx, owner, id)
	if err != nil {
		return View{}, err
	}
	now := s.now(ctx, view.Session.Resource)
	_, err = s.Store.Update(ctx, id, func(session *Session) error {
		session.Script.End = &End{Kind: EndExpire, After: max(now.Sub(session.Created), 1)}
		return nil
	})
	if err != nil {
		return View{}, sessionError(err, "the session was deleted by another call")
	}
	return s.Look(ctx, owner, id)
}

// Remove removes a session and returns what it was.
func (s *Service) Remove(ctx context.Context, owner Owner, id SessionID) (View, error) {
	view, err := s.Look(ctx, owner, id)
	if err != nil {
		return View{}, err
	}
	if err := s.Store.Delete(ctx, id); err != nil {
		return View{}, sessionError(err, "the session was deleted by another call")
	}
	return view, nil
}

// Export returns all that is stored of a session.
func (s *Service) Export(ctx context.Context, owner Owner, id SessionID) (Stored, error) {
	view, err := s.Look(ctx, owner, id)
	if err != nil {
		return Stored{}, err
	}
	session, err := s.Store.Session(ctx, view.Session.ID) // without what it plays by itself
	if err != nil {
		return Stored{}, sessionError(err, "the session was deleted by another call")
	}
	found := Stored{Session: session}
	for _, name := range session.imageNames() {
		image, err := s.Store.Image(ctx, id, name)
		if err != nil {
			return Stored{}, sessionError(err, "the session was deleted by another call")
		}
		found.Images = append(found.Images, Image{Name: name, Bytes: image})
	}
	return found, nil
}

// imageNames are the names of the images that are stored with the session.
func (s Session) imageNames() []string {
	var names []string
	if s.Reference != nil {
		names = append(names, VerifyImageName)
	}
	for _, step := range s.Script.Steps {
		if step.SessionImage != "" {
			names = append(names, step.SessionImage)
		}
	}
	for _, attempt := range s.Attempts {
		if attempt.SessionImage != "" {
			names = append(names, attempt.SessionImage)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// ToldDigest is the digest of an attempt that its device is told; "": it is told
// none.
func (s Session) ToldDigest(a Attempt) string { return s.toldDigest(a) }

// Step is what the script gives for the attempt with an id, from 1.
func (s Script) Step(id int) Step { return s.step(id) }

// StateOf returns the state of one of the session's attempts.
func (v View) StateOf(a Attempt) State {
	switch {
	case !slices.ContainsFunc(v.Attempts, func(shown Attempt) bool { return shown.ID == a.ID }):
		if a.Analysed() {
			return StateRunning // or its result is held back
		}
		return StateCanceled
	case a.Error != nil:
		return StateFailed
	default:
		return StateSucceeded
	}
}
