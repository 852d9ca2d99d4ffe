package badgerstore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/generation"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
)

// A slot is a stored record and where it is.
type slot struct {
	address
	key     []byte
	version uint64 // of the key in Badger: no other record has both
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
	found := slot{key: key, version: item.Version()}
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
// damaged, the result has its key and its address.
func (s *Store) find(txn *badger.Txn, state *generation.State, id liveness.SessionID) (slot, error) {
	home, err := s.homeOf(txn, id)
	switch {
	case err != nil && !errors.Is(err, liveness.ErrDamaged):
		return slot{}, err
	case state.InForce(home.resource) == home.generation:
		return home, err
	case s.overflow.Load() == 0:
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

// homeOf returns the slot in the home of an id, or errAbsent. If its record is damaged, the
// result has its key and its address.
func (s *Store) homeOf(txn *badger.Txn, id liveness.SessionID) (slot, error) {
	home, err := slotIn(txn, keyOf(prefixRecord, string(id)))
	if errors.Is(err, liveness.ErrDamaged) {
		var otherErr error
		if home.address, otherErr = s.damagedHome(txn, id, home.version); otherErr != nil {
			return slot{}, otherErr
		}
	}
	return home, err
}

// A knownHome says which session the damaged record in a home is of.
type knownHome struct {
	address
	version uint64 // of the home
}

// damagedHome returns which session the damaged record in a home is of. The index for List
// knows: it has one entry more for this id than there are other slots. The answer is noted,
// because clients may ask for a damaged session often. Without an entry it is taken for
// one of the resource without a name in generation 0.
func (s *Store) damagedHome(txn *badger.Txn, id liveness.SessionID, version uint64) (address, error) {
	if noted, ok := s.damagedHomes.Load(id); ok && noted.(knownHome).version == version {
		return noted.(knownHome).address, nil
	}
	found := address{id: id}
	err := eachList(txn, []byte{prefixList}, func(a address, part []byte) error {
		a.id = id
		listed, err := hasIn(txn, append(part, id...))
		if err != nil || !listed {
			return err
		}
		other, err := hasIn(txn, a.overflowKey())
		if err == nil && !other {
			found = a
			return errStop
		}
		return err
	})
	if err == nil {
		s.damagedHomes.Store(id, knownHome{found, version})
	}
	return found, err
}

// addressesOf returns the addresses of all sessions with an id, in force or not.
func (s *Store) addressesOf(txn *badger.Txn, id liveness.SessionID) (all []address, err error) {
	home, err := s.homeOf(txn, id)
	switch {
	case errors.Is(err, errAbsent):
		return nil, nil
	case err != nil && !errors.Is(err, liveness.ErrDamaged):
		return nil, err
	}
	all = append(all, home.address)
	if s.overflow.Load() == 0 {
		return all, nil
	}
	err = eachItem(txn, keyOf(prefixOverflow, string(id), ""), func(item *badger.Item) error {
		if a, ok := parseOverflowKey(item.Key()); ok {
			all = append(all, a)
		}
		return nil
	})
	return all, err
}

// free returns the key to store a new session under, whose lock the caller holds. It is
// liveness.ErrExists if outside reports so of the session with this id that is in
// force.
func (s *Store) free(a address, outside func(slot) bool) ([]byte, error) {
	key := a.homeKey()
	taken := false
	err := s.db.View(func(txn *badger.Txn) (err error) {
		taken, err = hasIn(txn, key)
		return err
	})
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
	s.overflow.Add(1) // before it is stored
	return a.overflowKey(), s.noteShared(a)
}

// noteShared notes a session that is to be stored beside others with its id.
func (s *Store) noteShared(a address) error {
	return s.db.View(func(txn *badger.Txn) error {
		all, err := s.addressesOf(txn, a.id)
		if err == nil {
			s.setShared(a.id, append(all, a))
		}
		return err
	})
}

// setShared notes all sessions with an id, if they are of several resources.
func (s *Store) setShared(id liveness.SessionID, all []address) {
	s.sharedMu.Lock()
	defer s.sharedMu.Unlock()
	if slices.ContainsFunc(all, func(a address) bool { return a.resource != all[0].resource }) {
		s.shared[id], s.sharedSince[id] = all, all
	} else {
		delete(s.shared, id)
		delete(s.sharedSince, id)
	}
}

// lockFor takes the gate for writing, to put a state in force. It is liveness.ErrExists if
// several sessions with one id would be in force. Other calls wait for the ids only that
// are noted meanwhile. The caller holds switching.
func (s *Store) lockFor(next *generation.State) error {
	s.sharedMu.Lock()
	err := unique(next, s.shared)
	clear(s.sharedSince)
	s.sharedMu.Unlock()
	if err != nil {
		return err
	}
	s.gate.Lock()
	if err = s.refusal; err == nil {
		err = unique(next, s.sharedSince)
	}
	if err != nil {
		s.gate.Unlock()
	}
	return err
}

// unique returns liveness.ErrExists if several of the sessions with one of these ids would
// be in force in a state.
func unique(next *generation.State, shared map[liveness.SessionID][]address) error {
	for id, all := range shared {
		found := 0
		for _, a := range all {
			if next.InForce(a.resource) == a.generation {
				found++
			}
		}
		if found > 1 {
			return fmt.Errorf("of several resources: %w", &liveness.ExistsError{Session: id})
		}
	}
	return nil
}

// vacate returns what to store when a slot is removed, whose lock the caller holds. If it
// is the home, a session that has another slot moves there: the one in force, or any.
func (s *Store) vacate(found slot) ([]entry, error) {
	gone := entry{key: found.key}
	if !found.home() || s.overflow.Load() == 0 {
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
	_, shared := s.shared[id]
	s.sharedMu.Unlock()
	if !shared {
		return nil
	}
	return s.db.View(func(txn *badger.Txn) error {
		all, err := s.addressesOf(txn, id)
		if err == nil {
			s.setShared(id, all)
		}
		return err
	})
}

// forgetOverflow makes reads and removals look at homes alone again if there are no other
// slots any more.
func (s *Store) forgetOverflow() error {
	s.gate.Lock() // What was noted in overflow is stored then, or will not be.
	noted := s.overflow.Load()
	s.gate.Unlock()
	if noted == 0 {
		return nil
	}
	found, err := s.hasAny(prefixOverflow)
	if err != nil || found {
		return err
	}
	s.gate.Lock() // No call reads what was stored before that look.
	defer s.gate.Unlock()
	s.overflow.CompareAndSwap(noted, 0)
	return nil
}
