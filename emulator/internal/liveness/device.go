package liveness

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/faceimage"
)

// A StartRequest is the body of session/start.
type StartRequest struct {
	DeviceCorrelationID *string // nil: not given
	UserCorrelationID   *string // nil: not given
}

// A DeviceResult is what a device call came to.
type DeviceResult struct {
	Session Session
	Attempt Attempt // of a detect call
	Digest  string  // of the attempt, as the device is told it; "": it is not
	Hint    string  // what the client did that was ignored; for the log
}

// Start begins a session for its device. A second start is over the quota of
// the token [recorded: device-start-quota].
func (s *Service) Start(ctx context.Context, d Device, r StartRequest) (DeviceResult, error) {
	var hint string
	session, err := s.update(ctx, d, func(session *Session, now time.Time) error {
		if session.playsItself(now) {
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
func (s *Service) start(session *Session, r StartRequest, now time.Time) (hint string, err error) {
	settings := session.Settings
	device, deviceHint, err := s.chosen(deviceID(), settings.DeviceCorrelationIDSetInClient, session.DeviceCorrelationID, r.DeviceCorrelationID)
	if err != nil {
		return "", err
	}
	user, userHint, err := s.chosen(userID(), settings.UserCorrelationIDSetInClient, session.UserCorrelationID, r.UserCorrelationID)
	if err != nil {
		return "", err
	}
	session.DeviceCorrelationID, session.UserCorrelationID = device, user
	session.Started = now
	return cmp.Or(deviceHint, userHint), nil
}

// A DetectRequest is one analysis as the device sends it.
type DetectRequest struct {
	RequestID       string            // the emulator's id of this call; becomes the client's resultId
	ClientRequestID string            // client-request-id header, or ""
	Payload         [sha256.Size]byte // hash of the body
	VerifyImage     *Upload           // the VerifyImage part, or nil
	Audited         AttemptRequest    // what the audit shows of it
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
		if errors.Is(err, ErrNotFound) {
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
		if session, err = s.Store.Session(ctx, d.Session); errors.Is(err, ErrNotFound) {
			return DeviceResult{}, revoked()
		}
	}
	if session.cutOff(s.now(ctx, d.seen.Resource), EndDelete) {
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
	flagged, err := s.monitor(ctx, d.seen)
	if err != nil {
		return DeviceResult{}, err
	}
	var attempt Attempt
	session, err := s.update(ctx, d, func(session *Session, now time.Time) error {
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
		attempt = session.begin(beginning{
			at:              now,
			requestID:       r.RequestID,
			clientRequestID: r.ClientRequestID,
			clientAddress:   d.call.ClientAddress,
			payload:         r.Payload,
			audited:         r.Audited,
			flagged:         flagged,
		})
		session.Attempts = append(session.Attempts, attempt)
		return nil
	}, images...)
	return DeviceResult{Session: session, Attempt: attempt, Digest: session.toldDigest(attempt), Hint: hint}, err
}

// deviceImage takes the verify image of a device when the session waits for
// one. One that is not wanted is ignored, and refused by --strict
// [assumed: device-image].
func (s *Service) deviceImage(ctx context.Context, d Device, image *Upload) (*faceimage.Facts, []Image, string, error) {
	if image == nil {
		return nil, nil, "", nil
	}
	if d.seen.Kind != KindLivenessWithVerify || d.seen.Reference != nil {
		const unwanted = "VerifyImage from the device: the session has one already, or is without verify"
		if s.Strict {
			return nil, nil, "", Refuse(CodeInvalidBody, "%s (--strict)", unwanted)
		}
		return nil, nil, "ignored: " + unwanted, nil
	}
	facts, err := s.inspect(ctx, *image)
	if err != nil {
		return nil, nil, "", err
	}
	return &facts, []Image{{Name: VerifyImageName, Bytes: image.Bytes}}, "", nil
}

// mayDetect refuses an attempt that cannot begin now. A refused call uses no
// quota [assumed: device-refused-quota].
func (s *Service) mayDetect(session Session, d Device, now time.Time) error {
	played := session.played(now)
	switch {
	case len(played.Attempts) > 0 && played.Attempts[len(played.Attempts)-1].RunningAt(now):
		return Refuse(CodeConflict, "an attempt of this session is still running; wait for its answer")
	case played.over(now):
		return overQuota("the session is over (%s after %d of %d attempts); create a new one",
			played.stateAt(now), len(played.Attempts), played.attemptLimit())
	case session.playsItself(now):
		return Refuse(CodeConflict, "the session plays by itself (scenario %s); a device can take it over only before that", session.Script.Scenario)
	}
	var last time.Time
	for _, attempt := range session.Attempts {
		if !attempt.givenUp() {
			last = attempt.Began
		}
	}
	return s.rate(d, "/singleModal", last, now)
}

// EndAttempt closes an attempt. After a detect call it changes nothing that
// shows [assumed: attempt-end-analysed]; without one, the person gave up, and an
// attempt is used [assumed: attempt-end-abandoned].
func (s *Service) EndAttempt(ctx context.Context, d Device, requestID string) (DeviceResult, error) {
	session, err := s.update(ctx, d, func(session *Session, now time.Time) error {
		played := session.played(now)
		last := lastAttempt(played)
		if last != nil && last.RunningAt(now) {
			return Refuse(CodeConflict, "an attempt of this session is still running; wait for its answer")
		}
		over := played.over(now)
		// Whether the attempt that this call closes was a detect call's.
		finished := last != nil && !last.Closed
		if over {
			finished = last.Analysed()
		}
		switch {
		case session.EndCalls >= s.quota(d, "/session/attempt/end"):
			return overQuota("session/attempt/end was called %d times; that is its quota", session.EndCalls)
		case over && !finished:
			return overQuota("the session is over (%s)", played.stateAt(now))
		case session.playsItself(now) && !finished:
			return Refuse(CodeConflict, "the session plays by itself (scenario %s)", session.Script.Scenario)
		}
		if err := s.rate(d, "/session/attempt/end", session.LastEndCall, now); err != nil {
			return err
		}
		session.EndCalls++
		session.LastEndCall = now
		if finished {
			if own := lastAttempt(*session); own != nil {
				own.Closed = true
			}
			return nil
		}
		if session.Started.IsZero() {
			if _, err := s.start(session, StartRequest{}, now); err != nil {
				return err
			}
		}
		session.Attempts = append(session.Attempts, Attempt{
			ID: len(session.Attempts) + 1, RequestID: requestID, Began: now, Ends: now, Closed: true,
		})
		return nil
	})
	return DeviceResult{Session: session}, err
}

func lastAttempt(session Session) *Attempt {
	if len(session.Attempts) == 0 {
		return nil
	}
	return &session.Attempts[len(session.Attempts)-1]
}

// update changes the device's session at one fixed time. A session that is gone
// has revoked its token.
func (s *Service) update(ctx context.Context, d Device, change func(*Session, time.Time) error, images ...Image) (Session, error) {
	// Before the store's turn, which must not ask the store for the clock.
	of, err := s.clocks.of(ctx, d.seen.Resource)
	if err != nil {
		return Session{}, err
	}
	session, err := s.Store.Update(ctx, d.Session, func(session *Session) error {
		return change(session, of.Now().UTC())
	}, images...)
	if errors.Is(err, ErrNotFound) {
		return Session{}, revoked()
	}
	return session, err
}

// overQuota is what a device call over the token's quota gets, and one after the
// session is over [assumed: device-over-quota].
func overQuota(hint string, args ...any) error {
	return &Error{Code: CodeRateLimited, Hint: fmt.Sprintf(hint, args...), RetryAfter: time.Second}
}

// rate holds a device to the token's call rates, with --strict only: they would
// make every quick test wait.
func (s *Service) rate(d Device, suffix string, last, now time.Time) error {
	if !s.Strict || last.IsZero() {
		return nil
	}
	for _, p := range d.paths {
		if next := last.Add(p.Period); strings.HasSuffix(p.Path, suffix) && now.Before(next) {
			return &Error{
				Code:       CodeRateLimited,
				RetryAfter: next.Sub(now),
				Hint:       "the token allows one such call in " + p.Period.String() + " (--strict)",
			}
		}
	}
	return nil
}

func (s *Service) quota(d Device, suffix string) int {
	for _, p := range d.paths {
		if strings.HasSuffix(p.Path, suffix) {
			return p.Quota
		}
	}
	return 0
}

// wait returns when the attempt is over, the client is gone or the emulator
// stops.
func (s *Service) wait(ctx context.Context, resource ResourceID, attempt Attempt) error {
	if attempt.Ends.Equal(attempt.Began) {
		return nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-s.stopping:
			cancel(Refuse(CodeStopping, "the emulator is stopping; the attempt goes on and shows after its end"))
		case <-ctx.Done():
		}
	}()
	return s.clocks.wait(ctx, resource, attempt.Ends)
}
