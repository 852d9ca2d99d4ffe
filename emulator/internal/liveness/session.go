package liveness

import (
	"slices"
	"time"
)

// SessionLife is how long a session can be read after its creation
// [documented: "48 hours after creation, or until deleted"].
const SessionLife = 48 * time.Hour

// A SessionID names a session: a GUID in lower case with hyphens.
type SessionID string

// A ResourceID names the Azure resource a session belongs to. It is derived
// from the subscription key or the Entra identity of the caller and reveals
// neither.
type ResourceID string

// Kind tells the two session types apart, in the spelling of the token's
// sessionType claim.
type Kind string

// The kinds of session.
const (
	KindLiveness           Kind = "Liveness"
	KindLivenessWithVerify Kind = "LivenessWithVerify"
)

// OperationMode is how the client asks the person to act.
type OperationMode string

// The operation modes of the service.
const (
	ModePassive       OperationMode = "Passive"
	ModePassiveActive OperationMode = "PassiveActive"
)

// Valid reports whether m is a mode that the service knows, in its casing.
func (m OperationMode) Valid() bool { return m == ModePassive || m == ModePassiveActive }

// Decision is what the service concludes from an attempt.
type Decision string

// The decisions of the service, in the casing of its traffic [recorded].
const (
	DecisionUncertain Decision = "uncertain"
	DecisionRealFace  Decision = "realface"
	DecisionSpoofFace Decision = "spoofface"
)

// Quality is how well an image serves to recognise a face.
type Quality string

// The qualities of the service.
const (
	QualityLow    Quality = "low"
	QualityMedium Quality = "medium"
	QualityHigh   Quality = "high"
)

// A Rectangle is where a face stands in an image, in pixels from the upper left
// corner.
type Rectangle struct {
	Top, Left, Width, Height int
}

// A Session is one liveness session as it is stored. It holds what was asked
// for, what was pinned at creation and what the device has done; whatever
// follows from these and the time (status, expiry, what an automatic session
// has played) is computed, see At.
//
// A Session is a plain value. Stores copy it in and out; nobody shares one.
type Session struct {
	ID       SessionID
	Resource ResourceID
	Kind     Kind
	Created  time.Time

	Settings  Settings
	Reference *VerifyReference // nil: no verify image (yet)
	Script    Script

	// DeviceCorrelationID and UserCorrelationID are the ones given on create or,
	// when the session lets the client set them, at session start.
	DeviceCorrelationID string
	UserCorrelationID   string

	Started  time.Time // zero: the device has not started the session
	Attempts []Attempt // in the order they began; the last one may still run

	// FlaggedBefore are attempts of other sessions that abuse was detected in when
	// this one was created, newest first. Attempts that it plays by itself show
	// them.
	FlaggedBefore []FlaggedAttempt

	EndCalls    int       // successful calls of session/attempt/end
	LastEndCall time.Time // zero: none yet
}

// Settings are what the creator of a session asked for, with defaults filled in.
type Settings struct {
	APIVersion                     string // path segment of the version it was created with
	Mode                           OperationMode
	DeviceCorrelationIDGiven       bool // on create, if only as an empty text
	DeviceCorrelationIDSetInClient bool
	UserCorrelationIDSetInClient   bool
	SendResultsToClient            bool // the detect call answers with the result, where a version has that
	EnableSessionImage             bool
	ModelVersion                   string
	TokenTTL                       time.Duration
	AttemptsAllowed                int  // 1 to 3
	GoesOnAfterDecision            bool // a decision leaves the remaining attempts open
	ReturnVerifyImageHash          bool
	VerifyConfidenceThreshold      float64 // 0 to 1; a match at or above it is identical
	// ExpectedClientAddress is the IP address or CIDR range that device calls
	// must come from, as it was given; "": any.
	ExpectedClientAddress string
	// AbuseMonitoring is whether the resource had it switched on when the session
	// was created.
	AbuseMonitoring bool
}

// A VerifyReference is what the service keeps about the verify image. The image
// itself is stored under VerifyImageName.
type VerifyReference struct {
	FaceRectangle Rectangle
	Quality       Quality
	SHA256        [32]byte // of the image as it was sent
}

// A Script is the part of a scenario that is pinned into a session when it is
// created, so that neither a restart nor an edit of the file changes what the
// session will do.
type Script struct {
	Scenario string // name of the scenario, for logs
	// Automatic sessions play by themselves, After after creation (and again
	// after every attempt that leaves another one), unless a device has
	// started them by then.
	Automatic bool
	After     time.Duration
	Steps     []Step // what attempt 1, 2, … gives; never empty
	Then      Then   // what attempts beyond the last step give
}

