package badgerstore

import (
	"bytes"
	"fmt"
	"log/slog"

	"github.com/dgraph-io/badger/v4"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// The kinds of keys that only folders of format 1 have.
const (
	oldList    = 'l' // #resource #kind id
	oldExpiry  = 'e' // #resource expires id
	oldStaged  = 'g' // with the next two: data that a Replace staged
	oldValue   = 'h'
	oldDropped = 'd'
	oldMarker  = 'm' // a Replace has begun to replace data
)

// Where a process may die within the migration, for tests.
const stageMigrated = "migrated" // some of the index is of the new format

// migrate brings a folder of format 1 to this one: the keys of the indexes get the
// generation 0, and sessions an entry in the index by creation. Records stay as they are.
// From the beginning on, the folder has the new format, so that the earlier program refuses
// it. As long as there are old keys, the next Open goes on.
func (s *Store) migrate(dir string) error {
	old, err := s.hasAny(oldList, oldExpiry, oldStaged, oldValue, oldDropped, oldMarker)
	if err != nil {
		return err
	}
	if !old {
		return s.ensureFormat()
	}
	if unfinished, err := s.hasAny(oldMarker); err != nil {
		return err
	} else if unfinished {
		return fmt.Errorf("%w: %s; start that version with this folder once, or use another folder", ErrUnfinished, dir)
	}
	if err := s.ensureFormat(); err != nil {
		return err
	}
	if err := s.removeAll(oldStaged, oldValue, oldDropped); err != nil {
		return err
	}
	b := s.newBatch(stageMigrated)
	sessions := 0
	err = s.eachKey([]byte{oldExpiry}, func(key []byte) error {
		sessions++
		return b.add(migrateExpiry(key)...)
	})
	if err != nil {
		return err
	}
	err = s.eachKey([]byte{oldList}, func(key []byte) error { return b.add(migrateList(key)...) })
	if err != nil {
		return err
	}
	if err := b.flush(); err != nil {
		return err
	}
	s.log.Info("the state folder has the format of this program now", slog.Int("sessions", sessions))
	return nil
}

// migrateExpiry returns what puts the new index keys in place of an old one.
func migrateExpiry(key []byte) []entry {
	old := entry{key: bytes.Clone(key)}
	resource, rest, ok := cutName(key[1:])
	if !ok || len(rest) < timeSize {
		return []entry{old}
	}
	a := address{id: liveness.SessionID(rest[timeSize:]), resource: liveness.ResourceID(resource)}
	expires := parseTime(rest)
	return []entry{
		{key: a.expiryKey(expires), value: []byte{}},
		{key: a.createdKey(expires.Add(-liveness.SessionLife)), value: []byte{}}, // all sessions live as long
		old,
	}
}

func migrateList(key []byte) []entry {
	old := entry{key: bytes.Clone(key)}
	resource, rest, ok := cutName(key[1:])
	if !ok {
		return []entry{old}
	}
	kind, id, ok := cutName(rest)
	if !ok {
		return []entry{old}
	}
	a := address{id: liveness.SessionID(id), resource: liveness.ResourceID(resource)}
	return []entry{{key: a.listKey(liveness.Kind(kind)), value: []byte{}}, old}
}

// ensureFormat stores the format of this program.
func (s *Store) ensureFormat() error {
	current := formatEntry()
	if stored, err := s.stores(current); err != nil || stored {
		return err
	}
	return s.apply([]entry{current})
}

// hasAny reports whether a key begins with one of these.
func (s *Store) hasAny(prefixes ...byte) (found bool, err error) {
	err = s.db.View(func(txn *badger.Txn) error {
		for _, prefix := range prefixes {
			it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte{prefix}})
			it.Rewind()
			found = found || it.Valid()
			it.Close()
		}
		return nil
	})
	return found, err
}
