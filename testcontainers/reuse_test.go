package faceliveness_test

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/testcontainers/testcontainers-go"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	faceliveness "github.com/livenesslabs/face-liveness-emulator/testcontainers"
)

// TestReuse checks that a second Run finds the container of the first and changes nothing
// in it.
func TestReuse(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	start := time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC)
	opts := all(
		testcontainers.WithReuseByName("face-liveness-test-"+strings.ToLower(rand.Text())),
		faceliveness.WithAdminToken("let-me-in"), faceliveness.WithScenarioDir("testdata/scenarios"), faceliveness.WithFrozenClock(start))
	first := run(t, append(opts, faceliveness.WithKeys("first"))...)
	id := callerOf(t, first).create(t)
	moved, err := controlOf(t, first, "").ChangeClock(t.Context(), control.ClockChange{Advance: control.Duration(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}

	second := run(t, append(opts, faceliveness.WithKeys("second"))...)
	if first.GetContainerID() != second.GetContainerID() {
		t.Fatalf("got container %s, want %s", second.GetContainerID(), first.GetContainerID())
	}
	if second.Key() != "first" {
		t.Errorf("got key %s, want first", second.Key())
	}
	if got, err := controlOf(t, second, "").Clock(t.Context()); err != nil || !got.Now.Equal(moved.Now) || got.Rate != 0 {
		t.Errorf("got %+v, %v; want the clock to stand still at %v", got, err, moved.Now)
	}
	if got := callerOf(t, second).status(t, id); got != 200 {
		t.Errorf("got %d for a session of the first, want 200", got)
	}
}
