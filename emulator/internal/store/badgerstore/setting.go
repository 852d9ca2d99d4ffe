package badgerstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
)

// maxSetting is how long the value of a setting may be, in bytes: as long as all
// large values of one transaction together, see transactionLimits.
const maxSetting = 1 << 20

// Setting implements liveness.Store. A value that is not the one that was stored
// is liveness.ErrDamaged.
func (s *Store) Setting(ctx context.Context, name string) ([]byte, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.calls.Done()
	return s.setting(name)
}

// ChangeSetting implements liveness.Store. Values of up to 1 MiB can be stored,
// a longer one is an error. A value that stays as it is costs no write. A damaged
// one cannot be changed.
//
// The change runs under the lock of all settings: it may read the store, but a
// change of a setting of its own would wait for itself.
func (s *Store) ChangeSetting(ctx context.Context, name string, change func(old []byte) ([]byte, error)) ([]byte, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.calls.Done()
	if len(name) > maxName {
		return nil, fmt.Errorf("badgerstore: the name of a setting has %d bytes, more than %d", len(name), maxName)
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
		return nil, fmt.Errorf("badgerstore: the change of setting %q returned no value", name)
	case len(changed) > maxSetting:
		return nil, fmt.Errorf("badgerstore: the value of setting %q has %d bytes, more than %d", name, len(changed), maxSetting)
	case stored != nil && bytes.Equal(stored, changed):
		return stored, nil
	}
	sealed := append(binary.BigEndian.AppendUint32(nil, record.Sum(changed)), changed...)
	if err := s.apply([]entry{{settingKey(name), sealed}}); err != nil {
		return nil, err
	}
	return bytes.Clone(changed), nil
}

// setting returns the value of a setting, which is never nil, or
// liveness.ErrNotFound or liveness.ErrDamaged.
func (s *Store) setting(name string) ([]byte, error) {
	var stored []byte
	err := s.read(func(txn *badger.Txn) error {
		return value(txn, settingKey(name), func(b []byte) error {
			if len(b) < 4 || binary.BigEndian.Uint32(b) != record.Sum(b[4:]) {
				return record.ErrCorrupt
			}
			stored = append([]byte{}, b[4:]...)
			return nil
		})
	})
	switch {
	case errors.Is(err, errAbsent):
		return nil, fmt.Errorf("badgerstore: setting %q: %w", name, liveness.ErrNotFound)
	case errors.Is(err, liveness.ErrDamaged):
		return nil, fmt.Errorf("badgerstore: setting %q: %w", name, err)
	case err != nil:
		return nil, err
	}
	return stored, nil
}
