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
	s.log.Error("a stored session cannot be read and is set aside; delete it, or use the program that wrote it",
		slog.String("session", string(id)), slog.String("reason", err.Error()))
}

// Damaged implements store.Store. It reads every record, which
// takes about a second for a hundred thousand sessions.
func (s *Store) Damaged(ctx context.Context) ([]store.Damage, error) {
	defer s.observe(store.MethodDamaged)()
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.calls.Done()
	snapshot, err := s.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer snapshot.release()
	var damages []store.Damage
	known := map[liveness.SessionID]bool{}
	for _, prefix := range []byte{prefixRecord, prefixOverflow} {
		err = eachItem(snapshot.txn, []byte{prefix}, func(item *badger.Item) error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			_, err := decodeSlot(item, item.Key())
			if err == nil {
				return nil
			}
			id, err := snapshot.damaged(item.Key())
			switch {
			case err == nil, known[id]:
				return nil
			case !errors.Is(err, liveness.ErrDamaged):
				return err
			}
			known[id] = true
			s.report(id, err)
			damages = append(damages, store.Damage{Session: id, Reason: reason(err)})
			return nil
		})
		if err != nil {
			return damages, err
		}
	}
	return damages, nil
}

// damaged returns the session that has a damaged record under a key, and why it is
// damaged; nil if it is not in force.
func (s *snapshot) damaged(key []byte) (liveness.SessionID, error) {
	id := liveness.SessionID(key[1:])
	if key[0] == prefixOverflow {
		a, _ := parseOverflowKey(key)
		id = a.id
	}
	_, err := s.find(s.txn, s.state, id)
	if errors.Is(err, errAbsent) {
		err = nil
	}
	return id, err
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

// deleteDamaged removes a session with a damaged record, whose lock the caller holds.
func (s *Store) deleteDamaged(found slot) error {
	w := write{id: found.id}
	var err error
	if w.main, w.after, err = s.damagedRemoval(found); err != nil {
		return fmt.Errorf("delete damaged session %q: %w", found.id, err)
	}
	if err := s.commit(w); err != nil {
		return err
	}
	s.reported.Delete(found.id)
	return s.removed(found.id)
}

// damagedRemoval returns what removes the record and the index keys of a session with a
// damaged record, and its chunks. Only the record names the other keys of a session, so
// it searches all keys for them.
func (s *Store) damagedRemoval(found slot) (main, chunks []entry, err error) {
	main, err = s.vacate(found)
	if err != nil {
		return nil, nil, err
	}
	index, err := s.indexRemoval(func(a address) bool { return a == found.address || a.id == found.id && found.unknown() })
	if err != nil {
		return nil, nil, err
	}
	left, err := s.leftover(found.id, found.key)
	return append(main, index...), left.chunks, err
}

// indexRemoval returns what removes the index keys of the sessions for which match returns
// true. It reads the whole index.
func (s *Store) indexRemoval(match func(address) bool) (entries []entry, err error) {
	for _, prefix := range []byte{prefixList, prefixExpiry, prefixCreated} {
		err := s.eachKey([]byte{prefix}, func(key []byte) error {
			if a, ok := parseIndexKey(key); ok && match(a) {
				entries = append(entries, entry{key: bytes.Clone(key)})
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return entries, nil
}

// unknown reports whether only the id of a damaged session is known. Then no other one has
// it.
func (s *slot) unknown() bool { return s.address == (address{id: s.id}) }

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
