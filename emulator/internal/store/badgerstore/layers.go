package badgerstore

import (
	"bytes"
	"errors"
	"maps"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/generation"
)

// layersPage is how many settings move at once. Changes of settings wait for that.
const layersPage = 100

// sweepLayers removes the layers of settings that cannot be undone: the value of the last
// one moves to generation 0. done has the calls of Replace that are over.
func (s *Store) sweepLayers(done []work) error {
	s.switching.Lock()
	defer s.switching.Unlock()
	garbage := map[generation.Number]bool{}
	for _, w := range done {
		garbage[w.Number] = w.garbage()
	}
	b := s.newBatch(stageSwept)
	err := s.eachKey([]byte{prefixLayer}, func(key []byte) error {
		if _, layer, ok := parseLayerKey(key); ok && garbage[layer] {
			return b.add(entry{key: bytes.Clone(key)})
		}
		return nil
	})
	if err == nil {
		err = b.flush()
	}
	if err != nil {
		return err
	}
	next, removed := s.state.Load().WithoutLayers()
	for page := range slices.Chunk(slices.Collect(maps.Keys(removed)), layersPage) {
		if err := s.settle(page, removed); err != nil {
			return err
		}
	}
	s.gate.Lock()
	defer s.gate.Unlock()
	s.state.Store(next)
	return nil
}

// settle removes these layers of settings, and moves the values of the last ones to
// generation 0, each in one transaction. The state has the layers until all are removed, so
// a call that does not find one looks for generation 0.
func (s *Store) settle(names []string, removed map[string][]generation.Number) error {
	s.settings.Lock()
	defer s.settings.Unlock()
	b := s.newBatch(stageSwept)
	for _, name := range names {
		lower, last := removed[name], removed[name][len(removed[name])-1]
		for _, layer := range lower[:len(lower)-1] {
			if err := b.add(entry{key: settingKey(name, layer)}); err != nil {
				return err
			}
		}
		moved, err := s.moved(name, last)
		if err == nil {
			err = b.add(moved...)
		}
		if err != nil {
			return err
		}
	}
	return b.flush()
}

// moved returns what moves the value of a layer of a setting to generation 0; nothing if
// that was done.
func (s *Store) moved(name string, layer generation.Number) ([]entry, error) {
	old, base := entry{key: settingKey(name, layer)}, entry{key: settingKey(name, 0)}
	err := s.read(func(txn *badger.Txn) error {
		return value(txn, old.key, func(b []byte) error {
			if !bytes.Equal(b, tombstone()) {
				base.value = bytes.Clone(b)
			}
			return nil
		})
	})
	switch {
	case errors.Is(err, errAbsent):
		return nil, nil
	case errors.Is(err, errUnreadable):
		base.value = noRecord() // is liveness.ErrDamaged, too
	case err != nil:
		return nil, err
	}
	return []entry{base, old}, nil
}
