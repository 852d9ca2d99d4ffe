package lang

import (
	"fmt"
	"slices"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
)

// warnIneffective warns of faults that never fire, and of what in them has no
// effect. OfSession says that they are those of a scenario, and not of a resource.
func (r *reader) warnIneffective(nodes []faultNode, ofSession bool) {
	for i, m := range nodes {
		number := slices.IndexFunc(nodes[:i], func(earlier faultNode) bool { return earlier.leavesNothingTo(m.Fault) })
		switch {
		case ofSession && m.ofResource():
			r.warn(m.given["on"], "this fault never fires: "+strings.Join(m.Operations, ", ")+" belong to no session",
				"set the fault for a resource, or name other operations")
		case m.Probability == 0 && m.given["probability"] != (position{}):
			r.warn(m.given["probability"], "this fault never fires: its probability is 0", "use a probability above 0, or remove the fault")
		case ofSession && r.warnOfCreation(m, nodes):
		case number >= 0:
			r.warn(m.at, fmt.Sprintf("this fault never fires: fault %d ends every call that it could fire at", number+1),
				"put it first, or give the other one calls, time, state or probability")
		}
		if at, there := m.given["stale"]; there && len(m.Operations) > 0 && !slices.ContainsFunc(m.Operations, readsSession) {
			r.warn(at, "stale has no effect: none of the operations reads a session", "add read or audit to on, or remove stale")
		}
		r.warnShapeless(m)
	}
}

// warnShapeless warns of what would shape an answer that is never sent.
func (r *reader) warnShapeless(m faultNode) {
	ends := ""
	switch {
	case m.Hang:
		ends = "hang"
	case m.Reset == fault.ResetBefore || m.Reset == fault.ResetAfter:
		ends = "reset: " + string(m.Reset)
	default:
		return
	}
	for _, key := range []string{"body", "contentType", "bytesPerSecond"} {
		if at, there := m.given[key]; there {
			r.warn(at, fmt.Sprintf("%s has no effect beside %s, which sends no answer", key, ends), "remove one of them")
		}
	}
}

// ofResource reports whether all operations of the fault belong to no session.
func (m faultNode) ofResource() bool {
	of := fault.OfResource()
	return len(m.Operations) > 0 && !slices.ContainsFunc(m.Operations, func(o string) bool { return !slices.Contains(of, o) })
}

// readsSession reports whether an operation shows the state of a session.
func readsSession(operation string) bool {
	return slices.ContainsFunc(fault.Groups(), func(g fault.Group) bool {
		return (g.Name == "read" || g.Name == "audit") && slices.Contains(g.Operations, operation)
	})
}

// leavesNothingTo reports whether the fault ends every call that a later one could
// fire at, where that one could do nothing else.
func (m faultNode) leavesNothingTo(later fault.Fault) bool {
	ends := m.Hang || m.Reset == fault.ResetBefore || m.Answer != nil
	does := later.Hang || later.Reset == fault.ResetBefore || later.Answer != nil || later.Rate != nil
	more := later.Delay.Shape != "" || later.Stale || later.Body != "" || later.ContentType != "" || later.Throughput > 0 ||
		later.Reset == fault.ResetDuring || later.Reset == fault.ResetAfter
	return ends && does && !more && m.Probability == 1 && m.firesWith(later)
}

// firesWith reports whether the fault, apart from its probability, surely fires at
// every call that another one fires at.
func (m faultNode) firesWith(other fault.Fault) bool {
	wider := within(other.Operations, m.Operations) && within(other.States, m.States) &&
		other.After >= m.After && (m.Until == 0 || other.Until > 0 && other.Until <= m.Until)
	if !wider || m.First > max(other.First, 1) {
		return false
	}
	// The wider of two faults has always counted at least as many calls as the
	// other, so that its last may come too early.
	same := within(m.Operations, other.Operations) && within(m.States, other.States) && m.After == other.After && m.Until == other.Until
	return m.Last == 0 || same && other.Last > 0 && other.Last <= m.Last
}

// within reports whether everything that a condition asks for is among what a wider
// one does; none asks for anything.
func within(narrow, wide []string) bool {
	return len(wide) == 0 || len(narrow) > 0 && !slices.ContainsFunc(narrow, func(o string) bool { return !slices.Contains(wide, o) })
}
