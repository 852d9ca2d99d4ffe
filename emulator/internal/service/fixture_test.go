package service_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/faceimage"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/memstore"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/token"
)

// resource is whose sessions the tests create.
const someResource liveness.ResourceID = "resource"

// A fixture is a service on an empty store, with a clock that stands still.
type fixture struct {
	*service.Service
	*resource.Registry
	clock *clock.Manual
	store store.Store
	// in is the store that the service works with, which a test may exchange.
	in *exchangeable
	// script is what new sessions get.
	script liveness.Script
	strict bool
	// attempted are the attempts that the service has reported.
	attempted []liveness.Attempt
	counting  sync.Mutex // guards attempted
}

// An exchangeable is a store in whose place a test may put another one.
type exchangeable struct{ store.Store }

// randomness makes repeatable bytes for a key.
type randomness struct{ *rand.ChaCha8 }

func newFixture(t *testing.T, edits ...func(*fixture)) *fixture {
	t.Helper()
	f := &fixture{
		clock:  clock.NewManual(time.Date(2025, 1, 27, 17, 36, 52, 0, time.UTC)),
		store:  memstore.New(memstore.Options{}),
		script: scriptOf(decided(liveness.DecisionRealFace)),
	}
	for _, edit := range edits {
		edit(f)
	}
	encoded, err := token.NewKey(randomness{rand.NewChaCha8([32]byte{1})})
	if err != nil {
		t.Fatal(err)
	}
	key, err := token.ParseKey(encoded)
	if err != nil {
		t.Fatal(err)
	}
	var ids uint64
	f.in = &exchangeable{f.store}
	f.Registry, err = resource.Open(t.Context(), resource.Config{Store: f.in, Clock: f.clock})
	if err != nil {
		t.Fatal(err)
	}
	f.Service = service.New(service.Config{
		Store:     f.in,
		Resources: f.Registry,
		Key:       key,
		Images:    faceimage.NewChecker(1),
		Director: func(context.Context, liveness.Call) (service.Direction, error) {
			return service.Direction{Script: f.script}, nil
		},
		NewID: func() uuid.UUID {
			ids++
			var id uuid.UUID
			binary.BigEndian.PutUint64(id[8:], ids)
			return id
		},
		Changed: func(_ context.Context, c liveness.Change) {
			f.counting.Lock()
			defer f.counting.Unlock()
			f.attempted = append(f.attempted, c.Attempts()...)
		},
		Strict: f.strict,
	})
	return f
}

func scriptOf(steps ...liveness.Step) liveness.Script {
	return liveness.Script{Scenario: "test", Steps: steps, AfterLast: liveness.AfterLastRepeat}
}

func decided(decision liveness.Decision) liveness.Step { return liveness.Step{Decision: decision} }

func failed() liveness.Step {
	return liveness.Step{Error: &liveness.AttemptError{Code: "FaceWithMaskDetected", Message: "Mask detected on face image."}}
}

func abandoned() liveness.Step { return liveness.Step{Abandoned: true} }

func lasting(step liveness.Step, takes time.Duration) liveness.Step {
	step.Takes = takes
	return step
}

func request(kind liveness.Kind) service.CreateRequest {
	return service.CreateRequest{
		Resource:            someResource,
		Kind:                kind,
		Version:             service.Version{Name: "v1.2", Models: []string{"2024-11-15"}, AttemptsAllowed: 3},
		Endpoint:            "https://localhost:10101",
		Settings:            liveness.Settings{Mode: liveness.ModePassive},
		DeviceCorrelationID: service.CorrelationID{Text: "device", Given: true},
	}
}

func (f *fixture) create(t *testing.T, edits ...func(*service.CreateRequest)) service.Created {
	t.Helper()
	r := request(liveness.KindLiveness)
	for _, edit := range edits {
		edit(&r)
	}
	created, err := f.Create(t.Context(), r)
	if err != nil {
		t.Fatalf("create: %v", err)
	}
	return created
}

func withVerify(image []byte) func(*service.CreateRequest) {
	return func(r *service.CreateRequest) {
		r.Kind = liveness.KindLivenessWithVerify
		if image != nil {
			r.VerifyImage = &service.Upload{FileName: "me.png", Bytes: image}
		}
	}
}

func (f *fixture) device(t *testing.T, created service.Created) service.Device {
	t.Helper()
	path := "detectLiveness/singleModal"
	if created.View.Session.Kind == liveness.KindLivenessWithVerify {
		path = "detectLivenessWithVerify/singleModal"
	}
	d, err := f.Authorise(t.Context(), service.DeviceCall{Token: created.Token, Version: "v1.2", Path: path})
	if err != nil {
		t.Fatalf("authorise: %v", err)
	}
	return d
}

func (f *fixture) detect(t *testing.T, d service.Device) (service.DeviceResult, error) {
	t.Helper()
	return f.Detect(t.Context(), d, service.DetectRequest{RequestID: "11111111-1111-4111-8111-111111111111"})
}

// detecting makes a detect call that waits for its attempt, and returns where its
// error will arrive.
func (f *fixture) detecting(t *testing.T, d service.Device) <-chan error {
	t.Helper()
	answered := make(chan error, 1)
	go func() {
		_, err := f.detect(t, d)
		answered <- err
	}()
	if err := f.clock.AwaitWaiters(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	return answered
}

func (f *fixture) view(t *testing.T, created service.Created) liveness.View {
	t.Helper()
	s := created.View.Session
	view, err := f.Session(t.Context(), service.Access{Resource: someResource}, s.Kind, s.ID)
	if err != nil {
		t.Fatalf("session: %v", err)
	}
	return view
}

func (f *fixture) advance(t *testing.T, d time.Duration) {
	t.Helper()
	if err := f.clock.Advance(d); err != nil {
		t.Fatal(err)
	}
}

// wantState fails unless the session looks so: its state, and its attempts from
// the newest as "succeeded" and "failed" with their ids.
func (f *fixture) wantState(t *testing.T, created service.Created, want liveness.State, attempts ...string) {
	t.Helper()
	view := f.view(t, created)
	var got []string
	for _, a := range view.Attempts {
		text := "succeeded"
		if a.Error != nil {
			text = "failed"
		}
		got = append(got, text+" "+string(rune('0'+a.ID)))
	}
	if view.State != want || strings.Join(got, ",") != strings.Join(attempts, ",") {
		t.Errorf("got %s with attempts %v; want %s with %v", view.State, got, want, attempts)
	}
}

func wantCode(t *testing.T, err error, want liveness.Code) {
	t.Helper()
	if err == nil {
		t.Fatalf("got no error; want %s", want)
	}
	if got := liveness.CodeOf(err); got != want {
		t.Fatalf("got %s (%v); want %s", got, err, want)
	}
	var refusal *liveness.Error
	if errors.As(err, &refusal) && refusal.Hint == "" {
		t.Errorf("refusal %s has no hint", want)
	}
}

// pngOf draws a noisy picture, so that it does not shrink below a kilobyte.
func pngOf(t *testing.T, width, height int) []byte {
	t.Helper()
	picture := image.NewGray(image.Rect(0, 0, width, height))
	noise := rand.New(rand.NewPCG(1, 2))
	for y := range height {
		for x := range width {
			picture.SetGray(x, y, color.Gray{Y: uint8(noise.IntN(256))})
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
