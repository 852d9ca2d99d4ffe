package memstore

import (
	"context"
	"slices"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/generation"
)

// sweepPage is how many sessions are removed at once. Other calls wait for that.
const sweepPage = 256

// Sweep implements store.Store. Memory has no remains of interrupted writes, so it
// removes expired sessions and replaced ones. When ctx ends, what was removed until then
// stays removed.
func (s *Store) Sweep(ctx context.Context, now func(liveness.ResourceID) time.Time) (int, error) {
	defer s.observe(store.MethodSweep)()
	if err := s.rlock(ctx); err != nil {
		return 0, err
	}
	var inForce []partKey
	for key := range s.parts {
		if s.state.InForce(key.resource) == key.generation {
			inForce = append(inForce, key)
		}
	}
	s.mu.RUnlock()
	removed := 0
	for _, key := range inForce {
		// now is the caller's code and may take locks.
		n, err := s.expire(ctx, key, now(key.resource))
		removed += n
		if err != nil {
			return removed, err
		}
	}
	return removed, s.purge(ctx)
}

// expire removes the sessions of a resource in a generation that have expired at a time, and
// returns how many these were. What a Replace has put in force since then may go by another
// clock, and stays.
func (s *Store) expire(ctx context.Context, key partKey, at time.Time) (int, error) {
	removed := 0
	for {
		if err := s.lock(ctx); err != nil {
			return removed, err
		}
		var oldest []*entry
		if p := s.parts[key]; p != nil && s.state.InForce(key.resource) == key.generation {
			oldest = p.created.first(sweepPage)
		}
		page := 0
		for _, e := range oldest { // they expire in this order
			if e.session.Expires().After(at) {
				break
			}
			s.removeLocked(e)
			page++
		}
		s.mu.Unlock()
		removed += page
		if page < sweepPage {
			return removed, nil
		}
	}
}

// purge removes the sessions and settings that no call of Undo can bring back.
func (s *Store) purge(ctx context.Context) error {
	spent, err := s.spend(ctx)
	if err != nil {
		return err
	}
	return s.removeParts(ctx, spent)
}

// spend makes final what cannot be undone any more, and returns the sessions to remove. No
// call brings them back, so changes of settings need not wait for their removal.
func (s *Store) spend(ctx context.Context) (spent []partKey, err error) {
	s.changing.Lock()
	defer s.changing.Unlock()
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var moved map[string][]generation.Number
	s.state, moved = s.state.Expired(s.now()).WithoutLayers()
	for name, layers := range moved {
		s.settleLocked(name, layers)
	}
	s.state = s.state.WithoutPointers(s.unusedLocked())
	for key := range s.parts {
		if !s.state.Live(key.resource, key.generation) && !s.staged[key.generation] {
			spent = append(spent, key)
		}
	}
	return spent, nil
}

// settleLocked moves the value of the last one of these layers to generation 0, and removes
// the others.
func (s *Store) settleLocked(name string, layers []generation.Number) {
	value, ok := s.settings[layer{name, layers[len(layers)-1]}]
	for _, g := range layers {
		delete(s.settings, layer{name, g})
	}
	if ok {
		s.settings[layer{name, 0}] = value
	} else {
		delete(s.settings, layer{name, 0}) // It was removed.
	}
}

// unusedLocked returns the resources whose pointers nothing needs.
func (s *Store) unusedLocked() []liveness.ResourceID {
	used := map[liveness.ResourceID]bool{}
	for key := range s.parts {
		used[key.resource] = true
	}
	return slices.DeleteFunc(s.state.NotUndoable(), func(resource liveness.ResourceID) bool {
		return used[resource] && !s.state.Outdated(resource)
	})
}

func (s *Store) removeParts(ctx context.Context, keys []partKey) error {
	for _, key := range keys {
		if err := s.removePart(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

// removePart removes all sessions of a generation, a page at a time.
func (s *Store) removePart(ctx context.Context, key partKey) error {
	for {
		if err := s.lock(ctx); err != nil {
			return err
		}
		p := s.parts[key]
		if p == nil {
			s.mu.Unlock()
			return nil
		}
		for _, e := range p.created.first(sweepPage) {
			s.removeLocked(e)
		}
		s.mu.Unlock()
	}
}

// abandon removes what a Replace has staged that has not switched.
func (s *Store) abandon(g generation.Number) {
	s.mu.RLock()
	var spent []partKey
	for key := range s.parts {
		if key.generation == g && s.staged[g] {
			spent = append(spent, key)
		}
	}
	s.mu.RUnlock()
	if err := s.removeParts(context.Background(), spent); err != nil {
		return // The store is closed.
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.staged, g)
}
