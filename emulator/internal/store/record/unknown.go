package record

import (
	"maps"
	"slices"
)

// An unknown has the members of a struct that this program does not know, because a
// newer program wrote them, and those of the structs in it. Encode writes them back to
// their structs. Those of a struct that has been removed, from a pointer or from the end
// of a list, are lost. Elements of a list are told apart by their index alone. A nil
// unknown is empty.
//
// Its encoded form is an array of two maps: members, and within.
type unknown struct {
	members []member            // by ascending keys
	within  map[uint64]*unknown // of known members by their keys, of elements by their indexes
}

// A member is a key with its value, encoded.
type member struct {
	key   uint64
	value string
}

// add adds a member with a key that is above all others.
func (u *unknown) add(m member) *unknown {
	if u == nil {
		u = &unknown{}
	}
	u.members = append(u.members, m)
	return u
}

// put puts what is unknown within a member or an element.
func (u *unknown) put(key uint64, within *unknown) *unknown {
	if within == nil {
		return u
	}
	if u == nil {
		u = &unknown{}
	}
	if u.within == nil {
		u.within = map[uint64]*unknown{}
	}
	u.within[key] = within
	return u
}

// appendTo appends the encoded form.
func (u *unknown) appendTo(b []byte) []byte {
	b = appendHead(b, majorList, 2)
	b = appendHead(b, majorMap, uint64(len(u.members)))
	for _, m := range u.members {
		b = appendMember(b, m)
	}
	b = appendHead(b, majorMap, uint64(len(u.within)))
	for _, key := range slices.Sorted(maps.Keys(u.within)) {
		b = u.within[key].appendTo(appendHead(b, majorUint, key))
	}
	return b
}

// decodeUnknown is the inverse of appendTo.
func decodeUnknown(encoded string) (*unknown, error) {
	d := decoder{payload: encoded}
	u := d.unknown(maxDepth)
	if d.left() != 0 {
		d.fail("something follows its end")
	}
	return u, d.err
}

func (d *decoder) unknown(depth int) (u *unknown) {
	if depth == 0 || d.number(majorList) != 2 {
		d.fail("unknown members have another form")
	}
	d.each(func(key uint64) { u = u.add(member{key, d.raw()}) })
	d.each(func(key uint64) { u = u.put(key, d.unknown(depth-1)) })
	return u
}

// each takes a map, and calls value with each key to take its value.
func (d *decoder) each(value func(key uint64)) {
	n := d.length(majorMap)
	for next := uint64(0); n > 0; n-- {
		key := d.key(next)
		if d.err != nil {
			return
		}
		next = key + 1
		value(key)
	}
}
