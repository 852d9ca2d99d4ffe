package memstore

import (
	"cmp"
	"fmt"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/generation"
)

// A part has the sessions of one resource in one generation. It is never empty.
type part struct {
	partKey
	kinds   map[liveness.Kind]*index
	created index
	size    int
}

type partKey struct {
	resource   liveness.ResourceID
	generation generation.Number
}

func (k partKey) compare(other partKey) int {
	return cmp.Or(cmp.Compare(k.generation, other.generation), cmp.Compare(k.resource, other.resource))
}

// next returns the next number of a generation or of a switch.
func (s *Store) next() generation.Number { return generation.Number(s.last.Add(1)) }

// inForce reports whether the session of an entry exists for callers.
func (s *Store) inForce(e *entry) bool {
	return s.state.InForce(e.part.resource) == e.part.generation
}

// visibleLocked returns the session with this id that is in force, or nil.
func (s *Store) visibleLocked(id liveness.SessionID) *entry {
	for e := s.sessions[id]; e != nil; e = e.next {
		if s.inForce(e) {
			return e
		}
	}
	return nil
}

// addLocked adds a session to a generation that does not have it.
func (s *Store) addLocked(created *entry, g generation.Number) {
	session := &created.session
	key := partKey{session.Resource, g}
	p := s.parts[key]
	if p == nil {
		p = &part{partKey: key, kinds: map[liveness.Kind]*index{}, created: index{byTime: true}}
		s.parts[key] = p
	}
	created.part, created.next = p, s.sessions[session.ID]
	s.sessions[session.ID] = created
	for other := created.next; other != nil; other = other.next {
		if other.part.resource != p.resource {
			s.shared[session.ID] = true
		}
	}
	if p.kinds[session.Kind] == nil {
		p.kinds[session.Kind] = &index{}
	}
	p.kinds[session.Kind].add(created)
	p.created.add(created)
	p.size++
	s.created.add(created)
}

// removeLocked removes a session that the store has.
func (s *Store) removeLocked(e *entry) {
	id, p := e.session.ID, e.part
	if s.sessions[id] == e {
		s.sessions[id] = e.next
	} else {
		other := s.sessions[id]
		for other.next != e {
			other = other.next
		}
		other.next = e.next
	}
	if first := s.sessions[id]; first == nil {
		delete(s.sessions, id)
		delete(s.shared, id)
	} else if first.next == nil {
		delete(s.shared, id)
	}
	if p.kinds[e.session.Kind].remove(e) {
		delete(p.kinds, e.session.Kind)
	}
	s.created.remove(e)
	p.size--
	if p.created.remove(e) {
		delete(s.parts, p.partKey)
	}
}

// uniqueLocked returns liveness.ErrExists if several sessions with the same id would be in
// force in a state.
func (s *Store) uniqueLocked(next *generation.State) error {
	for id := range s.shared {
		found := 0
		for e := s.sessions[id]; e != nil; e = e.next {
			if next.InForce(e.part.resource) == e.part.generation {
				found++
			}
		}
		if found > 1 {
			return fmt.Errorf("memstore: %w", &liveness.ExistsError{Session: id})
		}
	}
	return nil
}
