package journal

import (
	"math"
	"slices"
)

// shedLocked lets entries go if there are too many: the oldest ones of the resources
// that have the most, so that one that is busy takes nothing from the others. It makes
// some room beyond what is needed, since it looks at all entries.
func (j *Journal) shedLocked() {
	const spare = 20 // one in so many
	tooMany, tooLong := len(j.entries) > j.limits.Entries, j.bytes > j.limits.Bytes
	if !tooMany && !tooLong {
		return
	}
	entries, bytes := map[string]int{}, map[string]int{}
	for _, e := range j.entries {
		entries[e.Resource]++
		bytes[e.Resource] += e.size()
	}
	mostEntries, mostBytes := math.MaxInt, math.MaxInt
	if tooMany {
		mostEntries = level(entries, j.limits.Entries-j.limits.Entries/spare)
	}
	if tooLong {
		mostBytes = level(bytes, j.limits.Bytes-j.limits.Bytes/spare)
	}
	clear(entries)
	clear(bytes)
	var kept []*Entry
	j.bytes = 0
	for _, e := range slices.Backward(j.entries) {
		size := e.size()
		if entries[e.Resource] == mostEntries || bytes[e.Resource]+size > mostBytes {
			entries[e.Resource] = mostEntries // nor any that is older
			j.gone[e.Resource]++
			j.evicted++
			continue
		}
		entries[e.Resource]++
		bytes[e.Resource] += size
		j.bytes += size
		kept = append(kept, e)
	}
	slices.Reverse(kept)
	j.entries = kept
}

// level returns the largest share with which all together have no more than most, if
// nobody has more than it.
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
