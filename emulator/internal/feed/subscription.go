package feed

import (
	"slices"
	"sync"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// maxItems bounds what waits in a subscription. Items beyond it are dropped and
// counted.
const maxItems = 1024

// A subscription buffers events for one listener. Writers never block.
type subscription struct {
	owner   liveness.Owner
	session liveness.SessionID // "": all of the owner
	kind    control.EventKind  // "": all
	journal *journal.Journal
	ready   chan struct{} // holds a token while there is something new

	mu    sync.Mutex
	query journal.Query // for the requests that were not fetched yet
	batch
}

// A batch is what a subscription holds at one moment.
type batch struct {
	items   []item
	missed  uint64                            // how many items behind them were dropped
	lost    bool                              // a change is among the dropped
	passed  map[liveness.ResourceID]time.Time // what the clock of a resource has shown
	failure error
}

// An item is a change or a request.
type item struct {
	when   time.Time // on the machine's clock
	change *change
	entry  *journal.Entry
	// until is the time on the clock of the request's resource by which the request was
	// answered.
	until time.Time
}

func newSubscription(j *journal.Journal, owner liveness.Owner, query control.EventQuery) *subscription {
	s := &subscription{
		owner: owner, session: liveness.SessionID(query.Session), kind: query.Kind, journal: j, ready: make(chan struct{}, 1),
		query: journal.Query{
			Resource: string(owner.Resource), All: owner.All, RequestQuery: control.RequestQuery{Session: query.Session},
		},
		batch: batch{passed: map[liveness.ResourceID]time.Time{}},
	}
	s.query.After = j.Find(s.query).Last
	return s
}

// includes reports whether the subscription is about a session.
func (s *subscription) includes(session *liveness.Session) bool {
	return (s.session == "" || s.session == session.ID) && (s.owner.All || s.owner.Resource == session.Resource)
}

// signal tells the listener that there is something new.
func (s *subscription) signal() {
	select {
	case s.ready <- struct{}{}:
	default:
	}
}

// addChange adds a change, if the subscription is about it.
func (s *subscription) addChange(c change) {
	switch {
	case c.replaced != nil:
		if !c.replaced.everywhere && !s.owner.All && c.resource != s.owner.Resource {
			return
		}
	case s.session != "" && c.id != s.session,
		c.resource != "" && !s.owner.All && c.resource != s.owner.Resource:
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addLocked(item{when: c.when, change: &c})
	s.signal()
}

func (s *subscription) addLocked(i item) {
	if len(s.items) >= maxItems {
		s.missed++
		s.lost = s.lost || i.change != nil
		return
	}
	s.items = append(s.items, i)
}

// fetch adds the requests that were answered meanwhile, and returns the query for those
// to come.
func (s *subscription) fetch() journal.Query {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fetchLocked()
	return s.query
}

func (s *subscription) fetchLocked() {
	found := s.journal.Find(s.query)
	s.query.After = found.Last
	for _, entry := range found.Entries {
		if s.kind == control.EventTimeline && len(entriesOf(entry)) == 0 {
			continue
		}
		s.addLocked(item{when: entry.Time.Add(entry.Duration), entry: entry})
		s.signal()
	}
}

// timerFired notes that the clock of a resource has shown a time, or that it cannot be
// read.
func (s *subscription) timerFired(resource liveness.ResourceID, due time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.failure = err
	}
	if s.passed[resource].Before(due) {
		s.passed[resource] = due
	}
	s.signal()
}

// drain takes everything out, in order of time. now returns the time of a resource.
// Nothing is missing that came before something in the batch, whether it was a change,
// a request or a step of a clock.
func (s *subscription) drain(now func(liveness.ResourceID) time.Time) batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fetchLocked()
	out := s.batch
	s.batch = batch{passed: map[liveness.ResourceID]time.Time{}, failure: s.failure}
	for resource, due := range out.passed {
		// Rounding can make a clock show less than what it was awaited to show.
		if shown := now(resource); shown.After(due) {
			out.passed[resource] = shown
		}
	}
	slices.SortStableFunc(out.items, func(a, b item) int { return a.when.Compare(b.when) })
	// A clock may have gone on since a request was answered, but not beyond what it
	// showed when a session changed after the request.
	until := map[liveness.ResourceID]time.Time{}
	for index := range slices.Backward(out.items) {
		i := &out.items[index]
		if i.change != nil {
			if !i.change.at.IsZero() {
				until[i.change.resource] = i.change.at
			}
			continue
		}
		resource := liveness.ResourceID(i.entry.Resource)
		if _, known := until[resource]; !known && resource != "" {
			until[resource] = now(resource)
		}
		i.until = until[resource]
	}
	return out
}
