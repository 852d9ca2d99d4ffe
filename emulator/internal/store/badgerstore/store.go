package badgerstore

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/generation"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
)

// Store is a store.Store in a folder. Open makes one. It is safe for use by
// several goroutines. Calls after Close return os.ErrClosed.
type Store struct {
	db     *badger.DB
	log    *slog.Logger
	group  *group // nil: writes are not flushed to the disk
	limits limits

	observe store.Observer
	hook    func(stage string) error // for tests, see reached

	seed     maphash.Seed
	sessions [stripes]sync.Mutex // every write to a session holds the one of its id
	settings sync.Mutex          // every change of a setting holds it
	created  atomic.Uint64       // settings that did not exist before; under settings

	// gate is held for reading by every call while it reads or writes sessions or
	// settings, and for writing by Replace and Undo while they switch to another
	// generation. It is not reentrant. refusal is the error of all further calls: it is
	// not known whether a switch was stored, or the store is closed. It changes under the
	// gate.
	gate       sync.RWMutex
	refusal    error
	stagerSlot chan struct{} // holds one element while a Replace stages something

	// state changes under the gate, and under switching, which is taken first.
	state     atomic.Pointer[generation.State]
	switching sync.Mutex
	work      map[generation.Number]work // changes under switching
	last      generation.Number          // that was taken; under switching
	staging   map[generation.Number]bool // those that calls of Replace have taken and not put in force; under switching
	purging   sync.Mutex                 // held by the Sweep that removes generations
	overflow  atomic.Uint64              // 0: there are no slots beside the homes, see forgetOverflow
	now       func() time.Time

	// shared has the addresses of all sessions with an id, in different generations, if they
	// are of several resources, and sharedSince those that were noted since lockFor looked at
	// all. They change under sharedMu and the gate for reading.
	sharedMu            sync.Mutex
	shared, sharedSince map[liveness.SessionID][]address

	// values is held for reading by calls that read from a snapshot for long, and for
	// writing by Compact, which moves values and removes them from their old places.
	values sync.RWMutex

	// committing is held for reading by every transaction that writes, and for
	// writing while Compact has Badger refuse writes.
	committing sync.RWMutex
	compacting sync.Mutex
	stale      atomic.Bool // something was written since the last Compact
	current    atomic.Bool // the folder says that it has records of record.Version
	reported   sync.Map    // ids of damaged sessions that were logged

	damagedHomes sync.Map // knownHome by id

	// Calls that may take long do not hold the gate all the time. Close counts them.
	mu      sync.RWMutex
	closed  bool          // no further long call may begin
	closing chan struct{} // closed by Close: long calls end early
	calls   sync.WaitGroup
}

var _ store.Store = (*Store)(nil)

// stripes is the number of locks of sessions. It is much greater than a page of staged or
// swept sessions, so that hardly a call with another id waits for one.
const stripes = 4096

// errClosed is the error of calls after Close, and of long ones that it interrupts.
var errClosed = fmt.Errorf("badgerstore: %w", os.ErrClosed)

// enter takes the gate for reading, unless ctx is done or calls are refused. The
// caller releases it with s.gate.RUnlock.
func (s *Store) enter(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.gate.RLock()
	if s.refusal != nil {
		defer s.gate.RUnlock()
		return s.refusal
	}
	return nil
}

// begin registers a long call, unless ctx is done or the store is closed. The caller
// calls s.calls.Done when it ends.
func (s *Store) begin(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return errClosed
	}
	s.calls.Add(1)
	return nil
}

// Close implements store.Store. It waits for calls that have begun.
func (s *Store) Close() error {
	defer s.observe(store.MethodClose)()
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	close(s.closing)
	s.mu.Unlock()
	s.calls.Wait()
	s.gate.Lock()
	s.refusal = errClosed
	s.gate.Unlock()
	if s.group != nil {
		s.group.close()
	}
	return closeSealed(s.db)
}

// lock takes the lock for writing to a session and returns the function that releases it.
func (s *Store) lock(id liveness.SessionID) (unlock func()) {
	mu := &s.sessions[s.stripe(id)]
	mu.Lock()
	return mu.Unlock
}

