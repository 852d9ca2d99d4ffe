package emulator

import (
	"container/heap"
	"slices"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// A happening is a moment and whose it is.
type happening struct {
	resource liveness.ResourceID
	session  liveness.SessionID
	moment   control.TimelineEntry
}

// followed are the sessions whose moments one who listens is told, each of them
// once.
type followed struct {
	sessions map[liveness.SessionID]*course
	dues     map[liveness.ResourceID]*dues
	touched  map[liveness.ResourceID]bool // what is due there may have changed
}

// A course is a session and what of it was told.
type course struct {
	session *liveness.Session
	told    []toldMoment
	due     time.Time // when time alone may bring more; zero: never
	place   int       // in dues; -1: it is not there
}

// A toldMoment tells the moments of one session apart.
type toldMoment struct {
	what    control.TimelineKind
	attempt int
}

func newFollowed() *followed {
	return &followed{
		sessions: map[liveness.SessionID]*course{},
		dues:     map[liveness.ResourceID]*dues{},
		touched:  map[liveness.ResourceID]bool{},
	}
}

// clear follows nothing any more.
func (f *followed) clear() {
	for resource := range f.dues {
		f.touched[resource] = true
	}
	clear(f.sessions)
	clear(f.dues)
}

// take follows a session. What has happened in it by now counts as told.
func (f *followed) take(session *liveness.Session, now time.Time) {
	f.forget(session.ID)
	c := &course{session: session, place: -1}
	f.sessions[session.ID] = c
	f.happened(c, now)
}

// forget follows a session no more.
func (f *followed) forget(id liveness.SessionID) {
	c, is := f.sessions[id]
	if !is {
		return
	}
	delete(f.sessions, id)
	f.schedule(c, time.Time{})
}

// resourceOf returns the resource of the session that a change is about, or "".
func (f *followed) resourceOf(c change) liveness.ResourceID {
	if of, is := f.sessions[c.id]; is {
		return of.session.Resource
	}
	return c.resource
}

// change follows a session that has changed, and returns what that brings.
func (f *followed) change(c change) []happening {
	of, is := f.sessions[c.id]
	switch {
	case c.session == nil && !is:
		return nil
	case c.session == nil:
		return f.removed(of, c.at)
	case is:
		of.session = c.session
	case c.created:
		of = &course{session: c.session, place: -1}
		f.sessions[c.id] = of
	default:
		// It was gone before, or it began when something was left out.
		f.take(c.session, c.at)
		return nil
	}
	return inOrder(f.happened(of, c.at))
}

// removed follows a session no more that was removed at a moment, and returns what
// has happened in it by then.
func (f *followed) removed(of *course, at time.Time) []happening {
	happened := inOrder(f.happened(of, at))
	if _, is := f.sessions[of.session.ID]; !is {
		return happened // it was gone before
	}
	f.forget(of.session.ID)
	return append(happened, happening{of.session.Resource, of.session.ID, control.TimelineEntry{What: control.TimelineDeleted, At: at}})
}

// replace follows the sessions that have taken the place of others, and returns what
// has become of those. What is in the new ones has happened before.
func (f *followed) replace(c change, of *inbox, now func(liveness.ResourceID) time.Time) []happening {
	at := func(resource liveness.ResourceID) time.Time {
		if c.at.IsZero() {
			return now(resource)
		}
		return c.at
	}
	stays := map[liveness.SessionID]bool{}
	for i := range c.replaced.sessions {
		stays[c.replaced.sessions[i].ID] = true
	}
	var gone []*course
	for id, each := range f.sessions {
		if !stays[id] && (c.replaced.everywhere || each.session.Resource == c.resource) {
			gone = append(gone, each)
		}
	}
	slices.SortFunc(gone, func(a, b *course) int { return strings.Compare(string(a.session.ID), string(b.session.ID)) })
	var happened []happening
	for _, each := range gone {
		happened = append(happened, f.removed(each, at(each.session.Resource))...)
	}
	for i := range c.replaced.sessions {
		session := &c.replaced.sessions[i]
		if (of.session == "" || of.session == session.ID) && (of.owner.All || of.owner.Resource == session.Resource) {
			f.take(session, at(session.Resource))
		}
	}
	return inOrder(happened)
}

// pass returns what the time has brought in a resource by now.
func (f *followed) pass(resource liveness.ResourceID, now time.Time) []happening {
	var happened []happening
	for {
		next := f.next(resource)
		if next.IsZero() || next.After(now) {
			return inOrder(happened)
		}
		happened = append(happened, f.happened((*f.dues[resource])[0], now)...)
	}
}

// answered returns when a request was answered on the clock of its resource: when it
// came, or when the attempt was over that it waited for, if that is not behind until.
func (f *followed) answered(entry *journal.Entry, until time.Time) time.Time {
	answered := entry.Clock
	if of, is := f.sessions[liveness.SessionID(entry.Session)]; is {
		for _, attempt := range of.session.Attempts {
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

// next returns the next moment that is due in a resource, or the zero time.
func (f *followed) next(resource liveness.ResourceID) time.Time {
	if of := f.dues[resource]; of != nil && of.Len() > 0 {
		return (*of)[0].due
	}
	return time.Time{}
}

// happened returns what has happened in a session by now and was not told, and
// follows it no more if it is gone.
func (f *followed) happened(of *course, now time.Time) []happening {
	session := *of.session
	moments := lifeOf(session.At(now).Session, now)
	gone, isGone := session.GoneSince(now)
	if isGone && gone.Before(session.Expires()) {
		moments = append(moments, control.TimelineEntry{What: control.TimelineDeleted, At: gone})
	}
	if since, expired := session.TokenExpiredSince(now); expired {
		moments = slices.DeleteFunc(moments, func(m control.TimelineEntry) bool { return m.What == control.TimelineTokenExpired })
		moments = append(moments, control.TimelineEntry{What: control.TimelineTokenExpired, At: since})
	}
	var happened []happening
	for _, moment := range moments {
		is := toldMoment{moment.What, moment.Attempt}
		if slices.Contains(of.told, is) || isGone && moment.At.After(gone) {
			continue
		}
		of.told = append(of.told, is)
		happened = append(happened, happening{session.Resource, session.ID, moment})
	}
	if isGone {
		f.forget(session.ID)
	} else {
		f.schedule(of, session.Due(now))
	}
	return happened
}

// schedule puts a session where its next moment is looked for; zero: nowhere.
func (f *followed) schedule(of *course, due time.Time) {
	resource := of.session.Resource
	f.touched[resource] = true
	in := f.dues[resource]
	if in == nil {
		in = new(dues)
		f.dues[resource] = in
	}
	of.due = due
	switch {
	case due.IsZero() && of.place >= 0:
		heap.Remove(in, of.place)
	case due.IsZero():
	case of.place >= 0:
		heap.Fix(in, of.place)
	default:
		heap.Push(in, of)
	}
	if in.Len() == 0 {
		delete(f.dues, resource)
	}
}

// inOrder puts what has happened in order of time.
func inOrder(happened []happening) []happening {
	slices.SortStableFunc(happened, func(a, b happening) int { return a.moment.At.Compare(b.moment.At) })
	return happened
}

// dues are the sessions of a resource, the one that is due next in front: a
// heap.Interface.
type dues []*course

// Len implements heap.Interface.
func (d dues) Len() int { return len(d) }

// Less implements heap.Interface.
func (d dues) Less(i, j int) bool { return d[i].due.Before(d[j].due) }

// Swap implements heap.Interface.
func (d dues) Swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].place, d[j].place = i, j
}

// Push implements heap.Interface.
func (d *dues) Push(x any) {
	pushed := x.(*course)
	pushed.place = len(*d)
	*d = append(*d, pushed)
}

// Pop implements heap.Interface.
func (d *dues) Pop() any {
	last := len(*d) - 1
	popped := (*d)[last]
	(*d)[last] = nil
	*d = (*d)[:last]
	popped.place = -1
	return popped
}
