package badgerstore

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/generation"
)

// A work is what is stored of a call of Replace, until nothing is left to do for it.
type work struct {
	generation.Replacement
	status workStatus
}

type workStatus byte

const (
	workStaging  workStatus = iota + 1 // it has not switched, so its generation is garbage after a crash
	workSwitched                       // it is in force, and Undo may take it back
	workUndone                         // Undo has taken it back, so its generation is garbage
	workSpent                          // Undo cannot take it back: what was before it is garbage
)

// garbage reports whether the settings of the generation must not be read.
func (w work) garbage() bool { return w.status == workStaging || w.status == workUndone }

// workVersion is the version of the stored form of a work.
const workVersion = 1

var errWorkNewer = errors.New("a newer program replaced sessions")

// entry returns the entry that stores a work.
func (w work) entry() entry {
	b := []byte{workVersion, byte(w.status), 0}
	if w.Owner.All {
		b[2] = 1
	}
	b = binary.BigEndian.AppendUint64(b, uint64(w.Before))
	b = appendTime(b, w.At)
	return entry{key: workKey(w.Number), value: sealValue(append(b, w.Owner.Resource...))}
}

func decodeWork(key, value []byte) (work, error) {
	b, err := unsealValue(value)
	const size = 3 + numberSize + timeSize
	switch {
	case err != nil:
		return work{}, err
	case len(b) > 0 && b[0] > workVersion:
		return work{}, errWorkNewer
	case len(b) < size || len(key) != 1+numberSize || b[1] < byte(workStaging) || b[1] > byte(workSpent):
		return work{}, fmt.Errorf("%w: the note of a replacement", liveness.ErrDamaged)
	}
	return work{status: workStatus(b[1]), Replacement: generation.Replacement{
		Number: generation.Number(binary.BigEndian.Uint64(key[1:])),
		Owner:  liveness.Owner{All: b[2] == 1, Resource: liveness.ResourceID(b[size:])},
		Before: generation.Number(binary.BigEndian.Uint64(b[3:])),
		At:     parseTime(b[3+numberSize:]),
	}}, nil
}

// pointerEntry returns the entry that stores where the pointer of an owner is.
func pointerEntry(owner liveness.Owner, g generation.Number) entry {
	if g == 0 {
		return entry{key: pointerKey(owner)}
	}
	return entry{key: pointerKey(owner), value: sealValue(binary.BigEndian.AppendUint64(nil, uint64(g)))}
}

func decodePointer(key, value []byte) (liveness.Owner, generation.Number, error) {
	b, err := unsealValue(value)
	if err == nil && len(b) != numberSize {
		err = fmt.Errorf("%w: the pointer to a generation", liveness.ErrDamaged)
	}
	if err != nil {
		return liveness.Owner{}, 0, err
	}
	owner := liveness.Owner{All: key[0] == prefixPointerAll, Resource: liveness.ResourceID(key[1:])}
	return owner, generation.Number(binary.BigEndian.Uint64(b)), nil
}

// loadGenerations reads which generations are in force.
func (s *Store) loadGenerations(dir string) error {
	err := s.db.View(s.loadFrom)
	switch {
	case errors.Is(err, errWorkNewer):
		return fmt.Errorf("%w: %s: %w; use the newer program", ErrNewer, dir, err)
	case errors.Is(err, liveness.ErrDamaged):
		return corruptFolder(dir, "it cannot be read which sessions were replaced last")
	}
	return err
}

func (s *Store) loadFrom(txn *badger.Txn) error {
	loaded := generation.Loaded{
		Pointers: map[liveness.Owner]generation.Number{}, Layers: map[string][]generation.Number{},
	}
	for _, prefix := range []byte{prefixPointer, prefixPointerAll} {
		err := eachValue(txn, prefix, func(key, value []byte) error {
			owner, g, err := decodePointer(key, value)
			loaded.Pointers[owner] = g
			s.last = max(s.last, g)
			return err
		})
		if err != nil {
			return err
		}
	}
	err := eachValue(txn, prefixWork, func(key, value []byte) error {
		w, err := decodeWork(key, value)
		if err == nil && w.status == workSwitched {
			loaded.Replacements = append(loaded.Replacements, w.Replacement)
		}
		s.work[w.Number] = w
		s.last = max(s.last, w.Number)
		return err
	})
	if err != nil {
		return err
	}
	err = eachItem(txn, []byte{prefixLayer}, func(item *badger.Item) error {
		name, layer, ok := parseLayerKey(item.Key())
		if ok && !s.work[layer].garbage() {
			loaded.Layers[name] = append(loaded.Layers[name], layer)
		}
		s.last = max(s.last, layer)
		return nil
	})
	s.state.Store(generation.Load(loaded))
	if err != nil {
		return err
	}
	return s.loadOverflows(txn)
}

// loadOverflows finds the sessions that are not in their homes.
func (s *Store) loadOverflows(txn *badger.Txn) error {
	var before liveness.SessionID
	return eachItem(txn, []byte{prefixOverflow}, func(item *badger.Item) error {
		a, ok := parseOverflowKey(item.Key())
		if !ok || a.id == before && s.overflow.Load() > 0 {
			return nil
		}
		before = a.id
		s.overflow.Add(1)
		all, err := s.addressesOf(txn, a.id)
		if err == nil {
			s.setShared(a.id, all)
		}
		return err
	})
}

// eachValue calls visit with every key that begins with prefix, and its value.
func eachValue(txn *badger.Txn, prefix byte, visit func(key, value []byte) error) error {
	return eachItem(txn, []byte{prefix}, func(item *badger.Item) error {
		return valueOf(item, func(b []byte) error { return visit(item.Key(), b) })
	})
}

// A change of the state is stored in one transaction, together with other entries.
type change struct {
	next    *generation.State
	work    work
	entries []entry
}

// commitChange stores a change of the state and puts it in force. The caller holds
// switching, and the gate for writing, see lockFor. If it is not known whether the change
// was stored, later calls are refused, and the next Open finds out.
func (s *Store) commitChange(c change) error {
	s.refusal = errors.New("it is not known which sessions are stored; open the folder again") // stays if Badger panics
	err := s.apply(append(c.entries, pointerEntry(c.work.Owner, c.next.Pointer(c.work.Owner)), c.work.entry()))
	if err != nil {
		stored, readErr := s.storedWork(c.work.Number)
		if readErr != nil {
			s.refusal = fmt.Errorf("%w: %w", s.refusal, err)
			return s.refusal
		}
		if stored.status != c.work.status {
			s.refusal = nil
			return err
		}
	}
	s.refusal = nil
	s.work[c.work.Number] = c.work
	s.state.Store(c.next)
	return nil
}

// storedWork returns what is stored of a call of Replace; the zero value if nothing is.
func (s *Store) storedWork(g generation.Number) (stored work, err error) {
	err = s.read(func(txn *badger.Txn) error {
		return value(txn, workKey(g), func(b []byte) (err error) {
			stored, err = decodeWork(workKey(g), b)
			return err
		})
	})
	if errors.Is(err, errAbsent) {
		err = nil
	}
	return stored, err
}
