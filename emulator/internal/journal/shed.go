package journal

import (
	"cmp"
	"math"
	"slices"
)

// shedLocked drops entries, of which there are too many: the oldest ones of the resources
// that have the most, so that a busy resource takes nothing from the others. It makes
// some room beyond what is needed, because it goes through the whole list.
func (l *Local) shedLocked() {
	const spare = 20 // one in so many
	entries, mostEntries := l.limits.Entries, math.MaxInt
	if len(l.slots) > entries {
		entries -= entries / spare
		mostEntries = level(l.tallies, entries, func(t *tally) int { return t.entries })
	}
	bytes, mostBytes := l.limits.Bytes, math.MaxInt
	if l.bytes > bytes {
		bytes -= bytes / spare
		mostBytes = level(l.tallies, bytes, func(t *tally) int { return t.bytes })
	}
	kept, left := l.slots[:0], len(l.slots)
	for i, s := range l.slots {
		tooMany, tooLarge := left > entries, l.bytes > bytes
		if !tooMany && !tooLarge {
			kept = append(kept, l.slots[i:]...)
			break
		}
		if tooMany && s.tally.entries > mostEntries || tooLarge && s.tally.bytes > mostBytes {
			l.dropLocked(s)
			left--
			continue
		}
		kept = append(kept, s)
	}
	clear(l.slots[len(kept):])
	l.slots = kept
	if len(l.tallies) > 2*len(l.slots)+minIdle {
		l.forgetIdleLocked()
	}
}

// dropLocked counts an entry that is dropped.
func (l *Local) dropLocked(s slot) {
	l.countLocked(s.tally, -1, -s.bytes)
	for _, d := range []*dropped{&s.tally.gone, &l.gone} {
		d.count++
		d.position = max(d.position, s.position)
	}
	l.evicted++
}

// minIdle is the number of resources without entries that the log always remembers.
const minIdle = 1000

// forgetIdleLocked removes the tallies of half of the resources without entries, those idle
// for longest. Otherwise each new key would make the process larger.
func (l *Local) forgetIdleLocked() {
	var idle []*tally
	for _, t := range l.tallies {
		if t.entries == 0 {
			idle = append(idle, t)
		}
	}
	slices.SortFunc(idle, func(a, b *tally) int { return cmp.Compare(a.gone.position, b.gone.position) })
	for _, t := range idle[:len(idle)/2] {
		l.removeLocked(t)
	}
}

// removeLocked removes the tally of a resource that has no entries.
func (l *Local) removeLocked(t *tally) {
	delete(l.tallies, t.resource)
	l.countLocked(t, 0, -t.bytes)
}

// level returns the largest bound of a size with which the sum of all sizes is at most most.
func level(tallies map[string]*tally, most int, size func(*tally) int) int {
	var ascending []int
	for _, t := range tallies {
		ascending = append(ascending, size(t))
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
