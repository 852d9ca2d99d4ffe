package badgerstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/dgraph-io/badger/v4"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
)

// A damaged record stays under its key: it is as far aside as anywhere else,
// since nothing but its id leads to it, and a newer program finds it again.

// report logs a damaged session once.
func (s *Store) report(id liveness.SessionID, err error) {
	if _, known := s.reported.LoadOrStore(id, true); known {
		return
	}
	s.log.Error("a stored session cannot be read and is set aside; delete it, or use the program that wrote it",
		slog.String("session", string(id)), slog.String("reason", err.Error()))
}

// Damaged implements liveness.DamageReporter. It reads every record, which
// takes about a second for a hundred thousand sessions.
func (s *Store) Damaged(ctx context.Context) ([]liveness.Damage, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.calls.Done()
	var damages []liveness.Damage
	err := s.eachKey([]byte{prefixRecord}, func(txn *badger.Txn, key []byte) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		id := liveness.SessionID(key[1:])
		_, err := loadFrom(txn, id)
		if errors.Is(err, errUnreadable) {
			_, err = s.load(id)
		}
		switch {
		case err == nil, errors.Is(err, liveness.ErrNotFound), errors.Is(err, errAbsent):
			return nil
		case !errors.Is(err, liveness.ErrDamaged):
			return err
		}
		s.report(id, err)
		damages = append(damages, liveness.Damage{Session: id, Reason: reason(err)})
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

// deleteDamaged removes a session whose record does not say where the rest of
// it is, so it looks at all keys that could be. The caller holds its lock.
func (s *Store) deleteDamaged(id liveness.SessionID) error {
	w := write{id: id, main: []entry{{key: recordKey(id)}}}
	index := func(_ *badger.Txn, key []byte) error {
		if indexed(id, key) {
			w.main = append(w.main, entry{key: bytes.Clone(key)})
		}
		return nil
	}
	chunk := func(_ *badger.Txn, key []byte) error {
		w.after = append(w.after, entry{key: bytes.Clone(key)})
		return nil
	}
	err := errors.Join(
		s.eachKey([]byte{prefixList}, index),
		s.eachKey([]byte{prefixExpiry}, index),
		s.eachKey(chunkPrefix(id), chunk),
	)
	if err != nil {
		return fmt.Errorf("badgerstore: delete damaged session %q: %w", id, err)
	}
	if err := s.commit(w); err != nil {
		return err
	}
	s.reported.Delete(id)
	return nil
}

// indexed reports whether a list or expiry key is of this session.
func indexed(id liveness.SessionID, key []byte) bool {
	if key[0] == prefixExpiry {
		due, ok := parseExpiryKey(key)
		return ok && due.id == id
	}
	_, rest, ok := cutName(key[1:])
	if ok {
		_, rest, ok = cutName(rest)
	}
	return ok && liveness.SessionID(rest) == id
}

// eachKey calls visit with every key that begins with prefix, in order, on one
// snapshot. The key is valid until visit returns.
func (s *Store) eachKey(prefix []byte, visit func(*badger.Txn, []byte) error) error {
	return s.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			if err := visit(txn, it.Item().Key()); err != nil {
				return err
			}
		}
		return nil
	})
}
