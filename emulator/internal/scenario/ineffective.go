package scenario

import (
	"fmt"
	"slices"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
)

// warnIneffective warns of faults of a scenario that never fire, and of what in
// them has no effect.
func (r *reader) warnIneffective(mishaps []mishap) {
	for i, m := range mishaps {
		number := slices.IndexFunc(mishaps[:i], func(earlier mishap) bool { return earlier.leavesNothingTo(m.Fault) })
		switch {
		case m.ofResource():
			r.warn(m.given["on"], "this fault never fires: "+strings.Join(m.Operations, ", ")+" belong to no session",
				"give the fault to a resource, or name other operations")
		case m.Probability == 0 && m.given["probability"] != (position{}):
			r.warn(m.given["probability"], "this fault never fires: its probability is 0", "use one above 0, or remove the fault")
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
func (r *reader) warnShapeless(m mishap) {
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
			r.warn(at, fmt.Sprintf("%s has no effect beside %s: there is no answer", key, ends), "remove one of them")
		}
	}
}

// ofResource reports whether all operations of the fault belong to no session.
func (m mishap) ofResource() bool {
	of := fault.OfResource()
	return len(m.Operations) > 0 && !slices.ContainsFunc(m.Operations, func(o string) bool { return !slices.Contains(of, o) })
}

// readsSession reports whether an operation shows the state of a session.
func readsSession(operation string) bool {
	return slices.ContainsFunc(fault.Groups(), func(g fault.Group) bool {
		return (g.Name == "read" || g.Name == "audit") && slices.Contains(g.Operations, operation)
	})
}

// leavesNothingTo reports whether the fault always ends the calls that a later
// one asks for, where that one could do nothing else.
func (m mishap) leavesNothingTo(later fault.Fault) bool {
	ends := m.Hang || m.Reset == fault.ResetBefore || m.Answer != nil
	limited := len(m.States) > 0 || m.After > 0 || m.Until > 0 || m.First > 1 || m.Last > 0 || m.Probability < 1
	if !ends || limited {
		return false
	}
	does := later.Hang || later.Reset == fault.ResetBefore || later.Answer != nil || later.Rate != nil
	more := later.Delay.Shape != "" || later.Stale || later.Body != "" || later.ContentType != "" || later.Throughput > 0 ||
		later.Reset == fault.ResetDuring || later.Reset == fault.ResetAfter
	return does && !more && (len(m.Operations) == 0 || len(later.Operations) > 0 &&
		!slices.ContainsFunc(later.Operations, func(o string) bool { return !slices.Contains(m.Operations, o) }))
}
