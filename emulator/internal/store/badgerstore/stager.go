package badgerstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"sync"

	"github.com/dgraph-io/badger/v4"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
)

// A stager stages the new data of one call of Replace.
type stager struct {
	*Store
	scope store.Scope

	mu    sync.Mutex
	over  bool  // fill has returned
	err   error // the first one
	batch batch
	seen  map[uint64]bool // hashes of the staged keys
}

// stage stages a session or a setting. After an error it returns that again.
func (st *stager) stage(ctx context.Context, stored store.Stored) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.over {
		return errors.New("stage: the call of Replace is over")
	}
	if st.err == nil {
		st.err = st.interrupted(ctx)
	}
	switch {
	case st.err != nil:
	case stored.Setting != "":
		st.err = st.setting(stored.Setting, stored.Value)
	default:
		st.err = st.session(&stored.Session, stored.Images)
	}
	return st.err
}

func (st *stager) setting(name string, value []byte) error {
	switch {
	case st.scope.Setting == nil || !st.scope.Setting(name):
		return fmt.Errorf("stage: setting %q is outside the scope", name)
	case len(name) > maxName:
		return fmt.Errorf("stage: the name of a setting has %d bytes, more than %d", len(name), maxName)
	case len(value) > maxSetting:
		return fmt.Errorf("stage: the value of setting %q has %d bytes, more than %d", name, len(value), maxSetting)
	}
	staged := entry{keyOf(prefixValue, name), sealValue(value)}
	if err := st.first(staged.key); err != nil {
		return fmt.Errorf("stage setting %q: %w", name, err)
	}
	return st.batch.add(staged)
}

// session stores the record first, so that it names all chunks that are there.
func (st *stager) session(session *liveness.Session, images []liveness.Image) error {
	if !st.scope.All && session.Resource != st.scope.Resource {
		return fmt.Errorf("stage: session %q is outside the scope", session.ID)
	}
	if err := checkNames(session); err != nil {
		return err
	}
	w := write{id: session.ID}
	stored := record.Stored{Session: *session}
	w.putImages(&stored, images)
	encoded, err := record.Encode(stored)
	if err != nil {
		return fmt.Errorf("stage session %q: %w", session.ID, err)
	}
	var mark uint64
	if len(w.before) > 0 {
		mark = randomNumber()
	}
	unit := []entry{{keyOf(prefixStaged, string(session.ID)), append(binary.BigEndian.AppendUint64(nil, mark), encoded...)}}
	if err := st.first(unit[0].key); err != nil {
		return fmt.Errorf("stage session %q: %w", session.ID, err)
	}
	if mark != 0 {
		unit = append(unit, entry{intentKey(session.ID, mark), []byte{1}})
	}
	if err := st.batch.add(unit...); err != nil {
		return err
	}
	for _, chunk := range w.before {
		// The caller may reuse the memory of its image before the batch is stored.
		if err := st.batch.add(entry{chunk.key, bytes.Clone(chunk.value)}); err != nil {
			return err
		}
	}
	return nil
}

// first returns liveness.ErrExists if the key was staged before.
func (st *stager) first(key []byte) error {
	hash := maphash.Bytes(st.seed, key)
	if !st.seen[hash] {
		st.seen[hash] = true
		return nil
	}
	if err := st.batch.flush(); err != nil {
		return err
	}
	exists, err := st.has(key)
	if err == nil && exists {
		err = liveness.ErrExists
	}
	return err
}

// end makes later calls of stage fail, and stores the entries that are not stored yet.
func (st *stager) end() error {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.over = true
	if st.err == nil {
		st.err = st.batch.flush()
	}
	return st.err
}

// abandon removes the staged data of a replacement that was not decided.
func (st *stager) abandon() {
	_ = st.end() // The staged data is not read.
	err := st.enter(context.Background())
	if err != nil {
		return // The next Open removes it.
	}
	st.gate.RUnlock()
	if err = st.reached(stageAbandoned); err == nil {
		err = st.removeStaged()
	}
	if err != nil {
		st.log.Warn("staged data of a failed replacement stays until the folder is opened again",
			slog.String("error", firstLine(err)))
	}
}

// removeStaged removes the staged data, the chunks of a session before the record that
// names them.
func (s *Store) removeStaged() error {
	b := s.newBatch(stageCleared)
	err := s.eachKey([]byte{prefixStaged}, func(key []byte) error {
		id := liveness.SessionID(key[1:])
		staged, err := s.staged(id)
		switch {
		case errors.Is(err, liveness.ErrDamaged):
			return b.add(entry{key: bytes.Clone(key)}) // Sweep follows the mark.
		case err != nil:
			return err
		}
		w := write{id: id}
		for _, image := range staged.Images {
			w.dropImage(image)
		}
		for _, chunk := range w.after {
			if err := b.add(chunk); err != nil {
				return err
			}
		}
		unit := []entry{{key: bytes.Clone(key)}}
		if staged.mark != 0 {
			unit = append(unit, entry{key: intentKey(id, staged.mark)})
		}
		return b.add(unit...)
	})
	if err == nil {
		err = b.flush()
	}
	if err == nil {
		err = s.removeAll(prefixValue)
	}
	return err
}

// A stagedSession is a staged record.
type stagedSession struct {
	record.Stored
	mark uint64 // number of the mark of its chunks; 0: it has no chunks
	raw  []byte // the record, also if it is damaged
}

// staged returns the staged record of a session, or errAbsent. If the error is
// liveness.ErrDamaged, the result has the bytes of the record.
func (s *Store) staged(id liveness.SessionID) (staged stagedSession, err error) {
	err = s.read(func(txn *badger.Txn) (err error) {
		staged, err = stagedFrom(txn, id)
		return err
	})
	return staged, err
}

func stagedFrom(txn *badger.Txn, id liveness.SessionID) (staged stagedSession, err error) {
	err = value(txn, keyOf(prefixStaged, string(id)), func(b []byte) (err error) {
		if len(b) <= 8 {
			return record.ErrCorrupt
		}
		staged.mark, staged.raw = binary.BigEndian.Uint64(b), bytes.Clone(b[8:])
		staged.Stored, err = record.Decode(staged.raw)
		return err
	})
	return staged, err
}
