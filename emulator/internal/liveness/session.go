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

// A Session is one liveness session as it is stored. It holds what was asked
// for, what was pinned at creation and what the device has done; whatever
// follows from these and the time (status, expiry, what an automatic session
// has played) is computed, see At.
//
// A Session is a plain value. Stores copy it in and out; nobody shares one. Its JSON
// is how it is exported, durations in nanoseconds. The "stored" tags, here and in what
// a session contains, are the keys of its stored form: a new field gets a new number,
// and no number is used twice in a struct, see package record.
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

	// FlaggedBefore are attempts of other sessions that abuse was detected in when
	// this one was created, newest first. Attempts that it plays by itself show
	// them.
	FlaggedBefore []FlaggedAttempt `json:"flaggedBefore,omitzero" stored:"12"`

	// Reads counts the calls that have read the session, where its script asks
	// for it.
	Reads       int       `json:"reads,omitzero" stored:"13"`
	EndCalls    int       `json:"endCalls,omitzero" stored:"14"`    // successful calls of session/attempt/end
	LastEndCall time.Time `json:"lastEndCall,omitzero" stored:"15"` // zero: none yet

	// FaultMemory is what the faults of the script remember.
	FaultMemory fault.Memory `json:"faultMemory,omitzero" stored:"16"`
}

// Settings are what the creator of a session asked for, with defaults filled in.
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

// A VerifyReference is what the service keeps about the verify image. The image
// itself is stored under VerifyImageName.
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

// An Attempt is one device call and what came of it. What it gives and when it
// is over are fixed when it begins; until Ends has come it is running and not
// shown. An attempt with neither Decision nor Error was abandoned and is never
// shown.
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
	// Reads counts the calls that have read the session since the attempt ended,
	// where the script asks for it.
	Reads int `json:"reads,omitzero" stored:"15"`

	Request AttemptRequest `json:"request,omitzero" stored:"16"`
	Abuse   *AbuseFinding  `json:"abuse,omitzero" stored:"17"` // nil: not monitored, or not analysed
}

// An AttemptRequest is what the audit shows of the device call that began an
// attempt. It is zero for an attempt that no device began.
type AttemptRequest struct {
	Path          string `json:"path,omitzero" stored:"1"`          // of its URL, in the casing of the client
	ContentLength int64  `json:"contentLength,omitzero" stored:"2"` // in bytes; -1: the client did not say
	ContentType   string `json:"contentType,omitzero" stored:"3"`
	UserAgent     string `json:"userAgent,omitzero" stored:"4"`
}

// An AbuseFinding is what abuse monitoring says of an attempt.
type AbuseFinding struct {
	Detected bool             `json:"detected,omitzero" stored:"1"`
	Others   []FlaggedAttempt `json:"others,omitzero" stored:"2"` // found before with the same correlation ids, newest first
}

// A FlaggedAttempt is an attempt that abuse was detected in.
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

// GivenUp reports whether session/attempt/end made the attempt, without a detect
// call: such a one was closed when it began.
func (a Attempt) GivenUp() bool { return a.Closed && !a.Analysed() && a.Ends.Equal(a.Began) }

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
	s.Script = s.Script.clone()
	s.FaultMemory = s.FaultMemory.Clone()
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

// IDs are what a session's creator has said of it, which its choices are drawn by.
func (s Session) IDs() string {
	return fmt.Sprintf("%q %q %q", s.Kind, s.DeviceCorrelationID, s.UserCorrelationID)
}

// ImageNames are the names of the images that are stored with the session.
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

// LastAttempt returns the newest attempt, in the session, or nil.
func (s Session) LastAttempt() *Attempt {
	if len(s.Attempts) == 0 {
		return nil
	}
	return &s.Attempts[len(s.Attempts)-1]
}
