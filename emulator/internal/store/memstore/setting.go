package memstore

import (
	"bytes"
	"context"
	"fmt"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/generation"
)

// Setting implements store.Store.
func (s *Store) Setting(ctx context.Context, name string) ([]byte, error) {
	defer s.observe(store.MethodSetting)()
	if err := s.rlock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.RUnlock()
	// Stored values are never edited, but the caller may edit the one it gets.
	value, ok := s.settings[s.layerOf(name)]
	if !ok {
		return nil, fmt.Errorf("memstore: setting %q: %w", name, liveness.ErrNotFound)
	}
	return bytes.Clone(value), nil
}

// ChangeSetting implements store.Store. The change runs without the store's lock, so
// it delays only other changes of settings, of any name, and Replace. A change of a
// setting from it would wait for itself.
func (s *Store) ChangeSetting(ctx context.Context, name string, change func(old []byte) ([]byte, error)) ([]byte, error) {
	defer s.observe(store.MethodChangeSetting)()
	s.changing.Lock()
	defer s.changing.Unlock()
	if err := s.rlock(ctx); err != nil {
		return nil, err
	}
	old := bytes.Clone(s.settings[s.layerOf(name)])
	s.mu.RUnlock()
	changed, err := change(old)
	if err != nil {
		return nil, err
	}
	if changed == nil {
		return nil, fmt.Errorf("memstore: the change of setting %q returned no value", name)
	}
	stored, returned := bytes.Clone(changed), bytes.Clone(changed)

	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errClosed()
	}
	s.settings[s.layerOf(name)] = stored
	return returned, nil
}

// A layer is where the value of a setting is; there is none where a Replace removed it.
type layer struct {
	name       string
	generation generation.Number
}

// layerOf returns the layer of a setting that is in force.
func (s *Store) layerOf(name string) layer { return layer{name, s.state.Layer(name)} }
