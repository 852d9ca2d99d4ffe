package lang

import (
	"slices"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
)

// warnOfCreation warns of a fault that concerns only calls that create a session
// and asks for something that none of them has. It reports whether the fault, for
// that reason, never fires. A call that creates a session is the first of its
// session, unless one of the faults made calls before it fail.
func (r *reader) warnOfCreation(m faultNode, all []faultNode) (never bool) {
	if !m.onlyCreates() {
		return false
	}
	again := slices.ContainsFunc(all, func(other faultNode) bool { return other.failsFirst() && other.sharesCreation(m) })
	switch {
	case m.given["state"] != (position{}):
		r.warn(m.given["state"], "this fault never fires: no session exists yet at a call that creates one", "remove state, or name other operations")
	case m.After > 0 && !again:
		r.warn(m.given["time"], "this fault never fires: time begins with the call that creates the session, and no other fault makes that one fail",
			"set the fault for a resource, or name other operations")
	case m.First > 1 && !again:
		r.warn(m.given["calls"], "this fault never fires: one call creates the session, and no other fault makes it fail",
			"set the fault for a resource, or add a fault that makes the earlier calls fail")
	case m.Rate != nil && !again:
		r.warn(m.given["rate"], "rate has no effect: every call that creates a session starts a new count", "set the rate for a resource")
		return false
	default:
		return false
	}
	return true
}

// onlyCreates reports whether all operations of the fault that belong to a session
// create one.
func (m faultNode) onlyCreates() bool {
	return len(m.creations()) > 0 && len(m.Operations) > 0 &&
		!slices.ContainsFunc(m.Operations, func(o string) bool {
			return !slices.Contains(creations(), o) && !slices.Contains(fault.OfResource(), o)
		})
}

// failsFirst reports whether the fault can keep the first call that is to create a
// session from doing so, or its client from learning of it.
func (m faultNode) failsFirst() bool {
	fails := m.Answer != nil || m.Hang || m.Reset != "" || m.Body != "" || m.ContentType != "" ||
		m.Delay.Shape != "" || m.Throughput > 0 // which a client may not wait for
	return fails && len(m.States) == 0 && m.After == 0 && m.First <= 1 && m.Probability > 0
}

// sharesCreation reports whether both faults concern the creation of sessions of
// one kind.
func (m faultNode) sharesCreation(other faultNode) bool {
	return slices.ContainsFunc(m.creations(), func(o string) bool { return slices.Contains(other.creations(), o) })
}

// creations returns the operations of the fault that create sessions.
func (m faultNode) creations() []string {
	return slices.DeleteFunc(creations(), func(o string) bool { return len(m.Operations) > 0 && !slices.Contains(m.Operations, o) })
}

// creations returns the operations that create sessions.
func creations() []string {
	groups := fault.Groups()
	return groups[slices.IndexFunc(groups, func(g fault.Group) bool { return g.Name == "create" })].Operations
}
