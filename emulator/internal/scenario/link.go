package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// link gives every scenario the attempts of the one that its then names. It
// returns the problems of those where there is none, or no end.
func (s *Set) link(files []*reader) []error {
	var problems []error
	inCircle := make(map[string]bool)
	for _, file := range files {
		next := file.scenario.Next
		if _, known := s.byName[next]; !known && next != "" {
			suggestion := "name one of those that scenario files or the program have"
			if meant := nearest(next, s.names); meant != "" {
				suggestion = didYouMean(meant)
			}
			problems = append(problems, file.doc.errorAt(file.places.then, "unknown scenario "+quote(next), suggestion))
		}
		if inCircle[file.scenario.Name] {
			continue // reported with its first
		}
		circle := s.circle(file.scenario)
		for _, name := range circle {
			inCircle[name] = true
		}
		if len(circle) > 0 {
			problems = append(problems, file.doc.errorAt(file.places.then,
				"then goes round in a circle: "+round(circle), "end one of them with repeat-last, restart or exhausted"))
		}
	}
	if len(problems) > 0 {
		return problems
	}
	linked := make(map[string]bool)
	for _, scenario := range s.inOrder {
		s.follow(scenario, linked)
	}
	return nil
}

// circle returns the names from the scenario on until it comes again, or none if
// it does not.
func (s *Set) circle(from *Scenario) []string {
	var names []string
	for at, known := from, true; known && len(names) <= len(s.inOrder); at, known = s.byName[at.Next] {
		if at == from && len(names) > 0 {
			return names
		}
		names = append(names, at.Name)
	}
	return nil
}

// round shows a circle of names, shortened if it is long.
func round(names []string) string {
	const shown = 8
	if len(names) > shown {
		names = append(slices.Clone(names[:shown-1]), "…", names[len(names)-1])
	}
	return strings.Join(append(slices.Clone(names), names[0]), " → ")
}

// follow gives the scenario, and first the ones after it, what follows its own
// attempts, with the images of these.
func (s *Set) follow(scenario *Scenario, linked map[string]bool) {
	if scenario.Next == "" || linked[scenario.Name] {
		return
	}
	linked[scenario.Name] = true
	next := s.byName[scenario.Next]
	s.follow(next, linked)
	own := len(scenario.sequence())
	scenario.following = next.sequence()[:min(len(next.sequence()), liveness.MaxAttempts-own)]
	scenario.Images = append(slices.Clip(scenario.Images), imagesOf(next.Images, func(name string) bool {
		have := slices.ContainsFunc(scenario.Images, func(image liveness.Image) bool { return image.Name == name })
		return !have && slices.ContainsFunc(scenario.following, func(a *Attempt) bool { return a.names(name) })
	})...)
}

// names reports whether one of the choices names the session image.
func (a *Attempt) names(image string) bool {
	return slices.ContainsFunc(a.Choices, func(c Choice) bool { return c.Step.SessionImage == image })
}

// rank puts the scenarios with rules into the order in which they are tried, and
// warns of those whose turn never comes.
func (s *Set) rank(files []*reader) {
	var ranked []*reader
	for _, file := range files {
		if file.scenario.Match != nil {
			ranked = append(ranked, file)
		}
	}
	slices.SortStableFunc(ranked, func(a, b *reader) int { return cmp.Compare(b.scenario.Priority, a.scenario.Priority) })
	for i, file := range ranked {
		s.matching = append(s.matching, file.scenario)
		if first := file.scenario.Match.coveredBy(ranked[:i]); len(first) > 0 {
			comes := " comes first and holds whenever it does"
			if len(first) > 1 {
				comes = " come first, and one of them holds whenever it does"
			}
			file.warn(file.places.match, "match never wins: "+strings.Join(first, " and ")+comes,
				"ask for less there or for more here, or give this a higher priority")
		}
	}
}

// coveredBy returns which of the scenarios, as messages show them, hold together
// for every call that one of the rules holds for; none if they do not.
func (r Rules) coveredBy(earlier []*reader) []string {
	for _, file := range earlier {
		if !slices.ContainsFunc(r, func(m Match) bool { return !file.scenario.Match.covers(m) }) {
			return []string{file.shown()} // the only one to be named
		}
	}
	var names []string
	for _, m := range r {
		i := slices.IndexFunc(earlier, func(file *reader) bool { return file.scenario.Match.covers(m) })
		if i < 0 {
			return nil
		}
		if name := earlier[i].shown(); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// shown names the scenario of a file in messages.
func (r *reader) shown() string {
	return fmt.Sprintf("%q in %s", r.scenario.Name, r.scenario.Source)
}
