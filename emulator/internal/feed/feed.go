// Package feed tells subscribers what happens in an emulator as it happens: requests,
// and the timeline entries of sessions.
package feed

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// keepAlive is how often Listener.Alive is called, in real time.
const keepAlive = 15 * time.Second

// Clocks are the clocks of the resources.
type Clocks interface {
	// SweepTime returns the time of a resource, or the zero time if its clock cannot be
	// read.
	SweepTime(ctx context.Context, resource liveness.ResourceID) time.Time
	// Await waits until the clock of a resource shows a time.
	Await(ctx context.Context, resource liveness.ResourceID, due time.Time) error
}

// A Feed is safe for concurrent use. Make one with New.
type Feed struct {
	journal   *journal.Journal
	store     liveness.Store // that Watch was given
	clocks    Clocks
	stopping  <-chan struct{}
	publisher publisher // of the changes of the store
	deleted   deletedTimelines
}

// New returns a feed of the requests that a journal takes. It has sessions once Watch
// and Use were called.
func New(j *journal.Journal) *Feed { return &Feed{journal: j} }

// Use gives the feed its clocks, and the channel that is closed when the emulator
// stops. Call it before the first change of the store.
func (f *Feed) Use(clocks Clocks, stopping <-chan struct{}) { f.clocks, f.stopping = clocks, stopping }

// A Listener is called with what happens. An error of it ends Listen.
type Listener struct {
	// Alive is called as soon as nothing is missed any more, and then every 15 seconds
	// of the machine's time.
	Alive func() error
	// Each is called with each event.
	Each func(control.Event) error
}

// Listen calls to with the events of an owner that the query asks for, until ctx is done
// or the emulator stops. An invalid query is refused before the first call.
func (f *Feed) Listen(ctx context.Context, owner liveness.Owner, query control.EventQuery, to Listener) error {
	if query.Kind != "" && query.Kind != control.EventRequest && query.Kind != control.EventTimeline {
		return &control.Error{Kind: control.ErrorInvalid, Text: "kind is request or moment"}
	}
	query.Session = strings.ToLower(query.Session)
	l := &listener{
		Feed: f, Listener: to,
		subscription: newSubscription(f.journal, owner, query),
		tracker:      newTracker(),
		timers:       map[liveness.ResourceID]timer{},
	}
	ctx, cancel := context.WithCancel(ctx)
	defer l.background.Wait()
	defer cancel()
	if query.Kind != control.EventRequest {
		f.publisher.subscribe(l.subscription)
		defer f.publisher.unsubscribe(l.subscription)
		if err := l.resync(ctx); err != nil {
			return stopReason(err)
		}
	}
	return stopReason(l.listen(ctx))
}

// A listener is one call of Listen.
type listener struct {
	*Feed
	Listener
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

// over returns why listening has to end, or nil.
func (l *listener) over(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-l.stopping:
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
	l.background.Go(func() {
		for query := l.subscription.fetch(); ; query = l.subscription.fetch() {
			if _, err := l.journal.Wait(ctx, query, 1); err != nil {
				return
			}
		}
	})
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
		case <-l.stopping:
			return errStopping
		case <-ticks:
			if err := l.Alive(); err != nil {
				return err
			}
		case <-l.subscription.ready:
			if err := l.emit(ctx, l.subscription.drain(l.clock(ctx))); err != nil {
				return err
			}
		}
	}
}

// clock returns the time of each resource.
func (l *listener) clock(ctx context.Context) func(liveness.ResourceID) time.Time {
	return func(resource liveness.ResourceID) time.Time { return l.clocks.SweepTime(ctx, resource) }
}

