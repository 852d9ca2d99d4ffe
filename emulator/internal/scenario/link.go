package scenario

import (
	"slices"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/nearest"
)

// A BrokenLink is the Next of a scenario that gives no attempts.
type BrokenLink struct {
	From       string   // name of the scenario
	Next       string   // name that no scenario has; "": see Circle
	Suggestion string   // the name that was probably meant instead of Next, or ""
	Circle     []string // names of the scenarios that lead to each other, From first
}

// brokenLinks returns the links that lead nowhere, and the first of each circle.
func (s *Set) brokenLinks() []BrokenLink {
	var broken []BrokenLink
	inCircle := make(map[string]bool)
	for _, scenario := range s.inOrder {
		next := scenario.Next
		if _, known := s.byName[next]; !known && next != "" {
			broken = append(broken, BrokenLink{From: scenario.Name, Next: next, Suggestion: nearest.Name(next, s.names)})
		}
		if inCircle[scenario.Name] {
			continue // reported with its first
		}
		circle := s.circle(scenario)
		for _, name := range circle {
			inCircle[name] = true
		}
		if len(circle) > 0 {
			broken = append(broken, BrokenLink{From: scenario.Name, Circle: circle})
		}
	}
	return broken
}

// circle returns the names from the scenario on until it comes again, or none if
// it does not.
func (s *Set) circle(from *member) []string {
	var names []string
	for at, known := from, true; known && len(names) <= len(s.inOrder); at, known = s.byName[at.Next] {
		if at == from && len(names) > 0 {
			return names
		}
		names = append(names, at.Name)
	}
	return nil
}

// follow sets the attempts that follow those of the scenario, with their images, after
// it has done so for the scenarios that come next.
func (s *Set) follow(scenario *member, linked map[string]bool) {
	if scenario.Next == "" || linked[scenario.Name] {
		return
	}
	linked[scenario.Name] = true
	s.follow(s.byName[scenario.Next], linked)
	next := s.byName[scenario.Next].whole()
	own := len(scenario.sequence())
	scenario.following = next.sequence()[:min(len(next.sequence()), liveness.MaxAttempts-own)]
	images := slices.Clone(scenario.Images)
	for _, image := range next.Images {
		have := slices.ContainsFunc(scenario.Images, func(own liveness.Image) bool { return own.Name == image.Name })
		if !have && slices.ContainsFunc(scenario.following, func(a *Attempt) bool { return a.names(image.Name) }) {
			images = append(images, image)
		}
	}
	scenario.Images = images
}

// names reports whether one of the choices names the session image.
func (a *Attempt) names(image string) bool {
	return slices.ContainsFunc(a.Choices, func(c Choice) bool { return c.Step.SessionImage == image })
}
