package badgerstore

import (
	"slices"

	"github.com/dgraph-io/badger/v4"
)

// A group commits the writes of several goroutines in one transaction, so that they
// share one flush to the disk. Badger alone flushes the value log once for all waiting
// writes, but its write-ahead log once for each.
//
// Joining them is safe because concurrent writes never have keys in common.
type group struct {
	db       *badger.DB
	requests chan groupRequest
	done     chan struct{}
}

type groupRequest struct {
	entries []entry
	result  chan<- error
}

func newGroup(db *badger.DB) *group {
	g := &group{db: db, requests: make(chan groupRequest, 256), done: make(chan struct{})}
	go g.run()
	return g
}

// commit writes entries and returns when they are on the disk.
func (g *group) commit(entries []entry) error {
	result := make(chan error, 1)
	g.requests <- groupRequest{entries, result}
	return <-result
}

// close ends the group after the last call of commit.
func (g *group) close() {
	close(g.requests)
	<-g.done
}

func (g *group) run() {
	defer close(g.done)
	next, ok := <-g.requests
	for ok {
		members := []groupRequest{next}
		_, left := transactionLimits().fit(next.entries)
		entries := slices.Clip(next.entries) // append must copy
		next, ok = groupRequest{}, true
		for waiting := true; waiting && next.result == nil && ok; {
			select {
			case next, ok = <-g.requests:
				n, rest := left.fit(next.entries)
				if ok && n == len(next.entries) && rest.entries >= 0 && rest.inline >= 0 && rest.values >= 0 {
					members, left = append(members, next), rest
					entries = append(entries, next.entries...)
					next = groupRequest{}
				}
			default:
				waiting = false
			}
		}
		err := commitAll(g.db, entries)
		for _, member := range members {
			member.result <- err
		}
		if ok && next.result == nil {
			next, ok = <-g.requests
		}
	}
}
