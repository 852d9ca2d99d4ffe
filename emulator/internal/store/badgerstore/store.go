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

	"github.com/dgraph-io/badger/v4"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
)

// Store is a liveness.Store in a folder. Open makes one. It is safe for use by
// several goroutines. Calls after Close return os.ErrClosed.
type Store struct {
	db     *badger.DB
	log    *slog.Logger
	group  *group // nil: writes are not flushed to the disk
	limits limits
	hook   func(stage string) error // for tests, see reached

	seed     maphash.Seed
	sessions [256]sync.Mutex // every write to a session holds the one of its id
	settings sync.Mutex      // every change of a setting holds it

	// gate is held for reading by every call that reads or writes sessions or
	// settings, while it does, and for writing by Replace while it puts one thing in
	// place of another. It is not reentrant. broken is why a Replace could not finish
	// that; it changes under the gate.
	gate       sync.RWMutex
	broken     error
	stagerSlot chan struct{} // holds one element while a Replace stages something

	// values is held for reading by who reads from a snapshot for long, and for
	// writing by Compact, which moves values and removes them where they were.
	values sync.RWMutex

	// committing is held for reading by every transaction that writes, and for
	// writing while Compact has Badger refuse writes.
	committing sync.RWMutex
	compacting sync.Mutex
	stale      atomic.Bool // something was written since the last Compact
	current    atomic.Bool // the folder says that it has records of record.Version
	reported   sync.Map    // ids of damaged sessions that were logged

	mu      sync.RWMutex
	closed  bool
	closing chan struct{} // closed by Close, for calls that take long
	calls   sync.WaitGroup
}

var _ liveness.Store = (*Store)(nil)

// errClosed is what calls after Close return, and long ones during it.
var errClosed = fmt.Errorf("badgerstore: %w", os.ErrClosed)

// begin admits a call unless ctx is done or the store is closed. The caller
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

// admit takes the gate for reading, unless the store may show half of a
// replacement. The caller calls s.gate.RUnlock.
func (s *Store) admit() error {
	s.gate.RLock()
	if s.broken != nil {
		defer s.gate.RUnlock()
		return s.broken
	}
	return nil
}

// enter is begin and admit. The caller calls s.leave when the call ends.
func (s *Store) enter(ctx context.Context) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	if err := s.admit(); err != nil {
		s.calls.Done()
		return err
	}
	return nil
}

func (s *Store) leave() {
	s.gate.RUnlock()
	s.calls.Done()
}

// Close implements liveness.Store. It waits for calls that have begun.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	close(s.closing)
	s.mu.Unlock()
	s.calls.Wait()
	if s.group != nil {
		s.group.close()
	}
	return closeSealed(s.db)
}

// lock takes the session's lock for writing and returns how to release it.
func (s *Store) lock(id liveness.SessionID) (unlock func()) {
	mu := &s.sessions[maphash.String(s.seed, string(id))%uint64(len(s.sessions))]
	mu.Lock()
	return mu.Unlock
}

// Create implements liveness.Store.
func (s *Store) Create(ctx context.Context, session liveness.Session, images ...liveness.Image) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	if err := checkNames(&session); err != nil {
		return err
	}
	defer s.lock(session.ID)()
	exists, err := s.has(recordKey(session.ID))
	if err != nil {
		return err
	}
	if exists {
		return fmt.Errorf("badgerstore: session %q: %w", session.ID, liveness.ErrExists)
	}
	w := write{id: session.ID}
	stored := record.Stored{Session: session}
	w.putImages(&stored, images)
	encoded, err := record.Encode(stored)
	if err != nil {
		return fmt.Errorf("badgerstore: create session %q: %w", session.ID, err)
	}
	w.main = []entry{
		{recordKey(session.ID), encoded},
		{listKey(&session), []byte{}},
		{expiryKey(&session), []byte{}},
	}
	return s.commit(w)
}

// Session implements liveness.Store.
func (s *Store) Session(ctx context.Context, id liveness.SessionID) (liveness.Session, error) {
	if err := s.enter(ctx); err != nil {
		return liveness.Session{}, err
	}
	defer s.leave()
	stored, err := s.load(id)
	return stored.Session, err
}

// Update implements liveness.Store. The change runs under the session's lock and
// keeps Replace waiting: a call of the store from it could wait for itself.
func (s *Store) Update(
	ctx context.Context, id liveness.SessionID, change func(*liveness.Session) error, images ...liveness.Image,
) (liveness.Session, error) {
	if err := s.enter(ctx); err != nil {
		return liveness.Session{}, err
	}
	defer s.leave()
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
		return liveness.Session{}, fmt.Errorf("badgerstore: update session %q: %w", id, err)
	}
	w := write{id: id}
	w.putImages(&stored, images)
	encoded, err := record.Encode(stored)
	if err != nil {
		return liveness.Session{}, fmt.Errorf("badgerstore: update session %q: %w", id, err)
	}
	w.main = []entry{{recordKey(id), encoded}}
	if err := s.commit(w); err != nil {
		return liveness.Session{}, err
	}
	// The change may have put in what its caller still holds.
	return stored.Session.Clone(), nil
}

// Delete implements liveness.Store.
func (s *Store) Delete(ctx context.Context, id liveness.SessionID) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	defer s.lock(id)()
	stored, err := s.load(id)
	switch {
	case errors.Is(err, liveness.ErrDamaged):
		return s.deleteDamaged(id)
	case err != nil:
		return err
	}
	return s.remove(stored)
}

// remove removes a session whose lock the caller holds.
func (s *Store) remove(stored record.Stored) error {
	session := &stored.Session
	w := write{id: session.ID, main: []entry{
		{key: recordKey(session.ID)}, {key: listKey(session)}, {key: expiryKey(session)},
	}}
	for _, image := range stored.Images {
		w.dropImage(image)
	}
	return s.commit(w)
}

func notFound(id liveness.SessionID) error {
	return fmt.Errorf("badgerstore: session %q: %w", id, liveness.ErrNotFound)
}
