package faceliveness

import (
	"cmp"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// ReportHints lets a test that fails log what the emulator has to say about it: the
// hints, which tell how to mend a call that was refused, of all calls from now on, also
// those of other tests on the same container. Call it after
// testcontainers.CleanupContainer, so that the container is still there when the test
// ends.
func (c *Container) ReportHints(tb testing.TB) {
	tb.Helper()
	// The log may lag behind the answers; the emulator's own memory of them does not.
	before, err := c.requests(tb.Context(), control.RequestSearch{Limit: 1})
	if err != nil {
		tb.Fatalf("faceliveness: requests of the emulator: %v", err)
	}
	tb.Cleanup(func() {
		tb.Helper()
		if !tb.Failed() {
			return
		}
		since := control.RequestSearch{RequestQuery: control.RequestQuery{After: before.Last}}
		// The context of a test is over when its cleanup begins.
		made, err := c.requests(context.WithoutCancel(tb.Context()), since)
		if err != nil {
			tb.Logf("faceliveness: requests of the emulator: %v", err)
			return
		}
		for _, request := range made.Entries {
			if request.Hint != "" {
				tb.Logf("hint of the emulator: %s", hintOf(request))
			}
		}
	})
}

// requests are those of all resources that a query means.
func (c *Container) requests(ctx context.Context, query control.RequestSearch) (control.Requests, error) {
	const patience = 30 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	all, err := c.ControlAll(ctx)
	if err != nil {
		return control.Requests{}, err
	}
	return all.Requests(ctx, query)
}

func hintOf(request control.Request) string {
	return fmt.Sprintf("%s %s: %d: %s", request.Method, cmp.Or(request.Operation, request.Path), request.Status, request.Hint)
}
