package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// beat is how often one who listens is shown that the emulator is there, in real
// time.
const beat = 15 * time.Second

// Events implements control.API.
func (p *plane) Events(ctx context.Context, query control.EventQuery, each func(control.Event) error) error {
	return p.Listen(ctx, query, func() error { return nil }, each)
}

// Listen is Events that calls alive, too: as soon as it listens, so that from then on
// nothing is missed, and every 15 seconds of the machine's time. What is wrong with the
// query is returned before. An error of alive ends it as one of each does.
func (p *plane) Listen(ctx context.Context, query control.EventQuery, alive func() error, each func(control.Event) error) error {
	if query.Kind != "" && query.Kind != control.EventRequest && query.Kind != control.EventTimeline {
		return &control.Error{Kind: control.ErrorInvalid, Text: "kind is request or moment"}
	}
	query.Session = string(sessionID(query.Session))
	l := &listener{
		p: p, query: query, each: each,
		inbox: &inbox{
			owner: p.owner(), session: liveness.SessionID(query.Session), kind: query.Kind, journal: p.e.journal, come: make(chan struct{}, 1),
			query: p.query(control.RequestQuery{Session: query.Session}), due: map[liveness.ResourceID]time.Time{},
		},
		followed: newFollowed(),
		armed:    map[liveness.ResourceID]arming{},
	}
	ctx, cancel := context.WithCancel(ctx)
	defer l.waits.Wait()
	defer cancel()
	l.inbox.query.After = p.e.journal.Find(l.inbox.query).Last
	if query.Kind != control.EventRequest {
		p.e.watch.follow(l.inbox)
		defer p.e.watch.leave(l.inbox)
		if err := l.survey(ctx); err != nil {
			return reason(err)
		}
	}
	return reason(l.listen(ctx, alive))
}

// A listener is one call of Listen.
type listener struct {
	p     *plane
	query control.EventQuery
	each  func(control.Event) error

	inbox    *inbox
	followed *followed
	armed    map[liveness.ResourceID]arming
	waits    sync.WaitGroup // all that goes on beside it

	missed uint64 // what was left out before the next event
}

// An arming is a wait for the next moment that is due in a resource.
type arming struct {
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
	case <-l.p.e.service.Stopping():
		return errStopping
	default:
		return nil
	}
}

// reason is what listening ends with.
func reason(err error) error {
	if errors.Is(err, errStopping) {
		return &control.Error{Kind: control.ErrorUnavailable, Text: "the emulator is stopping"}
	}
	return err
}

// listen tells all that happens, until it cannot.
func (l *listener) listen(ctx context.Context, alive func() error) error {
	l.waits.Go(func() {
		for query := l.inbox.fetch(); ; query = l.inbox.fetch() {
			if _, err := l.inbox.journal.Wait(ctx, query, 1); err != nil {
				return
			}
		}
	})
	beats := make(chan struct{})
	l.waits.Go(func() {
		system := clock.System{}
		for system.Wait(ctx, system.Now().Add(beat)) == nil {
			select {
			case beats <- struct{}{}:
			case <-ctx.Done():
				return
			}
		}
	})
	if err := alive(); err != nil {
		return err
	}
	for {
		l.arm(ctx)
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-l.p.e.service.Stopping():
			return errStopping
		case <-beats:
			if err := alive(); err != nil {
				return err
			}
		case <-l.inbox.come:
			if err := l.tell(ctx, l.inbox.empty(func(of liveness.ResourceID) time.Time { return l.now(ctx, of) })); err != nil {
				return err
			}
		}
	}
}

// now is the time of a resource.
func (l *listener) now(ctx context.Context, resource liveness.ResourceID) time.Time {
	return l.p.e.service.SweepTime(ctx, resource)
}

// tell tells what was in the inbox.
func (l *listener) tell(ctx context.Context, news bundle) error {
	if err := l.over(ctx); err != nil {
		return err
	}
	if news.failed != nil {
		return news.failed
	}
	for _, n := range news.news {
		var err error
		if n.change != nil {
			err = l.tellChange(ctx, *n.change)
		} else {
			err = l.tellRequest(ctx, n.entry, n.until)
		}
		if err != nil {
			return err
		}
	}
	l.missed += news.missed
	for _, resource := range slices.Sorted(maps.Keys(news.due)) {
		moment := news.due[resource]
		if armed, is := l.armed[resource]; is && !armed.due.After(moment) {
			armed.cancel()
			delete(l.armed, resource)
		}
		l.followed.touched[resource] = true
		if err := l.tellMoments(ctx, l.followed.pass(resource, moment)); err != nil {
			return err
		}
	}
	if news.lost {
		// What was left out may have begun and ended sessions.
		for _, resource := range slices.Sorted(maps.Keys(l.followed.dues)) {
			if err := l.tellMoments(ctx, l.followed.pass(resource, l.now(ctx, resource))); err != nil {
				return err
			}
		}
		return l.survey(ctx)
	}
	return nil
}

