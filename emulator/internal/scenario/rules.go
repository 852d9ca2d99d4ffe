package scenario

import (
	"fmt"
	"slices"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// Rules are the rules of a scenario; one that holds is enough. Nil: the scenario has no
// rules and is not chosen by them.
type Rules []Match

// Holds reports whether one of the rules holds for the call.
func (r Rules) Holds(c liveness.Call) bool {
	return slices.ContainsFunc(r, func(m Match) bool { return m.holds(&c) })
}

// unmet says why no rule holds for the call; "" if one does.
func (r Rules) unmet(c liveness.Call) string {
	var all []string
	for i, m := range r {
		reasons := m.unmet(c)
		switch {
		case len(reasons) == 0:
			return ""
		case len(r) == 1:
			return "match." + strings.Join(reasons, "; match.")
		}
		all = append(all, fmt.Sprintf("match %d: %s", i+1, strings.Join(reasons, ", ")))
	}
	return strings.Join(all, "; ")
}

// covers reports whether one of the rules holds for certain for every call that other
// holds for.
func (r Rules) covers(other Match) bool {
	return slices.ContainsFunc(r, func(m Match) bool { return m.covers(other) })
}

// Excludes reports whether there are rules, and none holds for an operation.
func (r Rules) Excludes(operation Operation) bool {
	return len(r) > 0 && !slices.ContainsFunc(r, func(m Match) bool { return m.Operation == "" || m.Operation == operation })
}

// coveredBy returns the scenarios that together match every call that one of the rules
// holds for; none if they miss some.
func (r Rules) coveredBy(earlier []*member) []Scenario {
	for _, first := range earlier {
		if !slices.ContainsFunc(r, func(m Match) bool { return !first.Match.covers(m) }) {
			return []Scenario{first.whole().clone()} // the only one to name
		}
	}
	var by []Scenario
	for _, m := range r {
		i := slices.IndexFunc(earlier, func(first *member) bool { return first.Match.covers(m) })
		if i < 0 {
			return nil
		}
		if !slices.ContainsFunc(by, func(s Scenario) bool { return s.Name == earlier[i].Name }) {
			by = append(by, earlier[i].whole().clone())
		}
	}
	return by
}
