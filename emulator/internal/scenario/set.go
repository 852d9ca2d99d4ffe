package scenario

import (
	"cmp"
	"slices"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/nearest"
)

// A Set is the scenarios to choose from. It never changes and may be used by several
// goroutines. Make one with NewSet.
type Set struct {
	byName   map[string]*Scenario
	plans    map[string]Plan // by name
	inOrder  []*Scenario     // of the files
	matching []*Scenario     // those with rules, by priority, then in file order
	names    []string        // sorted
	fallback string          // name of the default; "": HappyPath
}

// NewSet returns the set of the scenarios, which are in file order and have
// different names. Every scenario with a Next gets the attempts of that one. If a
// Next leads nowhere or round in a circle, NewSet returns the broken links and no
// set.
func NewSet(scenarios ...Scenario) (*Set, []BrokenLink) {
	s := &Set{byName: make(map[string]*Scenario, len(scenarios))}
	for _, given := range scenarios {
		s.byName[given.Name] = &given
		s.inOrder = append(s.inOrder, &given)
		s.names = append(s.names, given.Name)
		if given.Match != nil {
			s.matching = append(s.matching, &given)
		}
	}
	slices.Sort(s.names)
	slices.SortStableFunc(s.matching, func(a, b *Scenario) int { return cmp.Compare(b.Priority, a.Priority) })
	if broken := s.brokenLinks(); len(broken) > 0 {
		return nil, broken
	}
	linked := make(map[string]bool)
	for _, scenario := range s.inOrder {
		s.follow(scenario, linked)
	}
	s.plans = make(map[string]Plan, len(s.inOrder))
	for _, scenario := range s.inOrder {
		s.plans[scenario.Name] = scenario.Plan()
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
	return found.clone(), true
}

// unknown returns the error for a name that the set does not have.
func (s *Set) unknown(name string) *UnknownNameError {
	return &UnknownNameError{Name: name, Names: s.Names(), Suggestion: nearest.Name(name, s.names)}
}

// A Shadow is a scenario whose match never wins.
type Shadow struct {
	Name string     // of the scenario
	By   []Scenario // scenarios that are tried before it, one of which matches whenever it does
}

// Shadows returns the scenarios whose match never wins, in the order in which they
// are tried.
func (s *Set) Shadows() []Shadow {
	var shadows []Shadow
	for i, scenario := range s.matching {
		if by := scenario.Match.coveredBy(s.matching[:i]); len(by) > 0 {
			shadows = append(shadows, Shadow{Name: scenario.Name, By: by})
		}
	}
	return shadows
}
