package feed

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// A listener is one call of Listen.
type listener struct {
	*Feed
	Listener
	owner        liveness.Owner
	query        control.EventQuery
	subscription *subscription
	tracker      *tracker
	timers       map[liveness.ResourceID]timer
	background   sync.WaitGroup
	missed       uint64 // how many events were dropped before the next one
}

// A timer waits for the next timeline entry that is due in a resource.
type timer struct {
	due    time.Time
	cancel context.CancelFunc
}

// errStopping is how listening ends with the emulator.
var errStopping = errors.New("stopping")

// over returns the reason to stop listening, or nil.
func (l *listener) over(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-l.Stopping:
		return errStopping
	default:
		return nil
	}
}

// stopReason returns the error that Listen returns.
func stopReason(err error) error {
	if errors.Is(err, errStopping) {
		return &control.Error{Kind: control.ErrorUnavailable, Text: "the emulator is stopping"}
	}
	return err
}

// listen sends events until it cannot.
func (l *listener) listen(ctx context.Context) error {
	ticks := make(chan struct{})
	l.background.Go(func() {
		system := clock.System{}
		for system.Wait(ctx, system.Now().Add(keepAlive)) == nil {
			select {
			case ticks <- struct{}{}:
			case <-ctx.Done():
				return
			}
		}
	})
	if err := l.Alive(); err != nil {
		return err
	}
	for {
		l.setTimers(ctx)
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-l.Stopping:
			return errStopping
		case <-ticks:
			if err := l.Alive(); err != nil {
				return err
			}
		case <-l.subscription.ready:
			if err := l.emit(ctx, l.subscription.drain(ctx)); err != nil {
				return err
			}
		}
	}
}

// now returns the time of a resource.
func (l *listener) now(ctx context.Context, resource liveness.ResourceID) time.Time {
	return l.Clocks.SweepTime(ctx, resource)
}

// emit sends the events of a batch.
func (l *listener) emit(ctx context.Context, b batch) error {
	if err := l.over(ctx); err != nil {
		return err
	}
	if b.failure != nil {
		return b.failure
	}
	for i, item := range b.items {
		var err error
		switch {
		case item.request != nil:
			err = l.emitRequest(ctx, item.request)
		case item.change.Replaced != nil:
			err = l.emitReplaced(ctx, item, b.items[i+1:])
		default:
			err = l.emitChange(ctx, item.change)
		}
		if err != nil {
			return err
		}
	}
	l.missed += b.missed
	for _, resource := range slices.Sorted(maps.Keys(b.passed)) {
		if err := l.emitPassed(ctx, resource, b.passed[resource]); err != nil {
			return err
		}
	}
	if !b.lost {
		return nil
	}
	// The dropped changes may have begun and ended sessions.
	for _, resource := range slices.Sorted(maps.Keys(l.tracker.due)) {
		if err := l.emitEntries(ctx, 0, l.tracker.passTime(resource, l.now(ctx, resource))); err != nil {
			return err
		}
	}
	return l.resync(ctx)
}

// emitPassed sends what time alone has brought in a resource whose clock has shown a
// time.
func (l *listener) emitPassed(ctx context.Context, resource liveness.ResourceID, shown time.Time) error {
	if set, ok := l.timers[resource]; ok && !set.due.After(shown) {
		set.cancel()
		delete(l.timers, resource)
	}
	l.tracker.changed[resource] = true
	// Rounding can make a clock show less than what it was awaited to show.
	if now := l.now(ctx, resource); now.After(shown) {
		shown = now
	}
	return l.emitEntries(ctx, 0, l.tracker.passTime(resource, shown))
}

// resync tracks the sessions that exist. Their entries up to now were received or
// dropped, except those of changes that were not delivered yet.
func (l *listener) resync(ctx context.Context) error {
	l.tracker.clear()
	existing, err := l.existing(ctx, l.owner)
	if err != nil {
		return err
	}
	later := changesOf(l.subscription.waiting(ctx))
	for _, session := range existing {
		if !later[session.ID].created {
			l.tracker.add(session, l.now(ctx, session.Resource))
		}
	}
	return nil
}

