package feed

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// A publisher hands changes of sessions to subscriptions. Without any, a change costs
// one atomic read. Its zero value is ready for use.
type publisher struct {
	active        atomic.Int32
	mu            sync.Mutex
	subscriptions map[*subscription]struct{}
	held          []change // see hold
}

// A change is what has become of a session, or of all sessions of a scope.
type change struct {
	when time.Time // on the machine's clock
	at   time.Time // on the clock of the resource; zero: not known

	resource liveness.ResourceID // "" of a session that was removed: not known
	id       liveness.SessionID
	session  *liveness.Session // as it is from now on; nil: it was removed
	created  bool              // the session has just begun

	replaced *replacement // if set, the change is about no single session
}

// A replacement puts sessions in place of all others of a scope.
type replacement struct {
	everywhere bool // of all resources
	sessions   []liveness.Session
}

// subscribe adds a subscription, which gets all changes from now on.
func (p *publisher) subscribe(s *subscription) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.subscriptions == nil {
		p.subscriptions = map[*subscription]struct{}{}
	}
	p.subscriptions[s] = struct{}{}
	p.active.Add(1)
}

// unsubscribe removes a subscription.
func (p *publisher) unsubscribe(s *subscription) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.subscriptions, s)
	p.active.Add(-1)
}

// isActive reports whether there is a subscription.
func (p *publisher) isActive() bool { return p.active.Load() > 0 }

// publish adds a change to all subscriptions.
func (p *publisher) publish(c change) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.when = clock.System{}.Now()
	for s := range p.subscriptions {
		s.addChange(c)
	}
}

// A publishingStore publishes its changes and keeps the timelines of deleted sessions.
// It does not publish what Sweep removes: those sessions had expired, which follows from the time.
type publishingStore struct {
	liveness.Store
	*Feed
}

// Watch returns a store that does what the next one does, and publishes its changes.
func (f *Feed) Watch(next liveness.Store) liveness.Store {
	f.store = &publishingStore{next, f}
	return f.store
}

// changed publishes how a session looks from now on.
func (s *publishingStore) changed(ctx context.Context, session liveness.Session, created bool) {
	if !s.publisher.isActive() {
		return
	}
	// Subscriptions keep it, and it is the caller's.
	session = session.Clone()
	s.publisher.publish(change{
		at: s.time(ctx, session.Resource), resource: session.Resource, id: session.ID, session: &session, created: created,
	})
}

// time returns the time of a resource, also if the caller of a call has left: its change
// has been made.
func (s *publishingStore) time(ctx context.Context, resource liveness.ResourceID) time.Time {
	return s.clocks.SweepTime(context.WithoutCancel(ctx), resource)
}

// Create implements liveness.Store.
func (s *publishingStore) Create(ctx context.Context, session liveness.Session, images ...liveness.Image) error {
	err := s.Store.Create(ctx, session, images...)
	if err == nil {
		s.changed(ctx, session, true)
	}
	return err
}

// Update implements liveness.Store.
func (s *publishingStore) Update(
	ctx context.Context, id liveness.SessionID, change func(*liveness.Session) error, images ...liveness.Image,
) (liveness.Session, error) {
	session, err := s.Store.Update(ctx, id, change, images...)
	if err == nil {
		s.changed(ctx, session, false)
	}
	return session, err
}

// Delete implements liveness.Store.
func (s *publishingStore) Delete(ctx context.Context, id liveness.SessionID) error {
	session, unread := s.Session(ctx, id) // a damaged one can be deleted, too
	if err := s.Store.Delete(ctx, id); err != nil {
		return err
	}
	removed := change{id: id}
	if unread == nil {
		removed.resource, removed.at = session.Resource, s.time(ctx, session.Resource)
		s.deleted.keep(session, removed.at)
	}
	if s.publisher.isActive() {
		s.publisher.publish(removed)
	}
	return nil
}

// Replace implements liveness.Store.
func (s *publishingStore) Replace(
	ctx context.Context, scope liveness.Scope, fill func(stage func(liveness.Stored) error) error,
) error {
	replaced := &replacement{everywhere: scope.All}
	recorded := fill
	// Those who subscribe meanwhile learn of the new sessions when these change.
	if fill != nil && s.publisher.isActive() {
		recorded = func(stage func(liveness.Stored) error) error {
			return fill(func(stored liveness.Stored) error {
				err := stage(stored)
				if err == nil && stored.Setting == "" {
					replaced.sessions = append(replaced.sessions, stored.Session.Clone())
				}
				return err
			})
		}
	}
	if err := s.Store.Replace(ctx, scope, recorded); err != nil {
		return err
	}
	if s.publisher.isActive() {
		s.publisher.hold(change{resource: scope.Resource, replaced: replaced})
	}
	return nil
}

// hold keeps a replacement until release: the clocks that belong to the new sessions
// are not restored yet.
func (p *publisher) hold(c change) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = append(p.held, c)
}

// Replaced publishes the replacements of an owner, whose clock is right by now.
func (f *Feed) Replaced(ctx context.Context, owner liveness.Owner) {
	ctx = context.WithoutCancel(ctx)
	f.publisher.release(owner, func(of liveness.ResourceID) time.Time { return f.clocks.SweepTime(ctx, of) })
}

// release publishes the replacements of an owner.
func (p *publisher) release(owner liveness.Owner, now func(liveness.ResourceID) time.Time) {
	p.mu.Lock()
	var due []change
	p.held = slices.DeleteFunc(p.held, func(c change) bool {
		ready := c.replaced.everywhere == owner.All && (owner.All || c.resource == owner.Resource)
		if ready {
			due = append(due, c)
		}
		return ready
	})
	p.mu.Unlock()
	for _, c := range due {
		if !owner.All {
			c.at = now(owner.Resource)
		}
		p.publish(c)
	}
}
