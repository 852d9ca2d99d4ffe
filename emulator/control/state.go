package control

import "time"

// A Reset names what is to be taken away.
type Reset struct {
	Sessions  bool `json:"sessions,omitempty"`  // with their images
	Requests  bool `json:"requests,omitempty"`  // that are remembered
	Faults    bool `json:"faults,omitempty"`    // that were set
	Clock     bool `json:"clock,omitempty"`     // as it was changed: it shows the emulator's own time again
	Scenarios bool `json:"scenarios,omitempty"` // queue, default and seed
	Settings  bool `json:"settings,omitempty"`  // of the API: abuse monitoring is on again
}

// ResetAll returns a Reset that names everything.
func ResetAll() Reset {
	return Reset{Sessions: true, Requests: true, Faults: true, Clock: true, Scenarios: true, Settings: true}
}

// A SnapshotInfo is what a snapshot holds.
type SnapshotInfo struct {
	Version  int       `json:"version"` // of its form
	Release  string    `json:"release"` // of the emulator that wrote it
	Taken    time.Time `json:"taken"`   // on the machine's clock
	All      bool      `json:"all"`     // of all resources
	Sessions int       `json:"sessions"`
	Images   int       `json:"images"`
}

// An EventQuery says which events are meant. What is zero asks for nothing.
type EventQuery struct {
	Session string    `json:"session,omitempty"`
	Kind    EventKind `json:"kind,omitempty"`
}

// An Event is something that happens: a request that was answered, or a timeline entry of
// a session.
type Event struct {
	// ID is the position of what the event comes from, in one order for requests and
	// changes of sessions. 0: it comes from the time alone, or the next event comes from
	// the same. In a stream of server-sent events it is the id of the event.
	ID uint64 `json:"-"`

	Kind    EventKind `json:"kind"`
	Session string    `json:"session,omitempty"`
	// Resource is whose event it is, as sessions name it.
	Resource string         `json:"resource,omitempty"`
	Request  *Request       `json:"request,omitempty"` // of EventRequest
	Entry    *TimelineEntry `json:"moment,omitempty"`  // of EventTimeline
	// Missed is how many events were left out before this one because they were
	// fetched too slowly.
	Missed uint64 `json:"missed,omitempty"`
}

// An EventKind says what an event is about.
type EventKind string

// The kinds of Event.
const (
	EventRequest  EventKind = "request"
	EventTimeline EventKind = "moment"
)
