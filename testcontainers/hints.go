package faceliveness

import (
	"cmp"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// ReportHints makes a test that fails log the emulator's hints, which explain how to
// correct a refused call. It logs those of all calls from now on, including calls of
// other tests on the same container. Call it after testcontainers.CleanupContainer, so
// that the container still exists when the test ends.
func (c *Container) ReportHints(tb testing.TB) {
	tb.Helper()
	// The log output may arrive later than responses; the request log does not.
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
		// The test's context ends before its cleanup begins.
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

// requests returns the requests of all resources that match a query.
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
