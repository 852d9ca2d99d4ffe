package scenario

import (
	"cmp"
	"slices"
	"sync"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/nearest"
)

// A Set is the scenarios to choose from. It never changes and may be used by several
// goroutines. Make one with NewSet.
type Set struct {
	byName   map[string]*member
	inOrder  []*member // of the files
	matching []*member // those with rules, by priority, then in file order
	names    []string  // sorted
	fallback string    // name of the default; "": HappyPath
}

// An Outline is what a choice needs of a scenario that is read when it is first used. It
// has no Next, and its rules never win over those of another outline.
type Outline struct {
	Name   string
	Source string
	Match  Rules
	// Read returns the scenario, with the same name, source and rules, and with
	// priority 0.
	Read func() Scenario
}

// A member is a scenario of a set.
type member struct {
	*Scenario                  // of an outline: name, source and rules only
	whole     func() *Scenario // the scenario with all its parts
	plan      func() Plan      // worked out by the first call
	outline   bool
}

func newMember(given *Scenario, whole func() *Scenario) *member {
	return &member{Scenario: given, whole: whole, plan: sync.OnceValue(func() Plan { return whole().Plan() })}
}

// NewSet returns the set of the outlines and the scenarios, which follow them. They are
// in file order and have different names. Every scenario with a Next gets the attempts
// of that one. If a Next leads nowhere or round in a circle, NewSet returns the broken
// links and no set.
func NewSet(outlines []Outline, scenarios ...Scenario) (*Set, []BrokenLink) {
	count := len(outlines) + len(scenarios)
	s := &Set{byName: make(map[string]*member, count), inOrder: make([]*member, 0, count)}
	for _, o := range outlines {
		given := &Scenario{Name: o.Name, Source: o.Source, Match: o.Match}
		m := newMember(given, sync.OnceValue(func() *Scenario { return new(o.Read()) }))
		m.outline = true
		s.inOrder = append(s.inOrder, m)
	}
	for i := range scenarios {
		given := &scenarios[i]
		s.inOrder = append(s.inOrder, newMember(given, func() *Scenario { return given }))
	}
	for _, m := range s.inOrder {
		s.byName[m.Name] = m
		s.names = append(s.names, m.Name)
		if m.Match != nil {
			s.matching = append(s.matching, m)
		}
	}
	slices.Sort(s.names)
	slices.SortStableFunc(s.matching, func(a, b *member) int { return cmp.Compare(b.Priority, a.Priority) })
	if broken := s.brokenLinks(); len(broken) > 0 {
		return nil, broken
	}
	linked := make(map[string]bool)
	for _, m := range s.inOrder {
		s.follow(m, linked)
	}
	return s, nil
}

// WithDefault returns a set of the same scenarios in which sessions that match
// no rule get the one called name. "" means HappyPath. A name that the set does
// not have is an *UnknownNameError.
func (s *Set) WithDefault(name string) (*Set, error) {
	if _, known := s.byName[name]; !known && name != "" {
		return nil, s.unknown(name)
	}
	changed := *s
	changed.fallback = name
	return &changed, nil
}

// Names returns the names of the scenarios, sorted.
func (s *Set) Names() []string { return slices.Clone(s.names) }

// Lookup returns a copy of the scenario with this name, and whether the set has it.
func (s *Set) Lookup(name string) (Scenario, bool) {
	found, known := s.byName[name]
	if !known {
		return Scenario{}, false
	}
	return found.whole().clone(), true
}

// unknown returns the error for a name that the set does not have.
func (s *Set) unknown(name string) *UnknownNameError {
	return &UnknownNameError{Name: name, Names: s.Names(), Suggestion: nearest.Name(name, s.names)}
}

// A Shadow is a scenario whose match never wins.
type Shadow struct {
	Name   string     // of the scenario
	Source string     // of the scenario
	By     []Scenario // scenarios that are tried before it, one of which matches whenever it does
}

// Shadows returns the scenarios whose match never wins, in the order in which they
// are tried.
func (s *Set) Shadows() []Shadow {
	var shadows []Shadow
	others := false // whether one so far is not an outline
	for i, m := range s.matching {
		others = others || !m.outline
		if !others {
			continue
		}
		if by := m.Match.coveredBy(s.matching[:i]); len(by) > 0 {
			shadows = append(shadows, Shadow{Name: m.Name, Source: m.Source, By: by})
		}
	}
	return shadows
}
