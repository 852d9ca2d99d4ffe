package journal

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// maxNear bounds how many entries are shown that were nearly meant.
const maxNear = 5

// Limits bound a Local.
type Limits struct {
	Entries int // requests
	Bytes   int // of memory that the requests take
	Changes int // of sessions
	// Removals is how many removals of sessions are kept beyond Changes.
	Removals int
}

// A Local is the Log of one process. Make one with New.
type Local struct {
	limits Limits

	mu       sync.Mutex
	position uint64 // of the newest request or change

	entries []*Entry // the oldest first
	bytes   int
	last    uint64             // number of the newest entry
	gone    map[string]dropped // by resource
	evicted uint64             // entries that were dropped, also of resources that were forgotten

	changes  []*Change // the oldest first
	removals []*Change // that are older than changes; the oldest first
	cut      uint64    // position of the newest change that is not in changes any more

	added chan struct{} // closed when something is added; nil: no call waits for it
}

var _ Log = (*Local)(nil)

// dropped counts the entries of a resource that were dropped to make room.
type dropped struct {
	count    uint64
	position uint64 // of the newest one
}

// New returns an empty log.
func New(limits Limits) *Local {
	return &Local{limits: limits, gone: map[string]dropped{}}
}

// Add implements Log.
func (l *Local) Add(_ context.Context, e Entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	l.position++
	e.Number, e.Position = l.last, l.position
	e.bytes = e.size()
	l.entries = append(l.entries, &e)
	l.bytes += e.bytes
	if len(l.entries) > l.limits.Entries || l.bytes > l.limits.Bytes {
		l.shedLocked()
	}
	l.wakeLocked()
	return nil
}

// AddChange implements Log.
func (l *Local) AddChange(_ context.Context, c liveness.Change) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.position++
	l.changes = append(l.changes, &Change{l.position, c})
	if excess := len(l.changes) - l.limits.Changes; excess > l.limits.Changes/8 {
		l.cutLocked(excess)
	}
	l.wakeLocked()
	return nil
}

// cutLocked drops the oldest changes, but for removals.
func (l *Local) cutLocked(number int) {
	for _, c := range l.changes[:number] {
		l.cut = c.Position
		if c.Removed() && c.Before != nil {
			l.removals = append(l.removals, c)
		}
	}
	l.changes = slices.Delete(l.changes, 0, number)
	if excess := len(l.removals) - l.limits.Removals; excess > 0 {
		l.removals = slices.Delete(l.removals, 0, excess)
	}
}

// wakeLocked lets those look again who wait.
func (l *Local) wakeLocked() {
	if l.added != nil {
		close(l.added)
		l.added = nil
	}
}

// Counts implements Log.
func (l *Local) Counts(context.Context) (Counts, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Counts{Kept: len(l.entries), Dropped: l.evicted}, nil
}

// Find implements Log.
func (l *Local) Find(_ context.Context, q Query) (Result, error) { return l.find(q), nil }

func (l *Local) find(q Query) Result {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.findLocked(q)
}

func (l *Local) findLocked(q Query) Result {
	result := Result{Entries: []*Entry{}, Last: l.last, Position: l.position}
	for resource, gone := range l.gone {
		if q.All || resource == q.Resource {
			result.Gone += gone.count
			result.Incomplete = result.Incomplete || gone.position > q.Behind
		}
	}
	for _, e := range l.entries[l.firstLocked(q):] {
		if !q.concerns(e) {
			continue
		}
		switch unmet := q.unmet(e); {
		case len(unmet) == 0:
			result.Entries = append(result.Entries, e)
		case len(unmet) == 1 && len(result.Near) < maxNear:
			result.Near = append(result.Near, Near{e, unmet[0]})
		}
	}
	if q.Changes {
		result.Changes = l.changesLocked(q)
		result.Incomplete = result.Incomplete || l.cut > q.Behind
	}
	return result
}

// firstLocked returns the index of the first entry that can match the query. A follower of
// the log asks for the last few of many.
func (l *Local) firstLocked(q Query) int {
	byNumber, _ := slices.BinarySearchFunc(l.entries, q.After+1, func(e *Entry, first uint64) int { return cmp.Compare(e.Number, first) })
	byPosition, _ := slices.BinarySearchFunc(l.entries, q.Behind+1, func(e *Entry, first uint64) int { return cmp.Compare(e.Position, first) })
	return max(byNumber, byPosition)
}

// changesLocked returns the changes that a query means.
func (l *Local) changesLocked(q Query) []*Change {
	owner, session := q.Owner(), liveness.SessionID(q.Session)
	var found []*Change
	for _, list := range [][]*Change{l.removals, l.changes} {
		first, _ := slices.BinarySearchFunc(list, q.Behind+1, func(c *Change, first uint64) int { return cmp.Compare(c.Position, first) })
		for _, c := range list[first:] {
			if c.Concerns(owner, session) {
				found = append(found, c)
			}
		}
	}
	return found
}

// Wait implements Log. As long as nothing was found, it looks only at what is new.
func (l *Local) Wait(ctx context.Context, q Query, count int) (Result, error) {
	for look := q; ; {
		l.mu.Lock()
		result := l.findLocked(look)
		if l.added == nil {
			l.added = make(chan struct{})
		}
		added := l.added
		l.mu.Unlock()
		switch found := len(result.Entries) + len(result.Changes); {
		case found >= count && look.Behind != q.Behind:
			return l.find(q), nil
		case found >= count:
			return result, nil
		case found == 0:
			look.Behind = result.Position
		}
		select {
		case <-added:
		case <-ctx.Done():
			return l.find(q), context.Cause(ctx)
		}
	}
}

// Forget implements Log.
func (l *Local) Forget(_ context.Context, owner liveness.Owner) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = slices.DeleteFunc(l.entries, func(e *Entry) bool {
		forgotten := owner.All || e.Resource == string(owner.Resource)
		if forgotten {
			l.bytes -= e.bytes
		}
		return forgotten
	})
	if owner.All {
		clear(l.gone)
	} else {
		delete(l.gone, string(owner.Resource))
	}
	l.removals = slices.DeleteFunc(l.removals, func(c *Change) bool { return c.Concerns(owner, "") })
	for i, c := range l.changes {
		if c.Removed() && c.Concerns(owner, "") {
			without := *c // the feed may not have read it yet
			without.Before = nil
			l.changes[i] = &without
		}
	}
	return nil
}
