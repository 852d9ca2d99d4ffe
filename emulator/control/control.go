// Package control changes an emulator while it runs: its clocks, scenarios, faults and
// sessions. A call concerns one resource, which a subscription key selects, or all
// resources, so that test suites can share an emulator without affecting each other.
//
// Emulator.Control of package emulator returns an API in the same process. Client calls
// the API over HTTP.
package control

import (
	"context"
	"encoding/json"
	"io"
	"time"
)

// An API controls one resource of an emulator, or all. It is safe for concurrent use. A
// call that is refused returns an *Error.
type API interface {
	// Clock returns the time and rate of the clock.
	Clock(ctx context.Context) (Clock, error)
	// ChangeClock moves the clock, sets its rate, or both. A change for one resource
	// gives it a separate clock. A change for all resources discards the separate ones.
	// Changes survive a restart.
	ChangeClock(ctx context.Context, change ClockChange) (Clock, error)

	// Selection returns the scenario selection for future sessions.
	Selection(ctx context.Context) (Selection, error)
	// ChangeSelection changes the members that are set in change.
	ChangeSelection(ctx context.Context, change SelectionChange) (Selection, error)
	// QueueScenario appends a scenario for future sessions to the queue.
	QueueScenario(ctx context.Context, queued QueueItem) (Selection, error)
	// ClearQueue empties the queue.
	ClearQueue(ctx context.Context) (Selection, error)

	// Faults returns the faults of the resource as YAML or JSON, in the language of
	// scenario files; "" for none.
	Faults(ctx context.Context) (string, error)
	// UseFaults replaces the faults of the resource and returns them.
	UseFaults(ctx context.Context, faults string) (string, error)

	// Requests returns the requests that match a query. It waits until there are as many
	// as the query asks for, or until its timeout.
	Requests(ctx context.Context, query RequestSearch) (Requests, error)
	// Verify compares the request log with expectations.
	Verify(ctx context.Context, expected Verification) (Verdict, error)
	// ForgetRequests empties the request log and returns it.
	ForgetRequests(ctx context.Context) (Requests, error)

	// Sessions returns the sessions that match a query.
	Sessions(ctx context.Context, query SessionQuery) (Sessions, error)
	// Session returns one session. For a session that does not exist, the error is of
	// kind ErrorUnknown.
	Session(ctx context.Context, id string) (Session, error)
	// Timeline returns the changes of a session and the calls about it. A deleted session
	// has a timeline as long as the request log keeps its removal, or requests of it.
	Timeline(ctx context.Context, id string) (Timeline, error)
	// Play performs a device action and returns the session after it.
	Play(ctx context.Context, play Play) (Session, error)
	// ExpireSession expires the token of a session.
	ExpireSession(ctx context.Context, id string) (Session, error)
	// DeleteSession deletes a session and returns its last state.
	DeleteSession(ctx context.Context, id string) (Session, error)
	// ExportSession returns a session with its images, as a document for Options.Load.
	ExportSession(ctx context.Context, id string) (json.RawMessage, error)
	// ScenarioOf returns a scenario file that repeats the attempts of a session.
	ScenarioOf(ctx context.Context, id string) (ScenarioFile, error)

	// Reset resets the parts that reset names and returns what was reset.
	Reset(ctx context.Context, reset Reset) (Reset, error)
	// Undo undoes the last reset of sessions, or the last restore, if it is at most ten
	// minutes of real time old: sessions and images are again as they were before it, and
	// after a restore settings and clocks, too. Sessions that were created or restored
	// since are removed. Tokens of sessions that are back are valid until they expire. The
	// request log does not change.
	//
	// For all resources, it undoes the last reset or restore of all. A resource that was
	// reset or restored after that keeps its sessions, and if it was restored, its settings
	// and clock. One that had no settings before keeps those that were set since.
	//
	// If nothing can be undone, or another resource has a session with the same id by now,
	// the error is of kind ErrorConflict, and nothing has changed.
	Undo(ctx context.Context) (UndoResult, error)
	// Snapshot writes all sessions, images and settings to w.
	Snapshot(ctx context.Context, w io.Writer) (SnapshotInfo, error)
	// Restore replaces all sessions and settings by those of a snapshot. If it fails,
	// nothing has changed.
	Restore(ctx context.Context, r io.Reader) (SnapshotInfo, error)

	// Events calls each for every new event, one after the other, until each returns an
	// error or ctx ends. It returns that error or the cause of ctx.
	Events(ctx context.Context, query EventQuery, each func(Event) error) error

	// Report returns the mistakes of an app that its requests show.
	Report(ctx context.Context) (Report, error)
}

// A Clock is the state of a clock.
type Clock struct {
	Now  time.Time `json:"now"`
	Rate float64   `json:"rate"` // relative to the emulator's base clock: 1 runs as fast, 0 is frozen
}

// A ClockChange changes a clock. Members without a value change nothing. Set is applied
// before Advance.
type ClockChange struct {
	Set     *time.Time `json:"set,omitempty"`
	Advance Duration   `json:"advance,omitzero"`
	Rate    *float64   `json:"rate,omitempty"` // 0 freezes the clock, 1 is real time; at most 1,000,000
	// Force allows moving the clock backwards, even to before existing sessions were
	// created.
	Force bool `json:"force,omitempty"`
}

// A Duration is a time.Duration with a text form in JSON, such as "1h30m".
type Duration time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = Duration(parsed)
	return err
}

// A Selection determines the scenarios of sessions that do not name one.
type Selection struct {
	Default string      `json:"default"` // used if no queue entry and no match applies; "": the default of the emulator
	Seed    uint64      `json:"seed"`    // for scenarios without a seed; 0: the seed of the emulator
	Queue   []QueueItem `json:"queue"`   // first in, first out
}

// A SelectionChange changes a selection. Members that are nil change nothing.
type SelectionChange struct {
	Default *string `json:"default,omitempty"`
	Seed    *uint64 `json:"seed,omitempty"`
}

// A QueueItem is a scenario for a number of future sessions.
type QueueItem struct {
	Scenario string `json:"scenario"`
	Sessions int    `json:"sessions"` // at least 1
}

// An ErrorKind is the kind of reason for which a call was refused.
type ErrorKind string

// The kinds of Error.
const (
	ErrorInvalid     ErrorKind = "invalid"     // the call is malformed, or a value is out of range
	ErrorRefused     ErrorKind = "refused"     // the key or the admin token is not accepted
	ErrorUnknown     ErrorKind = "unknown"     // the name or id does not exist
	ErrorConflict    ErrorKind = "conflict"    // the call contradicts the current state
	ErrorUnavailable ErrorKind = "unavailable" // the emulator cannot do it at present
)

// A Code identifies the reason for which a call was refused.
type Code string

// The codes of Error.
const (
	CodeAdminToken Code = "admin-token" // the admin token is missing or wrong
	CodeUnknownKey Code = "unknown-key" // the subscription key is not configured
	CodeClockBack  Code = "clock-back"  // the clock would move backwards without force
	CodeScope      Code = "scope"       // a snapshot of all resources was sent for one resource
)

// An Error is the reason for which a call was refused.
type Error struct {
	Kind ErrorKind
	Code Code   // for programs; may be empty
	Text string // what is wrong, and what is accepted
}

// Error implements error.
func (e *Error) Error() string { return e.Text }
