package faceliveness_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/testcontainers/testcontainers-go"

	faceliveness "github.com/livenesslabs/face-liveness-emulator/testcontainers"
)

// TestRunFails checks that the error of Run says why the emulator did not start.
func TestRunFails(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	for _, c := range []struct {
		name, image string
		opt         testcontainers.ContainerCustomizer
		exists      bool // there is a container to terminate
		want        []string
	}{
		{
			"scenario", image(), faceliveness.WithScenario("qa", "name: qa\ndescription: x\nattempts:\n  - outcom: realface\n"), true,
			[]string{"container exited with code 5", "qa.yaml:4:5", `unknown key "outcom"; did you mean "outcome"?`},
		},
		{
			"clock", image(), faceliveness.WithClock(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)), true,
			[]string{"set the clock", "9000"},
		},
		{
			"image", "localhost/face-liveness-emulator:no-such-version", faceliveness.WithEphemeral(), false,
			[]string{"face-liveness-emulator:no-such-version"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			container, err := faceliveness.Run(ctx, c.image, c.opt)
			testcontainers.CleanupContainer(t, container)
			if err == nil || (container != nil) != c.exists {
				t.Fatalf("got %v and container %v; want an error, and a container: %v", err, container, c.exists)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %q; want %q in it", err, want)
				}
			}
		})
	}
}
