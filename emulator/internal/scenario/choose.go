package scenario

import (
	"slices"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// A candidate is a scenario that a call could get, and the reason.
type candidate struct {
	name string
	way  string // the reason in words
	rule bool   // the reason is a rule of the scenario
}

// Choose returns the plan of the scenario that a new session gets: the pinned one;
// else the queued one; else, by priority and then in file order, the first one with a
// rule that holds; else the default of the resource; else that of the set; else
// HappyPath. If the set does not have the chosen name, the error is an
// *UnknownNameError, also for HappyPath.
func (s *Set) Choose(c liveness.Call) (Plan, error) {
	name := s.chosen(&c).name
	found, known := s.byName[name]
	if !known {
		return Plan{}, s.unknown(name)
	}
	return found.plan(), nil
}

// chosen returns the candidate that Choose takes.
func (s *Set) chosen(c *liveness.Call) candidate {
	first, last := s.named(c)
	if len(first) > 0 {
		return first[0]
	}
	for _, scenario := range s.matching {
		for i := range scenario.Match {
			if scenario.Match[i].holds(c) {
				return candidate{scenario.Name, "its match holds", true}
			}
		}
	}
	return last[0]
}

// named returns the candidates that a call gets without a rule: those that take
// precedence over the rules, and those that follow them, of which there is at least one.
func (s *Set) named(c *liveness.Call) (first, last []candidate) {
	if c.Scenario != "" {
		first = append(first, candidate{name: c.Scenario, way: "asked for by name"})
	}
	if c.Queued != "" {
		first = append(first, candidate{name: c.Queued, way: "next in the queue of the resource"})
	}
	if c.Default != "" {
		last = append(last, candidate{name: c.Default, way: "the default of the resource"})
	}
	if s.fallback != "" {
		last = append(last, candidate{name: s.fallback, way: "the default of all sessions"})
	}
	return first, append(last, candidate{name: HappyPath, way: "what sessions get when nothing else is chosen"})
}

// An Explanation says of one scenario whether a call would get it.
type Explanation struct {
	Name   string
	Source string // as Scenario.Source
	Chosen bool
	Reason string // why it is chosen, or why it is not
}

// Explain returns for every scenario of the set whether Choose would take it and why,
// in the order in which it considers them; those that a session gets by name only come
// last, in file order. None is chosen if Choose would return an error.
func (s *Set) Explain(c liveness.Call) []Explanation {
	chosen := s.chosen(&c)
	first, last := s.named(&c)
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
	for _, candidate := range first {
		add(candidate.name, s.compared(candidate, chosen))
	}
	for _, scenario := range s.matching {
		reason := scenario.Match.unmet(c)
		isDefault := slices.ContainsFunc(last, func(c candidate) bool { return c.name == scenario.Name })
		switch {
		case reason == "":
			reason = s.compared(candidate{scenario.Name, "its match holds", true}, chosen)
		case isDefault:
			continue // it follows as a default
		case scenario.Name == chosen.name:
			reason = chosen.way
		}
		add(scenario.Name, reason)
	}
	for _, candidate := range last {
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
		return reason + ", which does not exist"
	case c.rule && chosen.rule && first.Priority > s.byName[c.name].Priority:
		return reason + " by its priority"
	case c.rule && chosen.rule:
		return reason + " in file order"
	}
	return reason + ": " + chosen.way
}
