package liveness

// A Caller is who makes a server call.
type Caller struct {
	Resource ResourceID // whose sessions the caller may see
	Gate     Gate       // nil: open
}

// A Gate is asked when a call has found its session, and before it changes
// anything or counts as a call that has read it. Of a call that creates a session
// it is asked when all is settled but nothing stored. Its error ends the call, and
// is returned as it is.
type Gate func(Session) error

// pass asks the gate.
func (g Gate) pass(session Session) error {
	if g == nil {
		return nil
	}
	return g(session)
}
