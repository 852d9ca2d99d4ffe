package scenario

import (
	"slices"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// A candidate is a scenario that a call could get, by one of the ways.
type candidate struct {
	name string
	way  string // in words
	rule bool   // the way is its match
}

// Choose returns the scenario of a session that is about to be created: the
// pinned one; else the queued one; else, by priority and then in file order, the
// first whose rule holds; else the default of the resource; else that of the
// set; else HappyPath. A name that comes to its turn and that the set does not
// have is an *UnknownNameError, also HappyPath if the set was loaded without it.
func (s *Set) Choose(c liveness.Call) (Scenario, error) {
	name := s.chosen(c).name
	found, known := s.byName[name]
	if !known {
		return Scenario{}, s.unknown(name)
	}
	return found.clone(), nil
}

// chosen returns what Choose goes by.
func (s *Set) chosen(c liveness.Call) candidate {
	if first := asked(c); len(first) > 0 {
		return first[0]
	}
	for _, scenario := range s.matching {
		if scenario.Match.holds(&c) {
			return candidate{scenario.Name, "its match holds", true}
		}
	}
	return s.defaults(c)[0]
}

// asked returns the candidates that come before the rules.
func asked(c liveness.Call) []candidate {
	return given(candidate{name: c.Scenario, way: "asked for by name"}, candidate{name: c.Queued, way: "next in the queue of the resource"})
}

// defaults returns the candidates that come after the rules, at least one.
func (s *Set) defaults(c liveness.Call) []candidate {
	return given(
		candidate{name: c.Default, way: "the default of the resource"},
		candidate{name: s.fallback, way: "the default of all sessions"},
		candidate{name: HappyPath, way: "what sessions get when nothing else is chosen"},
	)
}

// given returns the candidates that have names.
func given(candidates ...candidate) []candidate {
	return slices.DeleteFunc(candidates, func(c candidate) bool { return c.name == "" })
}

// An Explanation says of one scenario whether a call would get it.
type Explanation struct {
	Name   string
	Source string // as Scenario.Source
	Chosen bool
	Reason string // why it is chosen, or why it is not
}

// Explain returns what Choose would say of every scenario of the set, in the
// order in which it considers them; those that are never considered without
// being asked for come last, in file order. None is chosen if Choose would
// return an error.
func (s *Set) Explain(c liveness.Call) []Explanation {
	chosen := s.chosen(c)
	var all []Explanation
	seen := make(map[string]bool)
	add := func(name, reason string) {
		scenario, known := s.byName[name]
		if !known || seen[name] {
			return
		}
		seen[name] = true
		all = append(all, Explanation{Name: name, Source: scenario.Source, Chosen: name == chosen.name, Reason: reason})
	}
	for _, candidate := range asked(c) {
		add(candidate.name, s.compared(candidate, chosen))
	}
	defaults := s.defaults(c)
	for _, scenario := range s.matching {
		reason := scenario.Match.unmet(c)
		isDefault := slices.ContainsFunc(defaults, func(c candidate) bool { return c.name == scenario.Name })
		switch {
		case reason == "":
			reason = s.compared(candidate{scenario.Name, "its match holds", true}, chosen)
		case isDefault:
			continue // its turn comes again
		case scenario.Name == chosen.name:
			reason = chosen.way
		}
		add(scenario.Name, reason)
	}
	for _, candidate := range defaults {
		add(candidate.name, s.compared(candidate, chosen))
	}
	for _, scenario := range s.inOrder {
		add(scenario.Name, "no match; it has to be asked for by name or made a default")
	}
	return all
}

// compared returns why a candidate is the chosen one, or why the chosen one comes
// before it.
func (s *Set) compared(c, chosen candidate) string {
	if c.name == chosen.name {
		return chosen.way
	}
	reason := c.way + ", but " + Quote(chosen.name) + " comes before it"
	switch first, known := s.byName[chosen.name]; {
	case !known:
		return reason + ", which there is not"
	case c.rule && chosen.rule && first.Priority > s.byName[c.name].Priority:
		return reason + " by its priority"
	case c.rule && chosen.rule:
		return reason + " in file order"
	}
	return reason + ": " + chosen.way
}
