package control

import "time"

// A Session is the current state of a session, with the fields of all versions of the
// API. Members without a value are omitted.
type Session struct {
	ID       string    `json:"sessionId"`
	Kind     string    `json:"kind"` // Liveness or LivenessWithVerify
	Resource string    `json:"resource"`
	Version  string    `json:"apiVersion"` // that created it
	Status   string    `json:"status"`     // NotStarted, Running, Succeeded, Failed or Canceled
	Created  time.Time `json:"created"`
	Expires  time.Time `json:"expires"` // from then on, reads answer 404
	Started  time.Time `json:"started,omitzero"`

	TokenExpires time.Time `json:"tokenExpires"`
	TokenExpired bool      `json:"tokenExpired"` // also if it was expired early

	OperationMode       string `json:"livenessOperationMode"`
	ModelVersion        string `json:"modelVersion,omitempty"`
	DeviceCorrelationID string `json:"deviceCorrelationId,omitempty"`
	UserCorrelationID   string `json:"userCorrelationId,omitempty"`
	AttemptsAllowed     int    `json:"numberOfClientAttemptsAllowed"`

	DeviceCorrelationIDSetInClient bool `json:"deviceCorrelationIdSetInClient"`
	UserCorrelationIDSetInClient   bool `json:"userCorrelationIdSetInClient"`
	SendResultsToClient            bool `json:"sendResultsToClient"`
	EnableSessionImage             bool `json:"enableSessionImage"`
	AbuseMonitoring                bool `json:"abuseMonitoring"`

	VerifyConfidenceThreshold float64      `json:"verifyConfidenceThreshold,omitempty"`
	ReturnVerifyImageHash     bool         `json:"returnVerifyImageHash,omitempty"`
	ExpectedClientAddress     string       `json:"expectedClientIpAddress,omitempty"`
	VerifyImage               *VerifyImage `json:"verifyReference,omitempty"`

	Scenario string    `json:"scenario"`
	Seed     uint64    `json:"seed,omitempty"` // seed of the scenario's random choices
	Attempts []Attempt `json:"attempts"`       // oldest first, including a running one
}

// A VerifyImage describes the image that a session compares faces with.
type VerifyImage struct {
	FaceRectangle Rectangle `json:"faceRectangle"`
	Quality       string    `json:"qualityForRecognition"`
	SHA256        string    `json:"verifyImageHash"` // in hexadecimal digits
}

// A Rectangle is the position of a face in an image, in pixels from the upper left
// corner.
type Rectangle struct {
	Top    int `json:"top"`
	Left   int `json:"left"`
	Width  int `json:"width"`
	Height int `json:"height"`
}

// An Attempt is one analysis of a session. Members without a value are omitted.
type Attempt struct {
	ID     int       `json:"attemptId"` // from 1
	Status string    `json:"attemptStatus"`
	Began  time.Time `json:"began"`
	Ends   time.Time `json:"ends"` // in the future while the attempt runs; its result is known in advance

	Decision      string        `json:"livenessDecision,omitempty"`
	Error         *AttemptError `json:"error,omitempty"`
	FaceRectangle *Rectangle    `json:"faceRectangle,omitempty"`
	Digest        string        `json:"digest,omitempty"`
	// ToldDigest is the digest that the device receives, if it is a different one.
	ToldDigest   string         `json:"toldDigest,omitempty"`
	SessionImage string         `json:"sessionImageId,omitempty"`
	Match        *Match         `json:"verifyResult,omitempty"`
	Abuse        *AbuseFindings `json:"abuseMonitoringResult,omitempty"`

	RequestID       string   `json:"requestId"`
	ClientRequestID string   `json:"clientRequestId,omitempty"`
	ClientAddresses []string `json:"clientIpAddresses,omitempty"`
	UserAgent       string   `json:"userAgent,omitempty"`
}

// An AttemptError is the reason why an attempt failed.
type AttemptError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// A Match compares the face of an attempt with the verify image.
type Match struct {
	Confidence float32 `json:"matchConfidence"`
	Identical  bool    `json:"isIdentical"`
}

// AbuseFindings are the result of abuse monitoring for an attempt.
type AbuseFindings struct {
	Detected bool             `json:"isAbuseDetected"`
	Others   []FlaggedAttempt `json:"otherFlaggedSessions,omitempty"`
}

// A FlaggedAttempt is an attempt in which abuse was detected.
type FlaggedAttempt struct {
	Session      string `json:"sessionId"`
	Attempt      int    `json:"attemptId"`
	SessionImage string `json:"sessionImageId,omitempty"`
}

// A SessionQuery selects sessions. A member that is zero matches everything.
type SessionQuery struct {
	After   string `json:"after,omitempty"` // Next of the previous page
	Limit   int    `json:"limit,omitempty"` // maximum number, up to 1000; 0: 100
	Kind    string `json:"kind,omitempty"`
	Status  string `json:"status,omitempty"`
	Version string `json:"apiVersion,omitempty"`

	Scenario            string `json:"scenario,omitempty"`
	DeviceCorrelationID string `json:"deviceCorrelationId,omitempty"`
	UserCorrelationID   string `json:"userCorrelationId,omitempty"`
}

// Sessions is the result of a SessionQuery.
type Sessions struct {
	Sessions []Session `json:"sessions"`       // the newest first
	Next     string    `json:"next,omitempty"` // value of After for the next page; "" at the end
}

// A TimelineEntry is a change of a session, or a call about it.
type TimelineEntry struct {
	What TimelineKind `json:"what"`
	At   time.Time    `json:"at"` // on the clock of the session's resource

	Attempt int    `json:"attempt,omitempty"` // from 1
	Request uint64 `json:"request,omitempty"` // number of the request that caused it
	Detail  string `json:"detail,omitempty"`  // decision, error code or status
}

// A TimelineKind is the kind of a timeline entry.
type TimelineKind string

// The kinds of TimelineEntry.
const (
	TimelineCreated      TimelineKind = "created"
	TimelineTokenIssued  TimelineKind = "token issued"
	TimelineStarted      TimelineKind = "started"
	TimelineAttemptBegan TimelineKind = "attempt began"
	TimelineAttemptEnded TimelineKind = "attempt ended"
	TimelineImageFetched TimelineKind = "image fetched"
	TimelinePolled       TimelineKind = "polled"
	TimelineTokenExpired TimelineKind = "token expired"
	TimelineExpired      TimelineKind = "expired"
	TimelineDeleted      TimelineKind = "deleted"
)

// A Timeline lists the changes of a session and the calls about it.
type Timeline struct {
	ID      string          `json:"sessionId"`
	Entries []TimelineEntry `json:"moments"` // oldest first
}

// A Play requests a device action in a session.
type Play struct {
	Session string       `json:"session"`
	Action  DeviceAction `json:"do"`
	// Attempt overrides the attempt of the session's scenario. It is an entry of attempts
	// in the language of scenario files, as YAML or JSON.
	Attempt string `json:"attempt,omitempty"`
	// Wait delays the answer until the attempt is over on the session's clock.
	Wait bool `json:"wait,omitempty"`
}

// A DeviceAction is an action of a session's device.
type DeviceAction string

// The device actions.
const (
	ActionStart   DeviceAction = "start"
	ActionAttempt DeviceAction = "attempt"
	ActionAbandon DeviceAction = "abandon" // the person gives up, which counts as an attempt
)

// A ScenarioFile is the text of a scenario file.
type ScenarioFile struct {
	Name string `json:"name"`
	Text string `json:"text"` // in YAML
}