// Then says what follows the last step of a script.
type Then string

// What can follow the last step.
const (
	ThenRepeatLast Then = "repeat-last" // the last step again
	ThenRestart    Then = "restart"     // from the first step on
	ThenExhausted  Then = "exhausted"   // no further attempt, even if the session would allow one
)

// A Step scripts one attempt. Exactly one of Decision, Error and Abandoned is
// set. What is left at its zero value is chosen by the emulator.
type Step struct {
	Takes time.Duration // how long the device call, and so the attempt, lasts

	Decision  Decision
	Error     *AttemptError
	Abandoned bool // the client gives up: no entry, the device call answers without body

	MatchConfidence *float32   // 0 to 1, with verify only
	Quality         Quality    // of the verify image
	FaceRectangle   *Rectangle // in the session image
	SessionImage    string     // name of a stored image to serve; "": one is drawn
	AbuseDetected   bool       // what abuse monitoring, where it is on, says of the attempt
}

// An AttemptError is why an attempt failed.
type AttemptError struct {
	Code, Message string
}

// An Attempt is one device call and what came of it. What it gives and when it
// is over are fixed when it begins; until Ends has come it is running and not
// shown. An attempt with neither Decision nor Error was abandoned and is never
// shown.
type Attempt struct {
	ID              int    // from 1
	RequestID       string // of the device call; the client's resultId
	ClientRequestID string // client-request-id header of the device call, or ""
	ClientAddress   string // IP address that the device call came from, or ""
	Began, Ends     time.Time

	Decision       Decision
	Error          *AttemptError
	FaceRectangle  Rectangle
	Digest         string // 64 upper-case hexadecimal digits
	SessionImageID ImageID
	SessionImage   string // name of the stored image; "": drawn on request
	Match          *Match // with verify, when there is a decision

	Closed bool // the client has reported its end by session/attempt/end

	Request AttemptRequest
	Abuse   *AbuseFinding // nil: not monitored, or not analysed
}

// An AttemptRequest is what the audit shows of the device call that began an
// attempt. It is zero for an attempt that no device began.
type AttemptRequest struct {
	Path          string // of its URL, in the casing of the client
	ContentLength int64  // in bytes; -1: the client did not say
	ContentType   string
	UserAgent     string
}

// An AbuseFinding is what abuse monitoring says of an attempt.
type AbuseFinding struct {
	Detected bool
	Others   []FlaggedAttempt // found before with the same correlation ids, newest first
}

// A FlaggedAttempt is an attempt that abuse was detected in.
type FlaggedAttempt struct {
	Session        SessionID
	AttemptID      int
	SessionImageID ImageID // "": none was kept
}

// A Match compares the face of an attempt with the verify image.
type Match struct {
	Confidence float32 // 0 to 1
	Identical  bool
	Quality    Quality // of the verify image
}

// givenUp reports whether session/attempt/end made the attempt, without a detect
// call: such a one was closed when it began.
func (a Attempt) givenUp() bool { return a.Closed && !a.Analysed() && a.Ends.Equal(a.Began) }

// Analysed reports whether the attempt came to a decision or an error.
func (a Attempt) Analysed() bool { return a.Decision != "" || a.Error != nil }

// RunningAt reports whether the attempt has not ended at now.
func (a Attempt) RunningAt(now time.Time) bool { return now.Before(a.Ends) }

// Expires returns the moment from which the session is gone.
func (s Session) Expires() time.Time { return s.Created.Add(SessionLife) }

// TokenExpires returns the moment from which the session's token is refused.
func (s Session) TokenExpires() time.Time { return s.Created.Add(s.Settings.TokenTTL) }

// Clone returns a copy that shares nothing with s.
func (s Session) Clone() Session {
	s.Reference = clonePointer(s.Reference)
	s.FlaggedBefore = slices.Clone(s.FlaggedBefore)
	s.Script.Steps = slices.Clone(s.Script.Steps)
	for i := range s.Script.Steps {
		step := &s.Script.Steps[i]
		step.Error = clonePointer(step.Error)
		step.MatchConfidence = clonePointer(step.MatchConfidence)
		step.FaceRectangle = clonePointer(step.FaceRectangle)
	}
	s.Attempts = slices.Clone(s.Attempts)
	for i := range s.Attempts {
		attempt := &s.Attempts[i]
		attempt.Error = clonePointer(attempt.Error)
		attempt.Match = clonePointer(attempt.Match)
		if attempt.Abuse != nil {
			abuse := *attempt.Abuse
			abuse.Others = slices.Clone(abuse.Others)
			attempt.Abuse = &abuse
		}
	}
	return s
}

func clonePointer[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}
