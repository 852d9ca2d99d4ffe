package scenario

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// Bounds and defaults of the language.
const (
	maxNameLength  = 64
	maxGlobLength  = 256
	maxAttempts    = 100
	maxDuration    = 24 * time.Hour
	defaultAdvance = time.Second // of advance: auto
)

// Parse reads one scenario file of at most 1 MiB. The name of the file is only
// shown, in errors and as Scenario.Source; folder is where the session images
// are that it names. Every problem, up to the first 20, is an *Error among the
// joined errors.
func Parse(file string, data []byte, folder fs.FS) (Scenario, error) {
	r, err := read(file, data, folder)
	if err != nil {
		return Scenario{}, err
	}
	return r.scenario, nil
}

// read reads a file and returns the reader, whose scenario is complete.
func read(file string, data []byte, folder fs.FS) (*reader, error) {
	if len(data) > maxFileBytes {
		return nil, &Error{File: file, Message: fmt.Sprintf("the file is larger than %d MiB", maxFileBytes>>20)}
	}
	text, problem := plainText(file, data)
	if problem != nil {
		return nil, problem
	}
	doc := newDocument(file, text)
	root, problem := parse(doc, text)
	if problem != nil {
		return nil, problem
	}
	r := &reader{doc: doc, images: newImageFolder(folder)}
	r.scenario.Source = file
	r.readScenario(value{node: root, at: doc.placeOf(root, position{1, 1}), path: "the scenario"})
	if err := r.failure(); err != nil {
		return nil, err
	}
	return r, nil
}

// failure returns the problems in the order of the file, or nil if there are
// none.
func (r *reader) failure() error {
	slices.SortStableFunc(r.problems, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
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

// A draft is a scenario on its way, with the places that checks across its keys
// need.
type draft struct {
	Scenario
	plays []play
}

func scenarioMapping() mapping[draft] {
	return mapping[draft]{fields: []field[draft]{
		{key: "name", required: true, read: readName},
		{key: "description", read: readDescription},
		{key: "match", read: readMatch},
		{key: "advance", read: readAdvance},
		{key: "attempts", required: true, read: readAttempts},
		{key: "then", read: readThen},
	}}
}

// readScenario reads the file and puts the parts together.
func (r *reader) readScenario(v value) {
	d := draft{}
	d.Source = r.scenario.Source
	d.Script.Then = liveness.ThenRepeatLast
	scenarioMapping().read(r, v, &d)
	if d.Match != nil && d.Match.Operation == DetectLiveness {
		r.refuseVerifyKeys(d.plays)
	}
	for _, p := range d.plays {
		d.Script.Steps = append(d.Script.Steps, p.step)
	}
	d.Script.Scenario = d.Name
	d.Images = r.images.used
	r.scenario = d.Scenario
}

func readName(r *reader, v value, into *draft) {
	name, ok := r.text(v)
	if !ok {
		return
	}
	if !validName(name) {
		r.report(v.at, "bad name "+quote(name),
			fmt.Sprintf("use a to z, 0 to 9 and -, not - at the beginning, at most %d characters", maxNameLength))
		return
	}
	into.Name, r.nameAt = name, v.at
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

func readDescription(r *reader, v value, into *draft) {
	into.Description, _ = r.text(v)
}

func readThen(r *reader, v value, into *draft) {
	then, ok := r.oneOf(v, string(liveness.ThenRepeatLast), string(liveness.ThenRestart), string(liveness.ThenExhausted))
	if ok {
		into.Script.Then = liveness.Then(then)
	}
}

func matchMapping() mapping[Match] {
	return mapping[Match]{name: "match", fields: []field[Match]{
		{key: "operation", read: func(r *reader, v value, into *Match) {
			operation, _ := r.oneOf(v, string(DetectLiveness), string(DetectLivenessWithVerify))
			into.Operation = Operation(operation)
		}},
		{key: "deviceCorrelationId", read: func(r *reader, v value, into *Match) {
			into.DeviceCorrelationID = r.glob(v)
		}},
		{key: "verifyImage", read: func(r *reader, v value, into *Match) {
			verifyImageMapping().read(r, v, &into.VerifyImage)
		}},
	}}
}

func verifyImageMapping() mapping[VerifyImageMatch] {
	return mapping[VerifyImageMatch]{name: "match.verifyImage", fields: []field[VerifyImageMatch]{
		{key: "fileName", required: true, read: func(r *reader, v value, into *VerifyImageMatch) {
			into.FileName = r.glob(v)
		}},
	}}
}

func readMatch(r *reader, v value, into *draft) {
	var match Match
	given := matchMapping().read(r, v, &match)
	if node, ok := v.node.(ast.MapNode); ok && !node.MapRange().Next() {
		r.report(v.at, "match asks for nothing", "name a condition, or leave match out and make the scenario the default")
	}
	if at, there := given["verifyImage"]; there && match.Operation == DetectLiveness {
		r.report(at, "verifyImage never holds for operation detectLiveness", "match operation detectLivenessWithVerify")
	}
	into.Match = &match
}

// glob returns the value if it can be a glob.
func (r *reader) glob(v value) string {
	text, ok := r.text(v)
	switch {
	case !ok:
	case text == "":
		r.report(v.at, v.path+" is empty", `"*" matches any that is not`)
	case len(text) > maxGlobLength:
		r.report(v.at, v.path+" is too long", fmt.Sprintf("at most %d bytes", maxGlobLength))
	default:
		return text
	}
	return ""
}

// The values of advance that are not mappings.
const (
	advanceDevice = "device"
	advanceAuto   = "auto"
)

func advanceMapping() mapping[liveness.Script] {
	return mapping[liveness.Script]{name: "advance", fields: []field[liveness.Script]{
		{key: "after", required: true, read: func(r *reader, v value, into *liveness.Script) {
			into.After = r.duration(v)
		}},
	}}
}

func readAdvance(r *reader, v value, into *draft) {
	if _, isMapping := v.node.(ast.MapNode); isMapping {
		into.Script.Automatic = true
		advanceMapping().read(r, v, &into.Script)
		return
	}
	const allowed = "allowed: device, auto, {after: 2s}"
	if v.kind() != "text" {
		r.wrongKind(v, "text or a mapping", allowed)
		return
	}
	switch word, _ := r.text(v); word {
	case advanceDevice:
	case advanceAuto:
		into.Script.Automatic, into.Script.After = true, defaultAdvance
	default:
		suggestion := allowed
		if meant := nearest(word, []string{advanceDevice, advanceAuto}); meant != "" {
			suggestion = didYouMean(meant)
		}
		r.report(v.at, "unknown advance "+quote(word), suggestion)
	}
}

func readAttempts(r *reader, v value, into *draft) {
	list, ok := v.node.(*ast.SequenceNode)
	switch {
	case !ok:
		r.wrongKind(v, "a list", "begin every attempt with -")
		return
	case len(list.Values) == 0:
		r.report(v.at, "attempts is empty", "a scenario has at least one attempt")
		return
	case len(list.Values) > maxAttempts:
		r.report(v.at, fmt.Sprintf("%d attempts", len(list.Values)), fmt.Sprintf("a scenario has at most %d", maxAttempts))
		return
	}
	for i, node := range list.Values {
		attempt := value{node: node, at: r.doc.placeOf(node, v.at), path: fmt.Sprintf("attempt %d", i+1)}
		into.plays = append(into.plays, r.readAttempt(attempt))
	}
}
