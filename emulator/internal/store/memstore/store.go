// Package memstore keeps sessions in memory, for tests and for an emulator without a
// state folder.
//
// Replace stages sessions in a generation of their own, beside those in force, see package
// generation. Sessions with the same id in different generations are a list, and a call
// looks for the one in force. So a Replace of any size is a switch, and Undo is another
// one. Sweep, or the next Replace of the same resource, removes what no call of Undo can
// bring back, a page at a time.
package memstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/generation"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
)

// Store is a store.Store in memory. Create one with New. It is safe for use by
// several goroutines. Calls after Close return os.ErrClosed.
type Store struct {
	mu       sync.RWMutex
	closed   bool
	sessions map[liveness.SessionID]*entry // the first one of those with this id
	parts    map[partKey]*part
	created  index // of all sessions
	settings map[layer][]byte

	state  *generation.State          // changes under mu and changing
	last   atomic.Uint64              // number that was taken
	staged map[generation.Number]bool // by running calls of Replace
	// shared has the ids of sessions of several resources, in different generations.
	shared map[liveness.SessionID]bool

	changing sync.Mutex // held by the running change of a setting
	observe  store.Observer
	now      func() time.Time
}

// Options configure a store. The zero value is usable.
type Options struct {
	// Observe measures the calls; it may be nil.
	Observe store.Observer
	// Now replaces the clock that store.UndoTime is measured with, for tests.
	Now func() time.Time
}

// An entry is one session from its creation to its deletion. The values that it points
// to are replaced as a whole and never edited, so a reader that has copied the struct
// under the lock can use the copy without it.
type entry struct {
	updating sync.Mutex // held by the running update
	session  liveness.Session
	images   map[string][]byte
	part     *part
	next     *entry // with the same id, in another generation
}

var _ store.Store = (*Store)(nil)

// New returns an empty store.
func New(opts Options) *Store {
	s := &Store{
		sessions: map[liveness.SessionID]*entry{},
		parts:    map[partKey]*part{},
		created:  index{byTime: true},
		settings: map[layer][]byte{},
		state:    &generation.State{},
		staged:   map[generation.Number]bool{},
		shared:   map[liveness.SessionID]bool{},
		observe:  opts.Observe,
		now:      opts.Now,
	}
	if s.now == nil {
		s.now = clock.System{}.Now
	}
	if s.observe == nil {
		s.observe = func(string) func() { return func() {} }
	}
	return s
}

// Create implements store.Store.
func (s *Store) Create(ctx context.Context, session liveness.Session, images ...liveness.Image) error {
	defer s.observe(store.MethodCreate)()
	created := &entry{session: session.Clone(), images: withImages(nil, images)}
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if s.visibleLocked(session.ID) != nil {
		return fmt.Errorf("memstore: %w", &liveness.ExistsError{Session: session.ID})
	}
	s.addLocked(created, s.state.InForce(session.Resource))
	return nil
}

// Session implements store.Store.
func (s *Store) Session(ctx context.Context, id liveness.SessionID) (liveness.Session, error) {
	defer s.observe(store.MethodSession)()
	if err := s.rlock(ctx); err != nil {
		return liveness.Session{}, err
	}
	found := s.visibleLocked(id)
	var session liveness.Session
	if found != nil {
		session = found.session
	}
	s.mu.RUnlock()
	if found == nil {
		return liveness.Session{}, notFound(id)
	}
	return session.Clone(), nil
}

// Update implements store.Store. The change runs without the store's lock, so it
// delays only other changes of the same session. It is called again if Replace has
// replaced the session in between.
func (s *Store) Update(
	ctx context.Context, id liveness.SessionID, change func(*liveness.Session) error, images ...liveness.Image,
) (liveness.Session, error) {
	defer s.observe(store.MethodUpdate)()
	for {
		if err := s.rlock(ctx); err != nil {
			return liveness.Session{}, err
		}
		found := s.visibleLocked(id)
		s.mu.RUnlock()
		if found == nil {
			return liveness.Session{}, notFound(id)
		}
		updated, err := s.update(found, change, images)
		if !errors.Is(err, errReplaced) {
			return updated, err
		}
	}
}

