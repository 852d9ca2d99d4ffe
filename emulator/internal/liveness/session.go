package liveness

import (
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
)

// SessionLife is how long a session can be read after its creation
// [documented: session-life].
const SessionLife = 48 * time.Hour

// Bounds of the token lifetime [documented: token-lifetime], of a device correlation
// id [documented: create-device-correlation-id] and of attempts
// [documented: attempt-limit].
const (
	MinTokenTTL           = 60 * time.Second
	MaxTokenTTL           = 86400 * time.Second
	DefaultTokenTTL       = 600 * time.Second
	MaxCorrelationIDRunes = 64 // also for the user's [assumed: create-user-correlation-id-length]
	MaxAttempts           = 3
)

// A SessionID names a session: a GUID in lower case with hyphens.
type SessionID string

// A ResourceID names the Azure resource a session belongs to. It is derived
// from the subscription key or the Entra identity of the caller and reveals
// neither.
type ResourceID string

// Kind is the type of a session, spelled like the token's sessionType claim.
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

// The decisions of the service, in the casing of its traffic
// [recorded: session-decisions].
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

// A Session is one liveness session as it is stored. It has the settings of its creator,
// the script from its scenario, and the calls of its device. Values that follow from
// these and the time (status, expiry, the attempts of an automatic session) are
// computed, see At.
//
// A Session is a plain value. Stores copy it. Its JSON is the form of exports, with
// durations in nanoseconds.
type Session struct {
	ID       SessionID  `json:"id,omitzero" stored:"1"`
	Resource ResourceID `json:"resource,omitzero" stored:"2"`
	Kind     Kind       `json:"kind,omitzero" stored:"3"`
	Created  time.Time  `json:"created,omitzero" stored:"4"`

	Settings  Settings         `json:"settings,omitzero" stored:"5"`
	Reference *VerifyReference `json:"reference,omitzero" stored:"6"` // nil: no verify image (yet)
	Script    Script           `json:"script,omitzero" stored:"7"`

	// DeviceCorrelationID and UserCorrelationID are the ones given on create or,
	// when the session lets the client set them, at session start.
	DeviceCorrelationID string `json:"deviceCorrelationId,omitzero" stored:"8"`
	UserCorrelationID   string `json:"userCorrelationId,omitzero" stored:"9"`

	Started  time.Time `json:"started,omitzero" stored:"10"`  // zero: the device has not started the session
	Attempts []Attempt `json:"attempts,omitzero" stored:"11"` // in the order they began; the last one may still run

	// FlaggedBefore are the attempts of other sessions with detected abuse when this
	// session was created, newest first. Attempts that it plays without a device show
	// them.
	FlaggedBefore []FlaggedAttempt `json:"flaggedBefore,omitzero" stored:"12"`

	// Reads counts the calls that have read the session, if its script needs the count.
	Reads       int       `json:"reads,omitzero" stored:"13"`
	EndCalls    int       `json:"endCalls,omitzero" stored:"14"`    // successful calls of session/attempt/end
	LastEndCall time.Time `json:"lastEndCall,omitzero" stored:"15"` // zero: none yet

	// FaultMemory is what the faults of the script remember.
	FaultMemory fault.Memory `json:"faultMemory,omitzero" stored:"16"`

	// NewerMembers has the members of the session and its parts that a newer program stored
	// and this one does not know, see package record; nil if it knows all members.
	NewerMembers []byte `json:"newerMembers,omitzero" stored:"unknown"`
}

