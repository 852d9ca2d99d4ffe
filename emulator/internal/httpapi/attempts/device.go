package attempts

import "github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"

// The bodies of the device calls are not public. These are the emulator's own.

type started struct {
	SessionID             string `json:"sessionId"`
	LivenessOperationMode string `json:"livenessOperationMode"`
	VerifyImageProvided   *bool  `json:"verifyImageProvided,omitempty"` // with verify only
	AttemptsAllowed       int    `json:"attemptsAllowed"`
}

// EncodeStarted renders the answer to session/start.
func EncodeStarted(r liveness.DeviceResult) ([]byte, error) {
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

type detected struct {
	ResultID string  `json:"resultId"`
	Digest   string  `json:"digest,omitempty"`
	Error    *reason `json:"error,omitempty"`
}

type reason struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// EncodeDetected renders the answer to a detect call: what the client SDK
// reports to the app, and never the decision. [documented: the client learns
// resultId and digest only] An attempt that the person gave up has no body: nil.
func EncodeDetected(r liveness.DeviceResult) ([]byte, error) {
	if !r.Attempt.Analysed() {
		return nil, nil
	}
	body := detected{ResultID: r.Attempt.RequestID, Digest: r.Attempt.Digest}
	if e := r.Attempt.Error; e != nil {
		body.Error = &reason{Code: e.Code, Message: e.Message}
	}
	return Marshal(body)
}
