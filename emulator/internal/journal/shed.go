package journal

import (
	"math"
	"slices"
)

// shedLocked drops entries, of which there are too many: the oldest ones of the resources
// that have the most, so that a busy resource takes nothing from the others. It makes
// some room beyond what is needed, because it looks at all entries.
func (l *Local) shedLocked() {
	const spare = 20 // one in so many
	entries, bytes := map[string]int{}, map[string]int{}
	for _, e := range l.entries {
		entries[e.Resource]++
		bytes[e.Resource] += e.bytes
	}
	mostEntries, mostBytes := math.MaxInt, math.MaxInt
	if len(l.entries) > l.limits.Entries {
		mostEntries = level(entries, l.limits.Entries-l.limits.Entries/spare)
	}
	if l.bytes > l.limits.Bytes {
		mostBytes = level(bytes, l.limits.Bytes-l.limits.Bytes/spare)
	}
	clear(entries)
	clear(bytes)
	var kept []*Entry
	l.bytes = 0
	for _, e := range slices.Backward(l.entries) {
		if entries[e.Resource] == mostEntries || bytes[e.Resource]+e.bytes > mostBytes {
			entries[e.Resource] = mostEntries // nor any that is older
			l.dropLocked(e)
			continue
		}
		entries[e.Resource]++
		bytes[e.Resource] += e.bytes
		l.bytes += e.bytes
		kept = append(kept, e)
	}
	slices.Reverse(kept)
	l.entries = kept
}

// dropLocked counts an entry that is dropped. The newest one comes first.
func (l *Local) dropLocked(e *Entry) {
	gone := l.gone[e.Resource]
	gone.count++
	gone.position = max(gone.position, e.Position)
	l.gone[e.Resource] = gone
	l.evicted++
}

// level returns the largest bound of a share with which the sum of all shares is at most
// most.
func level(shares map[string]int, most int) int {
	var ascending []int
	for _, share := range shares {
		ascending = append(ascending, share)
	}
	slices.Sort(ascending)
	for i, share := range ascending {
		others := len(ascending) - i // that have as much or more
		if share*others > most {
			return most / others
		}
		most -= share
	}
	return math.MaxInt
}
