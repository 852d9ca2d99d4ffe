package badgerstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
)

// checkVersion returns ErrNewer if a newer program has stored sessions in the
// folder, which this one could not read. current reports whether the folder says
// that it has records of the current version.
func checkVersion(db *badger.DB, dir string) (current bool, err error) {
	found := uint32(0) // a folder without the key has older versions
	err = db.View(func(txn *badger.Txn) error {
		return value(txn, keyOf(prefixVersion), func(b []byte) error {
			if len(b) != 4 {
				return errUnreadable
			}
			found = binary.BigEndian.Uint32(b)
			return nil
		})
	})
	switch {
	case err != nil && !errors.Is(err, errAbsent):
		return false, corruptFolder(dir, "the version of its sessions cannot be read")
	case found > record.Version:
		return false, fmt.Errorf("%w: %s has sessions of version %d, this program knows up to %d; "+
			"use the newer program or another folder", ErrNewer, dir, found, record.Version)
	}
	return found == record.Version, nil
}

// withVersion adds the version of records to the entries of a transaction, if it is
// the first one that stores a record of this version in the folder.
func (s *Store) withVersion(entries []entry) (marked []entry, first bool) {
	if s.current.Load() || !slices.ContainsFunc(entries, holdsRecord) {
		return entries, false
	}
	return append(slices.Clip(entries), entry{key: keyOf(prefixVersion), value: binary.BigEndian.AppendUint32(nil, record.Version)}), true
}

// holdsRecord reports whether an entry stores a record.
func holdsRecord(e entry) bool {
	return e.value != nil && (e.key[0] == prefixRecord || e.key[0] == prefixOverflow)
}
