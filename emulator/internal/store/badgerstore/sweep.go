package badgerstore

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
)

// sweepBatch is how many expired sessions Sweep looks up at once.
const sweepBatch = 256

// Sweep implements store.Store. It reads expired sessions and the marks of interrupted
// writes only, so it may be called often. When ctx ends, the sessions removed until then
// stay removed and are counted.
func (s *Store) Sweep(ctx context.Context, now func(liveness.ResourceID) time.Time) (int, error) {
	defer s.observe(store.MethodSweep)()
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	defer s.calls.Done()
	sweep := sweeper{Store: s, now: now, times: map[liveness.ResourceID]time.Time{}}
	err := sweep.expired(ctx)
	if err == nil {
		err = s.sweepLeftovers(ctx)
	}
	return sweep.removed, err
}

// A sweeper carries out one call of Sweep.
type sweeper struct {
	*Store
	now     func(liveness.ResourceID) time.Time
	times   map[liveness.ResourceID]time.Time // results of now
	removed int
}

// expired removes expired sessions.
func (s *sweeper) expired(ctx context.Context) error {
	cursor := []byte{prefixExpiry}
	for len(cursor) > 0 {
		var due [][]byte
		var err error
		due, cursor, err = s.due(cursor)
		if err != nil {
			return err
		}
		for _, key := range due {
			if err := s.interrupted(ctx); err != nil {
				return err
			}
			if err := s.expire(ctx, key); err != nil {
				return err
			}
		}
	}
	return nil
}

// interrupted returns an error if a long call must stop.
func (s *Store) interrupted(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-s.closing:
		return errClosed
	default:
		return nil
	}
}

// due returns expiry keys of expired sessions from cursor on, and the next cursor, which
// is nil at the end.
func (s *sweeper) due(cursor []byte) (due [][]byte, next []byte, err error) {
	err = s.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte{prefixExpiry}})
		defer it.Close()
		for it.Seek(cursor); it.Valid(); {
			key := it.Item().KeyCopy(nil)
			if len(due) == sweepBatch {
				next = key
				return nil
			}
			parsed, ok := parseExpiryKey(key)
			switch {
			case !ok:
				it.Next()
			case parsed.expires.After(s.time(parsed.resource)):
				it.Seek(afterResource(parsed.resource))
			default:
				due = append(due, key)
				it.Next()
			}
		}
		return nil
	})
	return due, next, err
}

// time returns the time of a resource, and asks for it once only.
func (s *sweeper) time(resource liveness.ResourceID) time.Time {
	at, ok := s.times[resource]
	if !ok {
		at = s.now(resource)
		s.times[resource] = at
	}
	return at
}

// expire removes the session that an expiry key names, if it still exists with this key.
func (s *sweeper) expire(ctx context.Context, key []byte) error {
	parsed, _ := parseExpiryKey(key)
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.gate.RUnlock()
	defer s.lock(parsed.id)()
	stored, err := s.load(parsed.id)
	switch {
	case errors.Is(err, liveness.ErrDamaged):
		// Only its key tells that it has expired. A damaged session stays until it is deleted.
		return nil
	case err != nil && !errors.Is(err, liveness.ErrNotFound):
		return err
	case err != nil:
		return s.apply([]entry{{key: key}})
	}
	if _, _, expiryKey := sessionKeys(&stored.Session); !bytes.Equal(key, expiryKey) {
		return s.apply([]entry{{key: key}})
	}
	if err := s.remove(stored); err != nil {
		return err
	}
	s.removed++
	return nil
}

// sweepLeftovers removes the chunks that interrupted writes have left.
func (s *Store) sweepLeftovers(ctx context.Context) error {
	var ids []liveness.SessionID
	err := s.eachKey([]byte{prefixIntent}, func(key []byte) error {
		if id, ok := parseIntentKey(key); ok && (len(ids) == 0 || ids[len(ids)-1] != id) {
			ids = append(ids, id)
		}
		return nil
	})
	for _, id := range ids {
		if err == nil {
			err = s.interrupted(ctx)
		}
		if err == nil {
			err = s.sweepLeftoversOf(ctx, id)
		}
	}
	return err
}

// sweepLeftoversOf removes all chunks that neither the session's record nor a staged one
// names, and then the marks, unless the session is staged. No other call writes to the
// session at the same time.
func (s *Store) sweepLeftoversOf(ctx context.Context, id liveness.SessionID) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.gate.RUnlock()
	defer s.lock(id)()
	stored, err := s.load(id)
	if errors.Is(err, liveness.ErrDamaged) {
		return nil // its record does not tell which chunks it has
	} else if err != nil && !errors.Is(err, liveness.ErrNotFound) {
		return err
	}
	left, err := s.leftover(id, stored.Images)
	// The marks come last, so that this may be interrupted as well.
	leftover := append(left.chunks, left.marks...)
	for err == nil && len(leftover) > 0 {
		n, _ := s.limits.fit(leftover)
		err = s.apply(leftover[:n])
		leftover = leftover[n:]
	}
	return err
}

// A leftovers value has the deletions of what interrupted writes to a session have left.
type leftovers struct{ chunks, marks []entry }

// leftover returns the chunks of a session that belong neither to these images nor to
// those of a staged record, and, if no record is staged, the marks. The caller holds the
// session's lock. Replace may stage at the same time, in transactions that have the
// chunks with the record that names them or after it, so a snapshot shows neither or
// both.
func (s *Store) leftover(id liveness.SessionID, images []record.Image) (left leftovers, err error) {
	err = s.read(func(txn *badger.Txn) error {
		left = leftovers{}
		staged, err := stagedFrom(txn, id)
		switch {
		case errors.Is(err, errUnreadable):
			return err
		case errors.Is(err, liveness.ErrDamaged):
			return nil // it does not tell which chunks it names
		case err != nil && !errors.Is(err, errAbsent):
			return err
		case err != nil:
			err = eachItem(txn, keyOf(prefixIntent, string(id), ""), func(item *badger.Item) error {
				left.marks = append(left.marks, entry{key: item.KeyCopy(nil)})
				return nil
			})
		}
		if err != nil {
			return err
		}
		used := map[uint64]bool{}
		for _, image := range slices.Concat(images, staged.Images) {
			used[image.Blob] = true
		}
		return eachItem(txn, keyOf(prefixChunk, string(id), ""), func(item *badger.Item) error {
			if blob, ok := blobOf(id, item.Key()); !ok || !used[blob] {
				left.chunks = append(left.chunks, entry{key: item.KeyCopy(nil)})
			}
			return nil
		})
	})
	if errors.Is(err, errUnreadable) {
		return leftovers{}, nil // as with any other damage
	}
	return left, err
}
