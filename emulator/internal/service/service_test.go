package service_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

// TestLifeOfASession walks every way from NotStarted to an end.
func TestLifeOfASession(t *testing.T) {
	t.Parallel()
	exhausted := scriptOf(failed())
	exhausted.AfterLast = liveness.AfterLastStop
	restart := scriptOf(failed(), abandoned(), decided(liveness.DecisionRealFace))
	restart.AfterLast = liveness.AfterLastRestart
	for name, test := range map[string]struct {
		script   liveness.Script
		detects  int
		state    liveness.State
		attempts []string
	}{
		"no attempt":            {scriptOf(failed()), 0, liveness.StateRunning, nil},
		"real face":             {scriptOf(decided(liveness.DecisionRealFace)), 1, liveness.StateSucceeded, []string{"succeeded 1"}},
		"spoof is a result too": {scriptOf(decided(liveness.DecisionSpoofFace)), 1, liveness.StateSucceeded, []string{"succeeded 1"}},
		"uncertain":             {scriptOf(decided(liveness.DecisionUncertain)), 1, liveness.StateSucceeded, []string{"succeeded 1"}},
		"failed, two left":      {scriptOf(failed()), 1, liveness.StateRunning, []string{"failed 1"}},
		"failed, then real":     {scriptOf(failed(), decided(liveness.DecisionRealFace)), 2, liveness.StateSucceeded, []string{"succeeded 2", "failed 1"}},
		"three failures":        {scriptOf(failed()), 3, liveness.StateFailed, []string{"failed 3", "failed 2", "failed 1"}},
		"given up, two left":    {scriptOf(abandoned()), 1, liveness.StateRunning, nil},
		"given up thrice":       {scriptOf(abandoned()), 3, liveness.StateCanceled, nil},
		"failed, then given up": {scriptOf(failed(), failed(), abandoned()), 3, liveness.StateCanceled, []string{"failed 2", "failed 1"}},
		"exhausted":             {exhausted, 1, liveness.StateFailed, []string{"failed 1"}},
		"restart":               {restart, 3, liveness.StateSucceeded, []string{"succeeded 3", "failed 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, func(f *fixture) { f.script = test.script })
			created := f.create(t)
			f.wantState(t, created, liveness.StateNotStarted)
			d := f.device(t, created)
			if _, err := f.Start(t.Context(), d, service.StartRequest{}); err != nil {
				t.Fatalf("start: %v", err)
			}
			f.wantState(t, created, liveness.StateRunning)
			for range test.detects {
				if _, err := f.detect(t, d); err != nil {
					t.Fatalf("detect: %v", err)
				}
			}
			f.wantState(t, created, test.state, test.attempts...)
			if test.state != liveness.StateRunning {
				_, err := f.detect(t, d)
				wantCode(t, err, liveness.CodeRateLimited)
				f.wantState(t, created, test.state, test.attempts...)
			}
		})
	}
}

func TestDetectWithoutStartStartsTheSession(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(f *fixture) { f.script = scriptOf(failed()) })
	created := f.create(t)
	d := f.device(t, created)
	if _, err := f.detect(t, d); err != nil {
		t.Fatal(err)
	}
	f.wantState(t, created, liveness.StateRunning, "failed 1")
	_, err := f.Start(t.Context(), d, service.StartRequest{})
	wantCode(t, err, liveness.CodeRateLimited)
}

// TestARunningAttempt: while an attempt lasts, the session is Running without an
// entry, and the device call stays open until its end.
func TestARunningAttempt(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(f *fixture) { f.script = scriptOf(lasting(decided(liveness.DecisionRealFace), 2*time.Second)) })
	created := f.create(t)
	d := f.device(t, created)
	answered := f.detecting(t, d)
	f.wantState(t, created, liveness.StateRunning)
	_, err := f.detect(t, d)
	wantCode(t, err, liveness.CodeConflict)
	_, err = f.EndAttempt(t.Context(), d, "r")
	wantCode(t, err, liveness.CodeConflict)

	f.advance(t, 2*time.Second-1)
	f.wantState(t, created, liveness.StateRunning)
	select {
	case err := <-answered:
		t.Fatalf("the call was answered early: %v", err)
	default:
	}
	f.advance(t, 1)
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
	f.wantState(t, created, liveness.StateSucceeded, "succeeded 1")
}

