// Package service carries out the operations of the API on sessions, and those of the
// control API.
package service

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/faceimage"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/token"
)

// Config holds what a Service works with. Every field but Changed and Strict is required.
type Config struct {
	Store     store.Store
	Resources *resource.Registry
	Key       *token.Key
	Images    *faceimage.Checker
	Director  func(context.Context, liveness.Call) (Direction, error) // chooses the script of a new session
	NewID     func() uuid.UUID                                        // ids of sessions
	Account   Account
	// Changed is called with each stored change of sessions, which it must not edit; nil:
	// it is not called.
	Changed func(context.Context, liveness.Change)
	// Strict holds callers to the letter of the API's specification where the
	// service is known or believed to be lenient.
	Strict bool
}

// An Account is the Azure side of a resource, as far as the token shows it.
type Account struct {
	Region         string // lower case, no spaces
	SubscriptionID string // 32 hexadecimal digits
	ProductID      string // such as "Face.S0"
	ResourceID     string // ARM id
}

// A Direction is the choice: a script to pin and the images it needs.
type Direction struct {
	Script liveness.Script
	Images []liveness.Image
}

// A Service carries out the operations of the API on sessions. It is safe for
// concurrent use. Its errors are *Error, or a cause of the context, or what a
// store reports beyond its contract.
type Service struct {
	Config
	stopping chan struct{}
	turns    turns
}

// New returns a service. Stop it before the store is closed.
func New(c Config) *Service {
	return &Service{Config: c, stopping: make(chan struct{}), turns: newTurns()}
}

// Stop ends every wait of a device call for its attempt. The attempts
// themselves stay as they are. Call it once.
func (s *Service) Stop() { close(s.stopping) }

// Stopping is closed when the service stops.
func (s *Service) Stopping() <-chan struct{} { return s.stopping }

// UntilStop returns a copy of ctx that also ends when the service stops, with a cause;
// nil: context.Canceled.
func (s *Service) UntilStop(ctx context.Context, cause error) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-s.stopping:
			cancel(cause)
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}

// Session returns how a session looks now. Another resource's session, another
// kind's and an expired one are not found.
func (s *Service) Session(ctx context.Context, caller Access, kind liveness.Kind, id liveness.SessionID) (liveness.View, error) {
	session, now, err := s.find(ctx, caller, kind, id)
	if err != nil {
		return liveness.View{}, err
	}
	if session.Script.CountsReads() {
		session, err = s.countRead(ctx, session.ID, now)
	}
	if err != nil {
		return liveness.View{}, err
	}
	return session.At(now), nil
}

// countRead counts a call at now that reads a session whose script asks for it.
func (s *Service) countRead(ctx context.Context, id liveness.SessionID, now time.Time) (liveness.Session, error) {
	session, err := s.change(ctx, id, func() time.Time { return now }, func(session *liveness.Session, now time.Time) error {
		session.CountRead(now)
		return nil
	})
	if err != nil {
		return liveness.Session{}, sessionError(err, "the session was deleted by another call")
	}
	if session.GoneAt(now) {
		return liveness.Session{}, goneByScript(session)
	}
	return session, nil
}

func goneByScript(session liveness.Session) error {
	return liveness.Refuse(liveness.CodeSessionNotFound, "scenario %q ended this session (end: %s)", session.Script.Scenario, session.Script.EarlyEnd.Kind)
}

// Sessions returns the sessions of a resource and kind whose ids are greater than
// after, in ascending order of their ids, at most limit of them; limit must be
// positive. Expired ones are left out.
func (s *Service) Sessions(ctx context.Context, resource liveness.ResourceID, kind liveness.Kind, after liveness.SessionID, limit int) ([]liveness.View, error) {
	now := s.Resources.Now(ctx, resource)
	// Many in a row may have expired, so asking for the missing ones alone could
	// take one call each.
	const leastPage = 100
	views := make([]liveness.View, 0, min(limit, leastPage))
	for len(views) < limit {
		wanted := max(limit-len(views), leastPage)
		page, err := s.Store.List(ctx, resource, kind, after, wanted)
		if err != nil {
			return nil, err
		}
		for _, session := range page {
			after = session.ID
			if !session.GoneAt(now) && len(views) < limit {
				views = append(views, session.At(now))
			}
		}
		if len(page) < wanted {
			break
		}
	}
	return views, nil
}

// Delete removes a session with everything that belongs to it and so revokes
// its token [documented: session-delete]. Deleting it again finds nothing
// [assumed: session-delete-again].
func (s *Service) Delete(ctx context.Context, caller Access, kind liveness.Kind, id liveness.SessionID) error {
	session, now, err := s.find(ctx, caller, kind, id)
	if err != nil && !errors.Is(err, liveness.ErrDamaged) {
		return err
	}
	removed := liveness.Change{Resource: session.Resource, Session: session.ID, At: now, Before: &session}
	if err != nil {
		// The resource of a damaged session is not known. Its id, which cannot be
		// guessed, suffices as proof.
		removed = liveness.Change{Session: liveness.SessionID(strings.ToLower(string(id)))}
	}
	if err := s.remove(ctx, removed); err != nil {
		return sessionError(err, "the session was deleted by another call")
	}
	return nil
}

// ClientAssetsToken returns a token that stands for the one which opens the feed of
// the client's packages, and when it expires on the clock.
func (s *Service) ClientAssetsToken(ctx context.Context, resource liveness.ResourceID, life time.Duration) (issued string, expires time.Time, err error) {
	now := s.Resources.Now(ctx, resource)
	expires = now.Add(life).Truncate(time.Second)
	issued, err = s.Key.IssueAssets(now, expires)
	return issued, expires, err
}