// errReplaced says that another session has the id now.
var errReplaced = errors.New("the session was replaced")

// update changes the session of an entry.
func (s *Store) update(
	found *entry, change func(*liveness.Session) error, images []liveness.Image,
) (liveness.Session, error) {
	found.updating.Lock()
	defer found.updating.Unlock()
	id := found.session.ID
	// Only the holder of updating replaces the session, so it can be read
	// without the store's lock.
	changed := found.session.Clone()
	if err := change(&changed); err != nil {
		return liveness.Session{}, err
	}
	if err := record.SameIdentity(&found.session, &changed); err != nil {
		return liveness.Session{}, fmt.Errorf("memstore: update session %q: %w", id, err)
	}
	// The caller may still hold something that the change put into the session, so
	// neither the stored session nor the returned one is the changed one itself.
	stored, returned := changed.Clone(), changed.Clone()
	replaced := withImages(found.images, images)

	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return liveness.Session{}, errClosed()
	}
	switch s.visibleLocked(id) {
	case found:
	case nil:
		return liveness.Session{}, notFound(id) // deleted in between
	default:
		return liveness.Session{}, errReplaced
	}
	found.session, found.images = stored, replaced
	return returned, nil
}

// Delete implements store.Store.
func (s *Store) Delete(ctx context.Context, id liveness.SessionID) error {
	defer s.observe(store.MethodDelete)()
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	found := s.visibleLocked(id)
	if found == nil {
		return notFound(id)
	}
	s.removeLocked(found)
	return nil
}

// Image implements store.Store.
func (s *Store) Image(ctx context.Context, id liveness.SessionID, name string) ([]byte, error) {
	defer s.observe(store.MethodImage)()
	if err := s.rlock(ctx); err != nil {
		return nil, err
	}
	var image []byte
	found, ok := s.visibleLocked(id), false
	if found != nil {
		image, ok = found.images[name]
	}
	s.mu.RUnlock()
	if !ok {
		return nil, fmt.Errorf("memstore: image %q of session %q: %w", name, id, liveness.ErrNotFound)
	}
	return bytes.Clone(image), nil
}

// Compact implements store.Store. It has nothing to do in memory.
func (s *Store) Compact(ctx context.Context) error {
	defer s.observe(store.MethodCompact)()
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.ready(ctx)
}

// Damaged implements store.Store. Sessions in memory are never damaged.
func (s *Store) Damaged(ctx context.Context) ([]store.Damage, error) {
	defer s.observe(store.MethodDamaged)()
	s.mu.RLock()
	defer s.mu.RUnlock()
	return nil, s.ready(ctx)
}

// Close implements store.Store. It drops all data.
func (s *Store) Close() error {
	defer s.observe(store.MethodClose)()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.sessions, s.parts, s.created, s.settings = nil, nil, index{}, nil
	return nil
}

// lock takes the lock for writing, unless ctx is done or the store is closed.
func (s *Store) lock(ctx context.Context) error {
	s.mu.Lock()
	err := s.ready(ctx)
	if err != nil {
		s.mu.Unlock()
	}
	return err
}

// rlock takes the lock for reading, unless ctx is done or the store is closed.
func (s *Store) rlock(ctx context.Context) error {
	s.mu.RLock()
	err := s.ready(ctx)
	if err != nil {
		s.mu.RUnlock()
	}
	return err
}

func (s *Store) ready(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if s.closed {
		return errClosed()
	}
	return nil
}

// withImages returns a new map with the images of old and copies of images.
func withImages(old map[string][]byte, images []liveness.Image) map[string][]byte {
	if len(images) == 0 {
		return old
	}
	all := make(map[string][]byte, len(old)+len(images))
	for name, image := range old {
		all[name] = image
	}
	for _, image := range images {
		all[image.Name] = append([]byte{}, image.Bytes...)
	}
	return all
}

func notFound(id liveness.SessionID) error {
	return fmt.Errorf("memstore: session %q: %w", id, liveness.ErrNotFound)
}

func errClosed() error { return fmt.Errorf("memstore: %w", os.ErrClosed) }
