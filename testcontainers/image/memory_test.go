package image_test

import (
	"strings"
	"testing"
)

// TestMemoryLimit checks that the emulator finds the memory limit of its container, sets
// its own one by it, and lives with little memory.
func TestMemoryLimit(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	const limit = "128m"
	c := start(t, []string{"--memory", limit, "--memory-swap", limit})
	api := c.awaitReady(t)
	for range 2000 {
		api.create(t, "")
	}
	if _, stderr := c.logged(t); !strings.Contains(stderr, `"msg":"soft memory limit","limit":"96MiB","source":"container"`) {
		t.Errorf("want a log line with the limit of 96 MiB, three quarters of %s; got\n%.2000s", limit, stderr)
	}
	if got := c.inspected(t, "{{.State.Status}} {{.State.OOMKilled}} {{.RestartCount}}"); got != "running false 0" {
		t.Errorf("the container: got %q, want it running, never killed", got)
	}
}
