package badgerstore

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"

	"github.com/dgraph-io/badger/v4"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
)

// settle finishes a replacement that was decided when the folder was last open, and
// removes the staged data of others. The marks of their chunks stay for Sweep.
func (s *Store) settle(dir string) error {
	var m marker
	err := s.read(func(txn *badger.Txn) error {
		return value(txn, keyOf(prefixMarker), func(b []byte) (err error) {
			m, err = decodeMarker(b)
			return err
		})
	})
	switch {
	case err == nil:
		err = s.finish(m)
	case errors.Is(err, errAbsent):
		err = nil
	}
	switch {
	case err == nil:
		return s.removeAll(prefixStaged, prefixValue, prefixDropped)
	case errors.Is(err, errMarkerNewer), errors.Is(err, record.ErrNewer):
		return fmt.Errorf("%w: %s: a replacement has not finished; use the newer program", ErrNewer, dir)
	case errors.Is(err, liveness.ErrDamaged):
		return corruptFolder(dir, "the mark of an unfinished replacement is damaged")
	default:
		return err
	}
}

// finish carries out a decided replacement, from its beginning or from the point at
// which an earlier try stopped, and removes the marker. No other call reads or writes
// at the same time.
//
// It removes data in an order in which the remaining keys lead to the rest: the chunks
// of a session before its record and index keys, which are in one transaction. It keeps
// sessions that equal the staged ones.
func (s *Store) finish(m marker) error {
	f := &finisher{batch: s.newBatch(stageReplacing), marker: m, damaged: map[liveness.SessionID][]entry{}}
	steps := []func() error{f.removeSessions, f.removeDamaged, f.removeSettings}
	if m.filled {
		steps = append(steps, f.putSessions, f.putSettings)
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	if err := f.add(entry{key: keyOf(prefixMarker)}); err != nil {
		return err
	}
	return f.flush()
}

// removeReplaced removes the staged data of a finished replacement.
func (s *Store) removeReplaced(filled bool) {
	err := s.reached(stageReplaced)
	if err == nil && filled {
		err = s.removeAll(prefixStaged)
	}
	if err != nil {
		s.log.Warn("data that was staged stays until the next replacement", slog.String("error", firstLine(err)))
	}
}

// A finisher carries out one call of finish.
type finisher struct {
	batch
	marker
	damaged map[liveness.SessionID][]entry // sessions to remove, and their index keys
}

func (f *finisher) removeSessions() error {
	return f.db.View(func(txn *badger.Txn) error { return eachSession(txn, f.scope, f.removeSession) })
}

func (f *finisher) removeSession(id liveness.SessionID) error {
	var raw []byte
	err := f.read(func(txn *badger.Txn) error {
		return value(txn, keyOf(prefixRecord, string(id)), func(b []byte) error {
			raw = bytes.Clone(b)
			return nil
		})
	})
	if err != nil && !errors.Is(err, liveness.ErrDamaged) && !errors.Is(err, errAbsent) {
		return err
	}
	if f.filled && err == nil {
		staged, stagedErr := f.staged(id)
		if stagedErr != nil && !errors.Is(stagedErr, errAbsent) && !errors.Is(stagedErr, liveness.ErrDamaged) {
			return stagedErr
		}
		if bytes.Equal(staged.raw, raw) {
			return nil
		}
	}
	stored, err := record.Decode(raw)
	if err != nil || stored.Session.ID != id {
		f.damaged[id] = nil
		return nil
	}
	w := write{id: id}
	for _, image := range stored.Images {
		w.dropImage(image)
	}
	if err := f.each(w.after); err != nil {
		return err
	}
	recordKey, listKey, expiryKey := sessionKeys(&stored.Session)
	return f.add(entry{key: recordKey}, entry{key: listKey}, entry{key: expiryKey})
}

func (f *finisher) each(entries []entry) error {
	for _, e := range entries {
		if err := f.add(e); err != nil {
			return err
		}
	}
	return nil
}

// removeDamaged removes sessions with damaged records. Only a record names the other
// keys of a session, so it searches all keys of the scope for them.
func (f *finisher) removeDamaged() error {
	if len(f.damaged) == 0 {
		return nil
	}
	list, expiry := []byte{prefixList}, []byte{prefixExpiry}
	if !f.scope.All {
		list, expiry = keyOf(prefixList, string(f.scope.Resource), ""), keyOf(prefixExpiry, string(f.scope.Resource), "")
	}
	for _, prefix := range [][]byte{list, expiry} {
		err := f.eachKey(prefix, func(key []byte) error {
			id, ok := indexed(key)
			if keys, damaged := f.damaged[id]; ok && damaged {
				f.damaged[id] = append(keys, entry{key: bytes.Clone(key)})
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for id, keys := range f.damaged {
		left, err := f.leftover(id, nil)
		if err == nil {
			err = f.each(left.chunks)
		}
		if err == nil {
			err = f.add(append(keys, entry{key: keyOf(prefixRecord, string(id))})...)
		}
		if err != nil {
			return err
		}
		f.reported.Delete(id)
	}
	return nil
}

// putSessions stores the staged sessions. A damaged one is stored as damaged.
func (f *finisher) putSessions() error {
	return f.eachKey([]byte{prefixStaged}, func(key []byte) error {
		id := liveness.SessionID(key[1:])
		staged, err := f.staged(id)
		switch {
		case err == nil:
			return f.add(staged.entries()...)
		case errors.Is(err, record.ErrNewer), !errors.Is(err, liveness.ErrDamaged):
			return err
		}
		f.report(id, err)
		return f.add(entry{keyOf(prefixRecord, string(id)), noRecord()})
	})
}

// entries returns the entries that make a staged session a stored one.
func (staged stagedSession) entries() []entry {
	session := &staged.Session
	recordKey, listKey, expiryKey := sessionKeys(session)
	unit := []entry{{recordKey, staged.raw}, {listKey, []byte{}}, {expiryKey, []byte{}}}
	if staged.mark != 0 {
		unit = append(unit, entry{key: intentKey(session.ID, staged.mark)})
	}
	return unit
}

// noRecord is stored for a session or setting whose bytes are lost. Reading it is
// liveness.ErrDamaged.
func noRecord() []byte { return []byte{0} }

// removeSettings removes the settings of the scope.
func (f *finisher) removeSettings() error {
	return f.eachKey([]byte{prefixDropped}, func(key []byte) error {
		return f.add(entry{key: keyOf(prefixSetting, string(key[1:]))}, entry{key: bytes.Clone(key)})
	})
}

func (f *finisher) putSettings() error {
	return f.eachKey([]byte{prefixValue}, func(key []byte) error {
		stored := noRecord()
		err := f.read(func(txn *badger.Txn) error {
			return value(txn, key, func(b []byte) error {
				stored = bytes.Clone(b)
				return nil
			})
		})
		if err != nil && !errors.Is(err, liveness.ErrDamaged) {
			return err
		}
		return f.add(entry{keyOf(prefixSetting, string(key[1:])), stored}, entry{key: bytes.Clone(key)})
	})
}
