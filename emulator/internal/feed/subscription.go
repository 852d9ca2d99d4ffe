package feed

import (
	"context"
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

// A subscription buffers what one listener has not received yet: requests and changes in
// the order of the log, and the times that clocks have reached. It reads the log also
// while the listener is busy.
type subscription struct {
	log   journal.Log
	kind  control.EventKind // "": all
	ready chan struct{}     // holds a token while there is something new
	// existing returns the sessions of an owner that the listener wants, as they are stored.
	existing func(context.Context, liveness.Owner) ([]*liveness.Session, error)

	mu    sync.Mutex
	query journal.Query // for what was not fetched yet
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

// An item is a request or a change: the other one is nil.
type item struct {
	request *journal.Entry
	change  *journal.Change
	// existing are the sessions that there were when a change that replaced all was
	// fetched, which a slow listener looks at much later.
	existing []*liveness.Session
}

// subscribe returns a subscription to what is added to the log from now on.
func subscribe(ctx context.Context, log journal.Log, owner liveness.Owner, query control.EventQuery) (*subscription, error) {
	s := &subscription{
		log: log, kind: query.Kind, ready: make(chan struct{}, 1),
		query: journal.Query{
			Resource: string(owner.Resource), All: owner.All, RequestQuery: control.RequestQuery{Session: query.Session},
			Changes: query.Kind != control.EventRequest,
		},
		batch: batch{passed: map[liveness.ResourceID]time.Time{}},
	}
	begin := s.query
	begin.After, begin.Changes = ^uint64(0)-1, false // nothing but the position
	found, err := log.Find(ctx, begin)
	s.query.Behind = found.Position
	return s, err
}

// follow fetches what is added to the log until ctx ends or the log fails.
func (s *subscription) follow(ctx context.Context) {
	for {
		s.mu.Lock()
		query := s.query
		s.mu.Unlock()
		if _, err := s.log.Wait(ctx, query, 1); err != nil {
			if ctx.Err() == nil {
				s.fail(err)
			}
			return
		}
		s.mu.Lock()
		s.fetchLocked(ctx)
		s.mu.Unlock()
	}
}

// fetchLocked adds what was added to the log meanwhile.
func (s *subscription) fetchLocked(ctx context.Context) {
	found, err := s.log.Find(ctx, s.query)
	if err != nil {
		s.failure = err
		s.signal()
		return
	}
	if found.Incomplete && s.query.Behind < found.Position {
		s.missed++ // at least
		s.lost = true
		s.signal()
	}
	s.query.Behind = found.Position
	for request, change := range found.InOrder() {
		if request != nil && s.kind == control.EventTimeline && len(entriesOf(request)) == 0 {
			continue
		}
		s.addLocked(ctx, item{request: request, change: change})
		s.signal()
	}
}

func (s *subscription) addLocked(ctx context.Context, i item) {
	if len(s.items) >= maxItems {
		s.missed++
		s.lost = s.lost || i.change != nil
		return
	}
	if i.change != nil && i.change.Replaced != nil {
		var err error
		if i.existing, err = s.existing(ctx, *i.change.Replaced); err != nil {
			s.failure = err
		}
	}
	s.items = append(s.items, i)
}

// signal tells the listener that there is something new.
func (s *subscription) signal() {
	select {
	case s.ready <- struct{}{}:
	default:
	}
}

// fail ends the listening with an error.
func (s *subscription) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure = err
	s.signal()
}

// timePassed notes that the clock of a resource has shown a time.
func (s *subscription) timePassed(resource liveness.ResourceID, shown time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.passed[resource].Before(shown) {
		s.passed[resource] = shown
	}
	s.signal()
}

// drain takes everything out. Nothing is missing that came before something in the
// batch, whether it was a change, a request or a step of a clock.
func (s *subscription) drain(ctx context.Context) batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fetchLocked(ctx)
	out := s.batch
	s.batch = batch{passed: map[liveness.ResourceID]time.Time{}, failure: s.failure}
	return out
}

// waiting returns what was not taken out yet.
func (s *subscription) waiting(ctx context.Context) []item {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fetchLocked(ctx)
	return slices.Clone(s.items)
}

// A laterChange says what becomes of a session in items that are still to be told.
type laterChange struct {
	changed bool // before others take the place of all
	created bool
}

// changesOf returns what becomes of sessions in items.
func changesOf(items []item) map[liveness.SessionID]laterChange {
	changes := map[liveness.SessionID]laterChange{}
	replaced := false
	for _, i := range items {
		if i.change == nil {
			continue
		}
		replaced = replaced || i.change.Replaced != nil
		later := changes[i.change.Session]
		later.changed = later.changed || !replaced
		later.created = later.created || i.change.Created
		changes[i.change.Session] = later
	}
	return changes
}
