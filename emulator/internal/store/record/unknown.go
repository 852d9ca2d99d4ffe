package record

// Unknown are the members of a stored session that this program does not know,
// because a newer program wrote them. Encode writes them back to where they were,
// unless that is gone: what a pointer pointed to, or an element of a list. A nil
// one has none. It never changes once Decode has returned it.
type Unknown struct {
	members []member            // by ascending keys
	within  map[uint64]*Unknown // of known members by their keys, of elements by their indexes
}

// A member is a key with its value, encoded.
type member struct {
	key   uint64
	value string
}

// add adds a member with a key that is above all others.
func (u *Unknown) add(m member) *Unknown {
	if u == nil {
		u = &Unknown{}
	}
	u.members = append(u.members, m)
	return u
}

// put puts what is unknown within a member or an element.
func (u *Unknown) put(key uint64, within *Unknown) *Unknown {
	if within == nil {
		return u
	}
	if u == nil {
		u = &Unknown{}
	}
	if u.within == nil {
		u.within = map[uint64]*Unknown{}
	}
	u.within[key] = within
	return u
}

func (u *Unknown) list() []member {
	if u == nil {
		return nil
	}
	return u.members
}

// at returns what is unknown within a member or an element.
func (u *Unknown) at(key uint64) *Unknown {
	if u == nil {
		return nil
	}
	return u.within[key]
}
