package liveness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
)

// A Kept is one thing that a snapshot holds. Exactly one of Clock, Settings,
// Suspects and Session is set.
type Kept struct {
	Resource ResourceID      `json:"resource,omitempty"` // whose it is; "" of a clock: that of all
	Clock    *KeptClock      `json:"clock,omitempty"`
	Settings json.RawMessage `json:"settings,omitempty"`
	Suspects json.RawMessage `json:"suspects,omitempty"`
	Session  *Session        `json:"session,omitempty"`
	Images   []Image         `json:"images,omitempty"` // of the session
	// Taken is when the session was exported, on its clock; zero: with others, see
	// their clocks.
	Taken time.Time `json:"taken,omitzero"`
}

// ScenarioNames are those that the settings name for sessions to come. An error wraps
// ErrDamaged.
func (k *Kept) ScenarioNames() ([]string, error) {
	settings, err := decodeSettings(k.Settings)
	if err != nil {
		return nil, err
	}
	var names []string
	if settings.Scenario != "" {
		names = append(names, settings.Scenario)
	}
	for _, queued := range settings.Queue {
		names = append(names, queued.Scenario)
	}
	return names, nil
}

// A KeptClock is how a clock ran when a snapshot was taken.
type KeptClock struct {
	Shows time.Time `json:"shows"`
	Rate  float64   `json:"rate"`
}

// The settings of an owner that belong to a snapshot, and the names that they have
// in front of the resource.
const (
	keptSettings = "settings/"
	keptSuspects = "suspects/"
	keptClocks   = allClocks + "/"
)

// scope is what a snapshot of an owner covers.
func (o Owner) scope() Scope {
	scope := Scope{Resource: o.Resource, All: o.All}
	scope.Setting = func(name string) bool {
		if o.All {
			return name == allClocks || strings.HasPrefix(name, keptSettings) ||
				strings.HasPrefix(name, keptSuspects) || strings.HasPrefix(name, keptClocks)
		}
		return name == settingsName(o.Resource) || name == suspectsName(o.Resource) || name == clockName(o.Resource)
	}
	return scope
}

// Snapshot calls visit with all that is kept of an owner, as it is at one moment:
// clocks, settings, sessions. It returns how many sessions were left out because
// they are damaged.
func (s *Service) Snapshot(ctx context.Context, owner Owner, visit func(Kept) error) (damaged int, err error) {
	if err := s.keepClocks(ctx, owner, visit); err != nil {
		return 0, err
	}
	return s.Store.Walk(ctx, owner.scope(), func(stored Stored) error {
		var kept Kept
		switch {
		case stored.Setting == "":
			kept = Kept{Resource: stored.Session.Resource, Session: &stored.Session, Images: stored.Images}
		case strings.HasPrefix(stored.Setting, keptSettings):
			kept = Kept{Resource: ResourceID(strings.TrimPrefix(stored.Setting, keptSettings)), Settings: stored.Value}
		case strings.HasPrefix(stored.Setting, keptSuspects):
			kept = Kept{Resource: ResourceID(strings.TrimPrefix(stored.Setting, keptSuspects)), Suspects: stored.Value}
		case owner.All && strings.HasPrefix(stored.Setting, keptClocks):
			own, err := s.ownClock(ResourceID(strings.TrimPrefix(stored.Setting, keptClocks)), stored.Value)
			if err != nil || own == nil {
				return err
			}
			kept = *own
		default:
			return nil // a clock that was visited before
		}
		return visit(kept)
	})
}

// keepClocks visits the clock that sessions of the owner have unless they have one
// of their own.
func (s *Service) keepClocks(ctx context.Context, owner Owner, visit func(Kept) error) error {
	course, now := s.ClockOfAll()
	if !owner.All {
		var err error
		if course, now, err = s.ClockOf(ctx, owner.Resource); err != nil {
			return err
		}
	}
	return visit(Kept{Resource: owner.Resource, Clock: &KeptClock{Shows: now, Rate: course.Rate}})
}

