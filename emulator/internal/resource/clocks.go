package resource

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// How many resources are remembered to have no clock of their own, and how many
// clocks of their own. With more, it begins anew.
const (
	maxPlainClocks = 10_000
	maxOwnClocks   = 10_000
)

// The settings that clocks lie in: that of all resources, and those of single ones.
const allClocks = "clock"

func clockName(resource liveness.ResourceID) string { return allClocks + "/" + string(resource) }

// storedClock is how a clock lies in the store.
type storedClock struct {
	Course clock.Course `json:"course"`
	// Number counts the changes of the clock of all; of a single resource's clock it
	// is the one that it was set under. Since the clock of all was changed, it does
	// not hold any more.
	Number uint64 `json:"number"`
}

// clocks are the clocks of the resources: one for all, and one for each resource
// that was given its own.
type clocks struct {
	store liveness.Store
	base  clock.Clock
	all   *clock.Virtual

	changing sync.Mutex // one change at a time

	mu     sync.RWMutex
	number uint64
	own    map[liveness.ResourceID]*ownClock // nil: that of all
	plain  int                               // how many of own are nil
}

// An ownClock is the clock of one resource.
type ownClock struct {
	*clock.Virtual
	stored  bool // it was set; otherwise it is there for those who wait on it
	waiting int
}

// openClocks reads the clock of all. That of a resource is read when it is first
// asked for.
func openClocks(ctx context.Context, store liveness.Store, base clock.Clock) (*clocks, error) {
	c := &clocks{store: store, base: base, own: map[liveness.ResourceID]*ownClock{}}
	now := base.Now().UTC()
	course := clock.Course{Base: now, Show: now, Rate: 1}
	stored, err := c.read(ctx, allClocks)
	if err != nil {
		return nil, err
	}
	if stored != nil {
		course, c.number = stored.Course, stored.Number
	}
	c.all = clock.NewVirtual(base, course)
	return c, nil
}

// read returns a stored clock, or nil.
func (c *clocks) read(ctx context.Context, name string) (*storedClock, error) {
	data, err := c.store.Setting(ctx, name)
	if errors.Is(err, liveness.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return decodeClock(data)
}

func decodeClock(data []byte) (*storedClock, error) {
	stored := new(storedClock)
	if err := json.Unmarshal(data, stored); err != nil {
		return nil, fmt.Errorf("clock: %w", liveness.ErrDamaged)
	}
	return stored, nil
}

// of returns the clock of a resource.
func (c *clocks) of(ctx context.Context, resource liveness.ResourceID) (*clock.Virtual, error) {
	c.mu.RLock()
	own, known := c.own[resource]
	number := c.number
	c.mu.RUnlock()
	switch {
	case known && own == nil:
		return c.all, nil
	case known:
		return own.Virtual, nil
	}
	// Not with the request: what is read holds for all others, too.
	stored, err := c.read(context.WithoutCancel(ctx), clockName(resource))
	if err != nil {
		return nil, err
	}
	if stored != nil && stored.Number == number {
		own = &ownClock{Virtual: clock.NewVirtual(c.base, stored.Course), stored: true}
	}
	return c.remember(resource, number, own), nil
}

// remember keeps the clock of a resource, unless another call was faster.
func (c *clocks) remember(resource liveness.ResourceID, number uint64, own *ownClock) *clock.Virtual {
	c.mu.Lock()
	defer c.mu.Unlock()
	known, there := c.own[resource]
	switch {
	case there:
		own = known
	case c.number == number:
		if own == nil {
			c.forgetPlain()
			c.plain++
		}
		c.own[resource] = own
	}
	if own == nil {
		return c.all
	}
	return own.Virtual
}

// wait blocks until the clock of a resource shows t, whatever becomes of that clock
// meanwhile, or returns the cause of ctx.
func (c *clocks) wait(ctx context.Context, resource liveness.ResourceID, t time.Time) error {
	var own *ownClock
	for own == nil { // it can be let go in between
		if _, err := c.of(ctx, resource); err != nil {
			return err
		}
		own = c.enterKnown(resource)
	}
	defer c.leave(resource, own)
	return own.Wait(ctx, t)
}

// enterKnown is enter for a resource whose stored clock has been read, else nil.
func (c *clocks) enterKnown(resource liveness.ResourceID) *ownClock {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.own[resource]; !known {
		return nil
	}
	return c.enterLocked(resource)
}

// enter returns a clock of the resource's own, so that one which it is given later
// is the same.
func (c *clocks) enter(resource liveness.ResourceID) *ownClock {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.enterLocked(resource)
}

func (c *clocks) enterLocked(resource liveness.ResourceID) *ownClock {
	own, known := c.own[resource]
	if own == nil {
		if known {
			c.plain--
		}
		c.forgetIdle()
		own = &ownClock{Virtual: clock.NewVirtual(c.base, c.all.Course())}
		c.own[resource] = own
	}
	own.waiting++
	return own
}

// forgetIdle makes room. What is stored is read again.
func (c *clocks) forgetIdle() {
	if len(c.own)-c.plain < maxOwnClocks {
		return
	}
	for resource, own := range c.own {
		if own != nil && own.waiting == 0 {
			delete(c.own, resource)
		}
	}
}

func (c *clocks) leave(resource liveness.ResourceID, own *ownClock) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if own.waiting--; own.waiting == 0 && !own.stored && c.own[resource] == own {
		delete(c.own, resource) // the next call reads what is stored
	}
}

