package liveness

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/faceimage"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/token"
)

// Config holds what a Service works with. Every field but Strict is required.
type Config struct {
	Store    Store
	Clock    clock.Clock // the resources' are based on it
	Key      *token.Key
	Images   *faceimage.Checker
	Director func(Call) (Direction, error) // chooses the script of a new session
	NewID    func() uuid.UUID              // ids of sessions
	Account  Account
	Seed     uint64 // of the faults of resources that have no seed of their own
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

// A Call is what a scenario can be chosen by. What is not given is "", and 0.
type Call struct {
	Scenario string // pinned by the caller
	Queued   string // that waited for the next session of the resource
	Default  string // of the resource
	Seed     uint64 // of the resource
	// PinnedSeed is what the choices of this very session are to be drawn from, by
	// its creator's wish; 0: no wish.
	PinnedSeed uint64

	Resource            ResourceID
	APIVersion          string
	Kind                Kind
	Mode                OperationMode
	DeviceCorrelationID string
	UserCorrelationID   string
	VerifyImageFileName string
	VerifyImageSHA256   string // lower-case hexadecimal digits
	VerifyImageSize     int    // bytes
	Header              func(name string) []string
}

// A Direction is the choice: a script to pin and the images it needs.
type Direction struct {
	Script Script
	Images []Image
}

// A Service carries out the operations of the API on sessions. It is safe for
// concurrent use. Its errors are *Error, or a cause of the context, or what a
// store reports beyond its contract.
type Service struct {
	Config
	stopping  chan struct{}
	clocks    *clocks
	faults    faultCache
	creations creations

	reading  sync.Mutex // of everyone
	everyone atomic.Pointer[ResourceSettings]
}

// NewService returns a service, once it has read from the store what holds for all
// resources. Stop it before the store is closed.
func NewService(ctx context.Context, c Config) (*Service, error) {
	clocks, err := openClocks(ctx, c.Store, c.Clock)
	if err != nil {
		return nil, err
	}
	s := &Service{Config: c, stopping: make(chan struct{}), clocks: clocks}
	return s, s.readEveryone(ctx)
}

// SweepTime returns the time of a resource's clock, or the zero time if the clock
// cannot be read.
func (s *Service) SweepTime(ctx context.Context, resource ResourceID) time.Time {
	return s.clocks.sweepTime(ctx, resource)
}

func (s *Service) now(ctx context.Context, resource ResourceID) time.Time {
	return s.clocks.now(ctx, resource)
}

// ClockOf returns how the clock of a resource runs, and the time that it shows.
func (s *Service) ClockOf(ctx context.Context, resource ResourceID) (clock.Course, time.Time, error) {
	of, err := s.clocks.of(ctx, resource)
	if err != nil {
		return clock.Course{}, time.Time{}, err
	}
	return of.Course(), of.Now().UTC(), nil
}

// ClockOfAll is ClockOf for the resources that have no clock of their own.
func (s *Service) ClockOfAll() (clock.Course, time.Time) {
	return s.clocks.all.Course(), s.clocks.all.Now().UTC()
}

// ChangeClock changes the clock of a resource, which is its own from then on, and
// survives a restart. Errors are those of clock.Change.Apply and of the store.
func (s *Service) ChangeClock(ctx context.Context, resource ResourceID, change clock.Change) (clock.Course, error) {
	return s.clocks.change(ctx, resource, change)
}

// ChangeAllClocks changes the clock of all resources. None has its own then.
func (s *Service) ChangeAllClocks(ctx context.Context, change clock.Change) (clock.Course, error) {
	return s.clocks.changeAll(ctx, change)
}

// Stop ends every wait of a device call for its attempt. The attempts
// themselves stay as they are. Call it once.
func (s *Service) Stop() { close(s.stopping) }

// Stopping is closed when the service stops.
func (s *Service) Stopping() <-chan struct{} { return s.stopping }

// Session returns how a session looks now. Another resource's session, another
// kind's and an expired one are not found.
func (s *Service) Session(ctx context.Context, caller Caller, kind Kind, id SessionID) (View, error) {
	session, err := s.find(ctx, caller, kind, id)
	if err != nil {
		return View{}, err
	}
	if session.Script.countsReads() {
		session, err = s.countRead(ctx, session.Resource, session.ID)
	}
	if err != nil {
		return View{}, err
	}
	return session.At(s.now(ctx, session.Resource)), nil
}

// countRead counts a call that reads a session whose script asks for it.
func (s *Service) countRead(ctx context.Context, resource ResourceID, id SessionID) (Session, error) {
	// Before the store's turn, which must not ask the store for the clock.
	of, err := s.clocks.of(ctx, resource)
	if err != nil {
		return Session{}, err
	}
	session, err := s.Store.Update(ctx, id, func(session *Session) error {
		session.read(of.Now().UTC())
		return nil
	})
	if err != nil {
		return Session{}, sessionError(err, "the session was deleted by another call")
	}
	if session.goneAt(s.now(ctx, session.Resource)) {
		return Session{}, goneByScript(session)
	}
	return session, nil
}

func goneByScript(session Session) error {
	return Refuse(CodeSessionNotFound, "scenario %s has let the session go (%s)", session.Script.Scenario, session.Script.End.Kind)
}

// Sessions returns the sessions of a resource and kind whose ids are greater than
// after, in ascending order of their ids, at most limit of them; limit must be
// positive. Expired ones are left out.
func (s *Service) Sessions(ctx context.Context, resource ResourceID, kind Kind, after SessionID, limit int) ([]View, error) {
	now := s.now(ctx, resource)
	// Many in a row may have expired, so asking for the missing ones alone could
	// take one call each.
	const leastPage = 100
	views := make([]View, 0, min(limit, leastPage))
	for len(views) < limit {
		wanted := max(limit-len(views), leastPage)
		page, err := s.Store.List(ctx, resource, kind, after, wanted)
		if err != nil {
			return nil, err
		}
		for _, session := range page {
			after = session.ID
			if !session.goneAt(now) && len(views) < limit {
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
func (s *Service) Delete(ctx context.Context, caller Caller, kind Kind, id SessionID) error {
	session, err := s.find(ctx, caller, kind, id)
	if err != nil && !errors.Is(err, ErrDamaged) {
		return err
	}
	if err != nil {
		// Whose session it was cannot be told any more; an id that nobody can
		// guess is all the proof there is.
		session.ID = SessionID(strings.ToLower(string(id)))
	}
	if err := s.Store.Delete(ctx, session.ID); err != nil {
		return sessionError(err, "the session was deleted by another call")
	}
	return nil
}

// ClientAssetsToken returns a token that stands for the one which opens the feed of
// the client's packages, and when it expires on the clock.
func (s *Service) ClientAssetsToken(ctx context.Context, resource ResourceID, life time.Duration) (issued string, expires time.Time, err error) {
	now := s.now(ctx, resource)
	expires = now.Add(life).Truncate(time.Second)
	issued, err = s.Key.IssueAssets(now, expires)
	return issued, expires, err
}

// An ImageFile is a session image as it is served.
type ImageFile struct {
	ID   ImageID
	JPEG []byte
}

// Image returns the image of an attempt: the one its scenario names, else a
// drawing that is the same every time. It lives and dies with the session
// [documented: image-life].
func (s *Service) Image(ctx context.Context, caller Caller, id ImageID) (ImageFile, error) {
	session, attempt, err := s.pictured(ctx, caller, id)
	if err != nil {
		return ImageFile{}, err
	}
	return s.imageOf(ctx, session, attempt)
}

// Face returns where the face is in a session image.
func (s *Service) Face(ctx context.Context, caller Caller, id ImageID) (Rectangle, error) {
	_, attempt, err := s.pictured(ctx, caller, id)
	return attempt.FaceRectangle, err
}

// pictured returns the finished attempt that has a session image.
func (s *Service) pictured(ctx context.Context, caller Caller, id ImageID) (Session, Attempt, error) {
	sessionID, err := id.Session()
	if err != nil {
		return Session{}, Attempt{}, Refuse(CodeImageNotFound,
			"a session image id has 44 characters; take the sessionImageId from a session's result")
	}
	session, err := s.Store.Session(ctx, sessionID)
	switch now := s.now(ctx, session.Resource); {
	case errors.Is(err, ErrNotFound):
		return Session{}, Attempt{}, Refuse(CodeImageNotFound, "its session does not exist (any more)")
	case err != nil:
		return Session{}, Attempt{}, err
	case session.Resource != caller.Resource:
		return Session{}, Attempt{}, Refuse(CodeImageNotFound, "its session belongs to another key's resource")
	case session.goneAt(now):
		return Session{}, Attempt{}, Refuse(CodeImageNotFound, "its session has expired, or its scenario has let it go")
	default:
		if err := caller.Gate.pass(session); err != nil {
			return Session{}, Attempt{}, err
		}
		for _, attempt := range session.At(now).Attempts {
			if attempt.SessionImageID == id {
				return session, attempt, nil
			}
		}
		return Session{}, Attempt{}, Refuse(CodeImageNotFound, "no finished attempt of its session has this image")
	}
}

func (s *Service) imageOf(ctx context.Context, session Session, attempt Attempt) (ImageFile, error) {
	var jpeg []byte
	var err error
	if attempt.SessionImage != "" {
		jpeg, err = s.Store.Image(ctx, session.ID, attempt.SessionImage)
	} else {
		jpeg, err = faceimage.Draw(faceimage.Portrait{
			Seed: session.derived("portrait", attempt.ID),
			Face: faceimage.Rectangle(attempt.FaceRectangle),
		})
	}
	if errors.Is(err, ErrNotFound) {
		return ImageFile{}, Refuse(CodeImageNotFound, "the session was deleted by another call")
	}
	return ImageFile{ID: attempt.SessionImageID, JPEG: jpeg}, err
}

// find returns a session that the caller may see now.
func (s *Service) find(ctx context.Context, caller Caller, kind Kind, id SessionID) (Session, error) {
	guid, err := uuid.Parse(string(id))
	if err != nil || len(id) != len(guid.String()) {
		return Session{}, Refuse(CodeSessionNotFound, "a session id is a GUID; take sessionId from the answer to create")
	}
	session, err := s.Store.Session(ctx, SessionID(strings.ToLower(string(id))))
	switch {
	case err != nil:
		return Session{}, sessionError(err, "no session has this id, or it was deleted, or its 48 hours are over")
	case session.Resource != caller.Resource:
		return Session{}, Refuse(CodeSessionNotFound,
			"the session belongs to another resource; every key names its own, use the one it was created with")
	case session.Kind != kind:
		return Session{}, Refuse(CodeSessionNotFound,
			"the session is of kind %[1]s; use the path that begins with detect%[1]s", session.Kind)
	case !s.now(ctx, session.Resource).Before(session.Expires()):
		return Session{}, Refuse(CodeSessionNotFound, "the session's 48 hours are over since %s", session.Expires().Format(time.RFC3339))
	case session.goneAt(s.now(ctx, session.Resource)):
		return Session{}, goneByScript(session)
	}
	return session, caller.Gate.pass(session)
}

// sessionError turns what a store reports about a session into a refusal.
func sessionError(err error, hint string) error {
	if errors.Is(err, ErrNotFound) {
		return &Error{Code: CodeSessionNotFound, Hint: hint, Err: err}
	}
	if errors.Is(err, ErrDamaged) {
		return &Error{Code: CodeInternal, Hint: "this session's record was set aside; delete the session and create another", Err: err}
	}
	return err
}
