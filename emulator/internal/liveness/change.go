package liveness

import "time"

// A Change is the creation, change or removal of a session, or the replacement of all
// sessions of an owner. The change and its sessions must not be edited.
type Change struct {
	Resource ResourceID // of the session; "": not known, because its record was damaged
	Session  SessionID  // "" of a change that is about all sessions of an owner
	// At is the time of the change, on the clock of the resource; zero: not known.
	At time.Time

	After  *Session // the session from now on; nil: it was removed
	Before *Session // the session that was removed; nil: not known

	Created bool // the change began the session
	Started bool // the change started it
	Attempt int  // the first attempt that the change began; 0: none

	// Replaced is set if all sessions of an owner were replaced by others, or removed.
	Replaced *Owner
}

// Removed reports whether the change removed a single session.
func (c *Change) Removed() bool { return c.After == nil && c.Replaced == nil }

// Concerns reports whether the change is about sessions of an owner: about this one, if
// id is not "". A change whose resource is not known concerns every owner.
func (c *Change) Concerns(owner Owner, id SessionID) bool {
	if c.Replaced != nil {
		return owner.All || c.Replaced.All || c.Replaced.Resource == owner.Resource
	}
	return (owner.All || c.Resource == "" || c.Resource == owner.Resource) && (id == "" || id == c.Session)
}

// Attempts returns the attempts that the change began. Those of an automatic session are
// computed, so no change begins them.
func (c *Change) Attempts() []Attempt {
	if c.Attempt == 0 {
		return nil
	}
	return c.After.Attempts[c.Attempt-1:]
}