// emit sends the events of a batch.
func (l *listener) emit(ctx context.Context, b batch) error {
	if err := l.over(ctx); err != nil {
		return err
	}
	if b.failure != nil {
		return b.failure
	}
	for _, i := range b.items {
		var err error
		if i.change != nil {
			err = l.emitChange(ctx, *i.change)
		} else {
			err = l.emitRequest(ctx, i.entry, i.until)
		}
		if err != nil {
			return err
		}
	}
	l.missed += b.missed
	for _, resource := range slices.Sorted(maps.Keys(b.passed)) {
		passed := b.passed[resource]
		if set, ok := l.timers[resource]; ok && !set.due.After(passed) {
			set.cancel()
			delete(l.timers, resource)
		}
		l.tracker.changed[resource] = true
		if err := l.emitEntries(ctx, l.tracker.passTime(resource, passed)); err != nil {
			return err
		}
	}
	if !b.lost {
		return nil
	}
	// The dropped changes may have begun and ended sessions.
	for _, resource := range slices.Sorted(maps.Keys(l.tracker.due)) {
		if err := l.emitEntries(ctx, l.tracker.passTime(resource, l.clock(ctx)(resource))); err != nil {
			return err
		}
	}
	return l.resync(ctx)
}

// resync tracks the sessions that exist. Their entries up to now were received or
// dropped.
func (l *listener) resync(ctx context.Context) error {
	l.tracker.clear()
	now := l.clock(ctx)
	owner := l.subscription.owner
	if id := l.subscription.session; id != "" {
		session, err := l.store.Session(ctx, id)
		switch {
		case errors.Is(err, liveness.ErrNotFound), errors.Is(err, liveness.ErrDamaged):
		case err != nil:
			return err
		case l.subscription.includes(&session):
			l.tracker.add(&session, now(session.Resource))
		}
		return nil
	}
	scope := liveness.Scope{Resource: owner.Resource, All: owner.All, WithoutImages: true}
	_, err := l.store.Walk(ctx, scope, func(stored liveness.Stored) error {
		if err := l.over(ctx); err != nil {
			return err
		}
		l.tracker.add(&stored.Session, now(stored.Session.Resource))
		return nil
	})
	return err
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
			err := l.clocks.Await(waiting, resource, due)
			if waiting.Err() == nil {
				l.subscription.timerFired(resource, due, err)
			}
		})
	}
	clear(l.tracker.changed)
}

// emitChange sends the entries that a change brings.
func (l *listener) emitChange(ctx context.Context, c change) error {
	now := l.clock(ctx)
	if c.replaced != nil {
		return l.emitEntries(ctx, l.tracker.replace(c, l.subscription.includes, now))
	}
	resource := l.tracker.resourceOf(c)
	if c.at.IsZero() { // the resource of the session or its clock could not be read
		c.at = now(resource)
	}
	// What was due by then comes first.
	if err := l.emitEntries(ctx, l.tracker.passTime(resource, c.at)); err != nil {
		return err
	}
	return l.emitEntries(ctx, l.tracker.apply(c))
}

// emitRequest sends a request, and before it the entries that nothing but the request
// shows.
func (l *listener) emitRequest(ctx context.Context, request *journal.Entry, until time.Time) error {
	if l.subscription.kind != control.EventRequest {
		resource := liveness.ResourceID(request.Resource)
		events := l.tracker.passTime(resource, l.tracker.answeredAt(request, until))
		for _, entry := range entriesOf(request) {
			events = append(events, sessionEvent{resource, liveness.SessionID(request.Session), entry})
		}
		if err := l.emitEntries(ctx, byTime(events)); err != nil {
			return err
		}
	}
	if l.subscription.kind == control.EventTimeline {
		return nil
	}
	public := request.Public()
	return l.send(ctx, control.Event{Kind: control.EventRequest, Session: request.Session, Resource: request.Resource, Request: &public})
}

// entriesOf returns the timeline entries of a request that its session does not show.
func entriesOf(entry *journal.Entry) []control.TimelineEntry {
	if entry.Session == "" {
		return nil
	}
	return RequestEntries([]*journal.Entry{entry}, false, false)
}

func (l *listener) emitEntries(ctx context.Context, events []sessionEvent) error {
	for _, e := range events {
		event := control.Event{Kind: control.EventTimeline, Session: string(e.session), Resource: string(e.resource), Entry: &e.entry}
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
