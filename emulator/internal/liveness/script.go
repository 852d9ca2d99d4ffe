package liveness

import (
	"slices"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
)

// A Script is the part of a scenario that is pinned into a session when it is
// created, so that neither a restart nor an edit of the file changes what the
// session will do. Nothing in it is random any more.
type Script struct {
	Scenario string `json:"scenario,omitzero" stored:"1"` // name of the scenario, for logs
	// Seed is what the scenario's random choices were drawn from; 0: there were
	// none.
	Seed uint64 `json:"seed,omitzero" stored:"2"`

	// Automatic sessions play by themselves, After after creation (and again
	// after every attempt that leaves another one), unless a device has
	// started them by then.
	Automatic bool          `json:"automatic,omitzero" stored:"3"`
	After     time.Duration `json:"after,omitzero" stored:"4"`
	// Polls makes a session play an attempt by itself at every Polls-th call that
	// reads it; 0: not. It does not go together with Automatic.
	Polls int `json:"polls,omitzero" stored:"5"`

	Steps     []Step    `json:"steps,omitzero" stored:"6"` // what attempt 1, 2, … gives; never empty
	AfterLast AfterLast `json:"then,omitzero" stored:"7"`  // what attempts beyond the last step give

	ResultDelay ResultDelay `json:"hold,omitzero" stored:"8"`
	EarlyEnd    *EarlyEnd   `json:"end,omitzero" stored:"9"` // nil: none but its own

	// Faults go wrong with the calls of the session, that which creates it included.
	Faults []fault.Fault `json:"faults,omitzero" stored:"10"`
}

// A ResultDelay keeps finished attempts from showing for a while: the check is over, but
// its result comes later. Until then the session looks as if it were running.
type ResultDelay struct {
	After time.Duration `json:"after,omitzero" stored:"1"` // since the attempt ended
	Polls int           `json:"polls,omitzero" stored:"2"` // calls that read the session since the attempt ended
}

// An EndKind says how a session ends before its time.
type EndKind string

// The ways to end.
const (
	EndExpire EndKind = "expire" // its token is refused from then on
	EndDelete EndKind = "delete" // it is gone, and its token with it
	EndLose   EndKind = "lose"   // server calls do not find it any more; the device goes on
)

// An EarlyEnd ends a session before its time: at the first of the moments that are
// given.
type EarlyEnd struct {
	Kind        EndKind       `json:"kind,omitzero" stored:"1"`
	BeforeStart bool          `json:"beforeStart,omitzero" stored:"2"` // as soon as it has been created
	During      int           `json:"during,omitzero" stored:"3"`      // when this attempt has begun; 0: none
	AfterTry    int           `json:"afterTry,omitzero" stored:"4"`    // when this attempt has ended; 0: none
	BeforePoll  int           `json:"beforePoll,omitzero" stored:"5"`  // when this call is about to read it; 0: none
	After       time.Duration `json:"after,omitzero" stored:"6"`       // after its creation; 0: none
}

// AfterLast says what follows the last step of a script.
type AfterLast string

// What can follow the last step.
const (
	AfterLastRepeat  AfterLast = "repeat-last" // the last step again
	AfterLastRestart AfterLast = "restart"     // from the first step on
	AfterLastStop    AfterLast = "exhausted"   // no further attempt, even if the session would allow one
)

// A DigestDrill says what the device is told of the digest of an attempt, to see
// whether an app compares it with the result's.
type DigestDrill string

// The drills.
const (
	DigestEqual     DigestDrill = "" // the same
	DigestDifferent DigestDrill = "different"
	DigestMissing   DigestDrill = "missing"
)

// A Step scripts one attempt. Exactly one of Decision, Error and Abandoned is
// set. What is left at its zero value is chosen by the emulator.
type Step struct {
	Takes time.Duration `json:"takes,omitzero" stored:"1"` // how long the device call, and so the attempt, lasts

	Decision  Decision      `json:"decision,omitzero" stored:"2"`
	Error     *AttemptError `json:"error,omitzero" stored:"3"`
	Abandoned bool          `json:"abandoned,omitzero" stored:"4"` // the client gives up: no entry, the device call answers without body

	MatchConfidence *float32    `json:"matchConfidence,omitzero" stored:"5"` // 0 to 1, with verify only
	Quality         Quality     `json:"quality,omitzero" stored:"6"`         // of the verify image
	FaceRectangle   *Rectangle  `json:"faceRectangle,omitzero" stored:"7"`   // in the session image
	SessionImage    string      `json:"sessionImage,omitzero" stored:"8"`    // name of a stored image to serve; "": one is drawn
	AbuseDetected   bool        `json:"abuseDetected,omitzero" stored:"9"`   // what abuse monitoring, where it is on, says of the attempt
	Digest          DigestDrill `json:"digest,omitzero" stored:"10"`
	ClientAddresses []string    `json:"clientAddresses,omitzero" stored:"11"` // in place of the one that the device call comes from
}

// clone returns a copy that shares nothing with s.
func (s Script) clone() Script {
	s.Steps = slices.Clone(s.Steps)
	for i := range s.Steps {
		step := &s.Steps[i]
		step.Error = clonePointer(step.Error)
		step.MatchConfidence = clonePointer(step.MatchConfidence)
		step.FaceRectangle = clonePointer(step.FaceRectangle)
		step.ClientAddresses = slices.Clone(step.ClientAddresses)
	}
	s.EarlyEnd = clonePointer(s.EarlyEnd)
	s.Faults = fault.Clone(s.Faults)
	return s
}

// Rewrite lets the attempt with an id give something else, and the others of the
// session what they would have given.
func (s *Script) Rewrite(id int, step Step, limit int) {
	steps := make([]Step, 0, limit)
	for n := range max(limit, id) {
		steps = append(steps, s.Step(n+1))
	}
	steps[id-1] = step
	s.Steps = steps
}
