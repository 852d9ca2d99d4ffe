// Package nearest finds the known name that a misspelt one was meant to be.
package nearest

import "strings"

// longest bounds the length of a name, in characters. Longer ones have no nearest.
const longest = 64

// Name returns the known name that differs from name by the fewest characters,
// ignoring letter case, or "" if more than a third of its characters differ in all
// of them. Of several that are equally near it returns the first.
func Name(name string, known []string) string {
	written := []rune(strings.ToLower(name))
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
