// Package testhook lets the tests of this module look behind the API of an emulator.
package testhook

import (
	"context"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/metrics"
)

// Parts are parts of one emulator.
type Parts struct {
	// Store keeps the sessions.
	Store liveness.Store
	// Publish tells the log of a change of a session that was made in Store.
	Publish func(context.Context, liveness.Change)
	// Sweep does once what the upkeep does from time to time.
	Sweep func(context.Context) error
	// PollScenarios does once what happens at every Options.ReloadInterval. Use it
	// with an interval that does not pass in the test.
	PollScenarios func(context.Context)
	Metrics       *metrics.Metrics
}

// Stored reports whether the store still has a session, expired or not.
func (p Parts) Stored(ctx context.Context, id string) bool {
	_, err := p.Store.Session(ctx, liveness.SessionID(id))
	return err == nil
}
