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
	maxAttempts    = 100     // entries, and attempt numbers
	maxPriority    = 1000    // also the limit of negative ones
	maxSeed        = 1 << 53 // the largest range that JSON numbers represent exactly
	maxDuration    = 24 * time.Hour
	defaultAdvance = time.Second // for advance: auto
)

// Parse reads one scenario file of at most 128 KiB. The name of the file appears in
// errors and as Scenario.Source. Folder has the session images that the file names; it
// may be nil. Problems, up to the first 20, are returned as joined *Error values.
func Parse(file string, data []byte, folder fs.FS) (scenario.Scenario, error) {
	r, err := read(file, data, folder)
	if err != nil {
		return scenario.Scenario{}, err
	}
	return r.scenario, nil
}

// Check reads one scenario file as Parse does and returns its warnings in the order of
// the file. It does not check what depends on other files: whether the name is unique,
// whether the scenario of then exists, and whether the match can win.
func Check(file string, data []byte, folder fs.FS) (warnings []*Error, err error) {
	r, err := read(file, data, folder)
	if err != nil {
		return nil, err
	}
	sortErrors(r.warnings)
	return r.warnings, nil
}

// sortErrors sorts the errors of one file by position.
func sortErrors(problems []*Error) {
	slices.SortStableFunc(problems, func(a, b *Error) int {
		return position{a.Line, a.Column}.compare(position{b.Line, b.Column})
	})
}

// open returns a reader of a file, and the root of its syntax tree.
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

// valueOf returns the root of a syntax tree as a value.
func (r *reader) valueOf(root ast.Node, path string) value {
	return value{node: root, at: r.doc.placeOf(root, position{1, 1}), path: path}
}

// read reads a file and returns the reader with the complete scenario.
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

// failure returns the problems in the order of the file, or nil.
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

// A scenarioNode is a scenario that is being read, with the nodes that checks across keys
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

// readScenario reads the file and assembles the scenario.
func (r *reader) readScenario(v value) {
	s := scenarioNode{}
	s.Source = r.scenario.Source
	s.Then = liveness.AfterLastRepeat
	scenarioMapping().read(r, v, &s)
	if s.Match.Excludes(scenario.DetectLivenessWithVerify) {
		r.refuseVerifyKeys(s.attemptNodes)
	}
	for _, n := range s.attemptNodes {
		s.Attempts = append(s.Attempts, n.attempt())
	}
	s.Images = r.images.used
	r.scenario = s.Scenario
	r.warnUnreachable(s.attemptNodes)
	if s.Next == "" {
		r.warnOfSequence()
	}
	if s.Match == nil && r.places.priority != (position{}) {
		r.warn(r.places.priority, "priority has no effect without match", "add match, or remove priority")
	}
}

// warnUnreachable warns of entries beyond the attempts that a session can have.
func (r *reader) warnUnreachable(nodes []attemptNode) {
	before := 0 // attempts
	for _, n := range nodes {
		if before >= liveness.MaxAttempts {
			r.warn(n.at, fmt.Sprintf("this entry is never played: it would be attempt %d, and no session has more than %d", before+1, liveness.MaxAttempts),
				"remove it and the entries after it")
			break
		}
		before += max(n.repeat, 1)
	}
	if before >= liveness.MaxAttempts && r.scenario.Next != "" {
		r.warn(r.places.then, fmt.Sprintf("%q is never played: no session has more than %d attempts", r.scenario.Next, liveness.MaxAttempts),
			"remove then, or some of the attempts")
	}
}

// warnOfSequence warns of keys that have no effect on the attempts of a session,
// including those of other scenarios.
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

// name returns the value as the name of a scenario.
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

// validName reports whether name is valid for a scenario. It must fit into a header and a
// command line.
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
