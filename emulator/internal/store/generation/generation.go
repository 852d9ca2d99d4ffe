// Package generation decides which generations of sessions and settings are in force, for
// the engines that implement store.Store.Replace by switching from one generation to
// the next.
//
// A generation is a number. Zero is what was stored before the first Replace; each Replace
// takes the next number. A pointer names the generation of a resource, and another one
// that of all resources: the greater of the two is in force. So a Replace of all
// resources outdates those of single ones before it, without touching their pointers, and
// one of a single resource outdates it in turn.
//
// A setting belongs to no resource that an engine knows: the scope of a Replace is a
// function of the name. So each name has layers: the generations of which a Replace stored
// or removed it, in ascending order. The last one is in force, and changes write to it.
package generation

import (
	"maps"
	"slices"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// A Number is the number of a generation.
type Number uint64

// A Replacement is a switch to a generation.
type Replacement struct {
	Number Number // in force since
	Owner  liveness.Owner
	Before Number // where the pointer of the owner was
	At     time.Time
}

// A State tells which generations are in force. It never changes: its methods return new
// ones. The zero value is the state of a new store.
type State struct {
	all    Number
	own    map[liveness.ResourceID]Number
	undo   map[liveness.Owner]Replacement // what can be taken back, by owner
	layers map[string][]Number            // of settings, ascending; generation 0 is left out
}

// A Loaded value has what a State consists of, for an engine that has stored it.
type Loaded struct {
	Pointers     map[liveness.Owner]Number
	Replacements []Replacement // those that were not taken back, in any order
	Layers       map[string][]Number
}

// Load returns a stored state. Of the replacements it keeps those that can be taken back.
func Load(l Loaded) *State {
	s := &State{own: map[liveness.ResourceID]Number{}, undo: map[liveness.Owner]Replacement{}, layers: l.Layers}
	for owner, number := range l.Pointers {
		if owner.All {
			s.all = number
		} else {
			s.own[owner.Resource] = number
		}
	}
	for _, r := range l.Replacements {
		if r.Number == s.Pointer(r.Owner) && (r.Owner.All || r.Number > s.all) {
			s.undo[r.Owner] = r
		}
	}
	for name := range s.layers {
		slices.Sort(s.layers[name])
	}
	return s
}

func (s *State) clone() *State {
	return &State{all: s.all, own: cloned(s.own), undo: cloned(s.undo), layers: cloned(s.layers)}
}

func cloned[K comparable, V any](m map[K]V) map[K]V {
	if m == nil {
		return map[K]V{}
	}
	return maps.Clone(m)
}

// InForce returns the generation of a resource's sessions.
func (s *State) InForce(resource liveness.ResourceID) Number {
	if len(s.own) == 0 {
		return s.all
	}
	return max(s.all, s.own[resource])
}

// Outdated reports whether the sessions of a generation are in force for no resource. If
// not, they may be.
func (s *State) Outdated(n Number) bool { return n < s.all }

// Pointer returns where the pointer of an owner is.
func (s *State) Pointer(owner liveness.Owner) Number {
	if owner.All {
		return s.all
	}
	return s.own[owner.Resource]
}

func (s *State) point(owner liveness.Owner, n Number) {
	switch {
	case owner.All:
		s.all = n
	case n == 0:
		delete(s.own, owner.Resource)
	default:
		s.own[owner.Resource] = n
	}
}

// Layer returns the layer of a setting that is in force.
func (s *State) Layer(name string) Number {
	layers := s.layers[name]
	if len(layers) == 0 {
		return 0
	}
	return layers[len(layers)-1]
}

// Layers returns the layers of a setting beside generation 0.
func (s *State) Layers(name string) []Number { return s.layers[name] }

// Layered returns the names of the settings that have layers beside generation 0.
func (s *State) Layered() []string { return slices.Sorted(maps.Keys(s.layers)) }

// Replaced returns the state after a replacement that stored or removed the settings with
// these names.
func (s *State) Replaced(r Replacement, names []string) *State {
	next := s.clone()
	next.point(r.Owner, r.Number)
	if r.Owner.All {
		clear(next.undo)
	}
	next.undo[r.Owner] = r
	for _, name := range names {
		next.layers[name] = append(slices.Clip(next.layers[name]), r.Number)
	}
	return next
}

// Undoable returns the replacement of an owner that Undo would take back at now.
func (s *State) Undoable(owner liveness.Owner, now time.Time) (Replacement, bool) {
	r, ok := s.undo[owner]
	return r, ok && now.Sub(r.At) <= store.UndoTime
}

// Superseded returns the generations of a resource that the next Replace of it may take
// from Undo.
func (s *State) Superseded(owner liveness.Owner) []Number {
	r, ok := s.undo[owner]
	if !ok || owner.All {
		return nil
	}
	return []Number{r.Before, max(r.Before, s.all)}
}

// Undone returns the state after a replacement that can be taken back was.
func (s *State) Undone(r Replacement) *State {
	next := s.clone()
	next.point(r.Owner, r.Before)
	delete(next.undo, r.Owner)
	for name, layers := range next.layers {
		if n, found := slices.BinarySearch(layers, r.Number); found {
			next.setLayers(name, slices.Delete(slices.Clone(layers), n, n+1))
		}
	}
	return next
}

func (s *State) setLayers(name string, layers []Number) {
	if len(layers) == 0 {
		delete(s.layers, name)
	} else {
		s.layers[name] = layers
	}
}

// Expired returns the state in which what was replaced before UndoTime cannot be taken
// back any more.
func (s *State) Expired(now time.Time) *State {
	next := s
	for owner, r := range s.undo {
		if now.Sub(r.At) <= store.UndoTime {
			continue
		}
		if next == s {
			next = s.clone()
		}
		delete(next.undo, owner)
	}
	return next
}

// Keeps reports whether a replacement can be taken back.
func (s *State) Keeps(n Number) bool { return s.undoable(n) }

// Live reports whether sessions of a resource in a generation are in force, or would be
// after some calls of Undo.
func (s *State) Live(resource liveness.ResourceID, n Number) bool {
	own := []Number{s.own[resource]}
	if r, ok := s.undo[liveness.Owner{Resource: resource}]; ok {
		own = append(own, r.Before)
	}
	all := []Number{s.all}
	if r, ok := s.undo[liveness.Owner{All: true}]; ok {
		all = append(all, r.Before)
	}
	for _, o := range own {
		for _, a := range all {
			if max(o, a) == n {
				return true
			}
		}
	}
	return false
}

// SpentPointers returns the resources whose pointers have no effect any more, because all
// resources were replaced later.
func (s *State) SpentPointers() []liveness.ResourceID {
	if _, ok := s.undo[liveness.Owner{All: true}]; ok {
		return nil
	}
	var spent []liveness.ResourceID
	for resource, n := range s.own {
		if n <= s.all {
			spent = append(spent, resource)
		}
	}
	return spent
}

// WithoutPointers returns the state without the pointers of these resources.
func (s *State) WithoutPointers(resources []liveness.ResourceID) *State {
	if len(resources) == 0 {
		return s
	}
	next := s.clone()
	for _, resource := range resources {
		delete(next.own, resource)
	}
	return next
}

// Obsolete returns the layers of a setting that no call of Undo can bring in force: those
// below the last one that cannot be taken back. Generation 0 is one if base.
func (s *State) Obsolete(name string) (obsolete []Number, base bool) {
	layers := s.layers[name]
	for n := len(layers) - 1; n >= 0; n-- {
		if !s.undoable(layers[n]) {
			return slices.Clone(layers[:n]), true
		}
	}
	return nil, false
}

func (s *State) undoable(n Number) bool {
	for _, r := range s.undo {
		if r.Number == n {
			return true
		}
	}
	return false
}

// WithLayers returns the state in which these settings have these layers.
func (s *State) WithLayers(changed map[string][]Number) *State {
	if len(changed) == 0 {
		return s
	}
	next := s.clone()
	for name, layers := range changed {
		next.setLayers(name, layers)
	}
	return next
}

// Numbers returns the generations that may be in force for some resource.
func (s *State) Numbers() []Number { return append(slices.Collect(maps.Values(s.own)), s.all) }