// existing returns the sessions of an owner that the listener wants, as they are stored.
func (l *listener) existing(ctx context.Context, owner liveness.Owner) ([]*liveness.Session, error) {
	owner = l.wanted(owner)
	if id := liveness.SessionID(l.query.Session); id != "" {
		session, err := l.Store.Session(ctx, id)
		switch {
		case errors.Is(err, liveness.ErrNotFound), errors.Is(err, liveness.ErrDamaged):
			return nil, nil
		case err != nil || !owner.Owns(session):
			return nil, err
		}
		return []*liveness.Session{&session}, nil
	}
	var sessions []*liveness.Session
	scope := store.Scope{Resource: owner.Resource, All: owner.All, WithoutImages: true}
	_, err := l.Store.Walk(ctx, scope, func(stored store.Stored) error {
		sessions = append(sessions, &stored.Session)
		return l.over(ctx)
	})
	return sessions, err
}

// setTimers waits for the next due time of each resource where it may be another one.
func (l *listener) setTimers(ctx context.Context) {
	for resource := range l.tracker.changed {
		due := l.tracker.next(resource)
		set, ok := l.timers[resource]
		if ok && set.due.Equal(due) {
			continue
		}
		if ok {
			set.cancel()
			delete(l.timers, resource)
		}
		if due.IsZero() {
			continue
		}
		waiting, cancel := context.WithCancel(ctx)
		l.timers[resource] = timer{due, cancel}
		l.background.Go(func() {
			switch err := l.Clocks.Await(waiting, resource, due); {
			case waiting.Err() != nil:
			case err != nil:
				l.subscription.fail(err)
			default:
				l.subscription.timePassed(resource, due)
			}
		})
	}
	clear(l.tracker.changed)
}

// emitChange sends the entries that a change of a session brings.
func (l *listener) emitChange(ctx context.Context, c *journal.Change) error {
	resource := l.tracker.resourceOf(c.Change)
	at := c.At
	if at.IsZero() {
		at = l.now(ctx, resource)
	}
	// Send the entries that were due before the change.
	if err := l.emitEntries(ctx, 0, l.tracker.passTime(resource, at)); err != nil {
		return err
	}
	return l.emitEntries(ctx, c.Position, l.tracker.apply(c.Change, at))
}

// wanted returns the part of an owner's resources that the listener is about.
func (l *listener) wanted(owner liveness.Owner) liveness.Owner {
	if owner.All {
		return l.owner
	}
	return owner
}

// emitReplaced sends the last entries of the sessions that were replaced. Entries of the
// new sessions count as received. later are the items after this change.
func (l *listener) emitReplaced(ctx context.Context, replaced item, later []item) error {
	c := replaced.change
	now := func(resource liveness.ResourceID) time.Time {
		if c.At.IsZero() {
			return l.now(ctx, resource)
		}
		return c.At
	}
	changed := changesOf(slices.Concat(later, l.subscription.waiting(ctx)))
	return l.emitEntries(ctx, c.Position, l.tracker.replace(l.wanted(*c.Replaced), replaced.existing, changed, now))
}

// emitRequest sends a request, and before it the entries that nothing but the request
// shows.
func (l *listener) emitRequest(ctx context.Context, request *journal.Entry) error {
	var events []sessionEvent
	if l.query.Kind != control.EventRequest {
		resource := liveness.ResourceID(request.Resource)
		events = l.tracker.passTime(resource, l.tracker.answeredAt(request, l.now(ctx, resource)))
		for _, entry := range entriesOf(request) {
			events = append(events, sessionEvent{resource, liveness.SessionID(request.Session), entry})
		}
	}
	if l.query.Kind == control.EventTimeline {
		return l.emitEntries(ctx, request.Position, byTime(events))
	}
	if err := l.emitEntries(ctx, 0, byTime(events)); err != nil {
		return err
	}
	public := request.Public()
	return l.send(ctx, control.Event{
		ID: request.Position, Kind: control.EventRequest, Session: request.Session, Resource: request.Resource, Request: &public,
	})
}

// entriesOf returns the timeline entries of a request that its session does not show.
func entriesOf(entry *journal.Entry) []control.TimelineEntry {
	if entry.Session == "" {
		return nil
	}
	return RequestEntries([]*journal.Entry{entry}, false, false)
}

// emitEntries sends timeline entries. The last one has the id: a subscriber that has it
// has everything up to this position of the log.
func (l *listener) emitEntries(ctx context.Context, id uint64, events []sessionEvent) error {
	for i, e := range events {
		event := control.Event{Kind: control.EventTimeline, Session: string(e.session), Resource: string(e.resource), Entry: &e.entry}
		if i == len(events)-1 {
			event.ID = id
		}
		if err := l.send(ctx, event); err != nil {
			return err
		}
	}
	return nil
}

func (l *listener) send(ctx context.Context, event control.Event) error {
	if err := l.over(ctx); err != nil {
		return err
	}
	event.Missed, l.missed = l.missed, 0
	return l.Each(event)
}
