package journal

import (
	"context"
	"iter"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// A Log keeps the newest requests and changes of sessions, each with its position in one
// order, for every process that shares it. Package logtest is this contract as a test.
//
// Every method may be called by several goroutines at once. An error says that the log
// could not be reached. A later call of any process finds what an earlier one added.
type Log interface {
	// Add keeps a request and sets its Number and Position. If there are too many, old
	// ones are dropped, those of the resources that have the most. The log copies the
	// entry except its bodies, which the caller must not edit any more.
	Add(ctx context.Context, e Entry) error
	// AddChange keeps a change of sessions. Changes are dropped for newer changes, not for
	// requests, nor requests for changes. Removals of sessions are kept longest.
	AddChange(ctx context.Context, c liveness.Change) error
	// Find returns what matches the query.
	Find(ctx context.Context, q Query) (Result, error)
	// Wait is Find as soon as count requests and changes match the query. If ctx ends
	// before, it returns those that match, with the cause of ctx.
	Wait(ctx context.Context, q Query, count int) (Result, error)
	// Forget drops the requests of an owner, and the content of its removed sessions.
	Forget(ctx context.Context, owner liveness.Owner) error
	// Counts returns how many requests are kept and how many were dropped.
	Counts(ctx context.Context) (Counts, error)
}

// Counts are numbers of requests, of all resources.
type Counts struct {
	Kept    int
	Dropped uint64 // to make room, since the beginning
}

// A Change is a change of sessions at its place in the log.
type Change struct {
	Position uint64 // in the order of requests and changes
	liveness.Change
}

// A Query selects requests and changes.
type Query struct {
	Resource string
	All      bool // of every resource
	control.RequestQuery

	Behind uint64 // only what has a higher position
	// Limit allows Find to stop when it has more entries than this, which is enough for
	// Result.Oldest. 0: Find searches all entries.
	Limit   int
	Changes bool // also changes; of RequestQuery only Session applies to them
}

// conditional reports whether the query has conditions.
func (q *Query) conditional() bool { return q.RequestQuery != control.RequestQuery{After: q.After} }

// Owner returns the owner whose requests and changes are selected.
func (q *Query) Owner() liveness.Owner {
	return liveness.Owner{Resource: liveness.ResourceID(q.Resource), All: q.All}
}

// unmet returns how many conditions the entry does not meet, and the name of the last of
// them.
func (q *Query) unmet(e *Entry) (count int, name string) {
	ask := func(condition string, met bool) {
		if !met {
			count++
			name = condition
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
	return count, name
}

// A Result is what a query found.
type Result struct {
	Entries []*Entry  // requests, the oldest first
	Changes []*Change // the oldest first
	Gone    uint64    // requests of the resource that were dropped to make room
	Last    uint64    // number of the newest request of all
	// Next is the number of the last entry before those that Oldest has left out; 0: it
	// has left out none.
	Next uint64
	// Near are entries that fail one condition only.
	Near []Near

	Position uint64 // of the newest request or change of all
	// Incomplete says that requests or changes behind Query.Behind were dropped before
	// they could be found.
	Incomplete bool
}

// found returns the number of requests and changes.
func (r *Result) found() int { return len(r.Entries) + len(r.Changes) }

// A Near is an entry that fails one condition of a query.
type Near struct {
	Entry *Entry
	Lacks string // name of that condition
}

// Oldest returns the result with the oldest entries, at most limit of them; 0: all.
func (r Result) Oldest(limit int) Result {
	if limit > 0 && limit < len(r.Entries) {
		r.Entries = r.Entries[:limit]
		r.Next = r.Entries[limit-1].Number
	}
	return r
}

// InOrder returns the requests and the changes by their positions: one of each pair is
// nil.
func (r Result) InOrder() iter.Seq2[*Entry, *Change] {
	return func(yield func(*Entry, *Change) bool) {
		entries, changes := r.Entries, r.Changes
		for len(entries)+len(changes) > 0 {
			goesOn := false
			if len(changes) == 0 || len(entries) > 0 && entries[0].Position < changes[0].Position {
				goesOn = yield(entries[0], nil)
				entries = entries[1:]
			} else {
				goesOn = yield(nil, changes[0])
				changes = changes[1:]
			}
			if !goesOn {
				return
			}
		}
	}
}