// Settings are the values that the creator of a session sent, with defaults filled in.
type Settings struct {
	APIVersion                     string        `json:"apiVersion,omitzero" stored:"1"` // path segment of the version it was created with
	Mode                           OperationMode `json:"mode,omitzero" stored:"2"`
	DeviceCorrelationIDGiven       bool          `json:"deviceCorrelationIdGiven,omitzero" stored:"3"` // on create, if only as an empty text
	DeviceCorrelationIDSetInClient bool          `json:"deviceCorrelationIdSetInClient,omitzero" stored:"4"`
	UserCorrelationIDSetInClient   bool          `json:"userCorrelationIdSetInClient,omitzero" stored:"5"`
	SendResultsToClient            bool          `json:"sendResultsToClient,omitzero" stored:"6"` // the detect call answers with the result, where a version has that
	EnableSessionImage             bool          `json:"enableSessionImage,omitzero" stored:"7"`
	ModelVersion                   string        `json:"modelVersion,omitzero" stored:"8"`
	TokenTTL                       time.Duration `json:"tokenTTL,omitzero" stored:"9"`
	AttemptsAllowed                int           `json:"attemptsAllowed,omitzero" stored:"10"`     // 1 to 3
	GoesOnAfterDecision            bool          `json:"goesOnAfterDecision,omitzero" stored:"11"` // a decision leaves the remaining attempts open
	ReturnVerifyImageHash          bool          `json:"returnVerifyImageHash,omitzero" stored:"12"`
	VerifyConfidenceThreshold      float64       `json:"verifyConfidenceThreshold,omitzero" stored:"13"` // 0 to 1; a match at or above it is identical
	// ExpectedClientAddress is the IP address or CIDR range that device calls
	// must come from, as it was given; "": any.
	ExpectedClientAddress string `json:"expectedClientAddress,omitzero" stored:"14"`
	// AbuseMonitoring is whether the resource had it switched on when the session
	// was created.
	AbuseMonitoring bool `json:"abuseMonitoring,omitzero" stored:"15"`
}

// A VerifyReference describes the verify image. The image itself is stored under
// VerifyImageName.
type VerifyReference struct {
	FaceRectangle Rectangle `json:"faceRectangle,omitzero" stored:"1"`
	Quality       Quality   `json:"quality,omitzero" stored:"2"`
	SHA256        SHA256    `json:"sha256,omitzero" stored:"3"` // of the image as it was sent
}

// A SHA256 is a hash that is hexadecimal digits as text.
type SHA256 [32]byte

// MarshalText implements encoding.TextMarshaler.
func (h SHA256) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *SHA256) UnmarshalText(text []byte) error {
	if len(text) != hex.EncodedLen(len(h)) {
		return fmt.Errorf("a SHA-256 has %d hexadecimal digits, not %d", hex.EncodedLen(len(h)), len(text))
	}
	_, err := hex.Decode(h[:], text)
	return err
}

// An AttemptError is why an attempt failed.
type AttemptError struct {
	Code    string `json:"code,omitzero" stored:"1"`
	Message string `json:"message,omitzero" stored:"2"`
}

// An Attempt is one device call and its result. The result and the end are fixed when it
// begins; until Ends it is running and not shown. An attempt with neither Decision nor
// Error was abandoned and is never shown.
type Attempt struct {
	ID              int       `json:"id,omitzero" stored:"1"`              // from 1
	RequestID       string    `json:"requestId,omitzero" stored:"2"`       // of the device call; the client's resultId
	ClientRequestID string    `json:"clientRequestId,omitzero" stored:"3"` // client-request-id header of the device call, or ""
	ClientAddress   string    `json:"clientAddress,omitzero" stored:"4"`   // IP address that the device call came from, or ""
	Began           time.Time `json:"began,omitzero" stored:"5"`
	Ends            time.Time `json:"ends,omitzero" stored:"6"`

	Decision       Decision      `json:"decision,omitzero" stored:"7"`
	Error          *AttemptError `json:"error,omitzero" stored:"8"`
	FaceRectangle  Rectangle     `json:"faceRectangle,omitzero" stored:"9"`
	Digest         string        `json:"digest,omitzero" stored:"10"` // 64 upper-case hexadecimal digits
	SessionImageID ImageID       `json:"sessionImageId,omitzero" stored:"11"`
	SessionImage   string        `json:"sessionImage,omitzero" stored:"12"` // name of the stored image; "": drawn on request
	Match          *Match        `json:"match,omitzero" stored:"13"`        // with verify, when there is a decision

	Closed bool `json:"closed,omitzero" stored:"14"` // the client has reported its end by session/attempt/end
	// Reads counts the calls that have read the session since the attempt ended, if the
	// script needs the count.
	Reads int `json:"reads,omitzero" stored:"15"`

	Request AttemptRequest `json:"request,omitzero" stored:"16"`
	Abuse   *AbuseFinding  `json:"abuse,omitzero" stored:"17"` // nil: not monitored, or not analysed
}

