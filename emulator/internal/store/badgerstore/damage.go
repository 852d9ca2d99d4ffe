package badgerstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/dgraph-io/badger/v4"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
)

// A damaged record stays under its key: only a call with its id reads it, and a newer
// program finds it again.

// report logs a damaged session once.
func (s *Store) report(id liveness.SessionID, err error) {
	if _, known := s.reported.LoadOrStore(id, true); known {
		return
	}
	text := "a stored session cannot be read and is set aside; delete it, or restore a copy of the folder"
	if errors.Is(err, record.ErrNewer) {
		text = "a stored session is set aside; use the newer program that wrote it"
	}
	s.log.Error(text, slog.String("session", string(id)), slog.String("reason", err.Error()))
}

// Damaged implements store.Store. It reads every record, which
// takes about a second for a hundred thousand sessions.
func (s *Store) Damaged(ctx context.Context) ([]store.Damage, error) {
	defer s.observe(store.MethodDamaged)()
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.calls.Done()
	txn, release, err := s.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	var damages []store.Damage
	err = eachItem(txn, []byte{prefixRecord}, func(item *badger.Item) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		id := liveness.SessionID(item.Key()[1:])
		_, err := loadFrom(txn, id)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, liveness.ErrDamaged):
			return err
		}
		s.report(id, err)
		damages = append(damages, store.Damage{Session: id, Reason: reason(err)})
		return nil
	})
	return damages, err
}

// reason returns in words why a record is damaged.
func reason(err error) string {
	switch {
	case errors.Is(err, record.ErrNewer):
		return "written by a newer program"
	case errors.Is(err, record.ErrCorrupt):
		return "corrupt"
	default:
		return "its bytes cannot be read from the disk"
	}
}

// deleteDamaged removes a session with a damaged record. Only the record names the other
// keys of a session, so it searches all keys for them. The caller holds its lock.
func (s *Store) deleteDamaged(id liveness.SessionID) error {
	w := write{id: id, main: []entry{{key: keyOf(prefixRecord, string(id))}}}
	index := func(key []byte) error {
		if owner, ok := indexed(key); ok && owner == id {
			w.main = append(w.main, entry{key: bytes.Clone(key)})
		}
		return nil
	}
	left, leftErr := s.leftover(id, nil)
	w.after = left.chunks
	err := errors.Join(
		s.eachKey([]byte{prefixList}, index),
		s.eachKey([]byte{prefixExpiry}, index),
		leftErr,
	)
	if err != nil {
		return fmt.Errorf("delete damaged session %q: %w", id, err)
	}
	if err := s.commit(w); err != nil {
		return err
	}
	s.reported.Delete(id)
	return nil
}

// indexed returns the session of a list or expiry key.
func indexed(key []byte) (liveness.SessionID, bool) {
	if key[0] == prefixExpiry {
		due, ok := parseExpiryKey(key)
		return due.id, ok
	}
	return parseListKey(key)
}

// eachKey calls visit with every key that begins with prefix, in order, on one
// snapshot. The key is valid until visit returns.
func (s *Store) eachKey(prefix []byte, visit func(key []byte) error) error {
	return s.db.View(func(txn *badger.Txn) error {
		return eachItem(txn, prefix, func(item *badger.Item) error { return visit(item.Key()) })
	})
}

// eachItem calls visit with every item whose key begins with prefix, in order. The
// item is valid until visit returns.
func eachItem(txn *badger.Txn, prefix []byte, visit func(*badger.Item) error) error {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		if err := visit(it.Item()); err != nil {
			return err
		}
	}
	return nil
}
