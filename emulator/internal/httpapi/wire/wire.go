// Package wire is what the JSON of all API versions has in common: how the body
// of a create call is read, in its JSON and form-data spellings, and how answers
// are written. It knows no HTTP.
package wire

import (
	"bytes"
	"encoding/json"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

type started struct {
	SessionID             string `json:"sessionId"`
	LivenessOperationMode string `json:"livenessOperationMode"`
	VerifyImageProvided   *bool  `json:"verifyImageProvided,omitempty"` // with verify only
	AttemptsAllowed       int    `json:"attemptsAllowed"`
}

// EncodeStarted renders the answer to session/start. The service's is not public;
// this body is the emulator's own, the same in every version.
func EncodeStarted(r service.DeviceResult) ([]byte, error) {
	body := started{
		SessionID:             string(r.Session.ID),
		LivenessOperationMode: string(r.Session.Settings.Mode),
		AttemptsAllowed:       r.Session.Settings.AttemptsAllowed,
	}
	if r.Session.Kind == liveness.KindLivenessWithVerify {
		provided := r.Session.Reference != nil
		body.VerifyImageProvided = &provided
	}
	return Marshal(body)
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