// An AttemptRequest has the parts of a device call that the audit shows for an attempt.
// It is zero for an attempt without a device call.
type AttemptRequest struct {
	Path          string `json:"path,omitzero" stored:"1"`          // of its URL, in the casing of the client
	ContentLength int64  `json:"contentLength,omitzero" stored:"2"` // in bytes; -1: the client did not say
	ContentType   string `json:"contentType,omitzero" stored:"3"`
	UserAgent     string `json:"userAgent,omitzero" stored:"4"`
}

// An AbuseFinding is the result of abuse monitoring for an attempt.
type AbuseFinding struct {
	Detected bool             `json:"detected,omitzero" stored:"1"`
	Others   []FlaggedAttempt `json:"others,omitzero" stored:"2"` // found before with the same correlation ids, newest first
}

// A FlaggedAttempt is an attempt with detected abuse.
type FlaggedAttempt struct {
	Session        SessionID `json:"session,omitzero" stored:"1"`
	AttemptID      int       `json:"attemptId,omitzero" stored:"2"`
	SessionImageID ImageID   `json:"sessionImageId,omitzero" stored:"3"` // "": none was kept
}

// A Match compares the face of an attempt with the verify image.
type Match struct {
	Confidence float32 `json:"confidence,omitzero" stored:"1"` // 0 to 1
	Identical  bool    `json:"identical,omitzero" stored:"2"`
	Quality    Quality `json:"quality,omitzero" stored:"3"` // of the verify image
}

// GivenUp reports whether session/attempt/end created the attempt, without a detect call:
// then it was closed when it began.
func (a Attempt) GivenUp() bool { return a.Closed && !a.Analysed() && a.Ends.Equal(a.Began) }

// Analysed reports whether the attempt came to a decision or an error.
func (a Attempt) Analysed() bool { return a.Decision != "" || a.Error != nil }

// RunningAt reports whether the attempt has not ended at now.
func (a Attempt) RunningAt(now time.Time) bool { return now.Before(a.Ends) }

// Expires returns the time at which the session expires.
func (s Session) Expires() time.Time { return s.Created.Add(SessionLife) }

// TokenExpires returns the time at which the session's token expires.
func (s Session) TokenExpires() time.Time { return s.Created.Add(s.Settings.TokenTTL) }

// Clone returns a copy that shares nothing with s.
func (s Session) Clone() Session {
	s.Reference = clonePointer(s.Reference)
	s.FlaggedBefore = slices.Clone(s.FlaggedBefore)
	s.Script = s.Script.Clone()
	s.FaultMemory = s.FaultMemory.Clone()
	s.NewerMembers = slices.Clone(s.NewerMembers)
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

// IDs returns the text by which random streams tell sessions apart: the kind and the
// correlation ids.
func (s Session) IDs() string {
	return fmt.Sprintf("%q %q %q", s.Kind, s.DeviceCorrelationID, s.UserCorrelationID)
}

// ImageNames returns the names of the images that are stored with the session.
func (s Session) ImageNames() []string {
	var names []string
	if s.Reference != nil {
		names = append(names, VerifyImageName)
	}
	for _, step := range s.Script.Steps {
		if step.SessionImage != "" {
			names = append(names, step.SessionImage)
		}
	}
	for _, attempt := range s.Attempts {
		if attempt.SessionImage != "" {
			names = append(names, attempt.SessionImage)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// LastAttempt returns the newest attempt in the session, or nil.
func (s Session) LastAttempt() *Attempt {
	if len(s.Attempts) == 0 {
		return nil
	}
	return &s.Attempts[len(s.Attempts)-1]
}

// VerifyImageName is the name of the verify image among a session's images.
const VerifyImageName = "verify"

// An Image is stored with a session under a name that is unique in it.
type Image struct {
	Name  string `json:"name"`
	Bytes []byte `json:"bytes"`
}
