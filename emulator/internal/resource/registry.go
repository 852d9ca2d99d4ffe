// Package resource keeps what is set for resources and what is remembered of them:
// settings, clocks, faults, sessions that may have been abused, and snapshots of all
// this.
package resource

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/memory"
)

// Config holds what a Registry works with. Store and Clock are required.
type Config struct {
	Store liveness.Store
	Clock clock.Clock // the clocks of resources are based on it
	Seed  uint64      // of the faults of resources that have no seed of their own
	// Memory counts the calls that were to create a session; nil: one of this process.
	Memory memory.Memory
}

// A Registry knows what is set for resources: settings, clocks and faults, and what
// is remembered of them. It is safe for concurrent use.
type Registry struct {
	store   liveness.Store
	base    clock.Clock
	seed    uint64
	clocks  *clocks
	faults  faultCache
	pending pendingCreates

	reading      sync.Mutex // of allResources
	allResources atomic.Pointer[Settings]
}

// Open returns a registry, once it has read from the store what is set for all
// resources.
func Open(ctx context.Context, c Config) (*Registry, error) {
	clocks, err := openClocks(ctx, c.Store, c.Clock)
	if err != nil {
		return nil, err
	}
	if c.Memory == nil {
		c.Memory = memory.New(maxPendingCreates)
	}
	g := &Registry{store: c.Store, base: c.Clock, seed: c.Seed, clocks: clocks, pending: pendingCreates{c.Memory}}
	return g, g.readAllResources(ctx)
}

// SweepTime returns the time of a resource's clock, or the zero time if the clock
// cannot be read.
func (g *Registry) SweepTime(ctx context.Context, resource liveness.ResourceID) time.Time {
	return g.clocks.sweepTime(ctx, resource)
}

// Now returns the time of a resource. If its clock cannot be read, that is the time of
// all: the call that asks is about to fail with the store anyway.
func (g *Registry) Now(ctx context.Context, resource liveness.ResourceID) time.Time {
	return g.clocks.now(ctx, resource)
}

// ClockOf returns how the clock of a resource runs, and the time that it shows.
func (g *Registry) ClockOf(ctx context.Context, resource liveness.ResourceID) (clock.Course, time.Time, error) {
	of, err := g.clocks.of(ctx, resource)
	if err != nil {
		return clock.Course{}, time.Time{}, err
	}
	return of.Course(), of.Now().UTC(), nil
}

// ClockOfAll is ClockOf for the resources that have no clock of their own.
func (g *Registry) ClockOfAll() (clock.Course, time.Time) {
	return g.clocks.all.Course(), g.clocks.all.Now().UTC()
}

// ChangeClock changes the clock of a resource, which is its own from then on, and
// survives a restart. Errors are those of clock.Change.Apply and of the store.
func (g *Registry) ChangeClock(ctx context.Context, resource liveness.ResourceID, change clock.Change) (clock.Course, error) {
	return g.clocks.change(ctx, resource, change)
}

// ChangeAllClocks changes the clock of all resources. None has its own then.
func (g *Registry) ChangeAllClocks(ctx context.Context, change clock.Change) (clock.Course, error) {
	return g.clocks.changeAll(ctx, change)
}

// Clock returns the clock of a resource. Fetch it before a change in the store, which
// must not ask the store for it.
func (g *Registry) Clock(ctx context.Context, resource liveness.ResourceID) (*clock.Virtual, error) {
	return g.clocks.of(ctx, resource)
}

// errDone ends a walk through the store that has seen what it looked for.
var errDone = errors.New("done")
