package lang

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

// Bounds and defaults of the language.
const (
	maxNameLength  = 64
	maxAttempts    = 100     // entries, and numbers of attempts
	maxPriority    = 1000    // and at least its negative
	maxSeed        = 1 << 53 // which JSON numbers can hold exactly
	maxDuration    = 24 * time.Hour
	defaultAdvance = time.Second // of advance: auto
)

// Parse reads one scenario file of at most 128 KiB. The name of the file is only
// shown, in errors and as Scenario.Source; folder is where the session images
// are that it names. Every problem, up to the first 20, is an *Error among the
// joined errors.
func Parse(file string, data []byte, folder fs.FS) (scenario.Scenario, error) {
	r, err := read(file, data, folder)
	if err != nil {
		return scenario.Scenario{}, err
	}
	return r.scenario, nil
}

// Check reads one scenario file as Parse does and returns what in it works, but
// hardly as it was meant, in the order of the file. What depends on other files
// is not looked at: whether the name is free, whether the scenario is there that
// then names, and whether the match can win.
func Check(file string, data []byte, folder fs.FS) (warnings []*Error, err error) {
	r, err := read(file, data, folder)
	if err != nil {
		return nil, err
	}
	sortErrors(r.warnings)
	return r.warnings, nil
}

// sortErrors puts the errors of one file into its order.
func sortErrors(problems []*Error) {
	slices.SortStableFunc(problems, func(a, b *Error) int {
		return position{a.Line, a.Column}.compare(position{b.Line, b.Column})
	})
}

// open returns a reader of a file and the root of its tree.
func open(file string, data []byte, suggest hints) (*reader, ast.Node, error) {
	if len(data) > maxFileBytes {
		return nil, nil, &Error{File: file, Message: fmt.Sprintf("the file is larger than %s", inUnits(maxFileBytes))}
	}
	text, problem := plainText(file, data)
	if problem != nil {
		return nil, nil, problem
	}
	doc := newDocument(file, text)
	doc.hints = suggest
	if problem := checkLines(doc); problem != nil {
		return nil, nil, problem
	}
	root, problem := parse(doc, text)
	if problem != nil {
		return nil, nil, problem
	}
	return &reader{doc: doc}, root, nil
}

// valueOf returns the root of a tree as a value.
func (r *reader) valueOf(root ast.Node, path string) value {
	return value{node: root, at: r.doc.placeOf(root, position{1, 1}), path: path}
}

// read reads a file and returns the reader, whose scenario is complete.
func read(file string, data []byte, folder fs.FS) (*reader, error) {
	r, root, err := open(file, data, hints{
		empty: "a scenario has at least a name and attempts", several: "put every scenario in a separate file",
	})
	if err != nil {
		return nil, err
	}
	r.images, r.scenario = newImageFolder(folder), scenario.Scenario{Source: file}
	r.readScenario(r.valueOf(root, "the scenario"))
	if err := r.failure(); err != nil {
		return nil, err
	}
	return r, nil
}

// failure returns the problems in the order of the file, or nil if there are
// none.
func (r *reader) failure() error {
	sortErrors(r.problems)
	var failures []error
	for i, problem := range r.problems {
		if i == maxProblems {
			failures = append(failures, &Error{
				File: r.doc.file, Message: fmt.Sprintf("%d more problems", len(r.problems)-maxProblems),
			})
			break
		}
		failures = append(failures, problem)
	}
	return errors.Join(failures...)
}

// A scenarioNode is a scenario on its way, with the places that checks across its keys
// need.
type scenarioNode struct {
	scenario.Scenario
	attemptNodes []attemptNode
}

func scenarioMapping() mapping[scenarioNode] {
	return mapping[scenarioNode]{elsewhere: map[string]string{
		"outcome": "write it as attempts: [{outcome: …}]",
		"error":   "write it as attempts: [{error: {code: …, message: …}}]",
	}, fields: []field[scenarioNode]{
		{key: "name", required: true, read: func(r *reader, v value, into *scenarioNode) {
			into.Name, r.places.name = r.name(v), v.at
		}},
		{key: "description", read: func(r *reader, v value, into *scenarioNode) {
			into.Description, _ = r.text(v)
		}},
		{key: "advice", read: func(r *reader, v value, into *scenarioNode) {
			into.Advice, _ = r.text(v)
		}},
		{key: "match", read: readMatch},
		{key: "priority", read: func(r *reader, v value, into *scenarioNode) {
			into.Priority, r.places.priority = int(r.whole(v, -maxPriority, maxPriority)), v.at
		}},
		{key: "seed", read: func(r *reader, v value, into *scenarioNode) {
			into.Seed, r.places.seed = uint64(r.whole(v, 1, maxSeed)), v.at
		}},
		{key: "advance", read: readAdvance},
		{key: "attempts", required: true, read: readAttempts},
		{key: "then", read: readThen},
		{key: "result", read: readResult},
		{key: "end", read: readEnd},
		{key: "faults", read: readFaults},
	}}
}