// stripe returns the number of the lock of a session.
func (s *Store) stripe(id liveness.SessionID) uint64 {
	return maphash.String(s.seed, string(id)) % stripes
}

// Create implements store.Store.
func (s *Store) Create(ctx context.Context, session liveness.Session, images ...liveness.Image) error {
	defer s.observe(store.MethodCreate)()
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.gate.RUnlock()
	if err := checkNames(&session); err != nil {
		return err
	}
	defer s.lock(session.ID)()
	g := s.state.Load().InForce(session.Resource)
	key, err := s.free(address{session.ID, session.Resource, g}, func(slot) bool { return true })
	if err != nil {
		return err
	}
	stored := record.Stored{Session: session}
	w := write{id: session.ID}
	if len(images) > 0 {
		w.putImages(&stored, images)
	}
	encoded, err := record.Encode(stored)
	if err != nil {
		return fmt.Errorf("create session %q: %w", session.ID, err)
	}
	w.main = append(indexEntries(&session, g), slotEntry(key, encoded, g))
	return s.commit(w)
}

// Session implements store.Store.
func (s *Store) Session(ctx context.Context, id liveness.SessionID) (liveness.Session, error) {
	defer s.observe(store.MethodSession)()
	if err := s.enter(ctx); err != nil {
		return liveness.Session{}, err
	}
	defer s.gate.RUnlock()
	stored, err := s.load(id)
	return stored.Session, err
}

// Update implements store.Store. The change runs under the session's lock, and
// Replace waits for it: a call of the store from it could wait for itself.
func (s *Store) Update(
	ctx context.Context, id liveness.SessionID, change func(*liveness.Session) error, images ...liveness.Image,
) (liveness.Session, error) {
	defer s.observe(store.MethodUpdate)()
	if err := s.enter(ctx); err != nil {
		return liveness.Session{}, err
	}
	defer s.gate.RUnlock()
	defer s.lock(id)()
	stored, err := s.load(id)
	if err != nil {
		return liveness.Session{}, err
	}
	before := stored.Session // shares lists with the copy below, but not the identity
	if err := change(&stored.Session); err != nil {
		return liveness.Session{}, err
	}
	if err := record.SameIdentity(&before, &stored.Session); err != nil {
		return liveness.Session{}, fmt.Errorf("update session %q: %w", id, err)
	}
	w := write{id: id}
	w.putImages(&stored.Stored, images)
	encoded, err := record.Encode(stored.Stored)
	if err != nil {
		return liveness.Session{}, fmt.Errorf("update session %q: %w", id, err)
	}
	w.main = []entry{slotEntry(stored.key, encoded, stored.generation)}
	if err := s.commit(w); err != nil {
		return liveness.Session{}, err
	}
	// The caller may still hold something that the change put into the session.
	return stored.Session.Clone(), nil
}

// Delete implements store.Store.
func (s *Store) Delete(ctx context.Context, id liveness.SessionID) error {
	defer s.observe(store.MethodDelete)()
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.gate.RUnlock()
	defer s.lock(id)()
	stored, err := s.load(id)
	switch {
	case errors.Is(err, liveness.ErrDamaged):
		return s.deleteDamaged(stored)
	case err != nil:
		return err
	}
	return s.remove(stored)
}

// remove removes a session whose lock the caller holds.
func (s *Store) remove(found slot) error {
	w := write{id: found.id}
	var err error
	if w.main, err = s.removal(found); err != nil {
		return err
	}
	for _, image := range found.Images {
		w.dropImage(image)
	}
	if err := s.commit(w); err != nil {
		return err
	}
	return s.removed(found.id)
}

// removal returns what removes the record and the index keys of a session.
func (s *Store) removal(found slot) ([]entry, error) {
	main, err := s.vacate(found)
	for _, e := range indexEntries(&found.Session, found.generation) {
		main = append(main, entry{key: e.key})
	}
	return main, err
}

func notFound(id liveness.SessionID) error {
	return fmt.Errorf("session %q: %w", id, liveness.ErrNotFound)
}
