package resource

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// The settings that clocks lie in: that of all resources, and those of single ones.
const (
	allClocks  = "clock"
	ownClocks  = allClocks + "/"
	notCurrent = math.MaxUint64 // a storedClock.Number that the clock of all never has
)

// clockName is the name of the setting that holds the clock of a resource, or of
// AllResources.
func clockName(resource liveness.ResourceID) string {
	if resource == liveness.AllResources {
		return allClocks
	}
	return ownClocks + string(resource)
}

// storedClock is a clock as it is stored.
type storedClock struct {
	Course clock.Course `json:"course"`
	// Number identifies a change of the clock of all resources. The clock of a single
	// resource has the number that was current when it was set, and is void if the clock of
	// all has another number now. The number is zero until the first change.
	Number uint64 `json:"number"`
	// Before is the number that the clock of all resources had before the last restore of
	// all resources; nil without such a restore. The clock of a single resource has it if a
	// later restore of that resource set the clock, which is then valid also after an undo of
	// the restore of all resources, because the undo brings the number back.
	Before *uint64 `json:"before,omitempty"`
}

// valid reports whether the clock of a single resource is valid if the clock of all
// resources has the number all.
func (c storedClock) valid(all uint64) bool {
	return c.Number == all || c.Number != notCurrent && c.Before != nil && *c.Before == all
}

// newNumber returns the number of a change of the clock of all resources, or of faults. It is
// random, because after an undo a counter would repeat the numbers of the changes that were
// undone.
func newNumber() uint64 { return 1 + rand.Uint64N(notCurrent-1) }

// readAllClocks reads the clock of all resources.
func (g *Registry) readAllClocks(ctx context.Context) (resourceClock, error) {
	value, err := g.store.Setting(ctx, allClocks)
	if err != nil && !errors.Is(err, liveness.ErrNotFound) {
		return resourceClock{}, err
	}
	stored, err := g.decodeAllClocks(value)
	return resourceClock{clock.NewVirtual(g.base, stored.Course), stored.Number, stored.Before}, err
}

// decodeAllClocks reads the clock of all; nil stands for one that was never set.
func (g *Registry) decodeAllClocks(value []byte) (storedClock, error) {
	if value == nil {
		// The same each time, so that a step of the machine's clock is not seen.
		return storedClock{Course: clock.Course{Base: g.opened, Show: g.opened, Rate: 1}}, nil
	}
	return decodeClock(value)
}

func decodeClock(value []byte) (storedClock, error) {
	var stored storedClock
	if err := json.Unmarshal(value, &stored); err != nil {
		return storedClock{}, fmt.Errorf("clock: %w", liveness.ErrDamaged)
	}
	return stored, nil
}

// storedNow is Now by the clock that is in the store, for a call that has read nothing
// from the store before.
func (g *Registry) storedNow(ctx context.Context, resource liveness.ResourceID) time.Time {
	read, err := g.readClock(ctx, resource)
	if err != nil {
		return g.Now(ctx, resource)
	}
	return read.Now().UTC()
}

// ChangeClock changes the clock of a resource, which is its own from then on, and
// survives a restart. Errors are those of clock.Change.Apply and of the store.
func (g *Registry) ChangeClock(ctx context.Context, resource liveness.ResourceID, change clock.Change) (clock.Course, error) {
	g.changing.Lock()
	defer g.changing.Unlock()
	all, err := g.readAllClocks(ctx) // not the cached one: its number must be right
	if err != nil {
		return clock.Course{}, err
	}
	return g.setClock(ctx, resource, func(old []byte) (storedClock, error) {
		own, before := storedClock{}, all.Course()
		if old != nil {
			if own, err = decodeClock(old); err != nil {
				return storedClock{}, err
			}
			if own.valid(all.number) {
				before = own.Course
			}
		}
		course, err := change.Apply(before, g.base.Now().UTC())
		return storedClock{course, all.number, own.Before}, err
	})
}