// readScenario reads the file and puts the parts together.
func (r *reader) readScenario(v value) {
	d := scenarioNode{}
	d.Source = r.scenario.Source
	d.Then = liveness.AfterLastRepeat
	scenarioMapping().read(r, v, &d)
	if d.Match.Excludes(scenario.DetectLivenessWithVerify) {
		r.refuseVerifyKeys(d.attemptNodes)
	}
	for _, p := range d.attemptNodes {
		d.Attempts = append(d.Attempts, p.attempt())
	}
	d.Images = r.images.used
	r.scenario = d.Scenario
	r.warnUnreachable(d.attemptNodes)
	if d.Next == "" {
		r.warnOfSequence()
	}
	if d.Match == nil && r.places.priority != (position{}) {
		r.warn(r.places.priority, "priority has no effect without match", "add match, or remove priority")
	}
}

// warnUnreachable warns of what comes after the attempts that a session can have.
func (r *reader) warnUnreachable(nodes []attemptNode) {
	before := 0 // attempts
	for _, p := range nodes {
		if before >= liveness.MaxAttempts {
			r.warn(p.at, fmt.Sprintf("this entry is never played: it would be attempt %d, and no session has more than %d", before+1, liveness.MaxAttempts),
				"remove it and the entries after it")
			break
		}
		before += max(p.repeat, 1)
	}
	if before >= liveness.MaxAttempts && r.scenario.Next != "" {
		r.warn(r.places.then, fmt.Sprintf("%q is never played: no session has more than %d attempts", r.scenario.Next, liveness.MaxAttempts),
			"remove then, or some of the attempts")
	}
}

// warnOfSequence warns of what the attempts of a session, those of other scenarios
// included, leave without effect.
func (r *reader) warnOfSequence() {
	attempts := r.scenario.AttemptCount()
	if end := r.scenario.End; end != nil && attempts > 0 {
		number := max(end.During, end.AfterTry)
		if number > attempts && number <= liveness.MaxAttempts {
			possible := "1"
			if attempts > 1 {
				possible = fmt.Sprintf("1 to %d", attempts)
			}
			r.warn(r.places.end, fmt.Sprintf("the session never ends this way: its attempts are exhausted before attempt %d", number),
				"use "+possible+", or change then")
		}
	}
	if r.scenario.Seed != 0 && !r.scenario.Random() {
		r.warn(r.places.seed, "seed has no effect: nothing in the scenario is random", "remove seed")
	}
}

// name returns the value if it can be the name of a scenario.
func (r *reader) name(v value) string {
	name, ok := r.text(v)
	switch {
	case !ok:
		return ""
	case !validName(name):
		r.report(v.at, "invalid name "+scenario.Quote(name),
			fmt.Sprintf("use a to z, 0 to 9 and -, not - at the beginning, at most %d characters", maxNameLength))
		return ""
	}
	return name
}

// validName reports whether name can be the name of a scenario, which stands in
// a header and on command lines.
func validName(name string) bool {
	for i, c := range name {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		case c == '-' && i > 0:
		default:
			return false
		}
	}
	return name != "" && len(name) <= maxNameLength
}

func readAttempts(r *reader, v value, into *scenarioNode) {
	entries, ok := r.items(v, "begin every attempt with -")
	switch {
	case !ok:
		return
	case len(entries) == 0:
		r.report(v.at, "attempts is empty", "a scenario has at least one attempt")
		return
	case len(entries) > maxAttempts:
		r.report(v.at, fmt.Sprintf("%d attempts", len(entries)), fmt.Sprintf("a scenario has at most %d", maxAttempts))
		return
	}
	for i, entry := range entries {
		entry.path = fmt.Sprintf("attempt %d", i+1)
		into.attemptNodes = append(into.attemptNodes, r.readAttempt(entry))
	}
}
