package service

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/faceimage"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// A StartRequest is the body of session/start.
type StartRequest struct {
	DeviceCorrelationID *string // nil: not given
	UserCorrelationID   *string // nil: not given
}

// A DeviceResult is what a device call came to.
type DeviceResult struct {
	Session liveness.Session
	Attempt liveness.Attempt // of a detect call
	Digest  string           // of the attempt, as the device receives it; "": it receives none
	Hint    string           // what the client did that was ignored; for the log
}

// Start begins a session for its device. A second start is over the quota of
// the token [recorded: device-start-quota].
func (s *Service) Start(ctx context.Context, d Device, r StartRequest) (DeviceResult, error) {
	var hint string
	session, err := s.update(ctx, d, func(session *liveness.Session, now time.Time) error {
		if session.PlaysItself(now) {
			return s.mayDetect(*session, d, now) // it says why a device cannot come in
		}
		if !session.Started.IsZero() {
			return overQuota("session/start: the session has started already (a detect call starts it, too); its quota is 1 a session")
		}
		var err error
		hint, err = s.start(session, r, now)
		return err
	})
	return DeviceResult{Session: session, Hint: hint}, err
}

// start sets what session/start sets, wherever it happens.
func (s *Service) start(session *liveness.Session, r StartRequest, now time.Time) (hint string, err error) {
	settings := session.Settings
	device, deviceHint, err := s.chosen(deviceID, settings.DeviceCorrelationIDSetInClient, session.DeviceCorrelationID, r.DeviceCorrelationID)
	if err != nil {
		return "", err
	}
	user, userHint, err := s.chosen(userID, settings.UserCorrelationIDSetInClient, session.UserCorrelationID, r.UserCorrelationID)
	if err != nil {
		return "", err
	}
	session.DeviceCorrelationID, session.UserCorrelationID = device, user
	session.Started = now
	return cmp.Or(deviceHint, userHint), nil
}

// A DetectRequest is one analysis as the device sends it.
type DetectRequest struct {
	RequestID       string                  // the emulator's id of this call; becomes the client's resultId
	ClientRequestID string                  // client-request-id header, or ""
	Payload         [sha256.Size]byte       // hash of the body
	VerifyImage     *Upload                 // the VerifyImage part, or nil
	Audited         liveness.AttemptRequest // what the audit shows of it
}

// Detect carries out one attempt and returns when it is over on the session's
// clock. What it gives is stored when it begins, so a client that leaves, a
// crash or a restart in between changes nothing. Without a session/start before
// it, it starts the session [assumed: device-start-missing].
func (s *Service) Detect(ctx context.Context, d Device, r DetectRequest) (DeviceResult, error) {
	result, err := s.begin(ctx, d, r)
	if errors.Is(err, errImageTaken) {
		// Another call has brought the image in between.
		d.seen, err = s.Store.Session(ctx, d.Session)
		if errors.Is(err, liveness.ErrNotFound) {
			return DeviceResult{}, revoked()
		}
		if err == nil {
			result, err = s.begin(ctx, d, r)
		}
	}
	if err != nil {
		return DeviceResult{}, err
	}
	attempt := result.Attempt
	if err := s.wait(ctx, d.seen.Resource, attempt); err != nil {
		return DeviceResult{}, err
	}
	session := result.Session
	if attempt.Ends.After(attempt.Began) {
		if session, err = s.Store.Session(ctx, d.Session); errors.Is(err, liveness.ErrNotFound) {
			return DeviceResult{}, revoked()
		}
	}
	if session.CutOff(s.Resources.Now(ctx, d.seen.Resource), liveness.EndDelete) {
		return DeviceResult{}, revoked()
	}
	return result, nil
}

// errImageTaken: the session has got a verify image since it was looked at.
var errImageTaken = errors.New("the session has a verify image")

// begin stores a new attempt.
func (s *Service) begin(ctx context.Context, d Device, r DetectRequest) (DeviceResult, error) {
	facts, images, hint, err := s.deviceImage(ctx, d, r.VerifyImage)
	if err != nil {
		return DeviceResult{}, err
	}
	flagged, err := s.Resources.Monitor(ctx, d.seen)
	if err != nil {
		return DeviceResult{}, err
	}
	var attempt liveness.Attempt
	session, err := s.update(ctx, d, func(session *liveness.Session, now time.Time) error {
		if err := s.mayDetect(*session, d, now); err != nil {
			return err
		}
		if facts != nil && session.Reference != nil {
			return errImageTaken
		}
		if session.Started.IsZero() {
			if _, err := s.start(session, StartRequest{}, now); err != nil {
				return err
			}
		}
		if facts != nil {
			session.Reference = reference(*facts, session.Script)
		}
		attempt = session.Begin(liveness.Beginning{
			At:              now,
			RequestID:       r.RequestID,
			ClientRequestID: r.ClientRequestID,
			ClientAddress:   d.call.ClientAddress,
			Payload:         r.Payload,
			Audited:         r.Audited,
			Flagged:         flagged,
		})
		session.Attempts = append(session.Attempts, attempt)
		return nil
	}, images...)
	return DeviceResult{Session: session, Attempt: attempt, Digest: session.ToldDigest(attempt), Hint: hint}, err
}

// deviceImage takes the verify image of a device when the session waits for
// one. One that is not wanted is ignored, and refused by --strict
// [assumed: device-image].
func (s *Service) deviceImage(ctx context.Context, d Device, image *Upload) (*faceimage.Facts, []liveness.Image, string, error) {
	if image == nil {
		return nil, nil, "", nil
	}
	if d.seen.Kind != liveness.KindLivenessWithVerify || d.seen.Reference != nil {
		const unwanted = "VerifyImage from the device: the session has one already, or is without verify"
		if s.Strict {
			return nil, nil, "", liveness.Refuse(liveness.CodeInvalidBody, "%s (the option Strict is on)", unwanted)
		}
		return nil, nil, "ignored: " + unwanted, nil
	}
	facts, err := s.inspect(ctx, *image)
	if err != nil {
		return nil, nil, "", err
	}
	return &facts, []liveness.Image{{Name: liveness.VerifyImageName, Bytes: image.Bytes}}, "", nil
}

