package service

import (
	"context"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// change edits a stored session at one fixed time of a clock and publishes the change. Its errors are those of Store.Update.
func (s *Service) change(
	ctx context.Context, id liveness.SessionID, clock func() time.Time, edit func(*liveness.Session, time.Time) error, images ...liveness.Image,
) (liveness.Session, error) {
	var made liveness.Change
	session, err := s.Store.Update(ctx, id, func(session *liveness.Session) error {
		waiting, attempts := session.Started.IsZero(), len(session.Attempts)
		made = liveness.Change{At: clock()}
		if err := edit(session, made.At); err != nil {
			return err
		}
		made.Started = waiting && !session.Started.IsZero()
		if len(session.Attempts) > attempts {
			made.Attempt = attempts + 1
		}
		return nil
	}, images...)
	if err == nil {
		made.Resource, made.Session, made.After = session.Resource, session.ID, &session
		s.publish(ctx, made)
	}
	return session, err
}

// remove removes a session and publishes it. Its errors are those of Store.Delete.
func (s *Service) remove(ctx context.Context, removed liveness.Change) error {
	if err := s.Store.Delete(ctx, removed.Session); err != nil {
		return err
	}
	s.publish(ctx, removed)
	return nil
}

// Replaced publishes that all sessions of an owner were replaced or removed. Call it after
// the clocks were restored.
func (s *Service) Replaced(ctx context.Context, owner liveness.Owner) {
	made := liveness.Change{Replaced: &owner}
	if !owner.All {
		made.At = s.Resources.SweepTime(context.WithoutCancel(ctx), owner.Resource)
	}
	s.publish(ctx, made)
}

// publish passes a stored change to Changed, also if the caller has left.
func (s *Service) publish(ctx context.Context, c liveness.Change) {
	if s.Changed != nil {
		s.Changed(context.WithoutCancel(ctx), c)
	}
}
