// Package control moves an emulator while it runs: its clock, what happens next,
// and what goes wrong. Everything concerns one resource, the one that a
// subscription key opens, or all of them where that is said, so that test suites
// side by side on one emulator do not notice each other.
//
// Emulator.Control of package emulator returns an API in process; Client is the API over
// HTTP.
package control

import (
	"context"
	"encoding/json"
	"io"
	"time"
)

// An API controls one resource of an emulator, or all. It is safe for concurrent
// use. What cannot be done as asked is an *Error.
type API interface {
	// Clock returns how the clock runs.
	Clock(ctx context.Context) (Clock, error)
	// ChangeClock moves the clock, sets how fast it runs, or both. The clock of a
	// resource is its own from then on; a change of the clock of all takes the
	// resources their own. It survives a restart.
	ChangeClock(ctx context.Context, change ClockChange) (Clock, error)

	// Selection returns what selects the scenarios of future sessions.
	Selection(ctx context.Context) (Selection, error)
	// ChangeSelection changes the members that change sets.
	ChangeSelection(ctx context.Context, change SelectionChange) (Selection, error)
	// QueueScenario appends a scenario for the next sessions to the queue.
	QueueScenario(ctx context.Context, queued QueueItem) (Selection, error)
	// ClearQueue empties the queue.
	ClearQueue(ctx context.Context) (Selection, error)

	// Faults returns the faults of all calls: a list in the language of scenario files,
	// as YAML or JSON; "" for none.
	Faults(ctx context.Context) (string, error)
	// UseFaults sets the faults of all calls, in place of those set before, and returns
	// them.
	UseFaults(ctx context.Context, faults string) (string, error)

	// Requests returns the requests that a query means: as soon as there are as many
	// as it waits for, or when its time is over.
	Requests(ctx context.Context, query RequestSearch) (Requests, error)
	// Verify compares the requests with what is expected of them.
	Verify(ctx context.Context, expected Verification) (Verdict, error)
	// ForgetRequests lets all requests go. It returns what is left, which is nothing.
	ForgetRequests(ctx context.Context) (Requests, error)

	// Sessions returns the sessions that a query means.
	Sessions(ctx context.Context, query SessionQuery) (Sessions, error)
	// Session returns one session with what has happened in it. Of one that is gone
	// it is an Error of ErrorUnknown.
	Session(ctx context.Context, id string) (Session, error)
	// Timeline returns what has happened in a session, also in one that is gone, as
	// long as requests of it are remembered.
	Timeline(ctx context.Context, id string) (Timeline, error)
	// Play does what the device of a session would do, and returns the session then.
	Play(ctx context.Context, play Play) (Session, error)
	// ExpireSession lets a session's token expire at once.
	ExpireSession(ctx context.Context, id string) (Session, error)
	// DeleteSession removes a session, and returns what it was.
	DeleteSession(ctx context.Context, id string) (Session, error)
	// ExportSession returns all of a session, images included, as a document that
	// --load takes.
	ExportSession(ctx context.Context, id string) (json.RawMessage, error)
	// ScenarioOf returns a scenario file whose sessions do what this one has done.
	ScenarioOf(ctx context.Context, id string) (ScenarioFile, error)

	// Reset takes away what reset names. It returns what was taken away.
	Reset(ctx context.Context, reset Reset) (Reset, error)
	// Snapshot writes all sessions, with their images, and all that was set to w.
	Snapshot(ctx context.Context, w io.Writer) (SnapshotInfo, error)
	// Restore puts what Snapshot wrote in place of all sessions and all that was set.
	// It is done as a whole or not at all.
	Restore(ctx context.Context, r io.Reader) (SnapshotInfo, error)

	// Events calls each with what happens from now on, one event after the other,
	// until each returns an error or ctx ends. Then it returns that error, or the
	// cause of ctx.
	Events(ctx context.Context, query EventQuery, each func(Event) error) error

	// Report returns what the app has done wrong, as far as its requests show it.
	Report(ctx context.Context) (Report, error)
}

// A Clock is how a clock runs.
type Clock struct {
	Now  time.Time `json:"now"`
	Rate float64   `json:"rate"` // how much faster than the emulator's own: 1 as fast, 0 not at all
}

// A ClockChange is what is to become of a clock. What is left out stays as it is.
// Set comes first, then Advance.
type ClockChange struct {
	Set     *time.Time `json:"set,omitempty"`
	Advance Duration   `json:"advance,omitzero"`
	Rate    *float64   `json:"rate,omitempty"` // 0 freezes the clock, 1 lets it run on; at most 1,000,000
	// Force lets the clock go back, which takes sessions and tokens back before
	// their beginning.
	Force bool `json:"force,omitempty"`
}

// A Duration is a time.Duration that is a text such as "1h30m" in JSON.
type Duration time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = Duration(parsed)
	return err
}

// A Selection selects the scenarios of sessions that do not pin one.
type Selection struct {
	Default string      `json:"default"` // name of the scenario for sessions that nothing else gives one; "": the emulator's
	Seed    uint64      `json:"seed"`    // of the random choices of scenarios that name none; 0: the emulator's
	Queue   []QueueItem `json:"queue"`   // first in, first out
}

// A SelectionChange changes a selection. Members that are nil stay as they are.
type SelectionChange struct {
	Default *string `json:"default,omitempty"`
	Seed    *uint64 `json:"seed,omitempty"`
}

// A QueueItem is a scenario for a number of future sessions.
type QueueItem struct {
	Scenario string `json:"scenario"`
	Sessions int    `json:"sessions"` // from 1
}

// An ErrorKind says why a control call was refused.
type ErrorKind string

// The kinds of Error.
const (
	ErrorInvalid     ErrorKind = "invalid"     // the call is malformed, or a value out of range
	ErrorRefused     ErrorKind = "refused"     // who calls is not let in
	ErrorUnknown     ErrorKind = "unknown"     // there is nothing of that name
	ErrorConflict    ErrorKind = "conflict"    // it contradicts what there is
	ErrorUnavailable ErrorKind = "unavailable" // the emulator cannot do it now
)

// A Code names a reason for which a control call was refused.
type Code string

// The codes of Error.
const (
	CodeAdminToken Code = "admin-token" // the admin token is missing or wrong
	CodeUnknownKey Code = "unknown-key" // the subscription key is not configured
	CodeClockBack  Code = "clock-back"  // the clock would move backwards without force
	CodeScope      Code = "scope"       // a snapshot of all resources was sent for one resource
)

// An Error is what a control call was refused with.
type Error struct {
	Kind ErrorKind
	Code Code   // the reason, where a program can act upon it
	Text string // what is wrong, and what would be right
}

// Error implements error.
func (e *Error) Error() string { return e.Text }
