// Package journal remembers the calls that an emulator has answered, for tests that
// ask what an app did. It keeps the newest, bounded by number and by bytes, and
// knows how many it has let go.
package journal

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// An Entry is one call. It never changes once it is added.
type Entry struct {
	Number   uint64        // from 1, in the order of answers
	Time     time.Time     // when the call came, on the machine's clock
	Duration time.Duration // until the answer
	// Clock is the time on the clock of the resource when the call came; zero: it was
	// nobody's call.
	Clock time.Time

	Method    string
	Path      string // as far as it is one of the API
	Operation string
	Version   string
	Asked     string // the unknown version that was served as another
	Session   string
	Resource  string // whose call it was; "": nobody's
	Status    int    // 0: there was no answer

	Scenario string
	Seed     uint64 // of the scenario's choices
	Attempt  int    // that the call played
	Fault    string
	Hint     string
	Problems []string // that the schema had with the body
	// Mistake is what of Hint says that the call itself is wrong, whatever state
	// anything is in; "": it is not.
	Mistake string

	Early      time.Duration // how much sooner it came than a Retry-After had said
	FromPage   bool          // a page in a browser made it
	Keyed      bool          // it had a subscription key
	TokenInURL bool          // a token or a key stood in its URL
	// Tampered says that the device was told another digest than the attempt's, or
	// none, as the scenario wants it.
	Tampered bool

	Request  Message
	Response Message
}

// size is about how much an entry takes, in bytes.
func (e *Entry) size() int {
	const fixed, header = 512, 64
	size := fixed + len(e.Path) + len(e.Hint) + len(e.Mistake) + len(e.Fault)
	for _, problem := range e.Problems {
		size += len(problem)
	}
	for _, m := range []*Message{&e.Request, &e.Response} {
		size += len(m.Body)
		for name, values := range m.Header {
			size += header + len(name)
			for _, value := range values {
				size += header + len(value)
			}
		}
		for _, part := range m.Parts {
			size += header + len(part.Name) + len(part.FileName) + len(part.Text)
		}
	}
	return size
}

// Limits bound a journal.
type Limits struct {
	Entries int
	Bytes   int
}

// A Journal is safe for concurrent use. Make one with New.
type Journal struct {
	limits Limits

	mu      sync.Mutex
	entries []*Entry // the oldest first
	bytes   int
	last    uint64
	gone    map[string]uint64 // how many entries of a resource were let go to make room
	evicted uint64            // as gone, of all resources, also of those that were forgotten
	added   chan struct{}     // closed when there is a new entry; nil: nobody waits for one
}

// New returns an empty journal.
func New(limits Limits) *Journal {
	return &Journal{limits: limits, gone: map[string]uint64{}}
}

// Add keeps an entry, gives it its number, and lets old ones go if there are too many:
// those of the resources that have the most.
func (j *Journal) Add(e Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last++
	e.Number = j.last
	j.entries = append(j.entries, &e)
	j.bytes += e.size()
	j.shedLocked()
	if j.added != nil {
		close(j.added)
		j.added = nil
	}
}

// Counts returns how many entries there are, and how many were let go to make room
// since the beginning.
func (j *Journal) Counts() (kept int, evicted uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.entries), j.evicted
}

// A Query says which entries are meant, and whose.
type Query struct {
	Resource string
	All      bool // of every resource
	control.RequestQuery
}

// unmet returns the names of what the query asks for and the entry does not have.
func (q *Query) unmet(e *Entry) []string {
	var names []string
	ask := func(name string, met bool) {
		if !met {
			names = append(names, name)
		}
	}
	ask("operation", q.Operation == "" || q.Operation == e.Operation)
	ask("version", q.Version == "" || q.Version == e.Version)
	ask("method", q.Method == "" || q.Method == e.Method)
	ask("session", q.Session == "" || q.Session == e.Session)
	ask("status", q.Status == 0 || q.Status == e.Status)
	ask("scenario", q.Scenario == "" || q.Scenario == e.Scenario)
	ask("faulty", q.Faulty == nil || *q.Faulty == (e.Fault != ""))
	ask("hinted", q.Hinted == nil || *q.Hinted == (e.Hint != ""))
	return names
}

func (q *Query) concerns(e *Entry) bool {
	return (q.All || q.Resource == e.Resource) && e.Number > q.After
}

// A Result is what a query found.
type Result struct {
	Entries []*Entry // the oldest first
	Gone    uint64   // entries of the resource that were let go to make room
	Last    uint64   // number of the newest entry of all
	// Next is the number behind which the entries go on that Oldest has left out; 0:
	// it has left out none.
	Next uint64
	// Near are entries that lack one thing only, which is named.
	Near []Near
}

// Oldest is the result with so many entries at most, the oldest; with 0 it is the whole
// result.
func (r Result) Oldest(limit int) Result {
	if limit > 0 && limit < len(r.Entries) {
		r.Entries = r.Entries[:limit]
		r.Next = r.Entries[limit-1].Number
	}
	return r
}

// A Near is an entry that a query nearly meant.
type Near struct {
	Entry *Entry
	Lacks string // name of what the query asks for
}

// maxNear bounds how many entries are shown that were nearly meant.
const maxNear = 5

// Find returns the entries that the query means.
func (j *Journal) Find(q Query) Result {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.findLocked(q)
}

func (j *Journal) findLocked(q Query) Result {
	result := Result{Entries: []*Entry{}, Last: j.last, Gone: j.gone[q.Resource]}
	if q.All {
		result.Gone = 0
		for _, gone := range j.gone {
			result.Gone += gone
		}
	}
	// Who follows the journal asks for the last few of many.
	first, _ := slices.BinarySearchFunc(j.entries, q.After, func(e *Entry, after uint64) int { return cmp.Compare(e.Number, after) })
	for _, e := range j.entries[first:] {
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
	return result
}

// Wait returns what the query means as soon as there are so many entries of it, or
// what there is when ctx ends, with its cause.
func (j *Journal) Wait(ctx context.Context, q Query, count int) (Result, error) {
	for {
		j.mu.Lock()
		result := j.findLocked(q)
		if j.added == nil {
			j.added = make(chan struct{})
		}
		added := j.added
		j.mu.Unlock()
		if len(result.Entries) >= count {
			return result, nil
		}
		select {
		case <-added:
		case <-ctx.Done():
			return result, context.Cause(ctx)
		}
	}
}

// Forget removes the entries of a resource, or of all.
func (j *Journal) Forget(resource string, all bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	var kept []*Entry
	for _, e := range j.entries {
		if all || e.Resource == resource {
			j.bytes -= e.size()
			continue
		}
		kept = append(kept, e)
	}
	j.entries = kept
	if all {
		clear(j.gone)
		return
	}
	delete(j.gone, resource)
}
