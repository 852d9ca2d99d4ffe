package memstore

import (
	"context"
	"fmt"
	"slices"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// An index is the ids of one group. Ids are random, so keeping them in order at
// every Create would move half of them; instead new ones wait in fresh until
// somebody lists the group, and removed ones stay until they are half of it. A
// Create costs an append, a List right after n creates costs sorting these n
// and one pass over the rest, and the next List costs only its page.
type index struct {
	sorted []liveness.SessionID // ascending
	fresh  []liveness.SessionID // since the last List, in any order
	gone   int                  // how many of both are removed
}

func (x *index) add(id liveness.SessionID) { x.fresh = append(x.fresh, id) }

// remove counts an id as removed and reports whether it was the last one.
func (x *index) remove() bool {
	x.gone++
	return x.gone == len(x.sorted)+len(x.fresh)
}

// settled reports whether a page can be read from sorted.
func (x *index) settled() bool {
	return len(x.fresh) == 0 && 2*x.gone <= len(x.sorted)
}

// settle moves fresh ids into sorted and drops removed ones.
func (x *index) settle(live func(liveness.SessionID) bool) {
	slices.Sort(x.fresh)
	merged := make([]liveness.SessionID, 0, len(x.sorted)+len(x.fresh)-x.gone)
	keep := func(id liveness.SessionID) {
		// An id that was removed and created again is there twice.
		again := len(merged) > 0 && merged[len(merged)-1] == id
		if !again && live(id) {
			merged = append(merged, id)
		}
	}
	fresh := x.fresh
	for _, id := range x.sorted {
		for len(fresh) > 0 && fresh[0] < id {
			keep(fresh[0])
			fresh = fresh[1:]
		}
		keep(id)
	}
	for _, id := range fresh {
		keep(id)
	}
	x.sorted, x.fresh, x.gone = merged, nil, 0
}

// List implements liveness.Store.
func (s *Store) List(
	ctx context.Context, resource liveness.ResourceID, kind liveness.Kind, after liveness.SessionID, limit int,
) ([]liveness.Session, error) {
	if limit <= 0 {
		return nil, fmt.Errorf("memstore: list: the limit %d is not positive", limit)
	}
	page, err := s.page(ctx, group{resource: resource, kind: kind}, after, limit)
	for i := range page {
		page[i] = page[i].Clone()
	}
	return page, err
}

// page returns what List does, but still shared with the store.
func (s *Store) page(ctx context.Context, g group, after liveness.SessionID, limit int) ([]liveness.Session, error) {
	if err := s.rlock(ctx); err != nil {
		return nil, err
	}
	if x := s.groups[g]; x == nil || x.settled() {
		defer s.mu.RUnlock()
		return s.pageLocked(g, after, limit), nil
	}
	s.mu.RUnlock()

	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	if x := s.groups[g]; x != nil {
		x.settle(func(id liveness.SessionID) bool { return s.live(g, id) })
	}
	return s.pageLocked(g, after, limit), nil
}

func (s *Store) pageLocked(g group, after liveness.SessionID, limit int) []liveness.Session {
	x := s.groups[g]
	if x == nil {
		return nil
	}
	start, found := slices.BinarySearch(x.sorted, after)
	if found {
		start++
	}
	var page []liveness.Session
	for _, id := range x.sorted[start:] {
		if len(page) == limit {
			break
		}
		if s.live(g, id) {
			page = append(page, s.sessions[id].session)
		}
	}
	return page
}

// live reports whether the session is there and of this group: its id may have
// been given to a session of another one.
func (s *Store) live(g group, id liveness.SessionID) bool {
	found, ok := s.sessions[id]
	return ok && groupOf(&found.session) == g
}
