// Package generation decides which generations of sessions and settings are in force, for
// the engines that implement store.Store.Replace by switching from one generation to
// the next.
//
// A generation is a number. Zero is what was stored before the first Replace; each Replace
// takes the next number. A pointer names the generation of a resource, and another one
// that of all resources.
//
// A Replace that stages much may begin before another one and switch after it, so the
// switch takes a number as well, its turn, which the pointer keeps. Of the two pointers
// that concern a resource, the one with the later turn is in force. So a Replace of all
// resources outdates those of single ones before it, without touching their pointers, and
// one of a single resource outdates it in turn. Undo puts the pointer back as it was,
// with its turn.
//
// A setting belongs to no resource that an engine knows: the scope of a Replace is a
// function of the name. So each name has layers: the generations of which a Replace stored
// or removed it, in the order of their switches. The last one is in force, and changes
// write to it. When a layer cannot be undone any more, its value moves to generation 0, so
// that layers are few.
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

// A Pointer names a generation, and the turn of the switch to it. The zero value is that
// of a new store.
type Pointer struct{ Number, Turn Number }

// later returns the one of two pointers that is in force.
func later(own, all Pointer) Pointer {
	if own.Turn > all.Turn {
		return own
	}
	return all
}

// A Replacement is a switch to a generation.
type Replacement struct {
	Pointer // of the owner since then
	Owner   liveness.Owner
	Before  Pointer // of the owner
	At      time.Time
}

// A State tells which generations are in force. It never changes: its methods return new
// ones. The zero value is the state of a new store.
type State struct {
	all    Pointer
	own    map[liveness.ResourceID]Pointer
	undo   map[liveness.Owner]Replacement // what can be undone, by owner
	layers map[string][]Number            // of settings, by turn; generation 0 is left out
}

// A Loaded value has what a State consists of, for an engine that has stored it.
type Loaded struct {
	Pointers     map[liveness.Owner]Pointer
	Replacements []Replacement       // those that may be undone, in any order
	Layers       map[string][]Number // by turn
}

// Load returns a stored state. Of the replacements it keeps the last ones of their owners.
func Load(l Loaded) *State {
	s := &State{own: map[liveness.ResourceID]Pointer{}, undo: map[liveness.Owner]Replacement{}, layers: l.Layers}
	for owner, pointer := range l.Pointers {
		s.point(owner, pointer)
	}
	for _, r := range l.Replacements {
		if r.Pointer == s.Pointer(r.Owner) {
			s.undo[r.Owner] = r
		}
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
		return s.all.Number
	}
	return later(s.own[resource], s.all).Number
}

// Pointer returns where the pointer of an owner is.
func (s *State) Pointer(owner liveness.Owner) Pointer {
	if owner.All {
		return s.all
	}
	return s.own[owner.Resource]
}

func (s *State) point(owner liveness.Owner, p Pointer) {
	switch {
	case owner.All:
		s.all = p
	case p == Pointer{}:
		delete(s.own, owner.Resource)
	default:
		s.own[owner.Resource] = p
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

// Layered returns the names of the settings that have layers beside generation 0.
func (s *State) Layered() []string { return slices.Sorted(maps.Keys(s.layers)) }

// Replaced returns the state after a replacement that stored or removed the settings with
// these names.
func (s *State) Replaced(r Replacement, names []string) *State {
	next := s.clone()
	next.point(r.Owner, r.Pointer)
	next.undo[r.Owner] = r
	for _, name := range names {
		next.layers[name] = append(slices.Clip(next.layers[name]), r.Number)
	}
	return next
}

// Undoable returns the replacement of an owner that can be undone at now. One of a single
// resource cannot before a later one of all resources is undone.
func (s *State) Undoable(owner liveness.Owner, now time.Time) (Replacement, bool) {
	r, ok := s.undo[owner]
	return r, ok && now.Sub(r.At) <= store.UndoTime && r.Turn >= s.all.Turn
}

// Superseded returns the generations of a resource that the next Replace of it may take
// from Undo.
func (s *State) Superseded(owner liveness.Owner) []Number {
	r, ok := s.undo[owner]
	if !ok || owner.All {
		return nil
	}
	return []Number{r.Before.Number, later(r.Before, s.all).Number}
}

// Undone returns the state after the undo of a replacement.
func (s *State) Undone(r Replacement) *State {
	next := s.clone()
	next.point(r.Owner, r.Before)
	delete(next.undo, r.Owner)
	for name, layers := range next.layers {
		if n := slices.Index(layers, r.Number); n >= 0 {
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

// Expired returns the state in which what was replaced longer than UndoTime ago cannot be
// undone any more.
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

// Keeps reports whether a replacement can be undone, now or after the undo of a later one
// of all resources.
func (s *State) Keeps(r Replacement) bool { return s.undo[r.Owner].Pointer == r.Pointer }

// Live reports whether sessions of a resource in a generation are in force, or would be
// after some calls of Undo.
func (s *State) Live(resource liveness.ResourceID, n Number) bool {
	own := []Pointer{s.own[resource]}
	if r, ok := s.undo[liveness.Owner{Resource: resource}]; ok {
		own = append(own, r.Before)
	}
	all := []Pointer{s.all}
	if r, ok := s.undo[liveness.Owner{All: true}]; ok {
		all = append(all, r.Before)
	}
	for _, o := range own {
		for _, a := range all {
			if later(o, a).Number == n {
				return true
			}
		}
	}
	return false
}

// NotUndoable returns the resources with a pointer that no call of Undo needs.
func (s *State) NotUndoable() []liveness.ResourceID {
	if _, ok := s.undo[liveness.Owner{All: true}]; ok {
		return nil
	}
	var resources []liveness.ResourceID
	for resource := range s.own {
		if _, ok := s.undo[liveness.Owner{Resource: resource}]; !ok {
			resources = append(resources, resource)
		}
	}
	return resources
}

// Outdated reports whether the pointer of a resource has no effect, because all resources
// were replaced later.
func (s *State) Outdated(resource liveness.ResourceID) bool {
	return s.own[resource].Turn <= s.all.Turn
}

// WithoutPointers returns the state without the pointers of these resources, which must be
// of NotUndoable, and outdated or without sessions in any generation.
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

// WithoutLayers returns the state without the layers of settings that cannot be undone,
// and those below them. The value of the last one of each setting belongs in
// generation 0 then.
func (s *State) WithoutLayers() (next *State, removed map[string][]Number) {
	undoable := map[Number]bool{}
	for _, r := range s.undo {
		undoable[r.Number] = true
	}
	removed = map[string][]Number{}
	for name, layers := range s.layers {
		for n := len(layers); n > 0; n-- {
			if !undoable[layers[n-1]] {
				removed[name] = layers[:n]
				break
			}
		}
	}
	if len(removed) == 0 {
		return s, nil
	}
	next = s.clone()
	for name, layers := range removed {
		next.setLayers(name, s.layers[name][len(layers):])
	}
	return next, removed
}

// Numbers returns the generations that may be in force for some resource.
func (s *State) Numbers() []Number {
	numbers := []Number{s.all.Number}
	for _, p := range s.own {
		numbers = append(numbers, p.Number)
	}
	return numbers
}
