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
	settings := maps.Clone(s.settings)
	var sessions []shared
	for _, found := range s.sessions {
		if inScope(scope, &found.session) {
			copied := shared{found.session, found.images}
			if scope.WithoutImages {
				copied.images = nil
			}
			sessions = append(sessions, copied)
		}
	}
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
	if err := s.rlock(ctx); err != nil {
		return err
	}
	s.mu.RUnlock()
	st := stager{scope: scope, sessions: map[liveness.SessionID]*entry{}, settings: map[string][]byte{}}
	if fill != nil {
		if err := st.fill(ctx, fill); err != nil {
			return err
		}
	}
	// A running change of a setting belongs to the old data.
	s.changing.Lock()
	defer s.changing.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	for id := range st.sessions {
		if found, ok := s.sessions[id]; ok && !inScope(scope, &found.session) {
			return fmt.Errorf("memstore: session %q of another resource: %w", id, liveness.ErrExists)
		}
	}
	// scope.Setting is the caller's code and may panic, so it runs before anything changes.
	dropped := slices.Collect(maps.Keys(s.settings))
	dropped = slices.DeleteFunc(dropped, func(name string) bool { return !settingInScope(scope, name) })
	for _, name := range dropped {
		delete(s.settings, name)
	}
	for id, found := range s.sessions {
		if inScope(scope, &found.session) {
			s.removeLocked(id)
		}
	}
	maps.Copy(s.settings, st.settings)
	for _, created := range st.sessions {
		s.addLocked(created)
	}
	return nil
}

// A stager has the new data of one call of Replace.
type stager struct {
	scope store.Scope

	mu       sync.Mutex
	over     bool  // fill has returned
	err      error // the first one
	sessions map[liveness.SessionID]*entry
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
			st.err = st.stage(stored)
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

func (st *stager) stage(stored store.Stored) error {
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
	if _, ok := st.sessions[session.ID]; ok {
		return fmt.Errorf("memstore: stage session %q: %w", session.ID, liveness.ErrExists)
	}
	st.sessions[session.ID] = &entry{session: session.Clone(), images: withImages(nil, stored.Images)}
	return nil
}