// TestALostClientChangesNothing: what an attempt gives is stored when it begins.
func TestALostClientChangesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(f *fixture) { f.script = scriptOf(lasting(decided(liveness.DecisionRealFace), time.Second)) })
	created := f.create(t)
	ctx, leave := context.WithCancel(t.Context())
	answered := make(chan error, 1)
	go func() {
		_, err := f.Detect(ctx, f.device(t, created), service.DetectRequest{RequestID: "r"})
		answered <- err
	}()
	if err := f.clock.AwaitWaiters(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	leave()
	if err := <-answered; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v; want %v", err, context.Canceled)
	}
	f.advance(t, time.Second)
	f.wantState(t, created, liveness.StateSucceeded, "succeeded 1")
}

// TestEndAttempt: after a finished attempt it changes nothing
// [assumed: attempt-end-analysed], with nothing analysed it uses one
// [assumed: attempt-end-abandoned].
func TestEndAttempt(t *testing.T) {
	t.Parallel()
	const detect, end = "detect", "end"
	for name, test := range map[string]struct {
		script   liveness.Script
		calls    []string
		state    liveness.State
		attempts []string
		last     liveness.Code // of the last call; "": it succeeds
	}{
		"after a result":           {scriptOf(decided(liveness.DecisionRealFace)), []string{detect, end}, liveness.StateSucceeded, []string{"succeeded 1"}, ""},
		"thrice after a result":    {scriptOf(decided(liveness.DecisionRealFace)), []string{detect, end, end, end}, liveness.StateSucceeded, []string{"succeeded 1"}, ""},
		"over its quota":           {scriptOf(decided(liveness.DecisionRealFace)), []string{detect, end, end, end, end}, liveness.StateSucceeded, []string{"succeeded 1"}, liveness.CodeRateLimited},
		"after a failure":          {scriptOf(failed()), []string{detect, end}, liveness.StateRunning, []string{"failed 1"}, ""},
		"then a second, given up":  {scriptOf(failed()), []string{detect, end, end}, liveness.StateRunning, []string{"failed 1"}, ""},
		"nothing analysed":         {scriptOf(failed()), []string{end}, liveness.StateRunning, nil, ""},
		"nothing analysed thrice":  {scriptOf(failed()), []string{end, end, end}, liveness.StateCanceled, nil, ""},
		"given up, then analysed":  {scriptOf(failed(), decided(liveness.DecisionRealFace)), []string{end, detect}, liveness.StateSucceeded, []string{"succeeded 2"}, ""},
		"after a canceled session": {scriptOf(failed()), []string{end, end, end, end}, liveness.StateCanceled, nil, liveness.CodeRateLimited},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, func(f *fixture) { f.script = test.script })
			created := f.create(t)
			d := f.device(t, created)
			var err error
			for i, call := range test.calls {
				if call == detect {
					_, err = f.detect(t, d)
				} else {
					_, err = f.EndAttempt(t.Context(), d, "r")
				}
				if err != nil && i < len(test.calls)-1 {
					t.Fatalf("call %d (%s): %v", i+1, call, err)
				}
			}
			if test.last != "" {
				wantCode(t, err, test.last)
			} else if err != nil {
				t.Fatal(err)
			}
			f.wantState(t, created, test.state, test.attempts...)
		})
	}
}

func TestStrictHoldsDevicesToTheirRates(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(f *fixture) { f.strict, f.script = true, scriptOf(failed()) })
	created := f.create(t)
	d := f.device(t, created)
	if _, err := f.detect(t, d); err != nil {
		t.Fatal(err)
	}
	f.advance(t, time.Second)
	_, err := f.detect(t, d)
	wantCode(t, err, liveness.CodeRateLimited)
	var refusal *liveness.Error
	if errors.As(err, &refusal); refusal.RetryAfter != 4*time.Second {
		t.Errorf("retry after %s; want the 4s that are left", refusal.RetryAfter)
	}
	f.advance(t, 4*time.Second)
	if _, err := f.detect(t, d); err != nil {
		t.Errorf("after the wait: %v", err)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	const border = 0.6
	confidence := func(c float32) liveness.Step {
		step := decided(liveness.DecisionSpoofFace)
		step.MatchConfidence = &c
		return step
	}
	for name, test := range map[string]struct {
		confidence float32
		identical  bool
	}{
		"below":  {0.59999, false},
		"at":     {border, true},
		"above":  {0.99736166, true},
		"lowest": {0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, func(f *fixture) { f.script = scriptOf(confidence(test.confidence)) })
			created := f.create(t, withVerify(pngOf(t, 100, 120)), func(r *service.CreateRequest) {
				b := border
				r.VerifyConfidenceThreshold = &b
			})
			if _, err := f.detect(t, f.device(t, created)); err != nil {
				t.Fatal(err)
			}
			match := f.view(t, created).Attempts[0].Match
			if match == nil || match.Confidence != test.confidence || match.Identical != test.identical {
				t.Errorf("got %+v; want confidence %v, identical %v", match, test.confidence, test.identical)
			}
		})
	}
}