// mayDetect refuses an attempt that cannot begin now. A refused call uses no
// quota [assumed: device-refused-quota].
func (s *Service) mayDetect(session liveness.Session, d Device, now time.Time) error {
	played := session.Played(now)
	switch {
	case len(played.Attempts) > 0 && played.Attempts[len(played.Attempts)-1].RunningAt(now):
		return liveness.Refuse(liveness.CodeConflict, "an attempt of this session is still running; wait for its answer")
	case played.Over(now):
		return overQuota("the session is over (%s after %d of %d attempts); create a new one",
			played.StateAt(now), len(played.Attempts), played.AttemptLimit())
	case session.PlaysItself(now):
		return liveness.Refuse(liveness.CodeConflict, "the session plays by itself (scenario %s); a device can take it over only before that", session.Script.Scenario)
	}
	var last time.Time
	for _, attempt := range session.Attempts {
		if !attempt.GivenUp() {
			last = attempt.Began
		}
	}
	return s.rate(d, pathDetect, last, now)
}

// EndAttempt closes an attempt. After a detect call it changes nothing that
// shows [assumed: attempt-end-analysed]; without one, the person gave up, and an
// attempt is used [assumed: attempt-end-abandoned].
func (s *Service) EndAttempt(ctx context.Context, d Device, requestID string) (DeviceResult, error) {
	session, err := s.update(ctx, d, func(session *liveness.Session, now time.Time) error {
		played := session.Played(now)
		last := played.LastAttempt()
		if last != nil && last.RunningAt(now) {
			return liveness.Refuse(liveness.CodeConflict, "an attempt of this session is still running; wait for its answer")
		}
		over := played.Over(now)
		// Whether the attempt that this call closes was a detect call's.
		finished := last != nil && !last.Closed
		if over {
			finished = last.Analysed()
		}
		switch {
		case session.EndCalls >= d.quota(pathAttemptEnd):
			return overQuota("session/attempt/end was called %d times; that is its quota", session.EndCalls)
		case over && !finished:
			return overQuota("the session is over (%s)", played.StateAt(now))
		case session.PlaysItself(now) && !finished:
			return liveness.Refuse(liveness.CodeConflict, "the session plays by itself (scenario %s)", session.Script.Scenario)
		}
		if err := s.rate(d, pathAttemptEnd, session.LastEndCall, now); err != nil {
			return err
		}
		session.EndCalls++
		session.LastEndCall = now
		if finished {
			if own := session.LastAttempt(); own != nil {
				own.Closed = true
			}
			return nil
		}
		if session.Started.IsZero() {
			if _, err := s.start(session, StartRequest{}, now); err != nil {
				return err
			}
		}
		session.Attempts = append(session.Attempts, liveness.Attempt{
			ID: len(session.Attempts) + 1, RequestID: requestID, Began: now, Ends: now, Closed: true,
		})
		return nil
	})
	return DeviceResult{Session: session}, err
}

// update changes the device's session at one fixed time. A session that is gone
// has revoked its token.
func (s *Service) update(ctx context.Context, d Device, change func(*liveness.Session, time.Time) error, images ...liveness.Image) (liveness.Session, error) {
	// Before the change of the session, which must not read the store.
	clock, err := s.Resources.Clock(ctx, d.seen.Resource)
	if err != nil {
		return liveness.Session{}, err
	}
	session, err := s.change(ctx, d.Session, func() time.Time { return clock.Now().UTC() }, change, images...)
	if errors.Is(err, liveness.ErrNotFound) {
		return liveness.Session{}, revoked()
	}
	return session, err
}

// overQuota is what a device call over the token's quota gets, and one after the
// session is over [assumed: device-over-quota].
func overQuota(hint string, args ...any) error {
	return &liveness.Error{Code: liveness.CodeRateLimited, Hint: fmt.Sprintf(hint, args...), RetryAfter: time.Second}
}

// Paths of device calls whose quotas and rates a token limits.
const (
	pathDetect     = "singleModal"
	pathAttemptEnd = "session/attempt/end"
)

// rate holds a device to the token's call rates, with Strict only: they would make
// every quick test wait.
func (s *Service) rate(d Device, path string, last, now time.Time) error {
	if !s.Strict || last.IsZero() {
		return nil
	}
	limit, ok := pathOf(d.paths, path)
	next := last.Add(limit.Period)
	if !ok || !now.Before(next) {
		return nil
	}
	return &liveness.Error{
		Code:       liveness.CodeRateLimited,
		RetryAfter: next.Sub(now),
		Hint:       "the token allows one such call in " + limit.Period.String() + " (the option Strict is on)",
	}
}

// quota is how often a device may make a call in the life of its session.
func (d Device) quota(path string) int {
	limit, _ := pathOf(d.paths, path)
	return limit.Quota
}

// wait returns when the attempt is over, the client is gone or the emulator
// stops.
func (s *Service) wait(ctx context.Context, resource liveness.ResourceID, attempt liveness.Attempt) error {
	if attempt.Ends.Equal(attempt.Began) {
		return nil
	}
	ctx, cancel := s.UntilStop(ctx, liveness.Refuse(liveness.CodeStopping, "the emulator is stopping; the attempt goes on and shows after its end"))
	defer cancel()
	return s.Resources.Await(ctx, resource, attempt.Ends)
}
