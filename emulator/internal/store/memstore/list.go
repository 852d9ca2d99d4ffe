package memstore

import (
	"context"
	"fmt"
	"slices"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// List implements store.Store.
func (s *Store) List(
	ctx context.Context, resource liveness.ResourceID, kind liveness.Kind, after liveness.SessionID, limit int,
) ([]liveness.Session, error) {
	defer s.observe(store.MethodList)()
	if limit <= 0 {
		return nil, fmt.Errorf("memstore: list: the limit %d is not positive", limit)
	}
	page, err := s.page(ctx, resource, kind, after, limit)
	for i := range page {
		page[i] = page[i].Clone()
	}
	return page, err
}

// page returns the result of List, which shares memory with the store.
func (s *Store) page(
	ctx context.Context, resource liveness.ResourceID, kind liveness.Kind, after liveness.SessionID, limit int,
) ([]liveness.Session, error) {
	if err := s.rlock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.RUnlock()
	p := s.parts[partKey{resource, s.state.InForce(resource)}]
	if p == nil || p.kinds[kind] == nil {
		return nil, nil
	}
	entries := p.kinds[kind].page(after, limit)
	page := make([]liveness.Session, len(entries))
	for i, e := range entries {
		page[i] = e.session
	}
	return page, nil
}

// Newest implements store.Store.
func (s *Store) Newest(
	ctx context.Context, owner liveness.Owner, before store.Position, limit int,
) ([]liveness.Session, error) {
	defer s.observe(store.MethodNewest)()
	if limit <= 0 {
		return nil, fmt.Errorf("memstore: newest: the limit %d is not positive", limit)
	}
	page, err := s.newest(ctx, owner, before, limit)
	for i := range page {
		page[i] = page[i].Clone()
	}
	return page, err
}

// newestPassed is how many sessions that are not in force Newest passes over before it lets
// a call that waits for the lock have it.
const newestPassed = 1000

// newest returns the result of Newest, which shares memory with the store.
func (s *Store) newest(
	ctx context.Context, owner liveness.Owner, before store.Position, limit int,
) ([]liveness.Session, error) {
	var at position
	if before != (store.Position{}) {
		at = timePosition(before.Created, before.ID)
	}
	var found []*entry
	for {
		if err := s.rlock(ctx); err != nil {
			return nil, err
		}
		// What was replaced meanwhile is not shown.
		found = slices.DeleteFunc(found, func(e *entry) bool { return !s.inForce(e) })
		x, passed := s.createdLocked(owner), 0
		x.newest(at, func(e *entry) bool {
			if s.inForce(e) {
				found = append(found, e)
			} else if passed++; passed == newestPassed {
				at = x.of(e)
			}
			return len(found) < limit && passed < newestPassed
		})
		if passed == newestPassed {
			s.mu.RUnlock()
			continue
		}
		defer s.mu.RUnlock()
		page := make([]liveness.Session, len(found))
		for i, e := range found {
			page[i] = e.session
		}
		return page, nil
	}
}

// createdLocked returns the index of an owner's sessions by creation.
func (s *Store) createdLocked(owner liveness.Owner) *index {
	if owner.All {
		return &s.created
	}
	if p := s.parts[partKey{owner.Resource, s.state.InForce(owner.Resource)}]; p != nil {
		return &p.created
	}
	return &index{}
}
