package emulator

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// A watch tells those who listen what becomes of the sessions in a store. While
// nobody does, that costs a look at a number. Its zero value listens to nothing yet.
type watch struct {
	listening atomic.Int32
	mu        sync.Mutex
	inboxes   map[*inbox]struct{}
	held      []change // see hold
}

// A change is what has become of a session, or of all sessions of a scope.
type change struct {
	when time.Time // on the machine's clock
	at   time.Time // on the clock of the resource; zero: not known

	resource liveness.ResourceID // "" of a session that was removed: not known
	id       liveness.SessionID
	session  *liveness.Session // as it is from now on; nil: it was removed
	created  bool              // the session has just begun

	replaced *replacement // what is set: it is about no single session
}

// A replacement puts sessions in place of all others of a scope.
type replacement struct {
	everywhere bool // of all resources
	sessions   []liveness.Session
}

// follow lets an inbox get all changes from now on.
func (w *watch) follow(b *inbox) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.inboxes == nil {
		w.inboxes = map[*inbox]struct{}{}
	}
	w.inboxes[b] = struct{}{}
	w.listening.Add(1)
}

// leave takes back what follow did.
func (w *watch) leave(b *inbox) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.inboxes, b)
	w.listening.Add(-1)
}

// watched reports whether anybody listens.
func (w *watch) watched() bool { return w.listening.Load() > 0 }

// tell puts a change into all inboxes.
func (w *watch) tell(c change) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c.when = clock.System{}.Now()
	for b := range w.inboxes {
		b.change(c)
	}
}

// A watchedStore tells a watch what it has changed, and buries what was deleted. It says nothing of what Sweep
// removes: that had expired, which follows from the time.
type watchedStore struct {
	liveness.Store
	watch  *watch
	buried *buried
	now    func(context.Context, liveness.ResourceID) time.Time
}

// watchStore returns a store that does what the next one does, and tells the watch.
// now gives the time of a resource.
func watchStore(
	next liveness.Store, w *watch, b *buried, now func(context.Context, liveness.ResourceID) time.Time,
) liveness.Store {
	return &watchedStore{next, w, b, now}
}

// changed tells the watch how a session looks from now on.
func (s *watchedStore) changed(ctx context.Context, session liveness.Session, created bool) {
	if !s.watch.watched() {
		return
	}
	// Those who listen keep it, and it is the caller's.
	session = session.Clone()
	s.watch.tell(change{
		at: s.time(ctx, session.Resource), resource: session.Resource, id: session.ID, session: &session, created: created,
	})
}

// time is that of a resource, also for a call whose caller has left: what it did is
// done.
func (s *watchedStore) time(ctx context.Context, resource liveness.ResourceID) time.Time {
	return s.now(context.WithoutCancel(ctx), resource)
}

// Create implements liveness.Store.
func (s *watchedStore) Create(ctx context.Context, session liveness.Session, images ...liveness.Image) error {
	err := s.Store.Create(ctx, session, images...)
	if err == nil {
		s.changed(ctx, session, true)
	}
	return err
}

// Update implements liveness.Store.
func (s *watchedStore) Update(
	ctx context.Context, id liveness.SessionID, change func(*liveness.Session) error, images ...liveness.Image,
) (liveness.Session, error) {
	session, err := s.Store.Update(ctx, id, change, images...)
	if err == nil {
		s.changed(ctx, session, false)
	}
	return session, err
}

// Delete implements liveness.Store.
func (s *watchedStore) Delete(ctx context.Context, id liveness.SessionID) error {
	session, unread := s.Session(ctx, id) // a damaged one can be deleted, too
	if err := s.Store.Delete(ctx, id); err != nil {
		return err
	}
	removed := change{id: id}
	if unread == nil {
		removed.resource, removed.at = session.Resource, s.time(ctx, session.Resource)
		s.buried.bury(session, removed.at)
	}
	if s.watch.watched() {
		s.watch.tell(removed)
	}
	return nil
}

// Replace implements liveness.Store.
func (s *watchedStore) Replace(
	ctx context.Context, scope liveness.Scope, fill func(stage func(liveness.Stored) error) error,
) error {
	replaced := &replacement{everywhere: scope.All}
	watched := fill
	// Who begins to listen meanwhile learns of the new sessions as they change.
	if fill != nil && s.watch.watched() {
		watched = func(stage func(liveness.Stored) error) error {
			return fill(func(stored liveness.Stored) error {
				err := stage(stored)
				if err == nil && stored.Setting == "" {
					replaced.sessions = append(replaced.sessions, stored.Session.Clone())
				}
				return err
			})
		}
	}
	if err := s.Store.Replace(ctx, scope, watched); err != nil {
		return err
	}
	if s.watch.watched() {
		s.watch.hold(change{resource: scope.Resource, replaced: replaced})
	}
	return nil
}

// hold keeps what a replacement has to tell until release: the clocks that belong to
// the new sessions are not there yet.
func (w *watch) hold(c change) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held = append(w.held, c)
}

// release tells of the replacements of an owner, whose clock is right by now.
func (w *watch) release(owner liveness.Owner, now func(liveness.ResourceID) time.Time) {
	w.mu.Lock()
	var due []change
	w.held = slices.DeleteFunc(w.held, func(c change) bool {
		is := c.replaced.everywhere == owner.All && (owner.All || c.resource == owner.Resource)
		if is {
			due = append(due, c)
		}
		return is
	})
	w.mu.Unlock()
	for _, c := range due {
		if !owner.All {
			c.at = now(owner.Resource)
		}
		w.tell(c)
	}
}

// timeOf is the time of a resource, once there is a service.
func (e *Emulator) timeOf(ctx context.Context, resource liveness.ResourceID) time.Time {
	return e.resources.SweepTime(ctx, resource)
}
