package badgerstore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"

	"github.com/dgraph-io/badger/v4"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/generation"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
)

// A slot is a stored record and where it is.
type slot struct {
	address
	key []byte
	record.Stored
}

// home reports whether the slot is the one that the id alone leads to.
func (s *slot) home() bool { return s.key[0] == prefixRecord }

// metaOf returns the byte that Badger keeps with a record of a generation. It is 0 only in
// generation 0, whose records are as they were before there were generations. In all
// others it says that the number of the generation follows the record. Two generations
// with different bytes can be told apart without reading the record.
func metaOf(g generation.Number) byte {
	if g == 0 {
		return 0
	}
	return byte(1 + g%255)
}

// slotEntry returns the entry that stores a record.
func slotEntry(key, encoded []byte, g generation.Number) entry {
	if g == 0 {
		return entry{key: key, value: encoded}
	}
	return entry{key: key, value: binary.BigEndian.AppendUint64(encoded, uint64(g)), meta: metaOf(g)}
}

// decodeSlot returns the slot of an item and its key, which the slot keeps. If the record is
// damaged, the address of a slot that is not the home is still right.
func decodeSlot(item *badger.Item, key []byte) (slot, error) {
	found := slot{key: key}
	home := found.home()
	if !home {
		found.address, _ = parseOverflowKey(found.key)
	}
	err := valueOf(item, func(b []byte) (err error) {
		var g generation.Number
		if meta := item.UserMeta(); meta != 0 {
			if len(b) < numberSize {
				return record.ErrCorrupt
			}
			end := len(b) - numberSize
			g, b = generation.Number(binary.BigEndian.Uint64(b[end:])), b[:end]
			if metaOf(g) != meta {
				return record.ErrCorrupt
			}
		}
		found.Stored, err = record.Decode(b)
		if home && err == nil {
			found.address = address{found.Session.ID, found.Session.Resource, g}
		}
		return err
	})
	return found, err
}

// slotIn returns the slot under a key, or errAbsent.
func slotIn(txn *badger.Txn, key []byte) (slot, error) {
	item, err := txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return slot{}, errAbsent
	} else if err != nil {
		return slot{}, storageError("read", err)
	}
	return decodeSlot(item, key)
}

// at returns the session that an index names. If its record is damaged, the result has
// its key.
func at(txn *badger.Txn, a address) (slot, error) {
	home, homeErr := slotIn(txn, a.homeKey())
	switch {
	case homeErr == nil && home.address == a:
		return home, nil
	case homeErr != nil && !errors.Is(homeErr, liveness.ErrDamaged):
		return slot{}, homeErr // Without a home there is no other slot.
	}
	other, err := slotIn(txn, a.overflowKey())
	if errors.Is(err, errAbsent) && homeErr != nil {
		home.address = a
		return home, homeErr
	}
	return other, err
}

// find returns the session with this id that is in force, or errAbsent. If its record is
// damaged, the result has its key, and its address if an index has it.
func (s *Store) find(txn *badger.Txn, state *generation.State, id liveness.SessionID) (slot, error) {
	home, err := slotIn(txn, keyOf(prefixRecord, string(id)))
	switch {
	case err == nil && state.InForce(home.resource) == home.generation:
		return home, nil
	case err == nil:
	case !errors.Is(err, liveness.ErrDamaged):
		return slot{}, err
	default:
		home.id = id
		damagedErr := err
		inForce, err := damagedInForce(txn, state, &home)
		if err != nil || inForce {
			return home, errors.Join(err, damagedErr)
		}
	}
	if !s.overflow.Load() {
		return slot{}, errAbsent
	}
	found, err := slot{}, errAbsent
	eachErr := eachItem(txn, keyOf(prefixOverflow, string(id), ""), func(item *badger.Item) error {
		if a, ok := parseOverflowKey(item.Key()); ok && state.InForce(a.resource) == a.generation {
			found, err = decodeSlot(item, item.KeyCopy(nil))
		}
		return nil
	})
	return found, errors.Join(eachErr, err)
}

// damagedInForce reports whether a damaged record in its home is of a session in force, and
// completes its address. Only the index for List knows: it has one entry more for
// this id than there are other slots. Without that entry, the record counts as in force.
func damagedInForce(txn *badger.Txn, state *generation.State, home *slot) (bool, error) {
	if state.Plain() {
		return true, nil
	}
	found := false
	err := eachItem(txn, []byte{prefixList}, func(item *badger.Item) error {
		a, ok := parseListKey(item.Key())
		if !ok || a.id != home.id || found {
			return nil
		}
		_, err := txn.Get(a.overflowKey())
		if errors.Is(err, badger.ErrKeyNotFound) {
			home.address, found = a, true
			return nil
		}
		return err
	})
	return !found || state.InForce(home.resource) == home.generation, err
}

// overflowsOf returns the slots of an id beside its home. Those with damaged records have
// an address only.
func (s *Store) overflowsOf(txn *badger.Txn, id liveness.SessionID) (slots []slot, damaged [][]byte, err error) {
	if !s.overflow.Load() {
		return nil, nil, nil
	}
	err = eachItem(txn, keyOf(prefixOverflow, string(id), ""), func(item *badger.Item) error {
		found, err := decodeSlot(item, item.KeyCopy(nil))
		switch {
		case err == nil:
		case errors.Is(err, liveness.ErrDamaged):
			damaged = append(damaged, found.key)
		default:
			return err
		}
		slots = append(slots, found)
		return nil
	})
	return slots, damaged, err
}

