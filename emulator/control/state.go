package control

import "time"

// A Reset names the parts to reset.
type Reset struct {
	Sessions  bool `json:"sessions,omitempty"`  // including their images
	Requests  bool `json:"requests,omitempty"`  // the request log
	Faults    bool `json:"faults,omitempty"`    // faults of the resource
	Clock     bool `json:"clock,omitempty"`     // changes of the clock: it shows the emulator's base clock again
	Scenarios bool `json:"scenarios,omitempty"` // queue, default and seed
	Settings  bool `json:"settings,omitempty"`  // settings of the API: abuse monitoring is on again
}

// ResetAll returns a Reset that names all parts.
func ResetAll() Reset {
	return Reset{Sessions: true, Requests: true, Faults: true, Clock: true, Scenarios: true, Settings: true}
}

// An UndoResult describes what Undo has done.
type UndoResult struct {
	// Gone is the number of stored sessions that were removed: those that were created or
	// restored since the reset or restore that Undo has undone. It includes expired ones
	// that the emulator has not removed yet, and restored ones whose former state is back.
	Gone int `json:"gone"`
}

// A SnapshotInfo describes a snapshot.
type SnapshotInfo struct {
	Version  int       `json:"version"` // of the format
	Release  string    `json:"release"` // version of the emulator that wrote it
	Taken    time.Time `json:"taken"`   // on the machine's clock
	All      bool      `json:"all"`     // it has all resources
	Sessions int       `json:"sessions"`
	Images   int       `json:"images"`
}

// An EventQuery selects events. A member that is zero matches everything.
type EventQuery struct {
	Session string    `json:"session,omitempty"`
	Kind    EventKind `json:"kind,omitempty"`
}

// An Event is a request that was answered, or a timeline entry of a session.
type Event struct {
	// ID is the position of what the event comes from, in one order for requests and
	// changes of sessions. 0: it comes from the time alone, or the next event comes from
	// the same. In a stream of server-sent events it is the id of the event.
	ID uint64 `json:"-"`

	Kind    EventKind `json:"kind"`
	Session string    `json:"session,omitempty"`
	// Resource is the id of the resource, as sessions show it.
	Resource string         `json:"resource,omitempty"`
	Request  *Request       `json:"request,omitempty"` // for EventRequest
	Entry    *TimelineEntry `json:"moment,omitempty"`  // for EventTimeline
	// Missed is the number of events before this one that were dropped because the
	// subscriber read too slowly.
	Missed uint64 `json:"missed,omitempty"`
}

// An EventKind is the kind of an event.
type EventKind string

// The kinds of Event.
const (
	EventRequest  EventKind = "request"
	EventTimeline EventKind = "moment"
)