// An ImageFile is a session image as it is served.
type ImageFile struct {
	ID   liveness.ImageID
	JPEG []byte
}

// Image returns the image of an attempt: the one its scenario names, else a
// drawing that is the same every time. It lives and dies with the session
// [documented: image-life].
func (s *Service) Image(ctx context.Context, caller Access, id liveness.ImageID) (ImageFile, error) {
	session, attempt, err := s.pictured(ctx, caller, id)
	if err != nil {
		return ImageFile{}, err
	}
	return s.imageOf(ctx, session, attempt)
}

// Face returns where the face is in a session image.
func (s *Service) Face(ctx context.Context, caller Access, id liveness.ImageID) (liveness.Rectangle, error) {
	_, attempt, err := s.pictured(ctx, caller, id)
	return attempt.FaceRectangle, err
}

// pictured returns the finished attempt that has a session image.
func (s *Service) pictured(ctx context.Context, caller Access, id liveness.ImageID) (liveness.Session, liveness.Attempt, error) {
	sessionID, err := id.Session()
	if err != nil {
		return liveness.Session{}, liveness.Attempt{}, liveness.Refuse(liveness.CodeImageNotFound,
			"a session image id has 44 characters; take the sessionImageId from a session's result")
	}
	session, err := s.Store.Session(ctx, sessionID)
	switch now := s.Resources.Now(ctx, session.Resource); {
	case errors.Is(err, liveness.ErrNotFound):
		return liveness.Session{}, liveness.Attempt{}, liveness.Refuse(liveness.CodeImageNotFound, "unknown session; it was deleted or never existed")
	case err != nil:
		return liveness.Session{}, liveness.Attempt{}, err
	case session.Resource != caller.Resource:
		return liveness.Session{}, liveness.Attempt{}, liveness.Refuse(liveness.CodeImageNotFound, "its session belongs to another key's resource")
	case session.GoneAt(now):
		return liveness.Session{}, liveness.Attempt{}, liveness.Refuse(liveness.CodeImageNotFound, "its session expired, or its scenario ended it")
	default:
		if caller.Before != nil {
			if err := caller.Before(session); err != nil {
				return liveness.Session{}, liveness.Attempt{}, err
			}
		}
		for _, attempt := range session.At(now).Attempts {
			if attempt.SessionImageID == id {
				return session, attempt, nil
			}
		}
		return liveness.Session{}, liveness.Attempt{}, liveness.Refuse(liveness.CodeImageNotFound, "no finished attempt of its session has this image")
	}
}

func (s *Service) imageOf(ctx context.Context, session liveness.Session, attempt liveness.Attempt) (ImageFile, error) {
	var jpeg []byte
	var err error
	if attempt.SessionImage != "" {
		jpeg, err = s.Store.Image(ctx, session.ID, attempt.SessionImage)
	} else {
		jpeg, err = faceimage.Draw(faceimage.Portrait{
			Seed: session.Derived("portrait", attempt.ID),
			Face: attempt.FaceRectangle,
		})
	}
	if errors.Is(err, liveness.ErrNotFound) {
		return ImageFile{}, liveness.Refuse(liveness.CodeImageNotFound, "the session was deleted by another call")
	}
	return ImageFile{ID: attempt.SessionImageID, JPEG: jpeg}, err
}

// find returns a session that the caller may see, and the time that the call is judged
// by.
func (s *Service) find(
	ctx context.Context, caller Access, kind liveness.Kind, id liveness.SessionID,
) (session liveness.Session, now time.Time, err error) {
	session, err = s.stored(ctx, id)
	if err != nil {
		return session, now, err
	}
	now = s.Resources.Now(ctx, session.Resource)
	switch {
	case session.Resource != caller.Resource:
		err = liveness.Refuse(liveness.CodeSessionNotFound,
			"the session belongs to another resource; use the key that it was created with")
	case session.Kind != kind:
		err = liveness.Refuse(liveness.CodeSessionNotFound,
			"the session is of kind %[1]s; use the path that begins with detect%[1]s", session.Kind)
	case !now.Before(session.Expires()):
		err = liveness.Refuse(liveness.CodeSessionNotFound, "the session expired at %s (48 h after creation)", session.Expires().Format(time.RFC3339))
	case session.GoneAt(now):
		err = goneByScript(session)
	case caller.Before != nil:
		err = caller.Before(session)
	}
	return session, now, err
}

// stored returns the session with an id as a client has sent it.
func (s *Service) stored(ctx context.Context, id liveness.SessionID) (liveness.Session, error) {
	guid, err := uuid.Parse(string(id))
	if err != nil || len(id) != len(guid.String()) {
		return liveness.Session{}, liveness.Refuse(liveness.CodeSessionNotFound, "a session id is a GUID; take sessionId from the answer to create")
	}
	session, err := s.Store.Session(ctx, liveness.SessionID(strings.ToLower(string(id))))
	if err != nil {
		return liveness.Session{}, sessionError(err, "unknown session id; the session may have been deleted, or have expired 48 h after creation")
	}
	return session, nil
}

// sessionError turns what a store reports about a session into a refusal.
func sessionError(err error, hint string) error {
	switch {
	case errors.Is(err, liveness.ErrNotFound):
		return &liveness.Error{Code: liveness.CodeSessionNotFound, Hint: hint, Err: err}
	case errors.Is(err, liveness.ErrNewer):
		return &liveness.Error{Code: liveness.CodeInternal, Hint: "this session's record was set aside; use the newer version of the emulator that wrote it", Err: err}
	case errors.Is(err, liveness.ErrDamaged):
		return &liveness.Error{Code: liveness.CodeInternal, Hint: "this session's record was set aside; delete the session and create another", Err: err}
	}
	return err
}
