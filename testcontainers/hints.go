package faceliveness

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"
)

// ReportHints lets a test that fails log what the emulator has to say about it: the
// hints, which tell how to mend a call that was refused, of all calls from now on, also
// those of other tests on the same container. Call it after
// testcontainers.CleanupContainer, so that the container is still there when the test
// ends.
func (c *Container) ReportHints(tb testing.TB) {
	tb.Helper()
	before, err := c.hints(tb.Context())
	if err != nil {
		tb.Fatalf("faceliveness: log of the emulator: %v", err)
	}
	tb.Cleanup(func() {
		tb.Helper()
		if !tb.Failed() {
			return
		}
		// The context of a test is over when its cleanup begins.
		hints, err := c.hints(context.WithoutCancel(tb.Context()))
		if err != nil {
			tb.Logf("faceliveness: log of the emulator: %v", err)
			return
		}
		for _, hint := range hints[min(len(before), len(hints)):] {
			tb.Logf("hint of the emulator: %s", hint)
		}
	})
}

// hints returns the hints in the log, the oldest first.
func (c *Container) hints(ctx context.Context) ([]string, error) {
	const patience = 30 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	text, err := readLog(ctx, c)
	if err != nil {
		return nil, err
	}
	var hints []string
	for line := range bytes.Lines(text) {
		var entry struct {
			Method    string `json:"method"`
			Operation string `json:"operation"`
			Path      string `json:"path"`
			Status    int    `json:"status"`
			RequestID string `json:"request_id"`
			Hint      string `json:"hint"`
		}
		// Other lines, such as those of the banner, are no JSON and have no hint.
		if json.Unmarshal(line, &entry) != nil || entry.Hint == "" {
			continue
		}
		hints = append(hints, fmt.Sprintf("%s %s: %d: %s (request %s)",
			entry.Method, cmp.Or(entry.Operation, entry.Path), entry.Status, entry.Hint, entry.RequestID))
	}
	return hints, nil
}
