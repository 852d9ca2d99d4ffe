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

	// committing is held for reading by every transaction that writes, and for
	// writing while Compact has Badger refuse writes.
	committing sync.RWMutex
	compacting sync.Mutex
	stale      atomic.Bool // something was written since the last Compact
	reported   sync.Map    // ids of damaged sessions that were logged

	mu      sync.RWMutex
	closed  bool
	closing chan struct{} // closed by Close, for calls that take long
	calls   sync.WaitGroup
}

var (
	_ liveness.Store          = (*Store)(nil)
	_ liveness.Compactor      = (*Store)(nil)
	_ liveness.DamageReporter = (*Store)(nil)
)

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
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.calls.Done()
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
	if err := s.begin(ctx); err != nil {
		return liveness.Session{}, err
	}
	defer s.calls.Done()
	stored, err := s.load(id)
	return stored.Session, err
}

// Update implements liveness.Store. The change runs under the session's lock:
// it may read the store, but a write of its own would wait for itself.
func (s *Store) Update(
	ctx context.Context, id liveness.SessionID, change func(*liveness.Session) error, images ...liveness.Image,
) (liveness.Session, error) {
	if err := s.begin(ctx); err != nil {
		return liveness.Session{}, err
	}
	defer s.calls.Done()
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
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.calls.Done()
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
