package service

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// Look returns the current view of a session. Unlike Session, it accepts every kind, and
// does not count as a read.
func (s *Service) Look(ctx context.Context, owner liveness.Owner, id liveness.SessionID) (liveness.View, error) {
	session, now, err := s.look(ctx, owner, id)
	if err != nil {
		return liveness.View{}, err
	}
	return session.At(now), nil
}

// look returns a session of the owner as it is stored, and the time of the call.
func (s *Service) look(ctx context.Context, owner liveness.Owner, id liveness.SessionID) (session liveness.Session, now time.Time, err error) {
	session, err = s.Store.Session(ctx, id)
	switch {
	case err != nil:
		return session, now, sessionError(err, "unknown session id; the session may have been deleted, or have expired 48 h after creation")
	case !owner.Owns(session):
		return session, now, liveness.Refuse(liveness.CodeSessionNotFound, "the session belongs to another resource; send the key that it was created with")
	}
	now = s.Resources.Now(ctx, session.Resource)
	if session.GoneAt(now) {
		return session, now, liveness.Refuse(liveness.CodeSessionNotFound, "the session expired 48 h after creation, or its scenario ended it")
	}
	return session, now, nil
}

// LookAll calls visit with the current views of the sessions of an owner after a position,
// the newest first, until visit returns false. It reads page sessions at a time; page must
// be positive.
func (s *Service) LookAll(
	ctx context.Context, owner liveness.Owner, before store.Position, page int, visit func(liveness.View) bool,
) error {
	times := map[liveness.ResourceID]time.Time{} // one for each resource
	for {
		found, err := s.Store.Newest(ctx, owner, before, page)
		if err != nil {
			return err
		}
		for _, session := range found {
			now, known := times[session.Resource]
			if !known {
				now = s.Resources.Now(ctx, session.Resource)
				times[session.Resource] = now
			}
			if !session.GoneAt(now) && !visit(session.At(now)) {
				return nil
			}
		}
		if len(found) < page {
			return nil
		}
		before = store.PositionOf(found[len(found)-1])
	}
}

// A DeviceAction is something that the device of a session does.
type DeviceAction string

// What a device can do.
const (
	ActionStart   DeviceAction = "start"
	ActionAttempt DeviceAction = "attempt"
	ActionAbandon DeviceAction = "abandon" // the person gives up, which uses an attempt
)

// Play performs a device action without a token. The outcome of an attempt is p.Step, or
// that of the session's script if it is nil. With p.Wait, Play returns when the attempt is
// over on the session's clock. Refusals are those of the device calls.
func (s *Service) Play(ctx context.Context, owner liveness.Owner, id liveness.SessionID, p PlayRequest) (liveness.View, error) {
	stored, _, err := s.look(ctx, owner, id)
	if err != nil {
		return liveness.View{}, err
	}
	device := Device{Session: id, seen: stored}
	var attempt liveness.Attempt
	switch p.Action {
	case ActionStart:
		_, err = s.Start(ctx, device, StartRequest{})
	case ActionAttempt:
		attempt, err = s.playAttempt(ctx, device, p.Step, p.RequestID)
	case ActionAbandon:
		attempt, err = s.playAttempt(ctx, device, &liveness.Step{Abandoned: true}, p.RequestID)
	}
	if err != nil {
		return liveness.View{}, err
	}
	if p.Wait {
		if err := s.wait(ctx, stored.Resource, attempt); err != nil {
			return liveness.View{}, err
		}
	}
	return s.Look(ctx, owner, id)
}

// A PlayRequest is what Play is to do.
type PlayRequest struct {
	Action    DeviceAction
	Step      *liveness.Step // of ActionAttempt; nil: what the script says
	RequestID uuid.UUID
	Wait      bool
}

// playAttempt begins an attempt.
func (s *Service) playAttempt(ctx context.Context, d Device, step *liveness.Step, requestID uuid.UUID) (liveness.Attempt, error) {
	flagged, err := s.Resources.Monitor(ctx, d.seen)
	if err != nil {
		return liveness.Attempt{}, err
	}
	var attempt liveness.Attempt
	_, err = s.update(ctx, d, func(session *liveness.Session, now time.Time) error {
		if err := s.mayDetect(*session, d, now); err != nil {
			return err
		}
		if session.Started.IsZero() {
			if _, err := s.start(session, StartRequest{}, now); err != nil {
				return err
			}
		}
		if step != nil {
			session.Script.Rewrite(len(session.Attempts)+1, *step, session.AttemptLimit())
		}
		attempt = session.Begin(liveness.Beginning{At: now, RequestID: requestID.String(), Flagged: flagged})
		attempt.Closed = step != nil && step.Abandoned
		session.Attempts = append(session.Attempts, attempt)
		return nil
	})
	return attempt, err
}

// Expire expires the token of a session now. It replaces an early end of the script.
func (s *Service) Expire(ctx context.Context, owner liveness.Owner, id liveness.SessionID) (liveness.View, error) {
	_, now, err := s.look(ctx, owner, id)
	if err != nil {
		return liveness.View{}, err
	}
	_, err = s.change(ctx, id, func() time.Time { return now }, func(session *liveness.Session, now time.Time) error {
		session.Script.EarlyEnd = &liveness.EarlyEnd{Kind: liveness.EndExpire, After: max(now.Sub(session.Created), 1)}
		return nil
	})
	if err != nil {
		return liveness.View{}, sessionError(err, "the session was deleted by another call")
	}
	return s.Look(ctx, owner, id)
}

// Remove removes a session and returns what it was.
func (s *Service) Remove(ctx context.Context, owner liveness.Owner, id liveness.SessionID) (liveness.View, error) {
	session, now, err := s.look(ctx, owner, id)
	if err != nil {
		return liveness.View{}, err
	}
	if err := s.remove(ctx, liveness.Change{Resource: session.Resource, Session: id, At: now, Before: &session}); err != nil {
		return liveness.View{}, sessionError(err, "the session was deleted by another call")
	}
	return session.At(now), nil
}

// Export returns all that is stored of a session.
func (s *Service) Export(ctx context.Context, owner liveness.Owner, id liveness.SessionID) (store.Stored, error) {
	session, _, err := s.look(ctx, owner, id)
	if err != nil {
		return store.Stored{}, err
	}
	found := store.Stored{Session: session}
	for _, name := range session.ImageNames() {
		image, err := s.Store.Image(ctx, id, name)
		if err != nil {
			return store.Stored{}, sessionError(err, "the session was deleted by another call")
		}
		found.Images = append(found.Images, liveness.Image{Name: name, Bytes: image})
	}
	return found, nil
}
