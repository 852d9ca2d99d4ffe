package memstore

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// An index has the sessions of one group in ascending order of their ids. It consists of
// blocks, so that adding or removing a session moves the rest of its block and not half
// of all sessions. With a million sessions, either takes about a microsecond.
type index struct {
	blocks []block // ascending
}

// A block has consecutive sessions. It is never empty.
type block struct {
	first  position // of the first one
	places []place  // ascending, fewer than blockSize
}

// blockSize is the number of sessions at which a block is split in two. Sessions take
// longer to move in larger blocks, and longer to find in smaller ones.
const blockSize = 256

// A place is the entry of a session in a block.
type place struct {
	start uint64 // of its id, see position
	entry *entry
}

// A position is an id and its first bytes as a number, which sort like the id. Ids are
// random, so comparing the numbers is nearly always enough, and avoids reading the ids,
// which are scattered over the memory.
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
	return cmp.Compare(c.entry.session.ID, p.id) // read only now
}

// find returns the place of p, or the place to insert it: the block, and the index in the
// block. Only in an empty index that block does not exist.
func (x *index) find(p position) (n, at int, found bool) {
	n, found = slices.BinarySearchFunc(x.blocks, p, block.compare)
	if found || len(x.blocks) == 0 {
		return n, 0, found
	}
	n = max(n-1, 0)
	at, found = slices.BinarySearchFunc(x.blocks[n].places, p, place.compare)
	return n, at, found
}

// add adds a session that the index does not have.
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

// remove removes a session that the index has, and reports whether it was the last one.
// The rest of the block is joined with the next block if both are small.
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
