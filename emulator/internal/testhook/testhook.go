// Package testhook lets the tests of this module replace parts of an emulator and look
// behind its API. The emulator is then made by emulator.NewForTest.
package testhook

import (
	"context"

	"github.com/google/uuid"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/metrics"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// Hooks replace parts of one emulator. The zero value replaces nothing.
type Hooks struct {
	// Clock is the time that the clocks of all resources are based on; nil is the
	// system's. The control API changes clocks on top of it.
	Clock clock.Clock
	// NewID makes the ids of sessions and requests; nil means random ones.
	NewID func() uuid.UUID
}

// Parts are parts of one emulator.
type Parts struct {
	// Store keeps the sessions.
	Store store.Store
	// Publish adds a change of a session that was made in Store to the log.
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
