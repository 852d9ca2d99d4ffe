package lang

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
)

// pathOperation is the name of an entry of on in messages.
const pathOperation = "operation"

// Bounds of faults.
const (
	maxFaults = 20
	maxCalls  = 100_000 // call numbers, and calls admitted by a rate
)

// ParseFaults reads a list of at most 20 faults for a resource. It may be empty. The name
// appears in errors only. Problems, up to the first 20, are returned as joined *Error
// values. Warnings are in the order of the document.
func ParseFaults(name string, data []byte) (faults []fault.Fault, warnings []*Error, err error) {
	r, root, err := open(name, data, hints{
		empty: "write a list of faults, or [] for none", several: "put all faults in one list",
	})
	if err != nil {
		return nil, nil, err
	}
	nodes := r.faultNodes(r.valueOf(root, "the document"))
	if err := r.failure(); err != nil {
		return nil, nil, err
	}
	r.warnIneffective(nodes, false)
	sortErrors(r.warnings)
	return faultsOf(nodes), r.warnings, nil
}

// A faultNode is a fault that is being read, with the positions of its keys.
type faultNode struct {
	fault.Fault
	given map[string]position
	at    position
}

func faultMapping() mapping[faultNode] {
	return mapping[faultNode]{elsewhere: map[string]string{
		"retryAfter": "write it inside error: {name: unavailable, retryAfter: 1s}",
	}, fields: append([]field[faultNode]{
		{key: "on", read: readOn},
		{key: "state", read: func(r *reader, v value, into *faultNode) {
			into.States = r.words(v, "state", fault.States(), strings.Join(fault.States(), ", "))
		}},
		{key: "time", read: readTime},
		{key: "calls", read: readCalls},
		{key: "probability", read: func(r *reader, v value, into *faultNode) {
			if _, exact, ok := r.share(v); ok {
				into.Probability = exact
			}
		}},
	}, effectFields()...)}
}

// readFaults reads the faults of a scenario, which must not be empty.
func readFaults(r *reader, v value, into *scenarioNode) {
	nodes := r.faultNodes(v)
	if list, ok := v.node.(*ast.SequenceNode); ok && len(list.Values) == 0 {
		r.report(v.at, v.path+" is empty", "leave it out")
	}
	into.Faults = faultsOf(nodes)
	r.warnIneffective(nodes, true)
}

func faultsOf(nodes []faultNode) []fault.Fault {
	var faults []fault.Fault
	for _, n := range nodes {
		faults = append(faults, n.Fault)
	}
	return faults
}

// faultNodes returns the entries of the value as a list of faults.
func (r *reader) faultNodes(v value) []faultNode {
	entries, ok := r.items(v, "begin every fault with -")
	if !ok {
		return nil
	}
	if len(entries) > maxFaults {
		r.report(v.at, fmt.Sprintf("%d faults", len(entries)), fmt.Sprintf("use at most %d", maxFaults))
		return nil
	}
	var all []faultNode
	for i, entry := range entries {
		entry.path = fmt.Sprintf("fault %d", i+1)
		n := faultNode{at: entry.at}
		n.Probability = 1
		n.given = faultMapping().read(r, entry, &n)
		r.checkEffects(entry, n)
		all = append(all, n)
	}
	return all
}

// readOn reads operations and groups of operations.
func readOn(r *reader, v value, into *faultNode) {
	groups := fault.Groups()
	known := make([]string, len(groups))
	for i, group := range groups {
		known[i] = group.Name
	}
	allowed := strings.Join(known, ", ") + ", or the name of an operation such as detectLiveness"
	for _, word := range r.words(v, pathOperation, append(known, fault.Operations()...), allowed) {
		operations := []string{word}
		if i := slices.Index(known, word); i >= 0 {
			operations = groups[i].Operations
		}
		for _, operation := range operations {
			if !slices.Contains(into.Operations, operation) {
				into.Operations = append(into.Operations, operation)
			}
		}
	}
}

// words returns the value as a list of known words without duplicates. A single word is a
// list, too. The noun names one of the words in messages, and allowed lists them.
func (r *reader) words(v value, noun string, known []string, allowed string) []string {
	allowed = "allowed: " + allowed
	entries := []value{v}
	switch v.kind() {
	case "text":
	case "a list":
		entries, _ = r.items(v, "")
		if len(entries) == 0 {
			r.report(v.at, v.path+" is empty", "name at least one "+noun+", or leave it out for any")
		}
	default:
		r.wrongKind(v, "text or a list", allowed)
		return nil
	}
	var words []string
	for _, entry := range entries {
		entry.path = noun
		if entry.kind() != "text" {
			r.wrongKind(entry, "text", allowed)
			continue
		}
		if word, ok := r.word(entry, allowed, known...); ok && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return words
}

func timeMapping() mapping[faultNode] {
	return mapping[faultNode]{name: "time", fields: []field[faultNode]{
		{key: "from", read: func(r *reader, v value, into *faultNode) { into.After = r.duration(v) }},
		{key: "to", read: func(r *reader, v value, into *faultNode) { into.Until = r.delay(v, "leave it out, or end later") }},
	}}
}

func readTime(r *reader, v value, into *faultNode) {
	problems := len(r.problems)
	timeMapping().read(r, v, into)
	r.refuseEmpty(v, "name from, to or both")
	if len(r.problems) == problems && into.Until > 0 && into.Until <= into.After {
		r.report(v.at, "time ends before it begins", "to must be after from")
	}
}

func callsMapping() mapping[faultNode] {
	return mapping[faultNode]{name: "calls", fields: []field[faultNode]{
		{key: "from", read: func(r *reader, v value, into *faultNode) { into.First = int(r.whole(v, 1, maxCalls)) }},
		{key: "to", read: func(r *reader, v value, into *faultNode) { into.Last = int(r.whole(v, 1, maxCalls)) }},
	}}
}

func readCalls(r *reader, v value, into *faultNode) {
	if !v.isMapping() {
		into.First = int(r.whole(v, 1, maxCalls))
		into.Last = into.First
		return
	}
	problems := len(r.problems)
	callsMapping().read(r, v, into)
	r.refuseEmpty(v, "name from, to or both")
	if len(r.problems) == problems && into.Last > 0 && into.First > into.Last {
		r.report(v.at, "calls.from is above calls.to", "swap them")
	}
}
