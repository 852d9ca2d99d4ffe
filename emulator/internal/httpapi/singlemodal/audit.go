package singlemodal

import (
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/httpapi/wire"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

// entry is what the audit shows of one device call. Where sessionImageId and
// verifyImageHash stand is not on record; the specification lists them last.
type entry struct {
	ID               int      `json:"id"`
	SessionID        string   `json:"sessionId"`
	RequestID        string   `json:"requestId"`
	ClientRequestID  string   `json:"clientRequestId,omitempty"` // declared required, absent when not sent [recorded: audit-client-request-id]
	ReceivedDateTime string   `json:"receivedDateTime"`
	Request          request  `json:"request"`
	Response         response `json:"response"`
	Digest           string   `json:"digest"`
	SessionImageID   string   `json:"sessionImageId,omitempty"`
	VerifyImageHash  string   `json:"verifyImageHash,omitempty"`
}

type request struct {
	URL           string `json:"url"`
	Method        string `json:"method"`
	ContentLength *int64 `json:"contentLength,omitempty"`
	ContentType   string `json:"contentType"`
	UserAgent     string `json:"userAgent,omitempty"`
}

type response struct {
	Body                  responseBody `json:"body"`
	StatusCode            int          `json:"statusCode"`
	LatencyInMilliseconds int64        `json:"latencyInMilliseconds"`
}

// responseBody is the service's LivenessResponseBody.
type responseBody struct {
	LivenessDecision string        `json:"livenessDecision,omitempty"`
	Target           target        `json:"target"`
	ModelVersionUsed string        `json:"modelVersionUsed"`
	VerifyResult     *verifyResult `json:"verifyResult,omitempty"`
}

type target struct {
	FaceRectangle        rectangle `json:"faceRectangle"`
	FileName             string    `json:"fileName"`
	TimeOffsetWithinFile int       `json:"timeOffsetWithinFile"`
	ImageType            string    `json:"imageType"`
}

type verifyResult struct {
	VerifyImage     verifyImage `json:"verifyImage"`
	MatchConfidence float32     `json:"matchConfidence"` // single precision, printed shortest [recorded: verify-confidence]
	IsIdentical     bool        `json:"isIdentical"`
}

// EncodeAudit renders a page of a session's audit entries: of those with an id
// greater than after [documented: list-start], the limit lowest ones, newest first
// [recorded: audit-order]. limit must not be negative. How the service cuts a page
// is not on record; this way the highest id of one page leads to the next
// [assumed: audit-page].
func (d Dialect) EncodeAudit(view liveness.View, after int64, limit int) ([]byte, error) {
	newer := 0 // attempts are newest first
	for newer < len(view.Attempts) && int64(view.Attempts[newer].ID) > after {
		newer++
	}
	page := view.Attempts[max(0, newer-limit):newer]
	body := make([]entry, 0, len(page))
	for _, a := range page {
		body = append(body, d.newEntry(view.Session, a))
	}
	return wire.Marshal(body)
}

// EncodeDetected renders the answer to a detect call: the analysis as the audit
// will show it if the creator of the session had results sent to the client,
// and nil, for no body, if not [documented: device-answer-preview]. An attempt that
// the person gave up has no body either.
func (Dialect) EncodeDetected(r service.DeviceResult) ([]byte, error) {
	if !r.Session.Settings.SendResultsToClient || !r.Attempt.Analysed() {
		return nil, nil
	}
	return wire.Marshal(newResponseBody(r.Session, r.Attempt))
}

func (d Dialect) newEntry(s liveness.Session, a liveness.Attempt) entry {
	recorded := entry{
		ID:               a.ID,
		SessionID:        string(s.ID),
		RequestID:        a.RequestID,
		ClientRequestID:  a.ClientRequestID,
		ReceivedDateTime: dateTime(a.Began),
		Request:          newRequest(s, a.Request),
		Response: response{
			Body: newResponseBody(s, a),
			// The analysis answers 200, also when the device is sent 204 and
			// when the attempt failed [assumed: audit-status].
			StatusCode:            http.StatusOK,
			LatencyInMilliseconds: a.Ends.Sub(a.Began).Milliseconds(),
		},
		// A failed attempt has no digest, but the member is declared required:
		// it is empty then [assumed: audit-failed-attempt].
		Digest: a.Digest,
	}
	if d.SessionImages {
		recorded.SessionImageID = string(a.SessionImageID)
		recorded.VerifyImageHash = verifyImageHash(s, a)
	}
	return recorded
}

// newRequest renders the device call of an attempt, with the path in the casing
// of the client [recorded: audit-request-path]. An attempt that no device began has
// the documented path of its session, and nothing that depends on the client
// [assumed: audit-request-missing].
func newRequest(s liveness.Session, r liveness.AttemptRequest) request {
	if r.Path == "" {
		return request{URL: detectPath(s), Method: http.MethodPost, ContentType: "multipart/form-data"}
	}
	shown := request{URL: r.Path, Method: http.MethodPost, ContentType: r.ContentType, UserAgent: r.UserAgent}
	if r.ContentLength >= 0 {
		shown.ContentLength = &r.ContentLength
	}
	return shown
}

// detectPath returns the documented path of a session's detect call.
func detectPath(s liveness.Session) string {
	operation := "detectLiveness"
	if s.Kind == liveness.KindLivenessWithVerify {
		operation = "detectLivenessWithVerify"
	}
	return "/face/" + s.Settings.APIVersion + "/" + operation + "/singleModal"
}

// newResponseBody renders what the analysis gave. It is filled whether the
// device was sent the result or not [recorded: audit-result]. The name, offset and
// type of the frame are always the same [recorded: audit-frame].
func newResponseBody(s liveness.Session, a liveness.Attempt) responseBody {
	body := responseBody{
		LivenessDecision: string(a.Decision),
		Target: target{
			FaceRectangle:        rectangle(a.FaceRectangle),
			FileName:             "video.webp",
			TimeOffsetWithinFile: 0,
			ImageType:            "Color",
		},
		ModelVersionUsed: s.Settings.ModelVersion,
	}
	if a.Match != nil && s.Reference != nil {
		body.VerifyResult = &verifyResult{
			VerifyImage: verifyImage{
				FaceRectangle:         rectangle(s.Reference.FaceRectangle),
				QualityForRecognition: string(a.Match.Quality),
			},
			MatchConfidence: a.Match.Confidence,
			IsIdentical:     a.Match.Identical,
		}
	}
	return body
}

// verifyImageHash returns the hash of the verify image in upper case, or "" if
// the creator of the session did not ask for it or the attempt was not compared
// with an image: what the device brings later does not change earlier entries
// [assumed: audit-verify-image-hash].
func verifyImageHash(s liveness.Session, a liveness.Attempt) string {
	if !s.Settings.ReturnVerifyImageHash || a.Match == nil || s.Reference == nil {
		return ""
	}
	return strings.ToUpper(hex.EncodeToString(s.Reference.SHA256[:]))
}
