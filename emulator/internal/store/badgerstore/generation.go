package badgerstore

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

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
	workSwitched                       // it is in force, and may be undone
	workUndone                         // it was undone, so its generation is garbage
	workSpent                          // it cannot be undone any more: what was before it is garbage
)

// garbage reports whether the settings of the generation must not be read.
func (w work) garbage() bool { return w.status == workStaging || w.status == workUndone }

// workVersion is the version of the stored form of a work.
const workVersion = 1

var errWorkNewer = errors.New("notes of resets and restores of version")

// entry returns the entry that stores a work.
func (w work) entry() entry {
	b := []byte{workVersion, byte(w.status), 0}
	if w.Owner.All {
		b[2] = 1
	}
	b = appendPointer(b, w.Before)
	b = binary.BigEndian.AppendUint64(b, uint64(w.Turn))
	b = appendTime(b, w.At)
	return entry{key: workKey(w.Number), value: sealValue(append(b, w.Owner.Resource...))}
}

func decodeWork(key, value []byte) (work, error) {
	b, err := unsealValue(value)
	const (
		turn = 3 + pointerSize
		at   = turn + numberSize
		size = at + timeSize
	)
	switch {
	case err != nil:
		return work{}, err
	case len(b) > 0 && b[0] > workVersion:
		return work{}, fmt.Errorf("%w %d, this program knows up to %d", errWorkNewer, b[0], workVersion)
	case len(b) < size || len(key) != 1+numberSize || b[1] < byte(workStaging) || b[1] > byte(workSpent):
		return work{}, fmt.Errorf("%w: the note of a replacement", liveness.ErrDamaged)
	}
	return work{status: workStatus(b[1]), Replacement: generation.Replacement{
		Pointer: generation.Pointer{Number: parseNumber(key[1:]), Turn: parseNumber(b[turn:])},
		Owner:   liveness.Owner{All: b[2] == 1, Resource: liveness.ResourceID(b[size:])},
		Before:  parsePointer(b[3:]),
		At:      parseTime(b[at:]),
	}}, nil
}

// pointerEntry returns the entry that stores where the pointer of an owner is.
func pointerEntry(owner liveness.Owner, p generation.Pointer) entry {
	if p == (generation.Pointer{}) {
		return entry{key: pointerKey(owner)}
	}
	return entry{key: pointerKey(owner), value: sealValue(appendPointer(nil, p))}
}

// pointerSize is the length of a stored pointer.
const pointerSize = 2 * numberSize

func appendPointer(b []byte, p generation.Pointer) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, uint64(p.Number)), uint64(p.Turn))
}

func parsePointer(b []byte) generation.Pointer {
	return generation.Pointer{Number: parseNumber(b), Turn: parseNumber(b[numberSize:])}
}

func parseNumber(b []byte) generation.Number { return generation.Number(binary.BigEndian.Uint64(b)) }

func decodePointer(key, value []byte) (liveness.Owner, generation.Pointer, error) {
	b, err := unsealValue(value)
	if err == nil && len(b) != pointerSize {
		err = fmt.Errorf("%w: the pointer to a generation", liveness.ErrDamaged)
	}
	if err != nil {
		return liveness.Owner{}, generation.Pointer{}, err
	}
	owner := liveness.Owner{All: key[0] == prefixPointerAll, Resource: liveness.ResourceID(key[1:])}
	return owner, parsePointer(b), nil
}

// loadGenerations reads which generations are in force.
func (s *Store) loadGenerations(dir string) error {
	err := s.db.View(s.loadFrom)
	switch {
	case errors.Is(err, errWorkNewer):
		return fmt.Errorf("%w: %s has %w; use the newer program or another folder", ErrNewer, dir, err)
	case errors.Is(err, liveness.ErrDamaged):
		return corruptFolder(dir, "it cannot be read which sessions were replaced last")
	}
	return err
}

func (s *Store) loadFrom(txn *badger.Txn) error {
	loaded := generation.Loaded{
		Pointers: map[liveness.Owner]generation.Pointer{}, Layers: map[string][]generation.Number{},
	}
	for _, prefix := range []byte{prefixPointer, prefixPointerAll} {
		err := eachValue(txn, prefix, func(key, value []byte) error {
			owner, pointer, err := decodePointer(key, value)
			loaded.Pointers[owner] = pointer
			s.last = max(s.last, pointer.Number, pointer.Turn)
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
		s.last = max(s.last, w.Number, w.Turn)
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
	if err != nil {
		return err
	}
	for _, layers := range loaded.Layers {
		slices.SortFunc(layers, func(a, b generation.Number) int { return cmp.Compare(s.work[a].Turn, s.work[b].Turn) })
	}
	s.state.Store(generation.Load(loaded))
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

// commitState stores entries in one transaction, and puts a state in force. The caller
// holds switching, and the gate for writing. If it is not known whether the entries were
// stored, later calls are refused, and the next Open finds out.
func (s *Store) commitState(next *generation.State, entries []entry) error {
	s.refusal = errors.New("it is not known which sessions are stored; open the folder again") // stays if Badger panics
	if err := s.apply(entries); err != nil {
		stored, readErr := s.stores(entries[0])
		if readErr != nil {
			s.refusal = fmt.Errorf("%w: %w", s.refusal, err)
			return s.refusal
		}
		if !stored {
			s.refusal = nil
			return err
		}
	}
	s.refusal = nil
	s.state.Store(next)
	return nil
}

// commitWork is commitState for a call of Replace or Undo, with the entries of both, and
// others.
func (s *Store) commitWork(next *generation.State, w work, others ...entry) error {
	err := s.commitState(next, append([]entry{w.entry(), pointerEntry(w.Owner, next.Pointer(w.Owner))}, others...))
	if err == nil {
		s.work[w.Number] = w
	}
	return err
}

// stores reports whether an entry is stored; one without a value, whether its key is not.
func (s *Store) stores(e entry) (bool, error) {
	same := false
	err := s.read(func(txn *badger.Txn) error {
		return value(txn, e.key, func(b []byte) error {
			same = bytes.Equal(b, e.value)
			return nil
		})
	})
	if errors.Is(err, errAbsent) {
		return e.value == nil, nil
	}
	return same, err
}