// ownClock is the clock of a resource as it is stored, or nil if it does not hold any
// more.
func (s *Service) ownClock(resource ResourceID, value []byte) (*Kept, error) {
	stored, err := decodeClock(value)
	if err != nil {
		return nil, err
	}
	if stored.Number != s.clocks.changes() {
		return nil, nil
	}
	return &Kept{Resource: resource, Clock: &KeptClock{Shows: stored.Course.At(s.Clock.Now().UTC()), Rate: stored.Course.Rate}}, nil
}

// Restore puts what next returns, until that is nil, in place of all that is kept of
// an owner. It is done as a whole or not at all; an error of next
// is returned as it is. Clocks go on from what they showed. What is of another
// resource becomes the owner's, unless the owner is all.
func (s *Service) Restore(ctx context.Context, owner Owner, next func() (*Kept, error)) error {
	r := restoring{Service: s, owner: owner, clocks: map[ResourceID]KeptClock{}, courses: map[ResourceID]clock.Course{}, numbers: s.faults.numbers()}
	defer func() {
		if r.unlock != nil {
			r.unlock()
		}
	}()
	err := s.Store.Replace(ctx, owner.scope(), func(stage func(Stored) error) error {
		for {
			kept, err := next()
			if err != nil {
				return err
			}
			if kept == nil {
				return r.finish(ctx, stage)
			}
			if err := r.stage(ctx, *kept, stage); err != nil {
				return err
			}
		}
	})
	if err != nil {
		return err
	}
	s.clocks.restored(owner, r.number, r.courses)
	s.faults.outdatedOf(owner)
	s.creations.forgetOf(owner)
	// It is done, also for a caller that has left.
	return s.readEveryone(context.WithoutCancel(ctx))
}

// A restoring is one Restore on its way.
type restoring struct {
	*Service
	owner   Owner
	clocks  map[ResourceID]KeptClock    // "": that of all
	courses map[ResourceID]clock.Course // of clocks, once they are staged
	number  uint64                      // of changes of the clock of all
	numbers map[ResourceID]uint64       // of faults that are in use, but for those that were staged
	unlock  func()                      // of changes of clocks; nil: they go on
}

func (r *restoring) stage(ctx context.Context, kept Kept, stage func(Stored) error) error {
	if !r.owner.All {
		kept.Resource = r.owner.Resource
	}
	switch {
	case kept.Clock != nil:
		r.clocks[kept.Resource] = *kept.Clock
		return nil
	case kept.Settings != nil:
		return r.stageSettings(ctx, kept.Resource, kept.Settings, stage)
	case kept.Suspects != nil:
		if _, err := decodeSuspects(kept.Suspects); err != nil {
			return err
		}
		return stage(Stored{Setting: suspectsName(kept.Resource), Value: kept.Suspects})
	case kept.Session != nil:
		kept.Session.Resource = kept.Resource
		if err := kept.Session.Check(); err != nil {
			return err
		}
		return stage(Stored{Session: *kept.Session, Images: kept.Images})
	}
	return fmt.Errorf("an entry that is nothing: %w", ErrDamaged)
}

// stageClocks stages the clocks. Until the restore is over none can be changed: what
// is staged says how often that of all was.
func (r *restoring) stageClocks(stage func(Stored) error) error {
	r.Service.clocks.changing.Lock()
	r.unlock = r.Service.clocks.changing.Unlock
	r.number = r.Service.clocks.changes()
	now := r.Clock.Now().UTC()
	if r.owner.All {
		r.number++
		if _, given := r.clocks[""]; !given { // it keeps the number for the next start
			course, shows := r.ClockOfAll()
			r.clocks[""] = KeptClock{Shows: shows, Rate: course.Rate}
		}
	}
	for resource, kept := range r.clocks {
		course, err := clock.Change{Set: &kept.Shows, Rate: &kept.Rate, Force: true}.Apply(clock.Course{Base: now, Show: now}, now)
		if err != nil {
			return fmt.Errorf("a clock: %w: %w", ErrDamaged, err)
		}
		name := clockName(resource)
		if resource == "" {
			name = allClocks
		}
		value, err := json.Marshal(storedClock{Course: course, Number: r.number})
		if err != nil {
			return err
		}
		if err := stage(Stored{Setting: name, Value: value}); err != nil {
			return err
		}
		r.courses[resource] = course
	}
	return nil
}

