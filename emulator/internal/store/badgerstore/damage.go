package badgerstore

import (
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
	if errors.Is(err, liveness.ErrNewer) {
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
	snapshot, err := s.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer snapshot.release()
	var damages []store.Damage
	for _, prefix := range []byte{prefixRecord, prefixOverflow} {
		err = eachItem(snapshot.txn, []byte{prefix}, func(item *badger.Item) error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			found, err := decodeSlot(item, item.Key())
			if found.home() && errors.Is(err, liveness.ErrDamaged) {
				found, err = s.homeOf(snapshot.txn, liveness.SessionID(item.Key()[1:]))
			}
			switch {
			case !errors.Is(err, liveness.ErrDamaged):
				return err
			case snapshot.state.InForce(found.resource) != found.generation:
				return nil
			}
			s.report(found.id, err)
			damages = append(damages, store.Damage{Session: found.id, Reason: reason(err)})
			return nil
		})
		if err != nil {
			return damages, err
		}
	}
	return damages, nil
}

// reason returns in words why a record is damaged.
func reason(err error) string {
	switch {
	case errors.Is(err, liveness.ErrNewer):
		return "written by a newer program"
	case errors.Is(err, record.ErrCorrupt):
		return "corrupt"
	default:
		return "its bytes cannot be read from the disk"
	}
}

// deleteDamaged removes a session with a damaged record, whose lock the caller holds. Only
// the record tells when the session expires, so it searches the index for Sweep.
func (s *Store) deleteDamaged(found slot) error {
	due := dueKey{address: found.address}
	w := write{id: found.id}
	err := s.eachKey(partOf(prefixExpiry, found.resource, found.generation, 0), func(key []byte) error {
		if other, ok := parseExpiryKey(key); ok && other.id == found.id {
			due = other
			return errStop
		}
		return nil
	})
	if err == nil {
		w.main, w.after, err = s.damagedRemoval(found, due)
	}
	if err != nil {
		return fmt.Errorf("delete damaged session %q: %w", found.id, err)
	}
	if err := s.commit(w); err != nil {
		return err
	}
	return s.removed(found.id)
}

// damagedRemoval returns what removes the record and the index keys of a session with a
// damaged record, and its chunks.
func (s *Store) damagedRemoval(found slot, due dueKey) (main, chunks []entry, err error) {
	s.reported.Delete(found.id)
	s.damagedHomes.Delete(found.id)
	main, err = s.vacate(found)
	if err != nil {
		return nil, nil, err
	}
	index, err := s.indexRemoval(due)
	if err != nil {
		return nil, nil, err
	}
	left, err := s.leftover(found.id, found.key)
	return append(main, index...), left.chunks, err
}

// indexRemoval returns what removes the index keys of a session of which only the one for
// Sweep is known: of every kind, and of its creation, because all sessions live equally long.
func (s *Store) indexRemoval(due dueKey) ([]entry, error) {
	entries := []entry{
		{key: due.expiryKey(due.expires)},
		{key: due.createdKey(due.expires.Add(-liveness.SessionLife))},
	}
	err := s.db.View(func(txn *badger.Txn) error {
		return eachList(txn, partOf(prefixList, due.resource, due.generation, 0), func(_ address, part []byte) error {
			entries = append(entries, entry{key: append(part, due.id...)})
			return nil
		})
	})
	return entries, err
}

// eachList calls visit with one address of each resource, generation and kind in the index
// for List whose keys begin with prefix, and what all keys of these begin with, which visit
// may keep and append to.
func eachList(txn *badger.Txn, prefix []byte, visit func(a address, part []byte) error) error {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
	defer it.Close()
	for it.Rewind(); it.Valid(); {
		key := it.Item().KeyCopy(nil)
		a, ok := parseListKey(key)
		if !ok {
			it.Next()
			continue
		}
		part := key[:len(key)-len(a.id)]
		next := after(part)
		if err := visit(a, part[:len(part):len(part)]); err != nil {
			return stopped(err)
		}
		it.Seek(next)
	}
	return nil
}

// errStop ends a search without an error.
var errStop = errors.New("stop")

func stopped(err error) error {
	if errors.Is(err, errStop) {
		return nil
	}
	return err
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
			return stopped(err)
		}
	}
	return nil
}
