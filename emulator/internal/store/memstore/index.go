package memstore

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// An index is the sessions of one group in ascending order of their ids. They
// lie in blocks, so that adding or removing one moves the rest of its block and
// not half of all. With a million sessions, either takes about a microsecond.
type index struct {
	blocks []block // ascending
}

// A block is some of the sessions that follow each other. It is never empty.
type block struct {
	first  position // of the first one
	places []place  // ascending, fewer than blockSize
}

// blockSize is how many sessions make a block split in two. Larger blocks cost
// more to move, smaller ones more to find.
const blockSize = 256

// A place is where a session stands.
type place struct {
	start uint64 // of its id, see position
	entry *entry
}

// A position is an id and its first bytes as a number, which is in the same
// order. Ids are random, so the number nearly always tells two apart without a
// look at the ids themselves, which lie all over the memory.
type position struct {
	start uint64
	id    liveness.SessionID
}

func positionOf(id liveness.SessionID) position {
	var start [8]byte
	copy(start[:], id)
	return position{binary.BigEndian.Uint64(start[:]), id}
}

func blockOf(places []place) block {
	return block{position{places[0].start, places[0].entry.session.ID}, places}
}

func (p position) compare(other position) int {
	if p.start != other.start {
		return cmp.Compare(p.start, other.start)
	}
	return cmp.Compare(p.id, other.id)
}

func (b block) compare(p position) int { return b.first.compare(p) }

func (c place) compare(p position) int {
	if c.start != p.start {
		return cmp.Compare(c.start, p.start)
	}
	return cmp.Compare(c.entry.session.ID, p.id) // fetched only now
}

// find returns where p is, or would be put: the block and the place in it. Only
// an empty index has no such block.
func (x *index) find(p position) (n, at int, found bool) {
	n, found = slices.BinarySearchFunc(x.blocks, p, block.compare)
	if found || len(x.blocks) == 0 {
		return n, 0, found
	}
	n = max(n-1, 0)
	at, found = slices.BinarySearchFunc(x.blocks[n].places, p, place.compare)
	return n, at, found
}

// add adds a session that is not there.
func (x *index) add(e *entry) {
	p := positionOf(e.session.ID)
	if len(x.blocks) == 0 {
		x.blocks = []block{{p, []place{{p.start, e}}}}
		return
	}
	n, at, _ := x.find(p)
	b := &x.blocks[n]
	b.places = slices.Insert(b.places, at, place{p.start, e})
	if at == 0 {
		b.first = p
	}
	if len(b.places) == blockSize {
		upper := blockOf(slices.Clone(b.places[blockSize/2:]))
		b.places = slices.Delete(b.places, blockSize/2, blockSize)
		x.blocks = slices.Insert(x.blocks, n+1, upper)
	}
}

// remove removes a session that is there and reports whether it was the last
// one. What is left of a block joins the next one when both are small.
func (x *index) remove(id liveness.SessionID) (last bool) {
	n, at, _ := x.find(positionOf(id))
	places := slices.Delete(x.blocks[n].places, at, at+1)
	next := n + 1
	switch {
	case len(places) == 0:
		x.blocks = slices.Delete(x.blocks, n, next)
		return len(x.blocks) == 0
	case next < len(x.blocks) && len(places)+len(x.blocks[next].places) <= blockSize/4:
		places = append(places, x.blocks[next].places...)
		x.blocks = slices.Delete(x.blocks, next, next+1)
	}
	x.blocks[n] = blockOf(places)
	return false
}

// page returns the first sessions after an id, at most limit of them.
func (x *index) page(after liveness.SessionID, limit int) []*entry {
	n, at, found := x.find(positionOf(after))
	if found {
		at++
	}
	var page []*entry
	for ; n < len(x.blocks) && len(page) < limit; n++ {
		places := x.blocks[n].places[at:]
		for _, c := range places[:min(len(places), limit-len(page))] {
			page = append(page, c.entry)
		}
		at = 0
	}
	return page
}
