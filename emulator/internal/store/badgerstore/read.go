package badgerstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
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

// snapshot returns a transaction that shows the current state until it is released.
// Replace may run at the same time, and Compact does nothing.
func (s *Store) snapshot(ctx context.Context) (txn *badger.Txn, release func(), err error) {
	s.values.RLock()
	if err := s.enter(ctx); err != nil {
		s.values.RUnlock()
		return nil, nil, err
	}
	defer s.gate.RUnlock()
	txn = s.db.NewTransaction(false)
	return txn, func() { txn.Discard(); s.values.RUnlock() }, nil
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

// load returns the record of a session, liveness.ErrNotFound or
// liveness.ErrDamaged, which it logs the first time.
func (s *Store) load(id liveness.SessionID) (record.Stored, error) {
	var stored record.Stored
	err := s.read(func(txn *badger.Txn) (err error) {
		stored, err = loadFrom(txn, id)
		return err
	})
	return stored, s.explain(id, err)
}

func loadFrom(txn *badger.Txn, id liveness.SessionID) (stored record.Stored, err error) {
	err = value(txn, keyOf(prefixRecord, string(id)), func(b []byte) (err error) {
		stored, err = record.Decode(b)
		return err
	})
	return stored, err
}

// explain turns an error of loadFrom into one for the caller.
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
	prefix := keyOf(prefixList, string(resource), string(kind), "")
	var page []liveness.Session
	err := s.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
		defer it.Close()
		for it.Seek(append(prefix[:len(prefix):len(prefix)], after...)); it.Valid() && len(page) < limit; it.Next() {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			id := liveness.SessionID(it.Item().Key()[len(prefix):])
			if id == after {
				continue
			}
			stored, err := loadFrom(txn, id)
			if errors.Is(err, errUnreadable) {
				stored, err = s.load(id)
			}
			switch err = s.explain(id, err); {
			case err == nil:
				page = append(page, stored.Session)
			case !errors.Is(err, liveness.ErrDamaged) && !errors.Is(err, liveness.ErrNotFound):
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
