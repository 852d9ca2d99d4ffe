package badgerstore

import (
	"bytes"
	"errors"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/generation"
)

// layersPage is how many settings are removed for good at once. Other calls wait for that.
const layersPage = 100

// sweepLayers removes the layers of settings that are not in force and will not be. done
// has the calls of Replace that are over.
func (s *Store) sweepLayers(done []work) error {
	s.switching.Lock()
	defer s.switching.Unlock()
	garbage := map[generation.Number]bool{}
	for _, w := range done {
		garbage[w.Number] = w.garbage()
	}
	state := s.state.Load()
	b := s.newBatch(stageSwept)
	err := s.eachKey([]byte{prefixLayer}, func(key []byte) error {
		name, layer, ok := parseLayerKey(key)
		if !ok {
			return nil
		}
		obsolete, _ := state.Obsolete(name)
		if garbage[layer] || slices.Contains(obsolete, layer) {
			return b.add(entry{key: bytes.Clone(key)})
		}
		return nil
	})
	if err != nil {
		return err
	}
	kept := map[string][]generation.Number{}
	for _, name := range state.Layered() {
		obsolete, base := state.Obsolete(name)
		if !base {
			continue
		}
		kept[name] = state.Layers(name)[len(obsolete):]
		if err := b.add(entry{key: settingKey(name, 0)}); err != nil {
			return err
		}
	}
	if err := b.flush(); err != nil {
		return err
	}
	return s.dropTombstones(kept)
}

// dropTombstones puts in force that settings have these layers. Those of which one layer is
// left that says that they were removed get none. The caller holds switching.
func (s *Store) dropTombstones(kept map[string][]generation.Number) error {
	page := map[string][]generation.Number{}
	for name, layers := range kept {
		page[name] = layers
		if len(page) < layersPage {
			continue
		}
		if err := s.dropPage(page); err != nil {
			return err
		}
		clear(page)
	}
	return s.dropPage(page)
}

func (s *Store) dropPage(page map[string][]generation.Number) error {
	s.gate.Lock()
	defer s.gate.Unlock()
	if s.refusal != nil {
		return s.refusal
	}
	b := s.newBatch(stageSwept)
	for name, layers := range page {
		if len(layers) != 1 {
			continue
		}
		key := settingKey(name, layers[0])
		err := s.read(func(txn *badger.Txn) error {
			return value(txn, key, func(b []byte) error {
				if bytes.Equal(b, tombstone()) {
					return errAbsent
				}
				return nil
			})
		})
		if !errors.Is(err, errAbsent) {
			continue
		}
		if err := b.add(entry{key: key}); err != nil {
			return err
		}
		page[name] = nil
	}
	if err := b.flush(); err != nil {
		return err
	}
	s.state.Store(s.state.Load().WithLayers(page))
	return nil
}
