package badgerstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"slices"
	"sync"

	"github.com/dgraph-io/badger/v4"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/generation"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
)

// A stager stages the new data of one call of Replace.
type stager struct {
	*Store
	scope  store.Scope
	number generation.Number

	mu        sync.Mutex
	ended     bool  // fill has returned
	err       error // the first one
	batch     batch
	pending   []staged
	size      int             // of pending, in bytes
	seen      map[uint64]bool // hashes of the ids
	names     map[string]bool // of settings that are stored or removed
	announced bool
	replaced  bool
}

// A staged session is to be stored.
type staged struct {
	session liveness.Session
	encoded []byte
	chunks  []entry
}

// Sessions are stored in pages, and calls with one of their ids wait for that.
const (
	stagedSessions = 100
	stagedSize     = 256 << 10
)

// stage stages a session or a setting. After an error it returns that again.
func (st *stager) stage(ctx context.Context, stored store.Stored) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.ended {
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
	case st.names[name]:
		return fmt.Errorf("stage setting %q: %w", name, liveness.ErrExists)
	}
	st.names[name] = true
	return st.batch.add(entry{key: settingKey(name, st.number), value: sealValue(value)})
}

func (st *stager) session(session *liveness.Session, images []liveness.Image) error {
	if !st.scope.All && session.Resource != st.scope.Resource {
		return fmt.Errorf("stage: session %q is outside the scope", session.ID)
	}
	if err := checkNames(session); err != nil {
		return err
	}
	if err := st.first(session.ID); err != nil {
		return fmt.Errorf("stage session %q: %w", session.ID, err)
	}
	w := write{id: session.ID}
	stored := record.Stored{Session: *session}
	w.putImages(&stored, images)
	encoded, err := record.Encode(stored)
	if err != nil {
		return fmt.Errorf("stage session %q: %w", session.ID, err)
	}
	// Only the names and the creation time are used of the session itself.
	next := staged{session: *session, encoded: encoded, chunks: w.before}
	st.size += len(encoded)
	for n, chunk := range next.chunks {
		// The caller may reuse the memory of its image.
		next.chunks[n].value = bytes.Clone(chunk.value)
		st.size += len(chunk.value)
	}
	st.pending = append(st.pending, next)
	if len(st.pending) < stagedSessions && st.size < stagedSize {
		return nil
	}
	return st.flush()
}

// first returns liveness.ErrExists if a session with this id was staged before.
func (st *stager) first(id liveness.SessionID) error {
	hash := maphash.String(st.seed, string(id))
	if !st.seen[hash] {
		st.seen[hash] = true
		return nil
	}
	if slices.ContainsFunc(st.pending, func(other staged) bool { return other.session.ID == id }) {
		return &liveness.ExistsError{Session: id}
	}
	return st.db.View(func(txn *badger.Txn) error {
		all, err := st.addressesOf(txn, id)
		if slices.ContainsFunc(all, func(a address) bool { return a.generation == st.number }) {
			return &liveness.ExistsError{Session: id}
		}
		return err
	})
}

// flush stores the pending sessions.
func (st *stager) flush() error {
	if len(st.pending) == 0 {
		return st.batch.flush()
	}
	pending := st.pending
	st.pending, st.size = nil, 0
	if err := st.enter(context.Background()); err != nil {
		return err
	}
	defer st.gate.RUnlock()
	ids := make([]liveness.SessionID, len(pending))
	for n := range pending {
		ids[n] = pending[n].session.ID
	}
	defer st.lockAll(ids)()
	for n := range pending {
		if err := st.store(&pending[n]); err != nil {
			return err
		}
	}
	return st.batch.flush()
}

// store stores the record first, so that it names all chunks that are there.
func (st *stager) store(next *staged) error {
	a := address{next.session.ID, next.session.Resource, st.number}
	key, err := st.free(a, func(found slot) bool { return !st.scope.All && found.resource != st.scope.Resource })
	if err != nil {
		return err
	}
	if err := st.batch.add(append(indexEntries(&next.session, st.number), slotEntry(key, next.encoded, st.number))...); err != nil {
		return err
	}
	for _, chunk := range next.chunks {
		if err := st.batch.add(chunk); err != nil {
			return err
		}
	}
	return nil
}

// lockAll takes the locks for writing to sessions and returns the function that releases
// them. Calls that take one lock only, and others of this, do not block each other.
func (s *Store) lockAll(ids []liveness.SessionID) (unlock func()) {
	var needed [stripes]bool
	for _, id := range ids {
		needed[s.stripe(id)] = true
	}
	for n, wanted := range needed {
		if wanted {
			s.sessions[n].Lock()
		}
	}
	return func() {
		for n, wanted := range needed {
			if wanted {
				s.sessions[n].Unlock()
			}
		}
	}
}

// end makes later calls of stage fail, and stores the entries that are not stored yet.
func (st *stager) end() error {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.ended = true
	if st.err == nil {
		st.err = st.flush()
	}
	return st.err
}

// over ends a call of Replace. If it has not switched, it removes what is staged.
func (st *stager) over() {
	st.mu.Lock()
	st.ended = true
	st.mu.Unlock()
	if st.announced && !st.replaced {
		st.abandon()
	}
	st.switching.Lock()
	defer st.switching.Unlock()
	delete(st.staging, st.number)
}

func (st *stager) abandon() {
	if err := st.enter(context.Background()); err != nil {
		return // Sweep removes it after the next Open.
	}
	st.gate.RUnlock()
	err := st.reached(stageAbandoned)
	if err == nil {
		err = st.removeStaged()
	}
	if err != nil {
		st.log.Warn("staged data of a failed replacement stays until the next sweep",
			slog.String("error", firstLine(err)))
	}
}

// removeStaged removes what is staged.
func (st *stager) removeStaged() error {
	p := purge{Store: st.Store, dead: func(a address) bool { return a.generation == st.number }}
	if err := p.sessions(context.Background(), ownerOf(st.scope)); err != nil {
		return err
	}
	b := st.newBatch(stageSwept)
	for name := range st.names {
		if err := b.add(entry{key: settingKey(name, st.number)}); err != nil {
			return err
		}
	}
	if err := b.add(entry{key: workKey(st.number)}); err != nil {
		return err
	}
	if err := b.flush(); err != nil {
		return err
	}
	st.switching.Lock()
	defer st.switching.Unlock()
	delete(st.work, st.number)
	return nil
}
