package badgerstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dgraph-io/badger/v4"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/generation"
)

var (
	// errAbsent says that a key does not exist.
	errAbsent = errors.New("no such key")
	// errUnreadable says that the value of a key cannot be read.
	errUnreadable = fmt.Errorf("%w: the bytes cannot be read from the disk", liveness.ErrDamaged)
)

// readTries is how often to read before a value counts as unreadable. Compact
// moves values to new files and removes the old ones, so a value that was looked up
// before and is read after that has to be looked up again.
const readTries = 4

// read runs f on a snapshot, again if it fails with errUnreadable.
func (s *Store) read(f func(*badger.Txn) error) error {
	var err error
	for range readTries {
		err = s.db.View(f)
		if !errors.Is(err, errUnreadable) {
			break
		}
	}
	return err
}

// value calls use with the value of key, which is valid until use returns, or
// returns errAbsent or errUnreadable. No value that is read here was stored
// empty; that is how Badger shows one that it cannot read.
func value(txn *badger.Txn, key []byte, use func([]byte) error) error {
	item, err := txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return errAbsent
	} else if err != nil {
		return storageError("read", err)
	}
	return valueOf(item, use)
}

// valueOf is value of an item that has been looked up.
func valueOf(item *badger.Item, use func([]byte) error) error {
	return item.Value(func(b []byte) error {
		if len(b) == 0 {
			return errUnreadable
		}
		return use(b)
	})
}

// A snapshot shows what is stored at one moment until it is released. Replace may run at
// the same time, and Compact does nothing.
type snapshot struct {
	*Store
	txn   *badger.Txn
	state *generation.State
}

func (s *Store) snapshot(ctx context.Context) (*snapshot, error) {
	s.values.RLock()
	if err := s.enter(ctx); err != nil {
		s.values.RUnlock()
		return nil, err
	}
	defer s.gate.RUnlock()
	return &snapshot{s, s.db.NewTransaction(false), s.state.Load()}, nil
}

func (s *snapshot) release() {
	s.txn.Discard()
	s.values.RUnlock()
}

func hasIn(txn *badger.Txn, key []byte) (bool, error) {
	_, err := txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return false, nil
	} else if err != nil {
		return false, storageError("read", err)
	}
	return true, nil
}

// load returns the session with this id that is in force, liveness.ErrNotFound or
// liveness.ErrDamaged, which it logs the first time. The caller holds the gate.
func (s *Store) load(id liveness.SessionID) (slot, error) {
	var found slot
	err := s.read(func(txn *badger.Txn) (err error) {
		found, err = s.find(txn, s.state.Load(), id)
		return err
	})
	return found, s.explain(id, err)
}

// explain turns an error of find into one for the caller.
func (s *Store) explain(id liveness.SessionID, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errAbsent):
		return notFound(id)
	case errors.Is(err, liveness.ErrDamaged):
		s.report(id, err)
		return fmt.Errorf("session %q: %w", id, err)
	default:
		return err
	}
}

// List implements store.Store.
func (s *Store) List(
	ctx context.Context, resource liveness.ResourceID, kind liveness.Kind, after liveness.SessionID, limit int,
) ([]liveness.Session, error) {
	defer s.observe(store.MethodList)()
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.gate.RUnlock()
	if limit <= 0 {
		return nil, fmt.Errorf("list: the limit %d is not positive", limit)
	}
	g := s.state.Load().InForce(resource)
	prefix := address{resource: resource, generation: g}.listKey(kind)
	var page []liveness.Session
	err := s.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
		defer it.Close()
		for it.Seek(append(prefix[:len(prefix):len(prefix)], after...)); it.Valid() && len(page) < limit; it.Next() {
			id := liveness.SessionID(it.Item().Key()[len(prefix):])
			if id == after {
				continue
			}
			var err error
			if page, err = s.appendListed(ctx, page, txn, address{id, resource, g}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return page, nil
}

// appendListed appends the session that an index names, unless it is damaged.
func (s *Store) appendListed(
	ctx context.Context, page []liveness.Session, txn *badger.Txn, a address,
) ([]liveness.Session, error) {
	if ctx.Err() != nil {
		return page, context.Cause(ctx)
	}
	found, err := at(txn, a)
	if errors.Is(err, errUnreadable) {
		found, err = s.load(a.id)
	}
	switch err = s.explain(a.id, err); {
	case err == nil:
		return append(page, found.Session), nil
	case errors.Is(err, liveness.ErrDamaged), errors.Is(err, liveness.ErrNotFound):
		return page, nil
	}
	return page, err
}

// Newest implements store.Store. Sessions expire in the order in which they were
// created, so the index for Sweep is the one of a resource. Among all sessions, those
// that are not in force are passed over. A Replace or Undo that waits meanwhile goes first,
// and what it has replaced is not in the page.
func (s *Store) Newest(
	ctx context.Context, owner liveness.Owner, before store.Position, limit int,
) ([]liveness.Session, error) {
	defer s.observe(store.MethodNewest)()
	if limit <= 0 {
		return nil, fmt.Errorf("newest: the limit %d is not positive", limit)
	}
	n := newest{Store: s, owner: owner, before: before, limit: limit}
	for more := true; more; {
		var err error
		if more, err = n.read(ctx); err != nil {
			return nil, err
		}
	}
	return n.page, nil
}

// newestPassed is how many sessions that are not in force Newest passes over before it lets
// a call that waits for the gate have it.
const newestPassed = 1000

// A newest value is one call of Newest.
type newest struct {
	*Store
	owner  liveness.Owner
	before store.Position
	limit  int

	page []liveness.Session
	last []byte            // the key that was passed over last, before the gate was left
	seen *generation.State // with which all of the page is in force
}

// read continues the page, and reports whether there may be more.
func (n *newest) read(ctx context.Context) (more bool, err error) {
	if err := n.enter(ctx); err != nil {
		return false, err
	}
	defer n.gate.RUnlock()
	state := n.state.Load()
	prefix, start := newestFrom(state, n.owner, n.before)
	if n.last != nil {
		start = n.last
		n.page = slices.DeleteFunc(n.page, func(s liveness.Session) bool {
			return state.InForce(s.Resource) != n.seen.InForce(s.Resource)
		})
	}
	n.seen = state
	err = n.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix, Reverse: true})
		defer it.Close()
		passed := 0
		for it.Seek(start); it.Valid() && len(n.page) < n.limit; it.Next() {
			key := it.Item().Key()
			a, ok := parseByTime(key)
			if !ok || bytes.Equal(key, start) {
				continue
			}
			if state.InForce(a.resource) != a.generation {
				if passed++; passed == newestPassed {
					n.last, more = bytes.Clone(key), true
					return nil
				}
				continue
			}
			var err error
			if n.page, err = n.appendListed(ctx, n.page, txn, a); err != nil {
				return err
			}
		}
		return nil
	})
	return more, err
}

// newestFrom returns what the keys of an index by time begin with, and the one from which
// to go back, which is itself not to be shown.
func newestFrom(state *generation.State, owner liveness.Owner, before store.Position) (prefix, start []byte) {
	prefix = keyOf(prefixCreated)
	if !owner.All {
		prefix = partOf(prefixExpiry, owner.Resource, state.InForce(owner.Resource), 0)
	}
	start = prefix[:len(prefix):len(prefix)]
	if before == (store.Position{}) {
		return prefix, append(start, strings.Repeat("\xff", timeSize+1)...)
	}
	created := before.Created
	if !owner.All {
		created = created.Add(liveness.SessionLife)
	}
	return prefix, append(appendTime(start, created), before.ID...)
}
