package memstore

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/generation"
)

// Walk implements store.Store. It calls visit without the store's lock. Sessions in
// memory are never damaged.
func (s *Store) Walk(ctx context.Context, scope store.Scope, visit func(store.Stored) error) (int, error) {
	defer s.observe(store.MethodWalk)()
	if err := s.rlock(ctx); err != nil {
		return 0, err
	}
	// Stored values are replaced as a whole and never edited, so these copies, which
	// share memory with them, do not change.
	settings := map[string][]byte{}
	for at, value := range s.settings {
		if s.layerOf(at.name) == at {
			settings[at.name] = value
		}
	}
	sessions := s.sharedLocked(scope)
	s.mu.RUnlock()

	call := func(stored store.Stored) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return visit(stored)
	}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if settingInScope(scope, name) {
			if err := call(store.Stored{Setting: name, Value: bytes.Clone(settings[name])}); err != nil {
				return 0, err
			}
		}
	}
	slices.SortFunc(sessions, func(a, b shared) int { return cmp.Compare(a.session.ID, b.session.ID) })
	for _, found := range sessions {
		if err := call(found.stored()); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// sharedLocked returns the sessions of a scope.
func (s *Store) sharedLocked(scope store.Scope) []shared {
	var sessions []shared
	for key, p := range s.parts {
		if !scope.All && key.resource != scope.Resource || s.state.InForce(key.resource) != key.generation {
			continue
		}
		sessions = slices.Grow(sessions, p.size)
		p.created.newest(position{}, func(found *entry) bool {
			copied := shared{found.session, found.images}
			if scope.WithoutImages {
				copied.images = nil
			}
			sessions = append(sessions, copied)
			return true
		})
	}
	return sessions
}

// A shared value is a copy of an entry that shares memory with the store.
type shared struct {
	session liveness.Session
	images  map[string][]byte
}

func (s shared) stored() store.Stored {
	stored := store.Stored{Session: s.session.Clone()}
	for _, name := range slices.Sorted(maps.Keys(s.images)) {
		stored.Images = append(stored.Images, liveness.Image{Name: name, Bytes: bytes.Clone(s.images[name])})
	}
	return stored
}

func inScope(scope store.Scope, session *liveness.Session) bool {
	return scope.All || session.Resource == scope.Resource
}

func settingInScope(scope store.Scope, name string) bool {
	return name != "" && scope.Setting != nil && scope.Setting(name)
}

// Replace implements store.Store. It calls fill without the store's lock.
func (s *Store) Replace(
	ctx context.Context, scope store.Scope, fill func(stage func(store.Stored) error) error,
) error {
	defer s.observe(store.MethodReplace)()
	if err := s.lock(ctx); err != nil {
		return err
	}
	st := &stager{Store: s, scope: scope, number: s.next(), ids: map[liveness.SessionID]bool{}, settings: map[string][]byte{}}
	s.staged[st.number] = true
	s.mu.Unlock()
	defer s.abandon(st.number) // It does nothing after the switch.
	if fill != nil {
		if err := st.fill(ctx, fill); err != nil {
			return err
		}
	}
	superseded, err := st.replace(ctx)
	if err != nil {
		return err
	}
	// It is done, also for a caller that has left. Sweep removes what is left of it.
	_ = s.removeParts(context.WithoutCancel(ctx), superseded)
	return nil
}

// replace puts what was staged in force. It returns what an earlier Replace of the same
// resource had kept for Undo, so that frequent ones need no more memory than one.
func (st *stager) replace(ctx context.Context) (superseded []partKey, err error) {
	s := st.Store
	// A running change of a setting belongs to the old data.
	s.changing.Lock()
	defer s.changing.Unlock()
	if err := s.rlock(ctx); err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for at := range s.settings { // also those that an Undo of another Replace would bring back
		if settingInScope(st.scope, at.name) {
			names[at.name] = true
		}
	}
	s.mu.RUnlock()
	for name := range st.settings {
		names[name] = true
	}
	owner := liveness.Owner{All: st.scope.All}
	if !owner.All {
		owner.Resource = st.scope.Resource
	}
	// Nothing else changes the state now, so that this takes place before other calls wait.
	r := generation.Replacement{
		Pointer: generation.Pointer{Number: st.number, Turn: s.next()},
		Owner:   owner, Before: s.state.Pointer(owner), At: s.now(),
	}
	next := s.state.Replaced(r, slices.Collect(maps.Keys(names)))
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	if err := s.uniqueLocked(next); err != nil {
		return nil, err
	}
	for _, g := range s.state.Superseded(owner) {
		if !next.Live(owner.Resource, g) {
			superseded = append(superseded, partKey{owner.Resource, g})
		}
	}
	for name, value := range st.settings {
		s.settings[layer{name, st.number}] = value
	}
	s.state = next
	delete(s.staged, st.number)
	return superseded, nil
}

// Undo implements store.Store.
func (s *Store) Undo(ctx context.Context, owner liveness.Owner) (int, error) {
	defer s.observe(store.MethodUndo)()
	s.changing.Lock()
	defer s.changing.Unlock()
	if owner.All {
		owner.Resource = ""
	}
	r, ok := s.state.Undoable(owner, s.now())
	next := s.state.Undone(r) // before other calls wait
	if err := s.lock(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	if !ok {
		return 0, fmt.Errorf("memstore: a replacement to undo: %w", liveness.ErrNotFound)
	}
	if err := s.uniqueLocked(next); err != nil {
		return 0, err
	}
	gone := 0
	for key, p := range s.parts {
		if s.state.InForce(key.resource) == key.generation && next.InForce(key.resource) != key.generation {
			gone += p.size
		}
	}
	for at := range s.settings {
		if at.generation == r.Number {
			delete(s.settings, at)
		}
	}
	s.state = next
	return gone, nil
}

// A stager has the new data of one call of Replace.
type stager struct {
	*Store
	scope  store.Scope
	number generation.Number

	mu       sync.Mutex
	over     bool  // fill has returned
	err      error // the first one
	ids      map[liveness.SessionID]bool
	settings map[string][]byte
}

// fill calls the function and returns its error, or else the first error of stage.
func (st *stager) fill(ctx context.Context, fill func(stage func(store.Stored) error) error) error {
	err := fill(func(stored store.Stored) error {
		st.mu.Lock()
		defer st.mu.Unlock()
		switch {
		case st.over:
			return errors.New("memstore: stage: the call of Replace is over")
		case st.err == nil && ctx.Err() != nil:
			st.err = context.Cause(ctx)
		case st.err == nil:
			st.err = st.stage(ctx, stored)
		}
		return st.err
	})
	st.mu.Lock()
	defer st.mu.Unlock()
	st.over = true
	if err != nil {
		return err
	}
	return st.err
}

func (st *stager) stage(ctx context.Context, stored store.Stored) error {
	if name := stored.Setting; name != "" {
		if !settingInScope(st.scope, name) {
			return fmt.Errorf("memstore: stage: setting %q is outside the scope", name)
		}
		if _, ok := st.settings[name]; ok {
			return fmt.Errorf("memstore: stage setting %q: %w", name, liveness.ErrExists)
		}
		st.settings[name] = append([]byte{}, stored.Value...)
		return nil
	}
	session := &stored.Session
	if !inScope(st.scope, session) {
		return fmt.Errorf("memstore: stage: session %q is outside the scope", session.ID)
	}
	if st.ids[session.ID] {
		return fmt.Errorf("memstore: stage: %w", &liveness.ExistsError{Session: session.ID})
	}
	st.ids[session.ID] = true
	created := &entry{session: session.Clone(), images: withImages(nil, stored.Images)}
	if err := st.lock(ctx); err != nil {
		return err
	}
	defer st.Store.mu.Unlock()
	st.addLocked(created, st.number)
	return nil
}
