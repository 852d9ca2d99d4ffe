package attempts

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// The wire structs declare their members in the order of recorded traffic.

type session struct {
	SessionID    string  `json:"sessionId"`
	AuthToken    string  `json:"authToken"`
	Status       string  `json:"status"`
	ModelVersion string  `json:"modelVersion,omitempty"`
	Results      results `json:"results"`
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
	MatchConfidence float32 `json:"matchConfidence"` // single precision, printed shortest [recorded]
	IsIdentical     bool    `json:"isIdentical"`
}

type reference struct {
	ReferenceType         string    `json:"referenceType,omitempty"`
	FaceRectangle         rectangle `json:"faceRectangle"`
	QualityForRecognition string    `json:"qualityForRecognition"`
}

// EncodeCreated renders the answer to a create call. It is the only one with a
// token, and it names the model before there is a result [recorded].
func EncodeCreated(created liveness.Created) ([]byte, error) {
	body := newSession(created.View)
	body.AuthToken = created.Token
	body.ModelVersion = created.View.Session.Settings.ModelVersion
	if references := body.Results.VerifyReferences; references != nil {
		nameReferences(*references)
	}
	return Marshal(body)
}

// nameReferences sets the type of verify references: the text "image", which is
// not in the declared enumeration, and only in the answer to a create call
// [recorded twice; on GET the declared-required member is missing].
func nameReferences(references []reference) {
	for i := range references {
		references[i].ReferenceType = "image"
	}
}

// EncodeSession renders the answer to a GET: the token is an empty text, and
// the model is absent until there is a result [recorded].
func EncodeSession(view liveness.View) ([]byte, error) {
	body := newSession(view)
	if len(view.Attempts) > 0 {
		body.ModelVersion = view.Session.Settings.ModelVersion
	}
	return Marshal(body)
}

func newSession(view liveness.View) session {
	body := session{
		SessionID: string(view.Session.ID),
		Status:    string(view.State),
		Results:   results{Attempts: make([]attempt, 0, len(view.Attempts))},
	}
	for _, a := range view.Attempts {
		body.Results.Attempts = append(body.Results.Attempts, newAttempt(view.Session, a))
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

// Marshal renders v compactly, as the service does: without escaping HTML and
// without a newline at the end.
func Marshal(v any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
