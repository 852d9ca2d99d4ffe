// Package attempts is the JSON of the API versions whose sessions hold a list
// of attempts: v1.2 and its successors. It turns views of a session into bodies;
// it knows no HTTP.
package attempts

import (
	"encoding/hex"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/httpapi/wire"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

// A Dialect is the JSON of one version.
type Dialect struct {
	// AbuseMonitoring: the version shows abuse monitoring, the address that was
	// expected and those that came.
	AbuseMonitoring bool
}

// The wire structs declare their members in the order of recorded traffic.

type session struct {
	SessionID    string `json:"sessionId"`
	AuthToken    string `json:"authToken"`
	Status       string `json:"status"`
	ModelVersion string `json:"modelVersion,omitempty"`
	// In this place on GET, and absent on POST although the specification's
	// example shows it there [recorded: session-abuse-monitoring].
	IsAbuseMonitoringEnabled *bool   `json:"isAbuseMonitoringEnabled,omitempty"`
	ExpectedClientIPAddress  string  `json:"expectedClientIpAddress,omitempty"` // its place is not known [assumed: session-expected-address]
	Results                  results `json:"results"`
}

type results struct {
	Attempts         []attempt    `json:"attempts"`
	VerifyReferences *[]reference `json:"verifyReferences,omitempty"` // with verify: there, if empty
}

type attempt struct {
	AttemptID     int           `json:"attemptId"`
	AttemptStatus string        `json:"attemptStatus"`
	Result        *result       `json:"result,omitempty"`
	Error         *attemptError `json:"error,omitempty"`

	ClientInformation     []client `json:"clientInformation,omitempty"`
	AbuseMonitoringResult *abuse   `json:"abuseMonitoringResult,omitempty"`
}

type client struct {
	IP string `json:"ip"`
}

type abuse struct {
	IsAbuseDetected      bool      `json:"isAbuseDetected"`
	OtherFlaggedSessions []flagged `json:"otherFlaggedSessions"` // there, if empty
}

type flagged struct {
	AttemptID      int    `json:"attemptId"`
	SessionID      string `json:"sessionId"`
	SessionImageID string `json:"sessionImageId,omitempty"`
}

type result struct {
	LivenessDecision string        `json:"livenessDecision"`
	Targets          targets       `json:"targets"`
	Digest           string        `json:"digest"`
	SessionImageID   string        `json:"sessionImageId,omitempty"`
	VerifyResult     *verifyResult `json:"verifyResult,omitempty"`
	VerifyImageHash  string        `json:"verifyImageHash,omitempty"`
}

type attemptError struct {
	Code    string  `json:"code"`
	Message string  `json:"message"`
	Targets targets `json:"targets"`
}

type targets struct {
	Color struct {
		FaceRectangle rectangle `json:"faceRectangle"`
	} `json:"color"`
}

type rectangle struct {
	Top    int `json:"top"`
	Left   int `json:"left"`
	Width  int `json:"width"`
	Height int `json:"height"`
}

type verifyResult struct {
	MatchConfidence float32 `json:"matchConfidence"` // single precision, printed shortest [recorded: verify-confidence]
	IsIdentical     bool    `json:"isIdentical"`
}

type reference struct {
	ReferenceType         string    `json:"referenceType,omitempty"`
	FaceRectangle         rectangle `json:"faceRectangle"`
	QualityForRecognition string    `json:"qualityForRecognition"`
}

// EncodeCreated renders the answer to a create call. It is the only one with a
// token [recorded: session-token], and it names the model before there is a result
// [recorded: session-model].
func (d Dialect) EncodeCreated(created service.Created) ([]byte, error) {
	body := d.session(created.View)
	body.AuthToken = created.Token
	body.ModelVersion = created.View.Session.Settings.ModelVersion
	if references := body.Results.VerifyReferences; references != nil {
		nameReferences(*references)
	}
	return wire.Marshal(body)
}

// nameReferences sets the type of verify references: the text "image", which is
// not in the declared enumeration, and only in the answer to a create call; on GET
// the declared-required member is missing [recorded: create-reference-type].
func nameReferences(references []reference) {
	for i := range references {
		references[i].ReferenceType = "image"
	}
}

// EncodeSession renders the answer to a GET: the token is an empty text
// [recorded: session-token], and the model is absent until there is a result
// [recorded: session-model].
func (d Dialect) EncodeSession(view liveness.View) ([]byte, error) {
	body := d.session(view)
	if len(view.Attempts) > 0 {
		body.ModelVersion = view.Session.Settings.ModelVersion
	}
	if d.AbuseMonitoring {
		enabled := view.Session.Settings.AbuseMonitoring
		body.IsAbuseMonitoringEnabled = &enabled
	}
	return wire.Marshal(body)
}

func (d Dialect) session(view liveness.View) session {
	body := session{
		SessionID: string(view.Session.ID),
		Status:    string(view.State),
		Results:   results{Attempts: make([]attempt, 0, len(view.Attempts))},
	}
	if d.AbuseMonitoring {
		body.ExpectedClientIPAddress = view.Session.Settings.ExpectedClientAddress
	}
	for _, a := range view.Attempts {
		body.Results.Attempts = append(body.Results.Attempts, d.attempt(view.Session, a))
	}
	if view.Session.Kind == liveness.KindLivenessWithVerify {
		references := make([]reference, 0, 1)
		if ref := view.Session.Reference; ref != nil {
			references = append(references, reference{
				FaceRectangle:         rectangle(ref.FaceRectangle),
				QualityForRecognition: string(ref.Quality),
			})
		}
		body.Results.VerifyReferences = &references
	}
	return body
}

// attempt adds to an attempt what the version shows beside its result.
func (d Dialect) attempt(s liveness.Session, a liveness.Attempt) attempt {
	shown := newAttempt(s, a)
	if !d.AbuseMonitoring {
		return shown
	}
	for _, address := range s.ClientAddresses(a) {
		shown.ClientInformation = append(shown.ClientInformation, client{IP: address})
	}
	if a.Abuse != nil {
		shown.AbuseMonitoringResult = &abuse{
			IsAbuseDetected: a.Abuse.Detected, OtherFlaggedSessions: make([]flagged, 0, len(a.Abuse.Others)),
		}
		for _, other := range a.Abuse.Others {
			shown.AbuseMonitoringResult.OtherFlaggedSessions = append(shown.AbuseMonitoringResult.OtherFlaggedSessions,
				flagged{other.AttemptID, string(other.Session), string(other.SessionImageID)})
		}
	}
	return shown
}

func newAttempt(s liveness.Session, a liveness.Attempt) attempt {
	var where targets
	where.Color.FaceRectangle = rectangle(a.FaceRectangle)
	if a.Error != nil {
		return attempt{
			AttemptID:     a.ID,
			AttemptStatus: string(liveness.StateFailed),
			Error:         &attemptError{Code: a.Error.Code, Message: a.Error.Message, Targets: where},
		}
	}
	outcome := &result{
		LivenessDecision: string(a.Decision),
		Targets:          where,
		Digest:           a.Digest,
		SessionImageID:   string(a.SessionImageID),
	}
	if a.Match != nil {
		outcome.VerifyResult = &verifyResult{MatchConfidence: a.Match.Confidence, IsIdentical: a.Match.Identical}
	}
	if s.Reference != nil && s.Settings.ReturnVerifyImageHash {
		outcome.VerifyImageHash = strings.ToUpper(hex.EncodeToString(s.Reference.SHA256[:]))
	}
	return attempt{AttemptID: a.ID, AttemptStatus: string(liveness.StateSucceeded), Result: outcome}
}
