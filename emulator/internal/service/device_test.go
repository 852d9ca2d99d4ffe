package service_test

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

// TestTwoDevicesBringAnImage: the first counts, also when the second was let in
// before the first was done.
func TestTwoDevicesBringAnImage(t *testing.T) {
	t.Parallel()
	for _, strict := range []bool{false, true} {
		f := newFixture(t, func(f *fixture) { f.strict, f.script = false, scriptOf(failed()) })
		created := f.create(t, withVerify(nil))
		first, second := f.device(t, created), f.device(t, created)
		one, other := pngOf(t, 64, 64), pngOf(t, 65, 65)
		if _, err := f.Detect(t.Context(), first, service.DetectRequest{VerifyImage: &service.Upload{Bytes: one}}); err != nil {
			t.Fatal(err)
		}
		f.Strict = strict
		f.advance(t, time.Minute)
		result, err := f.Detect(t.Context(), second, service.DetectRequest{VerifyImage: &service.Upload{Bytes: other}})
		if strict {
			wantCode(t, err, liveness.CodeInvalidBody)
		} else if err != nil || result.Hint == "" {
			t.Errorf("got hint %q, %v; want a hint that the image was ignored", result.Hint, err)
		}
		stored, err := f.store.Image(t.Context(), created.View.Session.ID, liveness.VerifyImageName)
		if reference := f.view(t, created).Session.Reference; err != nil ||
			sha256.Sum256(stored) != reference.SHA256 || reference.SHA256 != sha256.Sum256(one) {
			t.Errorf("strict %v: the stored image is not the first, or not the one of the reference (%v)", strict, err)
		}
	}
}

// TestQualityOfTheVerifyImage is what the first step says that says anything.
func TestQualityOfTheVerifyImage(t *testing.T) {
	t.Parallel()
	low := decided(liveness.DecisionRealFace)
	low.Quality = liveness.QualityLow
	f := newFixture(t, func(f *fixture) { f.script = scriptOf(failed(), low) })
	created := f.create(t, withVerify(pngOf(t, 1000, 1000)))
	if got := created.View.Session.Reference.Quality; got != liveness.QualityLow {
		t.Errorf("got %s; want %s", got, liveness.QualityLow)
	}
}

// TestDevicesOfAnAutomaticSession are told that it plays by itself.
func TestDevicesOfAnAutomaticSession(t *testing.T) {
	t.Parallel()
	script := scriptOf(failed())
	script.Automatic, script.After = true, 10*time.Second
	f := newFixture(t, func(f *fixture) { f.script = script })
	created := f.create(t)
	d := f.device(t, created)
	f.advance(t, 10*time.Second)
	f.wantState(t, created, liveness.StateRunning, "failed 1")
	_, err := f.Start(t.Context(), d, service.StartRequest{})
	wantCode(t, err, liveness.CodeConflict)
	_, err = f.detect(t, d)
	wantCode(t, err, liveness.CodeConflict)
	_, err = f.EndAttempt(t.Context(), d, "r")
	if err != nil {
		t.Errorf("attempt/end after a finished attempt: %v", err)
	}
}
