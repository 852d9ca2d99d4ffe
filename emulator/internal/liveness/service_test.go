package liveness_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// TestLifeOfASession walks every way from NotStarted to an end.
func TestLifeOfASession(t *testing.T) {
	t.Parallel()
	exhausted := scriptOf(failed())
	exhausted.Then = liveness.ThenExhausted
	restart := scriptOf(failed(), abandoned(), decided(liveness.DecisionRealFace))
	restart.Then = liveness.ThenRestart
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
			if _, err := f.Start(t.Context(), d, liveness.StartRequest{}); err != nil {
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
	_, err := f.Start(t.Context(), d, liveness.StartRequest{})
	wantCode(t, err, liveness.CodeRateLimited)
}

// TestARunningAttempt: while an attempt lasts, the session is Running without an
// entry, and the device call stays open until its end.
func TestARunningAttempt(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(f *fixture) { f.script = scriptOf(lasting(decided(liveness.DecisionRealFace), 2*time.Second)) })
	created := f.create(t)
	d := f.device(t, created)
	answered := make(chan error, 1)
	go func() {
		_, err := f.detect(t, d)
		answered <- err
	}()
	if err := f.clock.AwaitWaiters(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
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
		_, err := f.Detect(ctx, f.device(t, created), liveness.DetectRequest{RequestID: "r"})
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

func TestStopEndsWaiting(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(f *fixture) { f.script = scriptOf(lasting(decided(liveness.DecisionRealFace), time.Hour)) })
	created := f.create(t)
	answered := make(chan error, 1)
	go func() {
		_, err := f.detect(t, f.device(t, created))
		answered <- err
	}()
	if err := f.clock.AwaitWaiters(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	f.Stop()
	wantCode(t, <-answered, liveness.CodeStopping)
}

func TestDeleteDuringAnAttempt(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(f *fixture) { f.script = scriptOf(lasting(decided(liveness.DecisionRealFace), time.Second)) })
	created := f.create(t)
	answered := make(chan error, 1)
	go func() {
		_, err := f.detect(t, f.device(t, created))
		answered <- err
	}()
	if err := f.clock.AwaitWaiters(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if err := f.Delete(t.Context(), resource, liveness.KindLiveness, created.View.Session.ID); err != nil {
		t.Fatal(err)
	}
	f.advance(t, time.Second)
	wantCode(t, <-answered, liveness.CodeUnauthorized)
}

// TestAutomaticSessions play by themselves, and the same on every look.
func TestAutomaticSessions(t *testing.T) {
	t.Parallel()
	script := scriptOf(lasting(failed(), time.Second), decided(liveness.DecisionRealFace))
	script.Automatic, script.After = true, 10*time.Second
	f := newFixture(t, func(f *fixture) { f.script = script })
	created := f.create(t, func(r *liveness.CreateRequest) { r.EnableSessionImage = true })
	for _, moment := range []struct {
		after    time.Duration // since the moment before
		state    liveness.State
		attempts []string
	}{
		{10*time.Second - 1, liveness.StateNotStarted, nil},
		{1, liveness.StateRunning, nil},
		{time.Second, liveness.StateRunning, []string{"failed 1"}},
		{10 * time.Second, liveness.StateSucceeded, []string{"succeeded 2", "failed 1"}},
		{24 * time.Hour, liveness.StateSucceeded, []string{"succeeded 2", "failed 1"}},
	} {
		f.advance(t, moment.after)
		f.wantState(t, created, moment.state, moment.attempts...)
	}
	first, second := f.view(t, created), f.view(t, created)
	if first.Attempts[0].Digest != second.Attempts[0].Digest || first.Attempts[0].SessionImageID != second.Attempts[0].SessionImageID {
		t.Error("two looks at a finished session differ")
	}
	if _, err := f.Image(t.Context(), resource, first.Attempts[0].SessionImageID); err != nil {
		t.Errorf("its session image: %v", err)
	}
}

func TestADeviceTakesAnAutomaticSessionOver(t *testing.T) {
	t.Parallel()
	script := scriptOf(decided(liveness.DecisionRealFace))
	script.Automatic, script.After = true, 10*time.Second
	f := newFixture(t, func(f *fixture) { f.script = script })
	created := f.create(t)
	if _, err := f.Start(t.Context(), f.device(t, created), liveness.StartRequest{}); err != nil {
		t.Fatal(err)
	}
	f.advance(t, time.Minute)
	f.wantState(t, created, liveness.StateRunning)

	other := f.create(t)
	d := f.device(t, other)
	f.advance(t, 10*time.Second)
	f.wantState(t, other, liveness.StateSucceeded, "succeeded 1")
	_, err := f.Start(t.Context(), d, liveness.StartRequest{})
	wantCode(t, err, liveness.CodeRateLimited)
	_, err = f.detect(t, d)
	wantCode(t, err, liveness.CodeRateLimited)
	if _, err := f.EndAttempt(t.Context(), d, "r"); err != nil {
		t.Errorf("attempt/end after a finished attempt: %v", err)
	}
	f.wantState(t, other, liveness.StateSucceeded, "succeeded 1")
}

// TestEndAttempt: [assumed] after a finished attempt it changes nothing, with
// nothing analysed it uses one.
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
			created := f.create(t, withVerify(pngOf(t, 100, 120)), func(r *liveness.CreateRequest) {
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
	_, err := f.Detect(t.Context(), d, liveness.DetectRequest{VerifyImage: &liveness.Upload{Bytes: picture[:500]}})
	wantCode(t, err, liveness.CodeImageTooSmall)
	f.wantState(t, created, liveness.StateNotStarted)

	if _, err := f.Detect(t.Context(), d, liveness.DetectRequest{VerifyImage: &liveness.Upload{Bytes: picture}}); err != nil {
		t.Fatal(err)
	}
	f.wantState(t, created, liveness.StateSucceeded, "succeeded 1")
	reference := f.view(t, created).Session.Reference
	if reference == nil || !reference.FromDevice || reference.SHA256 != sha256.Sum256(picture) {
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
	setInClient := func(id string) func(*liveness.CreateRequest) {
		return func(r *liveness.CreateRequest) {
			r.DeviceCorrelationIDSetInClient, r.DeviceCorrelationID, r.DeviceCorrelationIDGiven = true, id, id != ""
		}
	}
	for name, test := range map[string]struct {
		create func(*liveness.CreateRequest)
		strict bool
		start  *string
		code   liveness.Code
		want   string
	}{
		"given on create":             {func(*liveness.CreateRequest) {}, false, nil, "", "device"},
		"and another on start":        {func(*liveness.CreateRequest) {}, false, text("other"), "", "device"},
		"the same, strict":            {func(*liveness.CreateRequest) {}, true, text("other"), liveness.CodeInvalidBody, ""},
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
			result, err := f.Start(t.Context(), f.device(t, created), liveness.StartRequest{DeviceCorrelationID: test.start})
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

func TestExpiry(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	created := f.create(t, func(r *liveness.CreateRequest) { ttl := int64(60); r.TokenTTLSeconds = &ttl })
	authorise := func() error {
		_, err := f.Authorise(t.Context(), created.Token, "v1.2", "session/start")
		return err
	}
	f.advance(t, 60*time.Second-1)
	if err := authorise(); err != nil {
		t.Errorf("just before the token expires: %v", err)
	}
	f.advance(t, 1)
	wantCode(t, authorise(), liveness.CodeUnauthorized)
	f.wantState(t, created, liveness.StateNotStarted) // the session stays readable

	f.advance(t, 48*time.Hour-60*time.Second-1)
	f.wantState(t, created, liveness.StateNotStarted)
	f.advance(t, 1)
	s := created.View.Session
	_, err := f.Session(t.Context(), resource, s.Kind, s.ID)
	wantCode(t, err, liveness.CodeSessionNotFound)
	wantCode(t, f.Delete(t.Context(), resource, s.Kind, s.ID), liveness.CodeSessionNotFound)
}

func TestDeleteLeavesNoTrace(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	created := f.create(t, withVerify(pngOf(t, 64, 64)), func(r *liveness.CreateRequest) { r.EnableSessionImage = true })
	d := f.device(t, created)
	if _, err := f.detect(t, d); err != nil {
		t.Fatal(err)
	}
	s, imageID := created.View.Session, f.view(t, created).Attempts[0].SessionImageID
	if _, err := f.Image(t.Context(), resource, imageID); err != nil {
		t.Fatal(err)
	}
	if err := f.Delete(t.Context(), resource, s.Kind, s.ID); err != nil {
		t.Fatal(err)
	}
	_, err := f.Session(t.Context(), resource, s.Kind, s.ID)
	wantCode(t, err, liveness.CodeSessionNotFound)
	_, err = f.Image(t.Context(), resource, imageID)
	wantCode(t, err, liveness.CodeImageNotFound)
	_, err = f.Authorise(t.Context(), created.Token, "v1.2", "session/start")
	wantCode(t, err, liveness.CodeUnauthorized)
	_, err = f.detect(t, d)
	wantCode(t, err, liveness.CodeUnauthorized)
	if _, err := f.store.Image(t.Context(), s.ID, liveness.VerifyImageName); !errors.Is(err, liveness.ErrNotFound) {
		t.Errorf("verify image: got %v; want %v", err, liveness.ErrNotFound)
	}
	wantCode(t, f.Delete(t.Context(), resource, s.Kind, s.ID), liveness.CodeSessionNotFound)
}

func TestImagesOfUnfinishedAttempts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	created := f.create(t) // without enableSessionImage
	if _, err := f.detect(t, f.device(t, created)); err != nil {
		t.Fatal(err)
	}
	if id := f.view(t, created).Attempts[0].SessionImageID; id != "" {
		t.Errorf("got session image id %s; want none", id)
	}
	invented, err := liveness.NewImageID(liveness.KindLiveness, created.View.Session.ID, uuid.Max)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []liveness.ImageID{invented, "", "AAAA", "3d035d35-2e01-4ed4-8935-577afde9caaa"} {
		_, err := f.Image(t.Context(), resource, id)
		wantCode(t, err, liveness.CodeImageNotFound)
	}
}

// TestImageID decodes an id by hand: type byte, then the session's GUID with its
// first three groups reversed.
func TestImageID(t *testing.T) {
	t.Parallel()
	const session = "00112233-4455-6677-8899-aabbccddeeff"
	second := uuid.MustParse("ffeeddcc-bbaa-4988-b766-554433221100")
	for kind, want := range map[liveness.Kind]string{
		liveness.KindLiveness:           "ATMiEQBVRHdmiJmqu8zd7v_M3e7_qruISbdmVUQzIhEA",
		liveness.KindLivenessWithVerify: "AjMiEQBVRHdmiJmqu8zd7v_M3e7_qruISbdmVUQzIhEA",
	} {
		id, err := liveness.NewImageID(kind, session, second)
		if err != nil || string(id) != want {
			t.Errorf("%s: got %s, %v; want %s", kind, id, err, want)
		}
		back, err := id.Session()
		if err != nil || back != session {
			t.Errorf("%s: got session %s, %v; want %s", kind, back, err, session)
		}
	}
}

func FuzzImageID(f *testing.F) {
	f.Add("ATMiEQBVRHdmiJmqu8zd7v_M3e7_qruISbdmVUQzIhEA")
	f.Add("")
	f.Add("====")
	f.Fuzz(func(t *testing.T, text string) {
		session, err := liveness.ImageID(text).Session()
		if err != nil {
			return
		}
		if guid, err := uuid.Parse(string(session)); err != nil || guid.String() != string(session) {
			t.Errorf("%q names session %q, which is no GUID", text, session)
		}
	})
}
