package image_test

import (
	"slices"
	"testing"
	"time"
)

// TestFigures measures the figures for size, start and memory in the README; go test
// prints them with -v. It runs before the tests that share the machine.
func TestFigures(t *testing.T) {
	needsDocker(t)
	const starts = 3
	var ready, healthy []time.Duration
	memory := ""
	for range starts {
		c := container{id: created(t, published(), image())}
		begun := now()
		c.do(t, "start")
		c.awaitReady(t)
		ready = append(ready, now().Sub(begun))
		s := c.awaitHealth(t, "healthy")
		for _, probe := range s.Health.Log {
			if probe.ExitCode == 0 {
				healthy = append(healthy, probe.End.Sub(begun))
				break
			}
		}
		memory = c.do(t, "stats", "--no-stream", "--format", "{{.MemUsage}}")
		c.do(t, "stop")
	}
	slices.Sort(ready)
	slices.Sort(healthy)
	if len(healthy) != starts {
		t.Fatalf("got %d starts that were healthy, want %d", len(healthy), starts)
	}
	t.Logf("image %s: %.1f MB; from docker start to the first /readyz %v, to healthy %v (medians of %d); idle memory %s",
		image(), float64(described(t, image()).Size)/1e6, ready[starts/2].Round(10*time.Millisecond),
		healthy[starts/2].Round(10*time.Millisecond), starts, memory)
}

func now() time.Time {
	return time.Now() //nolint:forbidigo // What is measured is the machine's time.
}
