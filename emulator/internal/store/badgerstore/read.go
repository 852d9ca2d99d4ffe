package badgerstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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

func (s *Store) has(key []byte) (bool, error) {
	found := false
	err := s.db.View(func(txn *badger.Txn) error {
		_, err := txn.Get(key)
		found = err == nil
		if err != nil && !errors.Is(err, badger.ErrKeyNotFound) {
			return storageError("read", err)
		}
		return nil
	})
	return found, err
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
	prefix := partOf(prefixList, resource, g, string(kind), "")
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
// that are not in force are passed over.
func (s *Store) Newest(
	ctx context.Context, owner liveness.Owner, before store.Position, limit int,
) ([]liveness.Session, error) {
	defer s.observe(store.MethodNewest)()
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.gate.RUnlock()
	if limit <= 0 {
		return nil, fmt.Errorf("newest: the limit %d is not positive", limit)
	}
	state := s.state.Load()
	prefix, start := newestFrom(state, owner, before)
	var page []liveness.Session
	err := s.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix, Reverse: true})
		defer it.Close()
		for it.Seek(start); it.Valid() && len(page) < limit; it.Next() {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			a, ok := parseIndexKey(it.Item().Key())
			if !ok || state.InForce(a.resource) != a.generation || bytes.Equal(it.Item().Key(), start) {
				continue
			}
			var err error
			if page, err = s.appendListed(ctx, page, txn, a); err != nil {
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

// newestFrom returns what the keys of an index by time begin with, and the one from which
// to go back, which is itself not to be shown.
func newestFrom(state *generation.State, owner liveness.Owner, before store.Position) (prefix, start []byte) {
	prefix = keyOf(prefixCreated)
	if !owner.All {
		prefix = partOf(prefixExpiry, owner.Resource, state.InForce(owner.Resource), "")
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
