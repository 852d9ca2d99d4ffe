package resource_test

import (
	"sync"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
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

func TestResourceSettings(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if !f.monitoring(t, someResource) {
		t.Error("abuse monitoring is off; want it on by default")
	}
	f.switchMonitoring(t, false)
	if f.monitoring(t, someResource) || !f.monitoring(t, "other") {
		t.Error("switched off: want it so for this resource alone")
	}
	// A change that says nothing keeps what there is, and sees it.
	var seen resource.Settings
	changed, err := f.ChangeSettings(t.Context(), someResource, func(s *resource.Settings) { seen = *s })
	if err != nil || changed.AbuseMonitoring || seen.AbuseMonitoring || f.monitoring(t, someResource) {
		t.Errorf("got %+v, seen %+v, %v; want it off still", changed, seen, err)
	}
	f.switchMonitoring(t, true)
	if !f.monitoring(t, someResource) {
		t.Error("switched on again: got it off")
	}
}

func TestStoredResourceSettings(t *testing.T) {
	t.Parallel()
	for stored, want := range map[string]bool{
		``: true, `{}`: true, `{"abuseMonitoring":null}`: true, `{"abuseMonitoring":true}`: true,
		`{"abuseMonitoring":false}`:              false,
		`{"abuseMonitoring":false,"newer":[{}]}`: false,
	} {
		f := newFixture(t)
		f.put(t, resource.SettingsName(someResource), stored)
		if got := f.monitoring(t, someResource); got != want {
			t.Errorf("stored as %s: got monitoring %v; want %v", stored, got, want)
		}
		changed, err := f.ChangeSettings(t.Context(), someResource, func(*resource.Settings) {})
		if err != nil || changed.AbuseMonitoring != want {
			t.Errorf("stored as %s and changed: got %+v, %v; want monitoring %v", stored, changed, err, want)
		}
	}
}

// TestConcurrentChangesOfSettings: none is lost, so an odd number of switches turns
// monitoring off.
func TestConcurrentChangesOfSettings(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var group sync.WaitGroup
	for range 5 {
		group.Go(func() {
			for range 41 {
				_, err := f.ChangeSettings(t.Context(), someResource, func(s *resource.Settings) {
					s.AbuseMonitoring = !s.AbuseMonitoring
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if f.monitoring(t, someResource) {
		t.Error("got monitoring on after 205 switches; want it off")
	}
}
