package memstore

import (
	"context"
	"fmt"

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

// newest returns the result of Newest, which shares memory with the store.
func (s *Store) newest(
	ctx context.Context, owner liveness.Owner, before store.Position, limit int,
) ([]liveness.Session, error) {
	if err := s.rlock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.RUnlock()
	x := &s.created
	if !owner.All {
		p := s.parts[partKey{owner.Resource, s.state.InForce(owner.Resource)}]
		if p == nil {
			return nil, nil
		}
		x = &p.created
	}
	var at position
	if before != (store.Position{}) {
		at = timePosition(before.Created, before.ID)
	}
	var page []liveness.Session
	x.newest(at, func(e *entry) bool {
		if s.inForce(e) {
			page = append(page, e.session)
		}
		return len(page) < limit
	})
	return page, nil
}