// forgetPlain makes room. The clocks of resources that have their own stay: calls
// wait on them.
func (c *clocks) forgetPlain() {
	if c.plain < maxPlainClocks {
		return
	}
	for resource, own := range c.own {
		if own == nil {
			delete(c.own, resource)
		}
	}
	c.plain = 0
}

// change changes the clock of one resource, which has its own from then on.
func (c *clocks) change(ctx context.Context, resource liveness.ResourceID, change clock.Change) (clock.Course, error) {
	c.changing.Lock()
	defer c.changing.Unlock()
	current, err := c.of(ctx, resource)
	if err != nil {
		return clock.Course{}, err
	}
	course, err := change.Apply(current.Course(), c.base.Now().UTC())
	if err != nil {
		return clock.Course{}, err
	}
	c.mu.RLock()
	number := c.number
	c.mu.RUnlock()
	if err := c.write(ctx, clockName(resource), storedClock{course, number}); err != nil {
		return clock.Course{}, err
	}
	own := c.enter(resource)
	c.mu.Lock()
	own.stored = true
	c.mu.Unlock()
	own.Follow(course)
	c.leave(resource, own)
	return course, nil
}

// changeAll changes the clock of all resources; none has its own any more. Unless
// forced, none of those that have been used since the start goes back.
func (c *clocks) changeAll(ctx context.Context, change clock.Change) (clock.Course, error) {
	c.changing.Lock()
	defer c.changing.Unlock()
	now := c.base.Now().UTC()
	course, err := change.Apply(c.all.Course(), now)
	if err != nil {
		return clock.Course{}, err
	}
	c.mu.RLock()
	number := c.number + 1
	for resource, own := range c.own {
		if own != nil && !change.Force && own.Course().At(now).After(course.At(now)) {
			c.mu.RUnlock()
			return clock.Course{}, fmt.Errorf("%w: resource %s is ahead, at %s", clock.ErrBackwards, resource, own.Course().At(now).Format(time.RFC3339))
		}
	}
	c.mu.RUnlock()
	// Not under mu: whoever is in the store may wait for it.
	if !change.Force {
		if err := c.behind(ctx, course, now); err != nil {
			return clock.Course{}, err
		}
	}
	if err := c.write(ctx, allClocks, storedClock{course, number}); err != nil {
		return clock.Course{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.number = number
	c.all.Follow(course)
	for resource := range c.own {
		c.takeLocked(resource, course)
	}
	return course, nil
}

// behind returns ErrBackwards if a stored clock that holds is ahead of a course.
func (c *clocks) behind(ctx context.Context, course clock.Course, now time.Time) error {
	number := c.changes()
	scope := liveness.Scope{All: true, WithoutImages: true, Setting: func(name string) bool { return strings.HasPrefix(name, clockName("")) }}
	_, err := c.store.Walk(ctx, scope, func(stored liveness.Stored) error {
		if stored.Setting == "" {
			return errDone // the sessions come behind
		}
		own, err := decodeClock(stored.Value)
		if err == nil && own.Number == number && own.Course.At(now).After(course.At(now)) {
			return fmt.Errorf("%w: resource %s is ahead, at %s", clock.ErrBackwards,
				strings.TrimPrefix(stored.Setting, clockName("")), own.Course.At(now).Format(time.RFC3339))
		}
		return err
	})
	if errors.Is(err, errDone) {
		return nil
	}
	return err
}

// drop takes a resource the clock of its own.
func (c *clocks) drop(ctx context.Context, resource liveness.ResourceID) error {
	c.changing.Lock()
	defer c.changing.Unlock()
	course := c.all.Course()
	// No clock of all has this number, so what is stored does not hold any more.
	if err := c.write(ctx, clockName(resource), storedClock{course, math.MaxUint64}); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.takeLocked(resource, course)
	return nil
}

// takeLocked takes a resource the clock of its own, or lets those who wait on it
// follow a course.
func (c *clocks) takeLocked(resource liveness.ResourceID, course clock.Course) {
	own := c.own[resource]
	switch {
	case own == nil:
	case own.waiting == 0:
		delete(c.own, resource)
	default:
		own.stored = false
		own.Follow(course)
	}
}

// changes returns how often the clock of all has changed.
func (c *clocks) changes() uint64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.number
}

// restored takes over clocks that are in the store already. Of the owner's others
// none has its own any more. The caller holds changing.
func (c *clocks) restored(owner liveness.Owner, number uint64, courses map[liveness.ResourceID]clock.Course) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.number = number
	if all, given := courses[""]; given && owner.All {
		c.all.Follow(all)
	}
	for resource, own := range c.own {
		if !owner.All && resource != owner.Resource {
			continue
		}
		course, given := courses[resource]
		switch {
		case own == nil:
			if given {
				c.plain--
				delete(c.own, resource) // the next call reads what is stored
			}
		case own.waiting == 0:
			delete(c.own, resource)
		case given:
			own.stored = true
			own.Follow(course)
		default:
			own.stored = false
			own.Follow(c.all.Course())
		}
	}
}

func (c *clocks) write(ctx context.Context, name string, stored storedClock) error {
	_, err := c.store.ChangeSetting(ctx, name, func([]byte) ([]byte, error) { return json.Marshal(stored) })
	return err
}

// sweepTime is now for the sweep, which must not take a session away by a clock that
// it cannot read: then nothing has expired.
func (c *clocks) sweepTime(ctx context.Context, resource liveness.ResourceID) time.Time {
	of, err := c.of(ctx, resource)
	if err != nil {
		return time.Time{}
	}
	return of.Now().UTC()
}

// now returns the time of a resource. Where its clock cannot be read, that of all
// will do: the call that asks is about to fail with the store anyway.
func (c *clocks) now(ctx context.Context, resource liveness.ResourceID) time.Time {
	of, err := c.of(ctx, resource)
	if err != nil {
		of = c.all
	}
	return of.Now().UTC()
}

// Await blocks until the clock of a resource shows t, whatever becomes of that clock
// meanwhile, or returns the cause of ctx.
func (g *Registry) Await(ctx context.Context, resource liveness.ResourceID, t time.Time) error {
	return g.clocks.wait(ctx, resource, t)
}
