package liveness

// AllResources stands for all resources in place of one, where something is set: what is
// set for a single resource comes before it, and faults come after those for all. No
// key and no identity has this id.
const AllResources ResourceID = "*"

// An Owner is whose sessions are meant: those of one resource, or of all.
type Owner struct {
	Resource ResourceID
	All      bool
}

// Owns reports whether a session is the owner's.
func (o Owner) Owns(s Session) bool { return o.All || o.Resource == s.Resource }
