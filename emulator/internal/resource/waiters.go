package resource

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// waiters are the clocks that calls wait on, one for each resource. The zero value is
// ready for use.
type waiters struct {
	mu     sync.Mutex
	clocks map[liveness.ResourceID]*waitedClock
}

// A waitedClock follows the clock of one resource for the calls that wait on it.
type waitedClock struct {
	*clock.Virtual
	calls int // that wait; waiters.mu guards it

	following sync.Mutex // so that no older course comes after a newer one
}

// Await blocks until the clock of a resource shows t, also if the clock is changed
// meanwhile, or returns the cause of ctx.
func (g *Registry) Await(ctx context.Context, resource liveness.ResourceID, t time.Time) error {
	waited := g.waiters.enter(resource, g.base)
	defer g.waiters.leave(resource, waited)
	if err := g.follow(ctx, resource, waited); err != nil {
		return err
	}
	return waited.Wait(ctx, t)
}

// wake updates the clocks of an owner for the calls that wait on them.
func (g *Registry) wake(ctx context.Context, owner liveness.Owner) error {
	for resource, waited := range g.waiters.of(owner) {
		if err := g.follow(ctx, resource, waited); err != nil {
			return err
		}
	}
	return nil
}

// follow sets the course of a waited clock to that of its resource.
func (g *Registry) follow(ctx context.Context, resource liveness.ResourceID, waited *waitedClock) error {
	waited.following.Lock()
	defer waited.following.Unlock()
	read, err := g.clocks.get(ctx, resource)
	if err != nil {
		return err
	}
	if course := read.Course(); course != waited.Course() {
		waited.Follow(course)
	}
	return nil
}

// enter returns the clock that calls of a resource wait on, for one more.
func (w *waiters) enter(resource liveness.ResourceID, base clock.Clock) *waitedClock {
	w.mu.Lock()
	defer w.mu.Unlock()
	waited := w.clocks[resource]
	if waited == nil {
		if w.clocks == nil {
			w.clocks = map[liveness.ResourceID]*waitedClock{}
		}
		waited = &waitedClock{Virtual: clock.NewVirtual(base, clock.Course{})}
		w.clocks[resource] = waited
	}
	waited.calls++
	return waited
}

// leave ends what enter began.
func (w *waiters) leave(resource liveness.ResourceID, waited *waitedClock) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if waited.calls--; waited.calls == 0 {
		delete(w.clocks, resource)
	}
}

// of returns the clocks of an owner that are waited on now.
func (w *waiters) of(owner liveness.Owner) map[liveness.ResourceID]*waitedClock {
	w.mu.Lock()
	defer w.mu.Unlock()
	if owner.All {
		return maps.Clone(w.clocks)
	}
	if waited := w.clocks[owner.Resource]; waited != nil {
		return map[liveness.ResourceID]*waitedClock{owner.Resource: waited}
	}
	return nil
}
