package control

import "time"

// A Session is a session as it looks now, with the fields of all versions of the
// API. What a session does not have is left out.
type Session struct {
	ID       string    `json:"sessionId"`
	Kind     string    `json:"kind"` // Liveness or LivenessWithVerify
	Resource string    `json:"resource"`
	Version  string    `json:"apiVersion"` // that it was created with
	Status   string    `json:"status"`     // NotStarted, Running, Succeeded, Failed or Canceled
	Created  time.Time `json:"created"`
	Expires  time.Time `json:"expires"` // and is not found from then on
	Started  time.Time `json:"started,omitzero"`

	TokenExpires time.Time `json:"tokenExpires"`
	TokenExpired bool      `json:"tokenExpired"` // also when something else than the time has ended it

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
	Seed     uint64    `json:"seed,omitempty"` // of the scenario's choices
	Attempts []Attempt `json:"attempts"`       // the oldest first; also the one that runs
}

// A VerifyImage is what is known of the image that a session compares with.
type VerifyImage struct {
	FaceRectangle Rectangle `json:"faceRectangle"`
	Quality       string    `json:"qualityForRecognition"`
	SHA256        string    `json:"verifyImageHash"` // hexadecimal digits
}

// A Rectangle is where a face is in an image, in pixels from the upper left corner.
type Rectangle struct {
	Top    int `json:"top"`
	Left   int `json:"left"`
	Width  int `json:"width"`
	Height int `json:"height"`
}

// An Attempt is one analysis of a session. What it does not have is left out.
type Attempt struct {
	ID     int       `json:"attemptId"` // from 1
	Status string    `json:"attemptStatus"`
	Began  time.Time `json:"began"`
	Ends   time.Time `json:"ends"` // later than now while it runs; what it gives is known before

	Decision      string        `json:"livenessDecision,omitempty"`
	Error         *AttemptError `json:"error,omitempty"`
	FaceRectangle *Rectangle    `json:"faceRectangle,omitempty"`
	Digest        string        `json:"digest,omitempty"`
	// ToldDigest is the digest that the device is told, where that is another.
	ToldDigest   string         `json:"toldDigest,omitempty"`
	SessionImage string         `json:"sessionImageId,omitempty"`
	Match        *Match         `json:"verifyResult,omitempty"`
	Abuse        *AbuseFindings `json:"abuseMonitoringResult,omitempty"`

	RequestID       string   `json:"requestId"`
	ClientRequestID string   `json:"clientRequestId,omitempty"`
	ClientAddresses []string `json:"clientIpAddresses,omitempty"`
	UserAgent       string   `json:"userAgent,omitempty"`
}

// An AttemptError is why an attempt failed.
type AttemptError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// A Match compares the face of an attempt with the verify image.
type Match struct {
	Confidence float32 `json:"matchConfidence"`
	Identical  bool    `json:"isIdentical"`
}

// AbuseFindings are what abuse monitoring says of an attempt.
type AbuseFindings struct {
	Detected bool             `json:"isAbuseDetected"`
	Others   []FlaggedAttempt `json:"otherFlaggedSessions,omitempty"`
}

// A FlaggedAttempt is an attempt that abuse was detected in.
type FlaggedAttempt struct {
	Session      string `json:"sessionId"`
	Attempt      int    `json:"attemptId"`
	SessionImage string `json:"sessionImageId,omitempty"`
}

// A SessionQuery says which sessions are meant. What is zero asks for nothing.
type SessionQuery struct {
	After   string `json:"after,omitempty"` // their id is greater
	Limit   int    `json:"limit,omitempty"` // maximum number, up to 1000; 0: 100
	Kind    string `json:"kind,omitempty"`
	Status  string `json:"status,omitempty"`
	Version string `json:"apiVersion,omitempty"`

	Scenario            string `json:"scenario,omitempty"`
	DeviceCorrelationID string `json:"deviceCorrelationId,omitempty"`
	UserCorrelationID   string `json:"userCorrelationId,omitempty"`
}

// Sessions are what a query found.
type Sessions struct {
	Sessions []Session `json:"sessions"`       // in ascending order of their ids
	Next     string    `json:"next,omitempty"` // what to ask for After to go on; "": there are no more
}

// A TimelineEntry is one change of a session, or one call that concerned it.
type TimelineEntry struct {
	What TimelineKind `json:"what"`
	At   time.Time    `json:"at"` // on the clock of the session's resource

	Attempt int    `json:"attempt,omitempty"` // from 1
	Request uint64 `json:"request,omitempty"` // number of the request that did it
	Detail  string `json:"detail,omitempty"`  // a decision, an error code, or a status
}

// A TimelineKind says what a timeline entry is about.
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

// A Timeline lists what has happened in a session.
type Timeline struct {
	ID      string          `json:"sessionId"`
	Entries []TimelineEntry `json:"moments"` // the oldest first
}

// A Play asks for a device action in a session.
type Play struct {
	Session string       `json:"session"`
	Action  DeviceAction `json:"do"`
	// Attempt is what the attempt gives, as one entry of attempts in a scenario file,
	// in YAML or JSON; "": what the session's scenario says.
	Attempt string `json:"attempt,omitempty"`
	// Wait holds the answer back until the attempt is over on the session's clock.
	Wait bool `json:"wait,omitempty"`
}

// A DeviceAction is what a device does.
type DeviceAction string

// The device actions.
const (
	ActionStart   DeviceAction = "start"
	ActionAttempt DeviceAction = "attempt"
	ActionAbandon DeviceAction = "abandon" // the person gives up, which uses an attempt
)

// A ScenarioFile is the text of a scenario file.
type ScenarioFile struct {
	Name string `json:"name"`
	Text string `json:"text"` // YAML
}
