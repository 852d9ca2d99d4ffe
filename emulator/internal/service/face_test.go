package service_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

// TestFace finds the face where the result says it is, for a caller who may see the image.
func TestFace(t *testing.T) {
	t.Parallel()
	where := liveness.Rectangle{Top: 11, Left: 22, Width: 33, Height: 44}
	pinned := decided(liveness.DecisionSpoofFace)
	pinned.FaceRectangle = &where
	f := newFixture(t, func(f *fixture) {
		f.script = scriptOf(failed(), pinned, lasting(decided(liveness.DecisionRealFace), time.Second))
	})
	created := f.create(t, goingOn, func(r *service.CreateRequest) { r.Settings.EnableSessionImage = true })
	f.play(t, created)
	d := f.device(t, created)
	image := f.play(t, created).SessionImageID
	got, err := f.Face(t.Context(), service.Access{Resource: someResource}, image)
	if err != nil || got != where {
		t.Errorf("got %+v, %v; want %+v", got, err, where)
	}

	// The third attempt has an image of its own, once it is over.
	answered := f.detecting(t, d)
	f.advance(t, time.Second-1)
	stored, err := f.store.Session(t.Context(), created.View.Session.ID)
	if err != nil {
		t.Fatal(err)
	}
	third := stored.Attempts[2]
	_, err = f.Face(t.Context(), service.Access{Resource: someResource}, third.SessionImageID)
	wantCode(t, err, liveness.CodeImageNotFound)
	f.advance(t, 1)
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
	if got, err := f.Face(t.Context(), service.Access{Resource: someResource}, third.SessionImageID); err != nil || got != third.FaceRectangle || got == where {
		t.Errorf("got %+v, %v; want %+v", got, err, third.FaceRectangle)
	}

	invented, err := liveness.NewImageID(liveness.KindLiveness, created.View.Session.ID, uuid.Max)
	if err != nil {
		t.Fatal(err)
	}
	nobodys, err := liveness.NewImageID(liveness.KindLiveness, liveness.SessionID(uuid.Max.String()), uuid.Max)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []liveness.ImageID{invented, nobodys, "", "AAAA", image[1:], image + "A", liveness.ImageID(strings.Repeat("A", 44))} {
		_, err := f.Face(t.Context(), service.Access{Resource: someResource}, id)
		wantCode(t, err, liveness.CodeImageNotFound)
	}
	_, err = f.Face(t.Context(), service.Access{Resource: "other"}, image)
	wantCode(t, err, liveness.CodeImageNotFound)

	f.advance(t, liveness.SessionLife-time.Second-1)
	if _, err := f.Face(t.Context(), service.Access{Resource: someResource}, image); err != nil {
		t.Errorf("just before the session expires: %v", err)
	}
	f.advance(t, 1)
	_, err = f.Face(t.Context(), service.Access{Resource: someResource}, image)
	wantCode(t, err, liveness.CodeImageNotFound)
}

// TestFaceOfADeletedSession is gone with it.
func TestFaceOfADeletedSession(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	created := f.create(t, withVerify(pngOf(t, 64, 64)), func(r *service.CreateRequest) { r.Settings.EnableSessionImage = true })
	attempt := f.play(t, created)
	if got, err := f.Face(t.Context(), service.Access{Resource: someResource}, attempt.SessionImageID); err != nil || got != attempt.FaceRectangle {
		t.Errorf("got %+v, %v; want %+v", got, err, attempt.FaceRectangle)
	}
	s := created.View.Session
	if err := f.Delete(t.Context(), service.Access{Resource: someResource}, s.Kind, s.ID); err != nil {
		t.Fatal(err)
	}
	_, err := f.Face(t.Context(), service.Access{Resource: someResource}, attempt.SessionImageID)
	wantCode(t, err, liveness.CodeImageNotFound)
}

// TestClientAssetsToken expires on the clock, to the second, and opens nothing
// here.
func TestClientAssetsToken(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.advance(t, 1500*time.Millisecond)
	const life = 24 * time.Hour
	issued, expires, err := f.ClientAssetsToken(t.Context(), someResource, life)
	want := f.clock.Now().Add(life - 500*time.Millisecond)
	if err != nil || !expires.Equal(want) || expires.Location() != time.UTC {
		t.Errorf("got expiry %s, %v; want %s", expires, err, want)
	}
	if strings.Count(issued, ".") != 2 || strings.ContainsAny(issued, "=+/ ") {
		t.Errorf("got a token of %d bytes; want a compact JWT", len(issued))
	}
	f.create(t)
	for _, path := range []string{"session/start", "detectLiveness/singleModal"} {
		_, err := f.Authorise(t.Context(), service.DeviceCall{Token: issued, Version: "v1.2", Path: path})
		wantCode(t, err, liveness.CodeUnauthorized)
	}
	f.advance(t, time.Second)
	if _, later, err := f.ClientAssetsToken(t.Context(), someResource, life); err != nil || !later.Equal(expires.Add(time.Second)) {
		t.Errorf("a second later: got expiry %s, %v; want one second more", later, err)
	}
	for _, life := range []time.Duration{0, -time.Hour} {
		if issued, _, err := f.ClientAssetsToken(t.Context(), someResource, life); err == nil || issued != "" {
			t.Errorf("for %s: got a token and %v; want an error", life, err)
		}
	}
}

// TestTokenExpired says whether device calls are refused for the token's age.
func TestTokenExpired(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ttl := int64(61)
	created := f.create(t, func(r *service.CreateRequest) { r.TokenTTLSeconds = &ttl })
	for _, moment := range []struct {
		after   time.Duration
		expired bool
	}{{0, false}, {61*time.Second - 1, false}, {1, true}, {24 * time.Hour, true}} {
		f.advance(t, moment.after)
		if got := f.view(t, created).TokenExpired; got != moment.expired {
			t.Errorf("at %s: got token expired %v; want %v", f.clock.Now(), got, moment.expired)
		}
		_, err := f.Authorise(t.Context(), service.DeviceCall{Token: created.Token, Version: "v1.2", Path: "session/start"})
		if refused := err != nil; refused != moment.expired {
			t.Errorf("at %s: got %v; want a refusal %v", f.clock.Now(), err, moment.expired)
		}
	}
}
