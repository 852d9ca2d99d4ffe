package liveness

import (
	"slices"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
)

// A Script is the part of a scenario that is stored with a new session, so that neither a
// restart nor an edit of the file changes what the session will do. All random choices
// in it are made.
type Script struct {
	Scenario string `json:"scenario,omitzero" stored:"1"` // name of the scenario, for logs
	// Seed is the seed of the scenario's random choices; 0: it has none.
	Seed uint64 `json:"seed,omitzero" stored:"2"`

	// Automatic sessions play attempts without a device: the first one After after
	// creation, and another one After after each attempt that does not end the session,
	// unless a device has started the session by then.
	Automatic bool          `json:"automatic,omitzero" stored:"3"`
	After     time.Duration `json:"after,omitzero" stored:"4"`
	// Polls makes a session play an attempt at every Polls-th call that reads it, without
	// a device; 0: never. It excludes Automatic.
	Polls int `json:"polls,omitzero" stored:"5"`

	Steps     []Step    `json:"steps,omitzero" stored:"6"` // what attempt 1, 2, … gives; never empty
	AfterLast AfterLast `json:"then,omitzero" stored:"7"`  // what attempts beyond the last step give

	ResultDelay ResultDelay `json:"hold,omitzero" stored:"8"`
	EarlyEnd    *EarlyEnd   `json:"end,omitzero" stored:"9"` // nil: the session does not end early

	// Faults are the faults of the session's calls, including the create call.
	Faults []fault.Fault `json:"faults,omitzero" stored:"10"`
}

// A ResultDelay delays the result of a finished attempt. Until then the session looks
// like a running one.
type ResultDelay struct {
	After time.Duration `json:"after,omitzero" stored:"1"` // since the attempt ended
	Polls int           `json:"polls,omitzero" stored:"2"` // calls that read the session since the attempt ended
}

// An EndKind says how a session ends early.
type EndKind string

// The kinds of an early end.
const (
	EndExpire EndKind = "expire" // its token is refused from then on
	EndDelete EndKind = "delete" // it is deleted, and its token with it
	EndLose   EndKind = "lose"   // server calls do not find it any more; device calls do
)

// An EarlyEnd ends a session before it expires, at the first of the moments that are set.
type EarlyEnd struct {
	Kind        EndKind       `json:"kind,omitzero" stored:"1"`
	BeforeStart bool          `json:"beforeStart,omitzero" stored:"2"` // as soon as it has been created
	During      int           `json:"during,omitzero" stored:"3"`      // when this attempt has begun; 0: none
	AfterTry    int           `json:"afterTry,omitzero" stored:"4"`    // when this attempt has ended; 0: none
	BeforePoll  int           `json:"beforePoll,omitzero" stored:"5"`  // before this call reads it; 0: none
	After       time.Duration `json:"after,omitzero" stored:"6"`       // after its creation; 0: none
}

// AfterLast says what follows the last step of a script.
type AfterLast string

// The values of AfterLast.
const (
	AfterLastRepeat  AfterLast = "repeat-last" // the last step again
	AfterLastRestart AfterLast = "restart"     // from the first step on
	AfterLastStop    AfterLast = "exhausted"   // no further attempt, even if the session would allow one
)

// A DigestDrill says which digest of an attempt the device gets, to test whether an app
// compares it with the digest of the result.
type DigestDrill string

// The values of DigestDrill.
const (
	DigestEqual     DigestDrill = "" // the same
	DigestDifferent DigestDrill = "different"
	DigestMissing   DigestDrill = "missing"
)

// A Step scripts one attempt. Exactly one of Decision, Error and Abandoned is set. The
// emulator chooses the other values that are zero.
type Step struct {
	Takes time.Duration `json:"takes,omitzero" stored:"1"` // how long the device call, and so the attempt, lasts

	Decision  Decision      `json:"decision,omitzero" stored:"2"`
	Error     *AttemptError `json:"error,omitzero" stored:"3"`
	Abandoned bool          `json:"abandoned,omitzero" stored:"4"` // the client gives up: no entry, the device call answers without body

	MatchConfidence *float32    `json:"matchConfidence,omitzero" stored:"5"` // 0 to 1, with verify only
	Quality         Quality     `json:"quality,omitzero" stored:"6"`         // of the verify image
	FaceRectangle   *Rectangle  `json:"faceRectangle,omitzero" stored:"7"`   // in the session image
	SessionImage    string      `json:"sessionImage,omitzero" stored:"8"`    // name of a stored image to serve; "": one is drawn
	AbuseDetected   bool        `json:"abuseDetected,omitzero" stored:"9"`   // result of abuse monitoring, if that is on
	Digest          DigestDrill `json:"digest,omitzero" stored:"10"`
	ClientAddresses []string    `json:"clientAddresses,omitzero" stored:"11"` // in place of the one that the device call comes from
}

// Clone returns a copy that shares nothing with s.
func (s Script) Clone() Script {
	s.Steps = slices.Clone(s.Steps)
	for i := range s.Steps {
		step := &s.Steps[i]
		step.Error = clonePointer(step.Error)
		step.MatchConfidence = clonePointer(step.MatchConfidence)
		step.FaceRectangle = clonePointer(step.FaceRectangle)
		step.ClientAddresses = slices.Clone(step.ClientAddresses)
	}
	s.EarlyEnd = clonePointer(s.EarlyEnd)
	if len(s.Faults) > 0 {
		s.Faults = fault.Clone(s.Faults)
	}
	return s
}

// Rewrite changes the step of the attempt with an id, and no other.
func (s *Script) Rewrite(id int, step Step, limit int) {
	steps := make([]Step, 0, limit)
	for n := range max(limit, id) {
		steps = append(steps, s.Step(n+1))
	}
	steps[id-1] = step
	s.Steps = steps
}