func TestVerifyImageFromTheDevice(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	picture := pngOf(t, 64, 64)
	created := f.create(t, withVerify(nil))
	if created.View.Session.Reference != nil {
		t.Fatal("a reference without an image")
	}
	d := f.device(t, created)
	_, err := f.Detect(t.Context(), d, service.DetectRequest{VerifyImage: &service.Upload{Bytes: picture[:500]}})
	wantCode(t, err, liveness.CodeImageTooSmall)
	f.wantState(t, created, liveness.StateNotStarted)

	if _, err := f.Detect(t.Context(), d, service.DetectRequest{VerifyImage: &service.Upload{Bytes: picture}}); err != nil {
		t.Fatal(err)
	}
	f.wantState(t, created, liveness.StateSucceeded, "succeeded 1")
	reference := f.view(t, created).Session.Reference
	if reference == nil || reference.SHA256 != sha256.Sum256(picture) {
		t.Errorf("got reference %+v; want the device's image", reference)
	}
	stored, err := f.store.Image(t.Context(), created.View.Session.ID, liveness.VerifyImageName)
	if err != nil || len(stored) != len(picture) {
		t.Errorf("stored image: %d bytes, %v; want %d", len(stored), err, len(picture))
	}
}

func TestNoVerifyImageOnEitherSide(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	created := f.create(t, withVerify(nil))
	if _, err := f.detect(t, f.device(t, created)); err != nil {
		t.Fatal(err)
	}
	f.wantState(t, created, liveness.StateRunning, "failed 1")
	if code := f.view(t, created).Attempts[0].Error.Code; code != "VerifyImageNotProvided" {
		t.Errorf("got %s; want VerifyImageNotProvided", code)
	}
}

func TestDeviceCorrelationID(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	setInClient := func(id string) func(*service.CreateRequest) {
		return func(r *service.CreateRequest) {
			r.DeviceCorrelationID = service.CorrelationID{Text: id, Given: id != "", SetInClient: true}
		}
	}
	for name, test := range map[string]struct {
		create func(*service.CreateRequest)
		strict bool
		start  *string
		code   liveness.Code
		want   string
	}{
		"given on create":             {func(*service.CreateRequest) {}, false, nil, "", "device"},
		"and another on start":        {func(*service.CreateRequest) {}, false, text("other"), "", "device"},
		"the same, strict":            {func(*service.CreateRequest) {}, true, text("other"), liveness.CodeInvalidBody, ""},
		"set in client":               {setInClient(""), false, text("phone"), "", "phone"},
		"owed":                        {setInClient(""), false, nil, liveness.CodeInvalidDeviceCorrelationID, ""},
		"owed and empty":              {setInClient(""), false, text(""), liveness.CodeInvalidDeviceCorrelationID, ""},
		"on both sides, client's won": {setInClient("first"), false, text("second"), "", "second"},
		"on create all the same":      {setInClient("first"), false, nil, "", "first"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, func(f *fixture) { f.strict = test.strict })
			created := f.create(t, test.create)
			result, err := f.Start(t.Context(), f.device(t, created), service.StartRequest{DeviceCorrelationID: test.start})
			if test.code != "" {
				wantCode(t, err, test.code)
				f.wantState(t, created, liveness.StateNotStarted)
				return
			}
			if err != nil || result.Session.DeviceCorrelationID != test.want {
				t.Errorf("got %q, %v; want %q", result.Session.DeviceCorrelationID, err, test.want)
			}
		})
	}
}
