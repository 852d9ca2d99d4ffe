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
	_, stored, err := s.setting(name)
	return stored, err
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
	key, stored, err := s.setting(name)
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
	err = s.apply([]entry{{key: key, value: sealValue(changed)}})
	if stored == nil {
		s.created.Add(1)
	}
	if err != nil {
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

// setting returns the key and the value of a setting. The value is never nil, unless the
// error is liveness.ErrNotFound or liveness.ErrDamaged.
func (s *Store) setting(name string) (key, stored []byte, err error) {
	err = s.read(func(txn *badger.Txn) (err error) {
		key, stored, err = settingFrom(txn, s.state.Load(), name)
		return err
	})
	switch {
	case errors.Is(err, errAbsent):
		err = fmt.Errorf("setting %q: %w", name, liveness.ErrNotFound)
	case errors.Is(err, liveness.ErrDamaged):
		err = fmt.Errorf("setting %q: %w", name, err)
	}
	return key, stored, err
}

// tombstone returns the value of a layer in which a setting was removed. No value that
// sealValue returns is as short.
func tombstone() []byte { return []byte{1} }

// settingFrom returns the key and the value of a setting in a state. If there is no value,
// the error is errAbsent, and the key is where to store one. A layer that does not exist
// has moved to generation 0, see settle.
func settingFrom(txn *badger.Txn, state *generation.State, name string) (key, stored []byte, err error) {
	layer := state.Layer(name)
	use := func(b []byte) (err error) {
		if layer != 0 && bytes.Equal(b, tombstone()) {
			return nil
		}
		stored, err = unsealValue(b)
		return err
	}
	key = settingKey(name, layer)
	if err = value(txn, key, use); layer != 0 && errors.Is(err, errAbsent) {
		layer, key = 0, settingKey(name, 0)
		err = value(txn, key, use)
	}
	if err == nil && stored == nil {
		err = errAbsent
	}
	return key, stored, err
}
