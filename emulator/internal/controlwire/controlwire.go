// Package controlwire is what the client of the control API and its server have to
// agree about, and that their callers do not need.
package controlwire

const (
	// SnapshotTrailer is the trailer of a response that is a snapshot. Its value is a
	// control.SnapshotInfo as JSON. A response without it is incomplete.
	SnapshotTrailer = "X-Face-Liveness-Snapshot"
	// SnapshotType is the content type of a snapshot.
	SnapshotType = "application/octet-stream"
	// MaxSessions is the maximum number of sessions in one response.
	MaxSessions = 1000
)

// Faults is the body of a request that sets faults, and of the response: a list of
// faults in the language of scenario files, as YAML or JSON; "" for none.
type Faults struct {
	Text string `json:"faults"`
}
