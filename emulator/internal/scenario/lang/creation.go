package lang

import (
	"slices"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
)

// warnOfCreation warns of a fault that concerns create calls only and has a condition
// that no create call meets. It reports whether the fault never fires for that reason. A
// create call is the first call of its session unless a fault made earlier ones fail.
func (r *reader) warnOfCreation(n faultNode, all []faultNode) (never bool) {
	if !n.onlyCreates() {
		return false
	}
	again := slices.ContainsFunc(all, func(other faultNode) bool { return other.failsFirst() && other.sharesCreation(n) })
	switch {
	case n.given["state"] != (position{}):
		r.warn(n.given["state"], "this fault never fires: no session exists yet at a call that creates one", "remove state, or name other operations")
	case n.After > 0 && !again:
		r.warn(n.given["time"], "this fault never fires: time begins with the call that creates the session, and no other fault makes that one fail",
			"set the fault for a resource, or name other operations")
	case n.First > 1 && !again:
		r.warn(n.given["calls"], "this fault never fires: one call creates the session, and no other fault makes it fail",
			"set the fault for a resource, or add a fault that makes the earlier calls fail")
	case n.Rate != nil && !again:
		r.warn(n.given["rate"], "rate has no effect: every call that creates a session starts a new count", "set the rate for a resource")
		return false
	default:
		return false
	}
	return true
}

// onlyCreates reports whether all operations of the fault that belong to a session are
// create operations.
func (n faultNode) onlyCreates() bool {
	return len(n.creations()) > 0 && len(n.Operations) > 0 &&
		!slices.ContainsFunc(n.Operations, func(o string) bool {
			return !slices.Contains(creations(), o) && !slices.Contains(fault.OfResource(), o)
		})
}

// failsFirst reports whether the fault can make the first create call fail, or keep its
// client from receiving the answer.
func (n faultNode) failsFirst() bool {
	fails := n.Answer != nil || n.Hang || n.Reset != "" || n.Body != "" || n.ContentType != "" ||
		n.Delay.Shape != "" || n.Throughput > 0 // a client may time out
	return fails && len(n.States) == 0 && n.After == 0 && n.First <= 1 && n.Probability > 0
}

// sharesCreation reports whether both faults concern the creation of sessions of
// one kind.
func (n faultNode) sharesCreation(other faultNode) bool {
	return slices.ContainsFunc(n.creations(), func(o string) bool { return slices.Contains(other.creations(), o) })
}

// creations returns the operations of the fault that create sessions.
func (n faultNode) creations() []string {
	return slices.DeleteFunc(creations(), func(o string) bool { return len(n.Operations) > 0 && !slices.Contains(n.Operations, o) })
}

// creations returns the operations that create sessions.
func creations() []string {
	groups := fault.Groups()
	return groups[slices.IndexFunc(groups, func(g fault.Group) bool { return g.Name == "create" })].Operations
}