// free returns the key to store a new session under, whose lock the caller holds. It is
// liveness.ErrExists if outside reports so of the session with this id that is in
// force.
func (s *Store) free(a address, outside func(slot) bool) ([]byte, error) {
	key := a.homeKey()
	taken, err := s.has(key)
	if err != nil || !taken {
		return key, err
	}
	switch found, err := s.load(a.id); {
	case errors.Is(err, liveness.ErrNotFound):
	case err != nil && !errors.Is(err, liveness.ErrDamaged):
		return nil, err
	case outside(found):
		return nil, &liveness.ExistsError{Session: a.id}
	}
	s.overflow.Store(true) // before it is stored
	return a.overflowKey(), s.noteShared(a)
}

// noteShared notes the id of a session that is to be stored beside others, if one of them
// is of another resource.
func (s *Store) noteShared(a address) error {
	return s.read(func(txn *badger.Txn) error {
		home, err := slotIn(txn, a.homeKey())
		if err != nil && !errors.Is(err, liveness.ErrDamaged) {
			return err
		}
		others, _, err := s.overflowsOf(txn, a.id)
		for _, other := range append(others, home) {
			if other.resource != a.resource {
				s.setShared(a.id, true)
			}
		}
		return err
	})
}

// setShared notes whether an id is of sessions of several resources.
func (s *Store) setShared(id liveness.SessionID, shared bool) {
	s.sharedMu.Lock()
	defer s.sharedMu.Unlock()
	if shared {
		s.shared[id], s.sharedSince[id] = true, true
	} else {
		delete(s.shared, id)
		delete(s.sharedSince, id)
	}
}

// lockFor takes the gate for writing, to put a state in force. It is liveness.ErrExists if
// several sessions with one id would be in force. Other calls wait for the ids only that
// are noted meanwhile. The caller holds switching.
func (s *Store) lockFor(next *generation.State) error {
	s.gate.Lock() // so that all noted sessions are stored
	shared := maps.Clone(s.shared)
	clear(s.sharedSince)
	s.gate.Unlock()
	if err := s.unique(next, shared); err != nil {
		return err
	}
	s.gate.Lock()
	err := s.refusal
	if err == nil {
		err = s.unique(next, s.sharedSince)
	}
	if err != nil {
		s.gate.Unlock()
	}
	return err
}

// unique returns liveness.ErrExists if several sessions with one of these ids would be in
// force in a state.
func (s *Store) unique(next *generation.State, shared map[liveness.SessionID]bool) error {
	return s.db.View(func(txn *badger.Txn) error {
		for id := range shared {
			slots, _, err := s.overflowsOf(txn, id)
			if err != nil {
				return err
			}
			if home, err := slotIn(txn, keyOf(prefixRecord, string(id))); err == nil {
				slots = append(slots, home)
			}
			found := 0
			for _, other := range slots {
				if next.InForce(other.resource) == other.generation {
					found++
				}
			}
			if found > 1 {
				return fmt.Errorf("of several resources: %w", &liveness.ExistsError{Session: id})
			}
		}
		return nil
	})
}

// vacate returns what to store when a slot is removed, whose lock the caller holds. If it
// is the home, a session that has another slot moves there: the one in force, or any.
func (s *Store) vacate(found slot) ([]entry, error) {
	gone := entry{key: found.key}
	if !found.home() || !s.overflow.Load() {
		return []entry{gone}, nil
	}
	state := s.state.Load()
	var home, old entry
	err := s.read(func(txn *badger.Txn) error {
		home, old = entry{}, entry{}
		return eachItem(txn, keyOf(prefixOverflow, string(found.id), ""), func(item *badger.Item) error {
			a, ok := parseOverflowKey(item.Key())
			if !ok || home.key != nil && state.InForce(a.resource) != a.generation {
				return nil
			}
			home, old = entry{key: found.key, meta: item.UserMeta()}, entry{key: item.KeyCopy(nil)}
			return valueOf(item, func(b []byte) error {
				home.value = bytes.Clone(b)
				return nil
			})
		})
	})
	switch {
	case errors.Is(err, errUnreadable):
		home.value = noRecord()
	case err != nil:
		return nil, err
	case home.key == nil:
		return []entry{gone}, nil
	}
	return []entry{home, old}, nil
}

// noRecord is stored for a session whose bytes are lost. Reading it is
// liveness.ErrDamaged.
func noRecord() []byte { return []byte{0} }

// removed is called after a slot of an id was removed, whose lock the caller holds.
func (s *Store) removed(id liveness.SessionID) error {
	s.sharedMu.Lock()
	shared := s.shared[id]
	s.sharedMu.Unlock()
	if !shared {
		return nil
	}
	return s.db.View(func(txn *badger.Txn) error {
		others, _, err := s.overflowsOf(txn, id)
		if err == nil && len(others) == 0 {
			s.setShared(id, false)
		}
		return err
	})
}
