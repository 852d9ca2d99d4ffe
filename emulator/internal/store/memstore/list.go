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
	page, err := s.page(ctx, group{resource: resource, kind: kind}, after, limit)
	for i := range page {
		page[i] = page[i].Clone()
	}
	return page, err
}

// page returns the result of List, which shares memory with the store.
func (s *Store) page(ctx context.Context, g group, after liveness.SessionID, limit int) ([]liveness.Session, error) {
	if err := s.rlock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.RUnlock()
	x := s.groups[g]
	if x == nil {
		return nil, nil
	}
	entries := x.page(after, limit)
	page := make([]liveness.Session, len(entries))
	for i, e := range entries {
		page[i] = e.session
	}
	return page, nil
}
