package service_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

// TestAttempted: each stored attempt is reported once, whatever call stores it, and no
// other is.
func TestAttempted(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.script = scriptOf(decided(liveness.DecisionSpoofFace), failed())
	created := f.create(t)
	device := f.device(t, created)
	if _, err := f.Start(t.Context(), device, service.StartRequest{}); err != nil {
		t.Fatal(err)
	}
	f.wantAttempted(t)
	if _, err := f.detect(t, device); err != nil {
		t.Fatal(err)
	}
	f.wantAttempted(t, "spoofface")
	if _, err := f.EndAttempt(t.Context(), device, "a"); err != nil { // closes that one
		t.Fatal(err)
	}
	f.wantAttempted(t, "spoofface")
	if _, err := f.detect(t, device); err == nil {
		t.Fatal("a detect call after a decision: got no error, want one")
	}
	f.wantAttempted(t, "spoofface")

	f.script = scriptOf(failed())
	id := f.create(t).View.Session.ID
	for _, action := range []service.DeviceAction{service.ActionStart, service.ActionAttempt, service.ActionAbandon} {
		if _, err := f.Play(t.Context(), mine(), id, service.PlayRequest{Action: action, RequestID: uuid.UUID{1}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.Expire(t.Context(), mine(), id); err != nil {
		t.Fatal(err)
	}
	f.wantAttempted(t, "spoofface", "error", "abandoned")

	created = f.create(t)
	if _, err := f.EndAttempt(t.Context(), f.device(t, created), "a"); err != nil { // the person gave up
		t.Fatal(err)
	}
	f.wantAttempted(t, "spoofface", "error", "abandoned", "abandoned")

	f.script = scriptOf(decided(liveness.DecisionRealFace))
	f.script.Polls = 2
	created = f.create(t)
	f.view(t, created)
	f.wantAttempted(t, "spoofface", "error", "abandoned", "abandoned")
	f.view(t, created)
	f.view(t, created)
	f.wantAttempted(t, "spoofface", "error", "abandoned", "abandoned", "realface")

	f.script = scriptOf(decided(liveness.DecisionUncertain))
	f.script.Automatic, f.script.After = true, time.Second
	created = f.create(t)
	f.advance(t, time.Minute)
	f.wantState(t, created, liveness.StateSucceeded, "succeeded 1")
	f.wantAttempted(t, "spoofface", "error", "abandoned", "abandoned", "realface")
}

func (f *fixture) wantAttempted(t *testing.T, want ...string) {
	t.Helper()
	f.counting.Lock()
	defer f.counting.Unlock()
	var got []string
	for _, a := range f.attempted {
		switch {
		case a.Decision != "":
			got = append(got, string(a.Decision))
		case a.Error != nil:
			got = append(got, "error")
		default:
			got = append(got, "abandoned")
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reported attempts (-want +got):\n%s", diff)
	}
}