// stageSettings stages the settings of a resource as those that come after the ones
// it has.
func (r *restoring) stageSettings(ctx context.Context, resource ResourceID, value []byte, stage func(Stored) error) error {
	settings, err := decodeSettings(value)
	if err != nil {
		return err
	}
	current, err := r.ResourceSettings(ctx, resource)
	if err != nil {
		return err
	}
	settings.FaultsNumber = max(settings.FaultsNumber, current.FaultsNumber, r.numbers[resource]) + 1
	delete(r.numbers, resource)
	encoded, err := encodeSettings(settings)
	if err != nil {
		return err
	}
	return stage(Stored{Setting: settingsName(resource), Value: encoded})
}

// finish takes the faults of the owner away that nothing was staged for, and stages
// the clocks.
func (r *restoring) finish(ctx context.Context, stage func(Stored) error) error {
	for resource := range r.numbers {
		if !r.owner.All && resource != r.owner.Resource {
			continue
		}
		if err := r.stageSettings(ctx, resource, nil, stage); err != nil {
			return err
		}
	}
	return r.stageClocks(stage)
}

// ResetSessions removes all sessions of an owner, and what is remembered of those
// that abuse was detected in.
func (s *Service) ResetSessions(ctx context.Context, owner Owner) error {
	scope := owner.scope()
	all := scope.Setting
	scope.Setting = func(name string) bool { return strings.HasPrefix(name, keptSuspects) && all(name) }
	if err := s.Store.Replace(ctx, scope, nil); err != nil {
		return err
	}
	s.creations.forgetOf(owner)
	return nil
}

// ResetSettings changes the settings of an owner's resources that have any.
func (s *Service) ResetSettings(ctx context.Context, owner Owner, change func(*ResourceSettings)) error {
	resources := []ResourceID{owner.Resource}
	if owner.All {
		resources = nil
		scope := Scope{All: true, WithoutImages: true, Setting: func(name string) bool { return strings.HasPrefix(name, keptSettings) }}
		_, err := s.Store.Walk(ctx, scope, func(stored Stored) error {
			if stored.Setting == "" {
				return errEnough // the sessions come behind
			}
			resources = append(resources, ResourceID(strings.TrimPrefix(stored.Setting, keptSettings)))
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			return err
		}
	}
	for _, resource := range resources {
		now := s.now(ctx, resource)
		_, err := s.ChangeResourceSettings(ctx, resource, func(of *ResourceSettings) {
			before := len(of.Faults)
			change(of)
			if len(of.Faults) != before {
				of.FaultsNumber++
				of.FaultsSince = now
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ResetClock lets the clock of an owner show the time below again: that of one
// resource what all have, that of all what the emulator's own shows.
func (s *Service) ResetClock(ctx context.Context, owner Owner) error {
	if owner.All {
		now := s.Clock.Now().UTC()
		_, err := s.ChangeAllClocks(ctx, clock.Change{Set: &now, Rate: new(1.0), Force: true})
		return err
	}
	return s.clocks.drop(ctx, owner.Resource)
}

// Empty reports whether nothing was stored of any resource, neither sessions nor
// settings.
func (s *Service) Empty(ctx context.Context) (bool, error) {
	scope := Owner{All: true}.scope()
	scope.WithoutImages = true
	damaged, err := s.Store.Walk(ctx, scope, func(Stored) error { return errEnough })
	if errors.Is(err, errEnough) {
		return false, nil
	}
	return damaged == 0, err
}

// numbers are those of the faults that are in use.
func (f *faultCache) numbers() map[ResourceID]uint64 {
	f.mu.RLock()
	defer f.mu.RUnlock()
	numbers := map[ResourceID]uint64{}
	for resource, of := range f.of {
		of.mu.Lock()
		if of.number > 0 {
			numbers[resource] = of.number
		}
		of.mu.Unlock()
	}
	return numbers
}

// outdatedOf makes the next call of an owner read its faults again.
func (f *faultCache) outdatedOf(owner Owner) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	for resource, of := range f.of {
		if owner.All || resource == owner.Resource {
			of.outdated()
		}
	}
}

// forgetOf forgets the creations of an owner.
func (c *creations) forgetOf(owner Owner) {
	if !owner.All {
		c.forget(owner.Resource)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.of)
}
