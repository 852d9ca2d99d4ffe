package journal

import (
	"cmp"
	"context"
	"slices"
	"strings"
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

	slots   []slot            // the oldest first
	bytes   int               // of memory
	last    uint64            // number of the newest entry
	tallies map[string]*tally // by resource
	gone    dropped           // of all resources
	evicted uint64            // entries that were dropped, also of resources that were forgotten

	changes  []*Change // the oldest first
	removals []*Change // that are older than changes; the oldest first
	cut      uint64    // position of the newest change that is not in changes any more

	added chan struct{} // closed when something is added; nil: no call waits for it
}

var _ Log = (*Local)(nil)

// A slot has an entry and the values that a search compares for all entries. Following a
// pointer to each entry would take most of the time in a long list.
type slot struct {
	number   uint64
	position uint64
	tally    *tally
	bytes    int // of memory that the entry takes
	entry    *Entry
}

// A tally counts the entries of one resource.
type tally struct {
	resource string
	entries  int
	bytes    int // of memory
	gone     dropped
}

// tallySize is the memory of a tally without the name of its resource, in bytes.
const tallySize = 160

// dropped counts entries that were dropped to make room.
type dropped struct {
	count    uint64
	position uint64 // of the newest one
}

// New returns an empty log.
func New(limits Limits) *Local {
	return &Local{limits: limits, tallies: map[string]*tally{}}
}

// Add implements Log.
func (l *Local) Add(_ context.Context, e Entry) error {
	bytes := e.compact()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	l.position++
	t := l.tallyLocked(e.Resource)
	e.Number, e.Position, e.Resource = l.last, l.position, t.resource
	l.slots = append(l.slots, slot{e.Number, e.Position, t, bytes, &e})
	l.countLocked(t, 1, bytes)
	if len(l.slots) > l.limits.Entries || l.bytes > l.limits.Bytes {
		l.shedLocked()
	}
	l.wakeLocked()
	return nil
}

// tallyLocked returns the tally of a resource, and makes one for a new resource.
func (l *Local) tallyLocked(resource string) *tally {
	t := l.tallies[resource]
	if t == nil {
		t = &tally{resource: strings.Clone(resource)}
		l.tallies[t.resource] = t
		l.countLocked(t, 0, tallySize+len(resource))
	}
	return t
}

// countLocked adds numbers to those of a resource and of the log.
func (l *Local) countLocked(t *tally, entries, bytes int) {
	t.entries += entries
	t.bytes += bytes
	l.bytes += bytes
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
	return Counts{Kept: len(l.slots), Dropped: l.evicted}, nil
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
	wanted := l.tallies[q.Resource] // nil if the resource is unknown
	var gone dropped
	switch {
	case q.All:
		gone = l.gone
	case wanted != nil:
		gone = wanted.gone
	}
	result.Gone, result.Incomplete = gone.count, gone.position > q.Behind
	for _, s := range l.slots[l.firstLocked(q):] {
		if !q.All && s.tally != wanted {
			continue
		}
		if q.Limit > 0 && len(result.Entries) > q.Limit && (len(result.Near) == maxNear || !q.conditional()) {
			break
		}
		switch unmet, name := q.unmet(s.entry); {
		case unmet == 0:
			result.Entries = append(result.Entries, s.entry)
		case unmet == 1 && len(result.Near) < maxNear:
			result.Near = append(result.Near, Near{s.entry, name})
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
	byNumber, _ := slices.BinarySearchFunc(l.slots, q.After+1, func(s slot, first uint64) int { return cmp.Compare(s.number, first) })
	byPosition, _ := slices.BinarySearchFunc(l.slots, q.Behind+1, func(s slot, first uint64) int { return cmp.Compare(s.position, first) })
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

// Wait implements Log. It searches only what was added since it searched last.
func (l *Local) Wait(ctx context.Context, q Query, count int) (Result, error) {
	found := 0
	for look := q; ; {
		l.mu.Lock()
		result := l.findLocked(look)
		found += result.found()
		if found >= count && look.Behind != q.Behind {
			// Some of them may have been dropped meanwhile.
			result = l.findLocked(q)
			found = result.found()
		}
		if l.added == nil {
			l.added = make(chan struct{})
		}
		added := l.added
		l.mu.Unlock()
		if found >= count {
			return result, nil
		}
		look.Behind = result.Position
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
	l.slots = slices.DeleteFunc(l.slots, func(s slot) bool {
		forgotten := owner.All || s.tally.resource == string(owner.Resource)
		if forgotten {
			l.countLocked(s.tally, -1, -s.bytes)
		}
		return forgotten
	})
	for _, t := range l.tallies {
		if owner.All || t.resource == string(owner.Resource) {
			l.gone.count -= t.gone.count
			l.removeLocked(t)
		}
	}
	if owner.All {
		l.gone = dropped{}
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
