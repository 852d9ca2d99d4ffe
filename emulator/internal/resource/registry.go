// Package resource keeps what is set for resources and what is remembered of them:
// settings, clocks, faults, sessions that may have been abused, and snapshots of all
// this.
package resource

import (
	"context"
	"errors"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/memory"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// Config holds what a Registry works with. Store and Clock are required.
type Config struct {
	Store store.Store
	// Shared tells when other processes have changed the store; nil: this process is the only one.
	Shared store.Shared
	Clock  clock.Clock // the clocks of resources are based on it
	Seed   uint64      // of the faults of resources without a seed
	// Memory counts the calls that met faults of resources, and those that were to
	// create a session; nil: one of this process.
	Memory memory.Memory
}

// A Registry has the settings, clocks and faults of resources, and the counts of the
// faults. It is safe for concurrent use.
type Registry struct {
	store    store.Store
	base     clock.Clock
	opened   time.Time // on base
	epochs   *epochs   // nil: the store is shared, and counts for itself
	settings *cache[Settings]
	clocks   *cache[resourceClock]
	suspects *cache[[]suspect]
	counts   faultCounts
	pending  pendingCreates
	waiters  waiters

	changing sync.Mutex // clocks: one change of this process at a time
}

// Open returns a registry, once it has read from the store what is set for all
// resources.
func Open(ctx context.Context, c Config) (*Registry, error) {
	if c.Memory == nil {
		c.Memory = memory.New(memory.Limit)
	}
	g := &Registry{
		store: c.Store, base: c.Clock, opened: c.Clock.Now().UTC(),
		counts: faultCounts{c.Memory, c.Seed}, pending: pendingCreates{c.Memory},
	}
	if c.Shared == nil {
		g.epochs = newEpochs()
		c.Shared = g.epochs
	}
	g.settings, g.clocks = newCache(c.Shared, g.Settings), newCache(c.Shared, g.readClock)
	g.suspects = newCache(c.Shared, g.readSuspects)
	_, err := g.settings.get(ctx, liveness.AllResources)
	if err == nil {
		_, err = g.clocks.get(ctx, liveness.AllResources)
	}
	return g, err
}

// changed is called after a change of the settings of an owner: what was read before does
// not hold any more, also for the calls that wait for a time.
func (g *Registry) changed(ctx context.Context, owner liveness.Owner) error {
	if g.epochs != nil {
		g.epochs.raise(owner)
	}
	// The change was made, also for a caller that has left.
	return g.wake(context.WithoutCancel(ctx), owner)
}

// switching must be called before sessions, settings and clocks are replaced at one moment,
// and over after changed. In between, calls read settings and clocks from the store.
// Otherwise a new session could get the time of a clock that was replaced.
func (g *Registry) switching() (over func()) {
	if g.epochs == nil {
		return func() {}
	}
	g.epochs.switching.Add(1)
	return func() { g.epochs.switching.Add(-1) }
}

// ownerOf is whose settings lie under an id.
func ownerOf(resource liveness.ResourceID) liveness.Owner {
	return liveness.Owner{Resource: resource, All: resource == liveness.AllResources}
}

// Now returns the time of a resource. If its clock cannot be read, it is the time of all
// resources, or of the base clock: the caller's next use of the store fails anyway.
func (g *Registry) Now(ctx context.Context, resource liveness.ResourceID) time.Time {
	read, err := g.clocks.get(ctx, resource)
	if err != nil {
		read, err = g.clocks.get(ctx, liveness.AllResources)
	}
	if err != nil {
		return g.base.Now().UTC()
	}
	return read.Now().UTC()
}

// SweepTime returns the time of a resource's clock, or the zero time if the clock
// cannot be read: then nothing has expired.
func (g *Registry) SweepTime(ctx context.Context, resource liveness.ResourceID) time.Time {
	read, err := g.clocks.get(ctx, resource)
	if err != nil {
		return time.Time{}
	}
	return read.Now().UTC()
}

// ClockOf returns how the clock of a resource runs, and the time that it shows. That of
// AllResources is the clock of the resources without a separate one.
func (g *Registry) ClockOf(ctx context.Context, resource liveness.ResourceID) (clock.Course, time.Time, error) {
	read, err := g.clocks.get(ctx, resource)
	if err != nil {
		return clock.Course{}, time.Time{}, err
	}
	return read.Course(), read.Now().UTC(), nil
}

// Clock returns the clock of a resource, as it runs until the next change. Get it before a
// change in the store, which must not read the store.
func (g *Registry) Clock(ctx context.Context, resource liveness.ResourceID) (*clock.Virtual, error) {
	read, err := g.clocks.get(ctx, resource)
	return read.Virtual, err
}

// A resourceClock is the clock of a resource as it was read.
type resourceClock struct {
	*clock.Virtual
	number uint64 // of the clock of all resources, see storedClock
	before *uint64
}

// readClock reads the clock of a resource, or of AllResources.
func (g *Registry) readClock(ctx context.Context, resource liveness.ResourceID) (resourceClock, error) {
	if resource == liveness.AllResources {
		return g.readAllClocks(ctx)
	}
	value, err := g.store.Setting(ctx, ownClocks+string(resource))
	if err != nil && !errors.Is(err, liveness.ErrNotFound) {
		return resourceClock{}, err
	}
	all, err := g.clocks.get(ctx, liveness.AllResources)
	if err != nil || value == nil {
		return all, err
	}
	stored, err := decodeClock(value)
	if err != nil || !stored.valid(all.number) {
		return all, err
	}
	return resourceClock{Virtual: clock.NewVirtual(g.base, stored.Course), number: all.number}, nil
}

// errDone ends a walk through the store that has seen what it looked for.
var errDone = errors.New("done")

// maxCached is how many resources a cache holds. With more, the cache is cleared.
const maxCached = 10_000

// A cache holds what was read of resources from the store, each as long as its epoch
// stays the same. Make one with newCache.
type cache[V any] struct {
	shared store.Shared
	read   func(context.Context, liveness.ResourceID) (V, error)

	mu     sync.RWMutex
	values map[liveness.ResourceID]cached[V]
}

type cached[V any] struct {
	epoch uint64
	value V
}

func newCache[V any](shared store.Shared, read func(context.Context, liveness.ResourceID) (V, error)) *cache[V] {
	return &cache[V]{shared: shared, read: read, values: map[liveness.ResourceID]cached[V]{}}
}

// get returns the value of a resource, which must not be edited.
func (c *cache[V]) get(ctx context.Context, resource liveness.ResourceID) (V, error) {
	epoch := c.shared.Epoch(resource) // before reading: a change in between is seen next time
	c.mu.RLock()
	known, found := c.values[resource]
	c.mu.RUnlock()
	if found && known.epoch == epoch {
		return known.value, nil
	}
	// Not with the request: what is read holds for all others, too.
	value, err := c.read(context.WithoutCancel(ctx), resource)
	if err != nil {
		return value, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.values) >= maxCached {
		clear(c.values)
	}
	c.values[resource] = cached[V]{epoch, value}
	return value, nil
}

// epochs are the store.Shared of a store that only this process changes. Make one with
// newEpochs.
type epochs struct {
	hash maphash.Seed
	all  atomic.Uint64
	// switching is how many calls are replacing settings. Unless it is 0, Epoch returns a new
	// epoch each time, so that nothing is cached.
	switching atomic.Int64
	// own are those of resources. Two resources with the same one only read more often
	// than they need to.
	own [256]atomic.Uint64
}

func newEpochs() *epochs { return &epochs{hash: maphash.MakeSeed()} }

// Epoch implements store.Shared.
func (e *epochs) Epoch(owner liveness.ResourceID) uint64 {
	all := e.all.Load()
	if e.switching.Load() > 0 {
		all = e.all.Add(1)
	}
	if owner == liveness.AllResources {
		return all
	}
	return all + e.own[maphash.String(e.hash, string(owner))%uint64(len(e.own))].Load()
}

// raise changes the epoch of an owner.
func (e *epochs) raise(owner liveness.Owner) {
	if owner.All {
		e.all.Add(1)
		return
	}
	e.own[maphash.String(e.hash, string(owner.Resource))%uint64(len(e.own))].Add(1)
}
