package lang

import (
	"fmt"
	"slices"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
)

// warnIneffective warns of faults that never fire, and of keys without effect. OfSession
// distinguishes the faults of a scenario from those of a resource.
func (r *reader) warnIneffective(nodes []faultNode, ofSession bool) {
	for i, n := range nodes {
		number := slices.IndexFunc(nodes[:i], func(earlier faultNode) bool { return earlier.leavesNothingTo(n.Fault) })
		switch {
		case ofSession && n.ofResource():
			r.warn(n.given["on"], "this fault never fires: "+strings.Join(n.Operations, ", ")+" belong to no session",
				"set the fault for a resource, or name other operations")
		case n.Probability == 0 && n.given["probability"] != (position{}):
			r.warn(n.given["probability"], "this fault never fires: its probability is 0", "use a probability above 0, or remove the fault")
		case ofSession && r.warnOfCreation(n, nodes):
		case number >= 0:
			r.warn(n.at, fmt.Sprintf("this fault never fires: fault %d ends every call that it could fire at", number+1),
				"put it first, or give the other one calls, time, state or probability")
		}
		if at, there := n.given["stale"]; there && len(n.Operations) > 0 && !slices.ContainsFunc(n.Operations, readsSession) {
			r.warn(at, "stale has no effect: none of the operations reads a session", "add read or audit to on, or remove stale")
		}
		r.warnShapeless(n)
	}
}

// warnShapeless warns of keys that change an answer which is never sent.
func (r *reader) warnShapeless(n faultNode) {
	ends := ""
	switch {
	case n.Hang:
		ends = "hang"
	case n.Reset == fault.ResetBefore || n.Reset == fault.ResetAfter:
		ends = "reset: " + string(n.Reset)
	default:
		return
	}
	for _, key := range []string{"body", "contentType", "bytesPerSecond"} {
		if at, there := n.given[key]; there {
			r.warn(at, fmt.Sprintf("%s has no effect beside %s, which sends no answer", key, ends), "remove one of them")
		}
	}
}

// ofResource reports whether all operations of the fault belong to no session.
func (n faultNode) ofResource() bool {
	of := fault.OfResource()
	return len(n.Operations) > 0 && !slices.ContainsFunc(n.Operations, func(o string) bool { return !slices.Contains(of, o) })
}

// readsSession reports whether an operation shows the state of a session.
func readsSession(operation string) bool {
	return slices.ContainsFunc(fault.Groups(), func(g fault.Group) bool {
		return (g.Name == "read" || g.Name == "audit") && slices.Contains(g.Operations, operation)
	})
}

// leavesNothingTo reports whether the fault ends every call at which a later fault could
// fire, if ending calls is all that the later one does.
func (n faultNode) leavesNothingTo(later fault.Fault) bool {
	ends := n.Hang || n.Reset == fault.ResetBefore || n.Answer != nil
	does := later.Hang || later.Reset == fault.ResetBefore || later.Answer != nil || later.Rate != nil
	more := later.Delay.Shape != "" || later.Stale || later.Body != "" || later.ContentType != "" || later.Throughput > 0 ||
		later.Reset == fault.ResetDuring || later.Reset == fault.ResetAfter
	return ends && does && !more && n.Probability == 1 && n.firesWith(later)
}

// firesWith reports whether the fault, apart from its probability, certainly fires at
// every call at which another one fires.
func (n faultNode) firesWith(other fault.Fault) bool {
	wider := within(other.Operations, n.Operations) && within(other.States, n.States) &&
		other.After >= n.After && (n.Until == 0 || other.Until > 0 && other.Until <= n.Until)
	if !wider || n.First > max(other.First, 1) {
		return false
	}
	// The fault with the wider conditions has counted at least as many calls as the other
	// one, so it may reach its last call first.
	same := within(n.Operations, other.Operations) && within(n.States, other.States) && n.After == other.After && n.Until == other.Until
	return n.Last == 0 || same && other.Last > 0 && other.Last <= n.Last
}

// within reports whether the wide list has all entries of the narrow one. An empty list
// stands for all.
func within(narrow, wide []string) bool {
	return len(wide) == 0 || len(narrow) > 0 && !slices.ContainsFunc(narrow, func(o string) bool { return !slices.Contains(wide, o) })
}
