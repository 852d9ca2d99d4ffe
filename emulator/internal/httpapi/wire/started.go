package wire

import (
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
