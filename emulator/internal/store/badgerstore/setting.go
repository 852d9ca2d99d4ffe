package badgerstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/generation"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
)

// maxSetting is the maximal length of the value of a setting, in bytes: that of all large
// values of one transaction together, see transactionLimits.
const maxSetting = 1 << 20

// Setting implements store.Store. A value that has changed on the disk is
// liveness.ErrDamaged.
func (s *Store) Setting(ctx context.Context, name string) ([]byte, error) {
	defer s.observe(store.MethodSetting)()
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.gate.RUnlock()
	return s.setting(name)
}

// ChangeSetting implements store.Store. Values of up to 1 MiB can be stored; a longer
// one is an error. An unchanged value is not written. A damaged one cannot be changed.
//
// The change runs under the lock of all settings, and Replace waits for it: a call of the
// store from it could wait for itself.
func (s *Store) ChangeSetting(ctx context.Context, name string, change func(old []byte) ([]byte, error)) ([]byte, error) {
	defer s.observe(store.MethodChangeSetting)()
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.gate.RUnlock()
	if len(name) > maxName {
		return nil, fmt.Errorf("the name of a setting has %d bytes, more than %d", len(name), maxName)
	}
	s.settings.Lock()
	defer s.settings.Unlock()
	stored, err := s.setting(name)
	if err != nil && !errors.Is(err, liveness.ErrNotFound) {
		return nil, err
	}
	changed, err := change(bytes.Clone(stored))
	switch {
	case err != nil:
		return nil, err
	case changed == nil:
		return nil, fmt.Errorf("the change of setting %q returned no value", name)
	case len(changed) > maxSetting:
		return nil, fmt.Errorf("the value of setting %q has %d bytes, more than %d", name, len(changed), maxSetting)
	case stored != nil && bytes.Equal(stored, changed):
		return stored, nil
	}
	if err := s.apply([]entry{{key: settingKey(name, s.state.Load().Layer(name)), value: sealValue(changed)}}); err != nil {
		return nil, err
	}
	return bytes.Clone(changed), nil
}

// sealValue returns the checksum of a value, followed by the value.
func sealValue(b []byte) []byte {
	return append(binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(b)), record.Sum(b)), b...)
}

// unsealValue returns a copy of the value that sealValue was given. It is never nil.
func unsealValue(b []byte) ([]byte, error) {
	if len(b) < 4 || binary.BigEndian.Uint32(b) != record.Sum(b[4:]) {
		return nil, record.ErrCorrupt
	}
	return append([]byte{}, b[4:]...), nil
}

// setting returns the value of a setting, which is never nil, or
// liveness.ErrNotFound or liveness.ErrDamaged.
func (s *Store) setting(name string) ([]byte, error) {
	var stored []byte
	err := s.read(func(txn *badger.Txn) (err error) {
		stored, err = settingFrom(txn, s.state.Load(), name)
		return err
	})
	switch {
	case errors.Is(err, errAbsent):
		return nil, fmt.Errorf("setting %q: %w", name, liveness.ErrNotFound)
	case errors.Is(err, liveness.ErrDamaged):
		return nil, fmt.Errorf("setting %q: %w", name, err)
	case err != nil:
		return nil, err
	}
	return stored, nil
}

// tombstone returns the value of a layer in which a setting was removed. No value that
// sealValue returns is as short.
func tombstone() []byte { return []byte{1} }

// settingFrom returns the value of a setting in a state, or errAbsent.
func settingFrom(txn *badger.Txn, state *generation.State, name string) (stored []byte, err error) {
	layer := state.Layer(name)
	err = value(txn, settingKey(name, layer), func(b []byte) (err error) {
		if layer != 0 && bytes.Equal(b, tombstone()) {
			return errAbsent
		}
		stored, err = unsealValue(b)
		return err
	})
	return stored, err
}
