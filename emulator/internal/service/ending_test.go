package service_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

func TestExpiry(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	created := f.create(t, func(r *service.CreateRequest) { ttl := int64(60); r.TokenTTLSeconds = &ttl })
	authorise := func() error {
		_, err := f.Authorise(t.Context(), service.DeviceCall{Token: created.Token, Version: "v1.2", Path: "session/start"})
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
	_, err := f.Session(t.Context(), service.Access{Resource: someResource}, s.Kind, s.ID)
	wantCode(t, err, liveness.CodeSessionNotFound)
	wantCode(t, f.Delete(t.Context(), service.Access{Resource: someResource}, s.Kind, s.ID), liveness.CodeSessionNotFound)
}

func TestDeleteLeavesNoTrace(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	created := f.create(t, withVerify(pngOf(t, 64, 64)), func(r *service.CreateRequest) { r.Settings.EnableSessionImage = true })
	d := f.device(t, created)
	if _, err := f.detect(t, d); err != nil {
		t.Fatal(err)
	}
	s, imageID := created.View.Session, f.view(t, created).Attempts[0].SessionImageID
	if _, err := f.Image(t.Context(), service.Access{Resource: someResource}, imageID); err != nil {
		t.Fatal(err)
	}
	if err := f.Delete(t.Context(), service.Access{Resource: someResource}, s.Kind, s.ID); err != nil {
		t.Fatal(err)
	}
	_, err := f.Session(t.Context(), service.Access{Resource: someResource}, s.Kind, s.ID)
	wantCode(t, err, liveness.CodeSessionNotFound)
	_, err = f.Image(t.Context(), service.Access{Resource: someResource}, imageID)
	wantCode(t, err, liveness.CodeImageNotFound)
	_, err = f.Authorise(t.Context(), service.DeviceCall{Token: created.Token, Version: "v1.2", Path: "session/start"})
	wantCode(t, err, liveness.CodeUnauthorized)
	_, err = f.detect(t, d)
	wantCode(t, err, liveness.CodeUnauthorized)
	if _, err := f.store.Image(t.Context(), s.ID, liveness.VerifyImageName); !errors.Is(err, liveness.ErrNotFound) {
		t.Errorf("verify image: got %v; want %v", err, liveness.ErrNotFound)
	}
	wantCode(t, f.Delete(t.Context(), service.Access{Resource: someResource}, s.Kind, s.ID), liveness.CodeSessionNotFound)
}

func TestDeleteDuringAnAttempt(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(f *fixture) { f.script = scriptOf(lasting(decided(liveness.DecisionRealFace), time.Second)) })
	created := f.create(t)
	answered := f.detecting(t, f.device(t, created))
	if err := f.Delete(t.Context(), service.Access{Resource: someResource}, liveness.KindLiveness, created.View.Session.ID); err != nil {
		t.Fatal(err)
	}
	f.advance(t, time.Second)
	wantCode(t, <-answered, liveness.CodeUnauthorized)
}

func TestStopEndsWaiting(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(f *fixture) { f.script = scriptOf(lasting(decided(liveness.DecisionRealFace), time.Hour)) })
	created := f.create(t)
	answered := f.detecting(t, f.device(t, created))
	f.Stop()
	wantCode(t, <-answered, liveness.CodeStopping)
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
		_, err := f.Image(t.Context(), service.Access{Resource: someResource}, id)
		wantCode(t, err, liveness.CodeImageNotFound)
	}
}
