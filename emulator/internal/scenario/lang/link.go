package lang

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

// link makes a set of the built-in scenarios and those of the files, and adds warnings
// that only the set shows. It returns the built-in files that have a warning. A reference
// to an unknown scenario or in a circle is an error.
func link(builtIn []scenario.Outline, files []*reader) (_ *scenario.Set, shadowed []*reader, _ error) {
	byName := make(map[string]*reader, len(files))
	scenarios := make([]scenario.Scenario, len(files))
	for i, file := range files {
		scenarios[i] = file.scenario
		byName[file.scenario.Name] = file
	}
	set, broken := scenario.NewSet(builtIn, scenarios...)
	if len(broken) > 0 {
		var problems []error
		for _, b := range broken {
			problems = append(problems, byName[b.From].brokenLink(b))
		}
		return nil, nil, errors.Join(problems...)
	}
	for _, shadow := range set.Shadows() {
		file, given := byName[shadow.Name]
		if !given {
			file = readBuiltIn(path.Base(shadow.Source))
			shadowed = append(shadowed, file)
		}
		file.warnOfShadow(shadow)
	}
	for _, file := range files {
		if file.scenario.Next == "" {
			continue // it was warned of when it was read
		}
		if linked, known := set.Lookup(file.scenario.Name); known {
			file.scenario = linked
			file.warnOfSequence()
		}
	}
	return set, shadowed, nil
}

// brokenLink returns the error for a then without a valid target.
func (r *reader) brokenLink(b scenario.BrokenLink) *Error {
	if len(b.Circle) > 0 {
		return r.doc.errorAt(r.places.then, "then leads in a circle: "+round(b.Circle),
			"end one of them with repeat-last, restart or exhausted")
	}
	suggestion := "use the name of a scenario file or of a built-in scenario"
	if b.Suggestion != "" {
		suggestion = didYouMean(b.Suggestion)
	}
	return r.doc.errorAt(r.places.then, "unknown scenario "+scenario.Quote(b.Next), suggestion)
}

// round shows a circle of names, shortened if it is long.
func round(names []string) string {
	const shown = 8
	if len(names) > shown {
		names = append(slices.Clone(names[:shown-1]), "…", names[len(names)-1])
	}
	return strings.Join(append(slices.Clone(names), names[0]), " → ")
}

// warnOfShadow warns of a match that never wins.
func (r *reader) warnOfShadow(shadow scenario.Shadow) {
	var first []string
	for _, s := range shadow.By {
		first = append(first, fmt.Sprintf("%q in %s", s.Name, s.Source))
	}
	comes := " comes first and holds whenever it does"
	if len(first) > 1 {
		comes = " come first, and one of them holds whenever it does"
	}
	r.warn(r.places.match, "match never wins: "+strings.Join(first, " and ")+comes,
		"narrow the earlier match, or give this scenario a higher priority")
}
