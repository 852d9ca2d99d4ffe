package wire_test

import (
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/httpapi/wire"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

// TestEncodeStarted: with verify, the device learns whether it has to bring the
// image.
func TestEncodeStarted(t *testing.T) {
	t.Parallel()
	settings := liveness.Settings{Mode: liveness.ModePassive, AttemptsAllowed: 2}
	for want, session := range map[string]liveness.Session{
		`{"sessionId":"s","livenessOperationMode":"Passive","attemptsAllowed":2}`: {
			ID: "s", Kind: liveness.KindLiveness, Settings: settings,
		},
		`{"sessionId":"s","livenessOperationMode":"Passive","verifyImageProvided":false,"attemptsAllowed":2}`: {
			ID: "s", Kind: liveness.KindLivenessWithVerify, Settings: settings,
		},
		`{"sessionId":"s","livenessOperationMode":"Passive","verifyImageProvided":true,"attemptsAllowed":2}`: {
			ID: "s", Kind: liveness.KindLivenessWithVerify, Settings: settings, Reference: &liveness.VerifyReference{},
		},
	} {
		got, err := wire.EncodeStarted(service.DeviceResult{Session: session})
		if err != nil || string(got) != want {
			t.Errorf("got %s, %v; want %s", got, err, want)
		}
	}
}
