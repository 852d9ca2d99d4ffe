package feed

import (
	"container/heap"
	"slices"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// A sessionEvent is a timeline entry of a session.
type sessionEvent struct {
	resource liveness.ResourceID
	session  liveness.SessionID
	entry    control.TimelineEntry
}

// A tracker records which timeline entries of which sessions one listener has
// received.
type tracker struct {
	sessions map[liveness.SessionID]*trackedSession
	due      map[liveness.ResourceID]*dueQueue
	changed  map[liveness.ResourceID]bool // whose next due time may be another one
}

// A trackedSession is a session and the entries that the listener has received.
type trackedSession struct {
	session *liveness.Session
	sent    []eventKey
	assumed int       // how many of sent, the first ones, were not sent but count as received
	due     time.Time // when time alone may bring more; zero: never
	place   int       // in its dueQueue; -1: it is in none
}

// An eventKey identifies a timeline entry within its session.
type eventKey struct {
	what    control.TimelineKind
	attempt int
}

func newTracker() *tracker {
	return &tracker{
		sessions: map[liveness.SessionID]*trackedSession{},
		due:      map[liveness.ResourceID]*dueQueue{},
		changed:  map[liveness.ResourceID]bool{},
	}
}

// clear forgets all sessions.
func (t *tracker) clear() {
	for resource := range t.due {
		t.changed[resource] = true
	}
	clear(t.sessions)
	clear(t.due)
}

// add tracks a session. Its entries up to now count as received.
func (t *tracker) add(session *liveness.Session, now time.Time) {
	t.forget(session.ID)
	added := &trackedSession{session: session, place: -1}
	t.sessions[session.ID] = added
	t.advance(added, now)
	added.assumed = len(added.sent)
}

// forget stops tracking a session.
func (t *tracker) forget(id liveness.SessionID) {
	if tracked, ok := t.sessions[id]; ok {
		delete(t.sessions, id)
		t.schedule(tracked, time.Time{})
	}
}

// resourceOf returns the resource of the session that a change is about, or "".
func (t *tracker) resourceOf(c liveness.Change) liveness.ResourceID {
	if tracked, ok := t.sessions[c.Session]; ok {
		return tracked.session.Resource
	}
	return c.Resource
}

// apply takes a session over that was changed at a time and returns its new entries.
func (t *tracker) apply(c liveness.Change, at time.Time) []sessionEvent {
	tracked, known := t.sessions[c.Session]
	switch {
	case c.Removed() && known:
		return t.remove(tracked, at)
	case c.Removed() && c.Resource == "":
		return nil // it was damaged, so it was not tracked
	case c.Removed():
		return []sessionEvent{deletion(c.Resource, c.Session, at)}
	case c.Created:
		t.forget(c.Session)
		tracked = &trackedSession{session: c.After, place: -1}
		t.sessions[c.Session] = tracked
	case known:
		tracked.session = c.After
	default:
		t.add(c.After, at)
		if tracked = t.sessions[c.Session]; tracked == nil {
			return nil // it is gone already
		}
	}
	tracked.expect(c)
	return byTime(t.advance(tracked, at))
}

// expect lets the entries that a change brings be sent, if they only count as received: the
// session was read from the store when the change was made but not told yet.
func (t *trackedSession) expect(c liveness.Change) {
	assumed := slices.DeleteFunc(slices.Clone(t.sent[:t.assumed]), func(key eventKey) bool { return brings(c, key) })
	t.sent = slices.Concat(assumed, t.sent[t.assumed:])
	t.assumed = len(assumed)
}

// brings reports whether a change has brought an entry of its session.
func brings(c liveness.Change, key eventKey) bool {
	switch key.what {
	case control.TimelineStarted:
		return c.Created || c.Started
	case control.TimelineAttemptBegan, control.TimelineAttemptEnded:
		return c.Created || c.Attempt > 0 && key.attempt >= c.Attempt
	default:
		return c.Created
	}
}

func deletion(resource liveness.ResourceID, id liveness.SessionID, at time.Time) sessionEvent {
	return sessionEvent{resource, id, control.TimelineEntry{What: control.TimelineDeleted, At: at}}
}

// remove stops tracking a session that was deleted, and returns its last entries.
func (t *tracker) remove(tracked *trackedSession, at time.Time) []sessionEvent {
	session := tracked.session
	events := byTime(t.advance(tracked, at))
	if _, ok := t.sessions[session.ID]; !ok {
		return events // it was gone before
	}
	t.forget(session.ID)
	return append(events, deletion(session.Resource, session.ID, at))
}

// replace tracks the existing sessions of an owner, which have replaced others, and
// returns the last entries of those. Entries of the existing ones count as received.
// later says what has become of sessions since: one that does not exist was removed then,
// and one that was created then is tracked from there on. now returns the time of a
// resource.
func (t *tracker) replace(
	owner liveness.Owner, existing []*liveness.Session, later map[liveness.SessionID]laterChange, now func(liveness.ResourceID) time.Time,
) []sessionEvent {
	stays := map[liveness.SessionID]bool{}
	for _, session := range existing {
		stays[session.ID] = true
	}
	var gone []*trackedSession
	for id, tracked := range t.sessions {
		if !stays[id] && !later[id].changed && owner.Owns(*tracked.session) {
			gone = append(gone, tracked)
		}
	}
	slices.SortFunc(gone, func(a, b *trackedSession) int { return strings.Compare(string(a.session.ID), string(b.session.ID)) })
	var events []sessionEvent
	for _, tracked := range gone {
		events = append(events, t.remove(tracked, now(tracked.session.Resource))...)
	}
	for _, session := range existing {
		if !later[session.ID].created {
			t.add(session, now(session.Resource))
		}
	}
	return byTime(events)
}

// passTime returns the entries that time alone has brought in a resource by now.
func (t *tracker) passTime(resource liveness.ResourceID, now time.Time) []sessionEvent {
	var events []sessionEvent
	for {
		next := t.next(resource)
		if next.IsZero() || next.After(now) {
			return byTime(events)
		}
		events = append(events, t.advance((*t.due[resource])[0], now)...)
	}
}

// answeredAt returns when a request was answered on the clock of its resource: when it
// came, or at the end of the attempt that it waited for, but not after until.
func (t *tracker) answeredAt(entry *journal.Entry, until time.Time) time.Time {
	answered := entry.Clock
	if tracked, ok := t.sessions[liveness.SessionID(entry.Session)]; ok {
		for _, attempt := range tracked.session.Attempts {
			if attempt.ID == entry.Attempt && attempt.Ends.After(answered) {
				answered = attempt.Ends
			}
		}
	}
	if answered.After(until) {
		return until
	}
	return answered
}

// advance returns the entries of a session up to now that the listener has not
// received, and stops tracking the session if it is gone.
func (t *tracker) advance(tracked *trackedSession, now time.Time) []sessionEvent {
	session := *tracked.session
	timeline := TimelineOf(session.At(now).Session, now)
	goneAt, gone := session.GoneSince(now)
	if gone && goneAt.Before(session.Expires()) {
		timeline = append(timeline, control.TimelineEntry{What: control.TimelineDeleted, At: goneAt})
	}
	if since, expired := session.TokenExpiredSince(now); expired {
		timeline = slices.DeleteFunc(timeline, func(m control.TimelineEntry) bool { return m.What == control.TimelineTokenExpired })
		timeline = append(timeline, control.TimelineEntry{What: control.TimelineTokenExpired, At: since})
	}
	var events []sessionEvent
	for _, entry := range timeline {
		key := eventKey{entry.What, entry.Attempt}
		if slices.Contains(tracked.sent, key) || gone && entry.At.After(goneAt) {
			continue
		}
		tracked.sent = append(tracked.sent, key)
		events = append(events, sessionEvent{session.Resource, session.ID, entry})
	}
	if gone {
		t.forget(session.ID)
	} else {
		t.schedule(tracked, session.Due(now))
	}
	return events
}

// schedule notes when time alone may bring the next entry of a session; zero: never.
func (t *tracker) schedule(tracked *trackedSession, due time.Time) {
	resource := tracked.session.Resource
	t.changed[resource] = true
	queue := t.due[resource]
	if queue == nil {
		queue = new(dueQueue)
		t.due[resource] = queue
	}
	tracked.due = due
	switch {
	case due.IsZero() && tracked.place >= 0:
		heap.Remove(queue, tracked.place)
	case due.IsZero():
	case tracked.place >= 0:
		heap.Fix(queue, tracked.place)
	default:
		heap.Push(queue, tracked)
	}
	if queue.Len() == 0 {
		delete(t.due, resource)
	}
}

// next returns when time alone may bring the next entry in a resource; zero: never.
func (t *tracker) next(resource liveness.ResourceID) time.Time {
	if queue := t.due[resource]; queue != nil && queue.Len() > 0 {
		return (*queue)[0].due
	}
	return time.Time{}
}

// byTime puts entries in order of time.
func byTime(events []sessionEvent) []sessionEvent {
	slices.SortStableFunc(events, func(a, b sessionEvent) int { return a.entry.At.Compare(b.entry.At) })
	return events
}

// A dueQueue is a heap of the sessions of one resource, the one that is due next first.
type dueQueue []*trackedSession

// Len implements heap.Interface.
func (d dueQueue) Len() int { return len(d) }

// Less implements heap.Interface.
func (d dueQueue) Less(i, j int) bool { return d[i].due.Before(d[j].due) }

// Swap implements heap.Interface.
func (d dueQueue) Swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].place, d[j].place = i, j
}

// Push implements heap.Interface.
func (d *dueQueue) Push(x any) {
	pushed := x.(*trackedSession)
	pushed.place = len(*d)
	*d = append(*d, pushed)
}

// Pop implements heap.Interface.
func (d *dueQueue) Pop() any {
	last := len(*d) - 1
	popped := (*d)[last]
	*d = slices.Delete(*d, last, last+1) // which clears it
	popped.place = -1
	return popped
}
