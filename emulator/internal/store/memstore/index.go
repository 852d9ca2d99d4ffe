package memstore

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// An index has sessions in ascending order of their ids, or of their creation times and
// then their ids. It consists of blocks, so that adding or removing a session moves the
// rest of its block and not half of all sessions. With a million sessions, either takes
// about a microsecond.
type index struct {
	blocks []block // ascending
	byTime bool    // ordered by creation time; set it before the first add
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
	start uint64 // of its position
	entry *entry
}

// A position is where a session is in an index. start is a number that sorts like the
// rest: the first bytes of the id, or the creation time in nanoseconds. Comparing the
// numbers is nearly always enough, and avoids reading the sessions, which are scattered
// over the memory.
type position struct {
	start   uint64
	id      liveness.SessionID
	byTime  bool
	created time.Time // and the rest: only by time
	part    partKey   // an index of several generations can have an id twice
}

func positionOf(id liveness.SessionID) position {
	var start [8]byte
	copy(start[:], id)
	return position{start: binary.BigEndian.Uint64(start[:]), id: id}
}

// timePosition returns the position of a session in an index by creation time. Times that
// do not fit into a number are all the least or the greatest one.
func timePosition(created time.Time, id liveness.SessionID) position {
	nanos := created.UnixNano()
	switch year := created.Year(); {
	case year < 1678:
		nanos = math.MinInt64
	case year > 2261:
		nanos = math.MaxInt64
	}
	return position{start: uint64(nanos) ^ 1<<63, id: id, byTime: true, created: created}
}

// of returns the position of a session.
func (x *index) of(e *entry) position {
	if x.byTime {
		p := timePosition(e.session.Created, e.session.ID)
		p.part = e.part.partKey
		return p
	}
	return positionOf(e.session.ID)
}

func (x *index) blockOf(places []place) block { return block{x.of(places[0].entry), places} }

func (p position) compare(other position) int {
	if p.start != other.start {
		return cmp.Compare(p.start, other.start)
	}
	return cmp.Or(p.created.Compare(other.created), cmp.Compare(p.id, other.id), p.part.compare(other.part))
}

func (b block) compare(p position) int { return b.first.compare(p) }

func (c place) compare(p position) int {
	if c.start != p.start {
		return cmp.Compare(c.start, p.start)
	}
	e := c.entry // read only now
	if !p.byTime {
		return cmp.Compare(e.session.ID, p.id)
	}
	return cmp.Or(
		e.session.Created.Compare(p.created), cmp.Compare(e.session.ID, p.id), e.part.compare(p.part))
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
	p := x.of(e)
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
		upper := x.blockOf(slices.Clone(b.places[blockSize/2:]))
		b.places = slices.Delete(b.places, blockSize/2, blockSize)
		x.blocks = slices.Insert(x.blocks, n+1, upper)
	}
}

// remove removes a session that the index has, and reports whether it was the last one.
// The rest of the block is joined with the next block if both are small.
func (x *index) remove(e *entry) (last bool) {
	n, at, _ := x.find(x.of(e))
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
	x.blocks[n] = x.blockOf(places)
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

// newest calls visit with the sessions before a position, the last one first, until it
// returns false. The zero position is behind all.
func (x *index) newest(before position, visit func(*entry) bool) {
	n, at := len(x.blocks)-1, 0
	if before != (position{}) {
		n, at, _ = x.find(before)
	} else if n >= 0 {
		at = len(x.blocks[n].places)
	}
	for ; n >= 0 && n < len(x.blocks); n-- {
		for at--; at >= 0; at-- {
			if !visit(x.blocks[n].places[at].entry) {
				return
			}
		}
		if n > 0 {
			at = len(x.blocks[n-1].places)
		}
	}
}

// first returns the first sessions, at most limit of them.
func (x *index) first(limit int) []*entry {
	var all []*entry
	for _, b := range x.blocks {
		for _, c := range b.places[:min(len(b.places), limit-len(all))] {
			all = append(all, c.entry)
		}
	}
	return all
}
