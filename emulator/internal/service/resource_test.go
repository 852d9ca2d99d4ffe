package service_test

import (
	"errors"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

func (f *fixture) monitoring(t *testing.T, of liveness.ResourceID) bool {
	t.Helper()
	settings, err := f.Settings(t.Context(), of)
	if err != nil {
		t.Fatalf("settings of %s: %v", of, err)
	}
	return settings.AbuseMonitoring
}

func (f *fixture) switchMonitoring(t *testing.T, on bool) {
	t.Helper()
	changed, err := f.ChangeSettings(t.Context(), someResource, func(s *resource.Settings) { s.AbuseMonitoring = on })
	if err != nil || changed.AbuseMonitoring != on {
		t.Fatalf("got %+v, %v; want monitoring %v", changed, err, on)
	}
}

// put stores a setting as another program may have left it.
func (f *fixture) put(t *testing.T, name, value string) {
	t.Helper()
	_, err := f.store.ChangeSetting(t.Context(), name, func([]byte) ([]byte, error) { return []byte(value), nil })
	if err != nil {
		t.Fatal(err)
	}
}

// TestDamagedResourceSettings are an error of every call that needs them. They are
// not taken for the default, and nothing is written over them.
func TestDamagedResourceSettings(t *testing.T) {
	t.Parallel()
	for _, stored := range []string{"{", "[]", `"on"`, "1", `{"abuseMonitoring":"yes"}`, `{"abuseMonitoring":true} {}`, "\x00"} {
		f := newFixture(t)
		f.put(t, resource.SettingsName(someResource), stored)
		if _, err := f.Settings(t.Context(), someResource); !errors.Is(err, liveness.ErrDamaged) {
			t.Errorf("read %q: got %v; want %v", stored, err, liveness.ErrDamaged)
		}
		_, err := f.ChangeSettings(t.Context(), someResource, func(*resource.Settings) {
			t.Errorf("%q: a change of damaged settings was made", stored)
		})
		if !errors.Is(err, liveness.ErrDamaged) {
			t.Errorf("change %q: got %v; want %v", stored, err, liveness.ErrDamaged)
		}
		if _, err := f.Create(t.Context(), request(liveness.KindLiveness)); !errors.Is(err, liveness.ErrDamaged) {
			t.Errorf("create with %q: got %v; want %v", stored, err, liveness.ErrDamaged)
		}
		if kept, err := f.store.Setting(t.Context(), resource.SettingsName(someResource)); err != nil || string(kept) != stored {
			t.Errorf("%q: got %q, %v afterwards; want it as it was", stored, kept, err)
		}
		if views, err := f.Sessions(t.Context(), someResource, liveness.KindLiveness, "", 1); err != nil || len(views) > 0 {
			t.Errorf("%q: got %d sessions, %v; want none", stored, len(views), err)
		}
		if !f.monitoring(t, "other") {
			t.Errorf("%q: the other resource is not monitored; want it as by default", stored)
		}
	}
}

func TestResourceSettingsOfABrokenStore(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.in.Store = brokenStore{Store: f.store, settings: true, changes: true}
	if _, err := f.Settings(t.Context(), someResource); !errors.Is(err, errDisk) {
		t.Errorf("read: got %v; want %v", err, errDisk)
	}
	if _, err := f.ChangeSettings(t.Context(), someResource, func(*resource.Settings) {}); !errors.Is(err, errDisk) {
		t.Errorf("change: got %v; want %v", err, errDisk)
	}
}

// TestSettingsArePinnedIntoSessions: a session keeps what the resource had when it
// was created.
func TestSettingsArePinnedIntoSessions(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(f *fixture) { f.script = scriptOf(failed()) })
	before := f.create(t)
	f.switchMonitoring(t, false)
	between := f.create(t)
	elsewhere := f.create(t, func(r *service.CreateRequest) { r.Resource = "other" })
	monitored := func(created service.Created) bool { return f.play(t, created).Abuse != nil }
	for _, on := range []bool{false, true} {
		if !monitored(before) || monitored(between) || !monitored(elsewhere) {
			t.Errorf("with monitoring %v now: want a finding for the sessions that were created with it on, and no other", on)
		}
		f.switchMonitoring(t, true)
	}
	if !before.View.Session.Settings.AbuseMonitoring || between.View.Session.Settings.AbuseMonitoring {
		t.Error("the sessions do not say so")
	}
}