// setClock stores what set makes of a stored clock, for the next call of its owner and for
// those that wait.
func (g *Registry) setClock(
	ctx context.Context, resource liveness.ResourceID, set func(old []byte) (storedClock, error),
) (clock.Course, error) {
	var changed storedClock
	_, err := g.store.ChangeSetting(ctx, clockName(resource), func(old []byte) (_ []byte, err error) {
		if changed, err = set(old); err != nil {
			return nil, err
		}
		return json.Marshal(changed)
	})
	if err != nil {
		return clock.Course{}, err
	}
	return changed.Course, g.changed(ctx, ownerOf(resource))
}

// errOvertaken: another process has changed the clock of all resources meanwhile.
var errOvertaken = errors.New("clock: changed meanwhile")

// ChangeAllClocks changes the clock of all resources and discards the separate clocks. It
// moves no clock backwards, unless the change has Force.
func (g *Registry) ChangeAllClocks(ctx context.Context, change clock.Change) (clock.Course, error) {
	g.changing.Lock()
	defer g.changing.Unlock()
	for {
		course, err := g.changeAllClocks(ctx, change)
		if !errors.Is(err, errOvertaken) {
			return course, err
		}
	}
}

// changeAllClocks is ChangeAllClocks, but returns errOvertaken if another process changes
// the clock meanwhile.
func (g *Registry) changeAllClocks(ctx context.Context, change clock.Change) (clock.Course, error) {
	all, err := g.readAllClocks(ctx)
	if err != nil {
		return clock.Course{}, err
	}
	now := g.base.Now().UTC()
	course, err := change.Apply(all.Course(), now)
	if err != nil {
		return clock.Course{}, err
	}
	if !change.Force {
		if err := g.noneAhead(ctx, storedClock{Course: course, Number: all.number}, now); err != nil {
			return clock.Course{}, err
		}
	}
	return g.setClock(ctx, liveness.AllResources, func(old []byte) (storedClock, error) {
		stored, err := g.decodeAllClocks(old)
		if err == nil && stored.Number != all.number {
			err = errOvertaken
		}
		return storedClock{course, newNumber(), stored.Before}, err
	})
}

// noneAhead returns ErrBackwards if the separate clock of a resource is ahead of the clock
// of all resources.
func (g *Registry) noneAhead(ctx context.Context, all storedClock, now time.Time) error {
	scope := store.Scope{All: true, WithoutImages: true, Setting: func(name string) bool { return strings.HasPrefix(name, ownClocks) }}
	_, err := g.store.Walk(ctx, scope, func(stored store.Stored) error {
		if stored.Setting == "" {
			return errDone // the sessions come behind
		}
		own, err := decodeClock(stored.Value)
		if err == nil && own.valid(all.Number) && own.Course.At(now).After(all.Course.At(now)) {
			return fmt.Errorf("%w: resource %s is ahead, at %s", clock.ErrBackwards,
				strings.TrimPrefix(stored.Setting, ownClocks), own.Course.At(now).Format(time.RFC3339))
		}
		return err
	})
	if errors.Is(err, errDone) {
		return nil
	}
	return err
}

// ResetClock resets a clock: that of a resource to the clock of all resources, and the
// clock of all resources to the emulator's base clock.
func (g *Registry) ResetClock(ctx context.Context, owner liveness.Owner) error {
	if owner.All {
		now := g.base.Now().UTC()
		_, err := g.ChangeAllClocks(ctx, clock.Change{Set: &now, Rate: new(1.0), Force: true})
		return err
	}
	g.changing.Lock()
	defer g.changing.Unlock()
	_, err := g.setClock(ctx, owner.Resource, func(old []byte) (storedClock, error) {
		own, _ := decodeClock(old) // the zero value of a missing or damaged clock has no Before
		return storedClock{Number: notCurrent, Before: own.Before}, nil
	})
	return err
}
