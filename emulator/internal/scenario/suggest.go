package scenario

import (
	"fmt"
	"strings"
)

// suggest returns the hint for a text that is not among the known ones: the one
// that was probably meant, or else all of them behind label.
func suggest(text, label string, known []string) string {
	if meant := nearest(text, known); meant != "" {
		return didYouMean(meant)
	}
	return label + ": " + strings.Join(known, ", ")
}

// didYouMean returns the hint that names what was probably meant.
func didYouMean(meant string) string { return fmt.Sprintf("did you mean %q?", meant) }

// nearest returns the known text that differs from text by the fewest
// characters, letter case aside, or "" if none is near enough to have been
// meant: more than a third of its characters differ.
func nearest(text string, known []string) string {
	const longest = 64 // no name is longer
	written := []rune(strings.ToLower(text))
	if len(written) > longest {
		return ""
	}
	best, least := "", 0
	for _, candidate := range known {
		wanted := []rune(strings.ToLower(candidate))
		distance := editDistance(written, wanted)
		if distance > len(wanted)/3 {
			continue
		}
		if best == "" || distance < least {
			best, least = candidate, distance
		}
	}
	return best
}

// editDistance returns how many characters must be inserted, removed, replaced
// or swapped with their neighbour to turn a into b.
func editDistance(a, b []rune) int {
	before, previous := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current := make([]int, len(b)+1)
		current[0] = i
		for j := 1; j <= len(b); j++ {
			differs := 1
			if a[i-1] == b[j-1] {
				differs = 0
			}
			current[j] = min(previous[j]+1, current[j-1]+1, previous[j-1]+differs)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
		}
		before, previous = previous, current
	}
	return previous[len(b)]
}
