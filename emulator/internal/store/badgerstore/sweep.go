package badgerstore

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// sweepBatch is how many expired sessions Sweep looks up at once.
const sweepBatch = 256

// Sweep implements store.Store. It reads only expired sessions, the marks of interrupted
// writes, pointers, and what Replace has left, so it may be called often. When ctx ends, what was
// removed until then stays removed, and expired sessions are counted.
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
	if err == nil {
		err = s.sweepGenerations(ctx)
	}
	if err == nil {
		err = s.sweepPointers()
	}
	if err == nil {
		err = s.forgetOverflow()
	}
	return sweep.count, err
}

// A sweeper carries out one call of Sweep.
type sweeper struct {
	*Store
	now   func(liveness.ResourceID) time.Time
	times map[liveness.ResourceID]time.Time // results of now, for one page
	count int                               // of removed sessions
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
// is nil at the end. It asks for the times anew, and after it has the state and the
// sessions: a Replace may have put sessions and an earlier clock in force since the last
// page.
func (s *sweeper) due(cursor []byte) (due [][]byte, next []byte, err error) {
	clear(s.times)
	state := s.state.Load()
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
			case state.InForce(parsed.resource) != parsed.generation, parsed.expires.After(s.time(parsed.resource)):
				it.Seek(afterPart(prefixExpiry, parsed.resource, parsed.generation))
			default:
				due = append(due, key)
				it.Next()
			}
		}
		return nil
	})
	return due, next, err
}

// time returns the time of a resource, and asks for it once in a page.
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
	if s.state.Load().InForce(parsed.resource) != parsed.generation {
		return nil // It was replaced in between.
	}
	var stored slot
	err := s.read(func(txn *badger.Txn) (err error) {
		stored, err = at(txn, parsed.address)
		return err
	})
	switch {
	case errors.Is(err, liveness.ErrDamaged):
		// Only its key tells that it has expired. A damaged session stays until it is deleted.
		return nil
	case err != nil && !errors.Is(err, errAbsent):
		return err
	case err != nil:
		return s.apply([]entry{{key: key}})
	}
	if !bytes.Equal(key, stored.expiryKey(stored.Session.Expires())) {
		return s.apply([]entry{{key: key}})
	}
	if err := s.remove(stored); err != nil {
		return err
	}
	s.count++
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

// sweepLeftoversOf removes all chunks that no record of the session names, and then the
// marks. No other call writes to the session at the same time.
func (s *Store) sweepLeftoversOf(ctx context.Context, id liveness.SessionID) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.gate.RUnlock()
	defer s.lock(id)()
	left, err := s.leftover(id, nil)
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

// leftover returns the chunks of an id that none of its records names, of any generation,
// but the one under the key except, and the marks. If a record is damaged, it does not
// tell which chunks it names, so these are none. The caller holds the session's lock.
func (s *Store) leftover(id liveness.SessionID, except []byte) (left leftovers, err error) {
	err = s.read(func(txn *badger.Txn) error {
		left = leftovers{}
		slots, damaged, err := s.slotsOf(txn, id, except)
		if err != nil || damaged {
			return err
		}
		used := map[uint64]bool{}
		for _, other := range slots {
			for _, image := range other.Images {
				used[image.Blob] = true
			}
		}
		err = eachItem(txn, keyOf(prefixIntent, string(id), ""), func(item *badger.Item) error {
			left.marks = append(left.marks, entry{key: item.KeyCopy(nil)})
			return nil
		})
		if err != nil {
			return err
		}
		return eachItem(txn, keyOf(prefixChunk, string(id), ""), func(item *badger.Item) error {
			if blob, ok := blobOf(id, item.Key()); !ok || !used[blob] {
				left.chunks = append(left.chunks, entry{key: item.KeyCopy(nil)})
			}
			return nil
		})
	})
	return left, err
}

// slotsOf returns the records of an id, but the one under the key except, and whether one
// of them is damaged.
func (s *Store) slotsOf(txn *badger.Txn, id liveness.SessionID, except []byte) (slots []slot, damaged bool, err error) {
	home, err := slotIn(txn, keyOf(prefixRecord, string(id)))
	switch {
	case errors.Is(err, errAbsent):
		return nil, false, nil
	case bytes.Equal(home.key, except):
	case errors.Is(err, liveness.ErrDamaged):
		return nil, true, nil
	case err != nil:
		return nil, false, err
	default:
		slots = append(slots, home)
	}
	err = eachItem(txn, keyOf(prefixOverflow, string(id), ""), func(item *badger.Item) error {
		if bytes.Equal(item.Key(), except) {
			return nil
		}
		other, err := decodeSlot(item, item.KeyCopy(nil))
		switch {
		case errors.Is(err, liveness.ErrDamaged):
			damaged = true
		case err != nil:
			return err
		default:
			slots = append(slots, other)
		}
		return nil
	})
	return slots, damaged, err
}
