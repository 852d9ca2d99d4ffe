package attempts

import (
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/httpapi/wire"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

type detected struct {
	ResultID string  `json:"resultId"`
	Digest   string  `json:"digest,omitempty"`
	Error    *reason `json:"error,omitempty"`
}

type reason struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// EncodeDetected renders the answer to a detect call, in a body of the emulator's
// own: what the client SDK reports to the app, and never the decision
// [documented: device-answer]. An attempt that the person gave up has no body: nil.
func EncodeDetected(r service.DeviceResult) ([]byte, error) {
	if !r.Attempt.Analysed() {
		return nil, nil
	}
	body := detected{ResultID: r.Attempt.RequestID, Digest: r.Digest}
	if e := r.Attempt.Error; e != nil {
		body.Error = &reason{Code: e.Code, Message: e.Message}
	}
	return wire.Marshal(body)
}