// survey follows the sessions that there are. What has happened in them is told
// already, or was left out.
func (l *listener) survey(ctx context.Context) error {
	l.followed.clear()
	take := func(session liveness.Session) { l.followed.take(&session, l.now(ctx, session.Resource)) }
	if id := l.inbox.session; id != "" {
		session, err := l.p.e.store.Session(ctx, id)
		switch {
		case errors.Is(err, liveness.ErrNotFound), errors.Is(err, liveness.ErrDamaged):
		case err != nil:
			return err
		case l.p.all || session.Resource == l.p.resource:
			take(session)
		}
		return nil
	}
	scope := liveness.Scope{Resource: l.p.resource, All: l.p.all, WithoutImages: true}
	_, err := l.p.e.store.Walk(ctx, scope, func(stored liveness.Stored) error {
		if err := l.over(ctx); err != nil {
			return err
		}
		take(stored.Session)
		return nil
	})
	return err
}

// arm waits for the next moment of each resource in which it may have changed.
func (l *listener) arm(ctx context.Context) {
	for resource := range l.followed.touched {
		due := l.followed.next(resource)
		armed, is := l.armed[resource]
		if is && armed.due.Equal(due) {
			continue
		}
		if is {
			armed.cancel()
			delete(l.armed, resource)
		}
		if due.IsZero() {
			continue
		}
		waiting, cancel := context.WithCancel(ctx)
		l.armed[resource] = arming{due, cancel}
		l.waits.Go(func() {
			err := l.p.e.service.Await(waiting, resource, due)
			if waiting.Err() == nil {
				l.inbox.comeDue(resource, due, err)
			}
		})
	}
	clear(l.followed.touched)
}

// tellChange tells what a change brings.
func (l *listener) tellChange(ctx context.Context, c change) error {
	if c.replaced != nil {
		return l.tellMoments(ctx, l.followed.replace(c, l.inbox, func(of liveness.ResourceID) time.Time { return l.now(ctx, of) }))
	}
	if c.at.IsZero() { // of a session whose resource nobody could tell, or whose clock
		c.at = l.now(ctx, l.followed.resourceOf(c))
	}
	// What was due by then comes first.
	if err := l.tellMoments(ctx, l.followed.pass(l.followed.resourceOf(c), c.at)); err != nil {
		return err
	}
	return l.tellMoments(ctx, l.followed.change(c))
}

// tellRequest tells a request, and what it has done to a session that nothing else
// shows.
func (l *listener) tellRequest(ctx context.Context, entry *journal.Entry, until time.Time) error {
	if l.query.Kind != control.EventRequest {
		resource := liveness.ResourceID(entry.Resource)
		happened := l.followed.pass(resource, l.followed.answered(entry, until))
		for _, moment := range requestMoments(entry) {
			happened = append(happened, happening{resource, liveness.SessionID(entry.Session), moment})
		}
		if err := l.tellMoments(ctx, inOrder(happened)); err != nil {
			return err
		}
	}
	if l.query.Kind == control.EventTimeline {
		return nil
	}
	text, err := json.Marshal(entry) // which has no secrets
	if err != nil {
		return err
	}
	request := new(control.Request)
	if err := json.Unmarshal(text, request); err != nil {
		return err
	}
	return l.send(ctx, control.Event{Kind: control.EventRequest, Session: entry.Session, Resource: entry.Resource, Request: request})
}

// requestMoments is what a request has done to a session that the session itself does
// not show.
func requestMoments(entry *journal.Entry) []control.TimelineEntry {
	if entry.Session == "" {
		return nil
	}
	return momentsOf([]*journal.Entry{entry}, false, false)
}

func (l *listener) tellMoments(ctx context.Context, happened []happening) error {
	for _, h := range happened {
		event := control.Event{Kind: control.EventTimeline, Session: string(h.session), Resource: string(h.resource), Entry: &h.moment}
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
	return l.each(event)
}
