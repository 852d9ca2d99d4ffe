package scenario

import (
	"fmt"
	"slices"
	"strings"
)

// Rules are the rules of a scenario, of which any must hold. Nil: the scenario has
// none and is not chosen by them.
type Rules []Match

// Holds reports whether one of the rules holds for the call.
func (r Rules) Holds(c Call) bool { return r.holds(&c) }

func (r Rules) holds(c *Call) bool {
	for i := range r {
		if r[i].holds(c) {
			return true
		}
	}
	return false
}

// unmet returns what keeps each of the rules from holding for the call, in words;
// "" if one of them holds.
func (r Rules) unmet(c Call) string {
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

// covers reports whether one of the rules surely holds for every call that other
// holds for.
func (r Rules) covers(other Match) bool {
	return slices.ContainsFunc(r, func(m Match) bool { return m.covers(other) })
}

// without reports whether there are rules, and none holds for an operation.
func (r Rules) without(operation Operation) bool {
	return len(r) > 0 && !slices.ContainsFunc(r, func(m Match) bool { return m.Operation == "" || m.Operation == operation })
}
