package singlemodal_test

import (
	"bytes"
	"errors"
	"io/fs"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/httpapi/singlemodal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
	"github.com/livenesslabs/face-liveness-emulator/schemas"
)

// The dialects under test.
func plainDialect() singlemodal.Dialect { return singlemodal.Dialect{} }
func imageDialect() singlemodal.Dialect { return singlemodal.Dialect{SessionImages: true} }

const (
	sessionID = "0e3a91c4-5b7d-4c21-9f60-2d8a1b7c4e55"
	deviceID  = "b7c1f2d0-8e34-4d95-a6b7-3c2d1e0f9a88"
	requestID = "c4d5e6f7-0a1b-4c2d-8e3f-4a5b6c7d8e9f"
	digest    = "00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF"
	imageID   = "AcSROg59WyFMn2AtihsZfE5VAQIDBAUGQAiACQoLDA0O"
	imageHash = "FF00000000000000000000000000000000000000000000000000000000000AB1"
)

// created is a moment with digits finer than the service prints, in a zone that
// it does not print.
func created() time.Time {
	return time.Date(2024, 5, 2, 8, 29, 55, 753781499, time.FixedZone("", 2*60*60))
}

// newView is a session that has not started.
func newView(kind liveness.Kind) liveness.View {
	return liveness.View{
		State: liveness.StateNotStarted,
		Session: liveness.Session{
			ID: sessionID, Kind: kind, Created: created(), DeviceCorrelationID: deviceID,
			Settings: liveness.Settings{
				APIVersion: "v1.1-preview.1", Mode: liveness.ModePassive, ModelVersion: "2022-10-15-preview.04",
				TokenTTL: 600 * time.Second, AttemptsAllowed: 3,
			},
		},
	}
}

// withReference gives the session a verify image and its hash to the results.
func withReference(view liveness.View) liveness.View {
	view.Session.Reference = &liveness.VerifyReference{
		FaceRectangle: liveness.Rectangle{Top: 121, Left: 390, Width: 286, Height: 241},
		Quality:       liveness.QualityMedium,
		SHA256:        [32]byte{0: 0xff, 30: 0x0a, 31: 0xb1},
	}
	view.Session.Settings.ReturnVerifyImageHash = true
	return view
}

// withAttempts starts the session and gives it these attempts, the first of
// which began first.
func withAttempts(view liveness.View, attempts ...liveness.Attempt) liveness.View {
	view.State = liveness.StateRunning
	view.Session.Started = created().Add(2 * time.Second)
	for i, a := range attempts {
		a.ID = i + 1
		view.Attempts = append([]liveness.Attempt{a}, view.Attempts...)
	}
	return view
}

// decided is an attempt of a device that came to a decision.
func decided() liveness.Attempt {
	return liveness.Attempt{
		RequestID: requestID, Decision: liveness.DecisionRealFace, Digest: digest,
		Began: created().Add(3 * time.Second), Ends: created().Add(4*time.Second + 234567*time.Microsecond),
		FaceRectangle: liveness.Rectangle{Top: 1, Left: 2, Width: 3, Height: 4},
		Request: liveness.AttemptRequest{
			Path: "/face/v1.1-preview.1/detectliveness/singlemodal", ContentLength: 352568,
			ContentType: "multipart/form-data; boundary=x", UserAgent: "device/1",
		},
	}
}

// compared is decided with verify.
func compared() liveness.Attempt {
	a := decided()
	a.Match = &liveness.Match{Confidence: 0.12141934, Identical: false, Quality: liveness.QualityHigh}
	return a
}

// failed is an attempt that came to an error.
func failed() liveness.Attempt {
	a := decided()
	a.Decision, a.Digest = "", ""
	a.Error = &liveness.AttemptError{Code: "FaceWithMaskDetected", Message: "Mask detected on face image."}
	return a
}

// automatic is an attempt that no device began.
func automatic() liveness.Attempt {
	a := decided()
	a.Request = liveness.AttemptRequest{}
	return a
}

// check compares a body byte by byte, and with the schemas of the named versions.
func check(t *testing.T, what string, got []byte, err error, want, operation string, versions ...string) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: got error %v, want none", what, err)
		return
	}
	if string(got) != want {
		t.Errorf("%s:\n got %s\nwant %s", what, got, want)
	}
	for _, version := range versions {
		conforms(t, got, version, operation)
	}
}

// conforms compares a body with the schema of a version, if there is such a version
// still: the dialect has several, and the body is checked for each.
func conforms(t *testing.T, body []byte, version, operation string) {
	t.Helper()
	if _, err := fs.Stat(schemas.FS, version); errors.Is(err, fs.ErrNotExist) {
		return
	}
	name := version + "/" + operation + ".response.json"
	compiled, err := schema.Compile(schemas.FS, name)
	if err != nil {
		t.Fatal(err)
	}
	value, err := schema.Decode(body)
	if err != nil {
		t.Fatalf("%s: %v", bytes.TrimSpace(body), err)
	}
	if problems := compiled.Validate(value); problems != nil {
		t.Errorf("%s refuses %s: %v", name, body, problems)
	}
}
