package record

// Unknown has the members of a stored session that this program does not know,
// because a newer program wrote them. Encode writes them back to their structs. Those of
// a struct that has been removed, from a pointer or from the end of a list, are lost.
// Elements of a list are told apart by their index alone. A nil Unknown is empty. It
// never changes once Decode has returned it.
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
