package resource

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// A SnapshotEntry is one thing that a snapshot holds. Exactly one of Clock, Settings,
// Suspects and Session is set.
type SnapshotEntry struct {
	Resource liveness.ResourceID `json:"resource,omitempty"` // whose it is; "" of a clock: that of all
	Clock    *ClockEntry         `json:"clock,omitempty"`
	Settings json.RawMessage     `json:"settings,omitempty"`
	Suspects json.RawMessage     `json:"suspects,omitempty"`
	Session  *liveness.Session   `json:"session,omitempty"`
	Images   []liveness.Image    `json:"images,omitempty"` // of the session
	// Taken is when the session was exported, on its clock; zero: with others, see
	// their clocks.
	Taken time.Time `json:"taken,omitzero"`
}

// ScenarioNames are those that the settings name for sessions to come. An error wraps
// ErrDamaged.
func (k *SnapshotEntry) ScenarioNames() ([]string, error) {
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

// A ClockEntry is how a clock ran when a snapshot was taken.
type ClockEntry struct {
	Shows time.Time `json:"shows"`
	Rate  float64   `json:"rate"`
}

// The settings of an owner that belong to a snapshot, and the names that they have
// in front of the resource.
const (
	keptSettings = "settings/"
	keptSuspects = "suspects/"
)

// scopeOf is what a snapshot of an owner covers.
func scopeOf(o liveness.Owner) store.Scope {
	scope := store.Scope{Resource: o.Resource, All: o.All}
	scope.Setting = func(name string) bool {
		if o.All {
			return name == allClocks || strings.HasPrefix(name, keptSettings) ||
				strings.HasPrefix(name, keptSuspects) || strings.HasPrefix(name, ownClocks)
		}
		return name == SettingsName(o.Resource) || name == SuspectsName(o.Resource) || name == clockName(o.Resource)
	}
	return scope
}

// Snapshot calls visit with all that is kept of an owner, as it is at one moment:
// clocks, settings, sessions. It returns how many sessions were left out because
// they are damaged.
func (g *Registry) Snapshot(ctx context.Context, owner liveness.Owner, visit func(SnapshotEntry) error) (damaged int, err error) {
	id := owner.Resource
	if owner.All {
		id = liveness.AllResources
	}
	if _, err := g.readClock(ctx, id); err != nil {
		return 0, err // The walk would leave a damaged clock out.
	}
	clocks := snapshotClocks{Registry: g, owner: owner, visit: visit}
	if clocks.all, err = g.decodeAllClocks(nil); err != nil {
		return 0, err
	}
	scope := scopeOf(owner)
	kept := scope.Setting
	scope.Setting = func(name string) bool { return name == allClocks || kept(name) }
	damaged, err = g.store.Walk(ctx, scope, func(stored store.Stored) error {
		if name := stored.Setting; name == allClocks || strings.HasPrefix(name, ownClocks) {
			return clocks.read(name, stored.Value)
		}
		if err := clocks.keepFirst(); err != nil {
			return err
		}
		var kept SnapshotEntry
		switch {
		case stored.Setting == "":
			kept = SnapshotEntry{Resource: stored.Session.Resource, Session: &stored.Session, Images: stored.Images}
		case strings.HasPrefix(stored.Setting, keptSettings):
			kept = SnapshotEntry{Resource: liveness.ResourceID(strings.TrimPrefix(stored.Setting, keptSettings)), Settings: stored.Value}
		default:
			kept = SnapshotEntry{Resource: liveness.ResourceID(strings.TrimPrefix(stored.Setting, keptSuspects)), Suspects: stored.Value}
		}
		return visit(kept)
	})
	if err != nil {
		return damaged, err
	}
	return damaged, clocks.keepFirst()
}

// A snapshotClocks visits the clocks of a snapshot. The walk reads clocks before other
// settings, and the clock of all resources first.
type snapshotClocks struct {
	*Registry
	owner liveness.Owner
	visit func(SnapshotEntry) error

	all  storedClock
	own  *storedClock // of the owner; nil without a separate clock
	kept bool         // whether keepFirst has visited its clock
}

func (c *snapshotClocks) read(name string, value []byte) error {
	stored, err := decodeClock(value)
	switch {
	case err != nil:
		return err
	case name == allClocks:
		c.all = stored
		return nil
	case !c.owner.All:
		c.own = &stored
		return nil
	}
	if err := c.keepFirst(); err != nil || !stored.valid(c.all.Number) {
		return err // the clock is void
	}
	return c.visit(c.clockEntry(liveness.ResourceID(strings.TrimPrefix(name, ownClocks)), stored.Course))
}

// keepFirst visits the clock of the owner's sessions without a separate one, once.
func (c *snapshotClocks) keepFirst() error {
	if c.kept {
		return nil
	}
	c.kept = true
	course := c.all.Course
	if c.own != nil && c.own.valid(c.all.Number) {
		course = c.own.Course
	}
	return c.visit(c.clockEntry(c.owner.Resource, course))
}

func (g *Registry) clockEntry(resource liveness.ResourceID, course clock.Course) SnapshotEntry {
	return SnapshotEntry{Resource: resource, Clock: &ClockEntry{Shows: course.At(g.base.Now().UTC()).UTC(), Rate: course.Rate}}
}

// Restore puts what next returns, until that is nil, in place of all that is kept of
// an owner. It is done as a whole or not at all; an error of next
// is returned as it is. Clocks go on from what they showed. What is of another
// resource becomes the owner's, unless the owner is all.
func (g *Registry) Restore(ctx context.Context, owner liveness.Owner, next func() (*SnapshotEntry, error)) error {
	r := restore{Registry: g, owner: owner, clocks: map[liveness.ResourceID]ClockEntry{}}
	defer func() {
		if r.over != nil {
			r.over()
		}
		if r.unlock != nil {
			r.unlock()
		}
	}()
	err := g.store.Replace(ctx, scopeOf(owner), func(stage func(store.Stored) error) error {
		staged := map[string]bool{}
		noting := func(stored store.Stored) error {
			staged[stored.Setting] = true
			return stage(stored)
		}
		for {
			kept, err := next()
			if err != nil {
				return err
			}
			if kept == nil {
				break
			}
			if err := r.stage(*kept, noting); err != nil {
				return err
			}
		}
		if err := r.stageClocks(ctx, stage); err != nil {
			return err
		}
		if err := r.stageDefaults(staged, stage); err != nil {
			return err
		}
		r.over = g.switching()
		return nil
	})
	if err != nil {
		return err
	}
	// The store has changed, so the rest must happen even if the caller has gone.
	ctx = context.WithoutCancel(ctx)
	return errors.Join(g.changed(ctx, owner), g.pending.forget(ctx, owner))
}

// A restore is one Restore on its way.
type restore struct {
	*Registry
	owner  liveness.Owner
	clocks map[liveness.ResourceID]ClockEntry // "": that of all
	unlock func()                             // of changes of clocks; nil: they go on
	over   func()                             // see switching; nil: it was not called
}

func (r *restore) stage(kept SnapshotEntry, stage func(store.Stored) error) error {
	if !r.owner.All {
		kept.Resource = r.owner.Resource
	}
	switch {
	case kept.Clock != nil:
		r.clocks[kept.Resource] = *kept.Clock
		return nil
	case kept.Settings != nil:
		return r.stageSettings(kept.Resource, kept.Settings, stage)
	case kept.Suspects != nil:
		if _, err := decodeSuspects(kept.Suspects); err != nil {
			return err
		}
		return stage(store.Stored{Setting: SuspectsName(kept.Resource), Value: kept.Suspects})
	case kept.Session != nil:
		kept.Session.Resource = kept.Resource
		if err := kept.Session.Check(); err != nil {
			return err
		}
		return stage(store.Stored{Session: *kept.Session, Images: kept.Images})
	}
	return fmt.Errorf("an entry that is nothing: %w", liveness.ErrDamaged)
}

// stageClocks stages the clocks. Until the restore is over, this process changes no clock,
// because a staged clock has the number of the clock of all resources.
func (r *restore) stageClocks(ctx context.Context, stage func(store.Stored) error) error {
	r.changing.Lock()
	r.unlock = r.changing.Unlock
	all, err := r.readAllClocks(ctx)
	if err != nil {
		return err
	}
	number, before, now := all.number, all.before, r.base.Now().UTC()
	if r.owner.All {
		number, before = newNumber(), nil
		if _, given := r.clocks[""]; !given { // it keeps the number for the next start
			r.clocks[""] = *r.clockEntry("", all.Course()).Clock
		}
	}
	for resource, kept := range r.clocks {
		course, err := clock.Change{Set: &kept.Shows, Rate: &kept.Rate, Force: true}.Apply(clock.Course{Base: now, Show: now}, now)
		if err != nil {
			return fmt.Errorf("a clock: %w: %w", liveness.ErrDamaged, err)
		}
		name, stored := clockName(resource), storedClock{course, number, before}
		if resource == "" {
			name, stored.Before = allClocks, &all.number
		}
		if err := stageClock(name, stored, stage); err != nil {
			return err
		}
	}
	if len(r.clocks) == 0 {
		return stageClock(clockName(r.owner.Resource), storedClock{Number: notCurrent, Before: before}, stage)
	}
	return nil
}

func stageClock(name string, stored storedClock, stage func(store.Stored) error) error {
	value, err := json.Marshal(stored)
	if err != nil {
		return err
	}
	return stage(store.Stored{Setting: name, Value: value})
}

// stageDefaults stages default settings of the owner if the snapshot does not have them. An
// undo also reverts changes since the restore, but only of settings that the restore staged.
func (r *restore) stageDefaults(staged map[string]bool, stage func(store.Stored) error) error {
	resource := r.owner.Resource
	if r.owner.All {
		resource = liveness.AllResources
	}
	settings, err := encodeSettings(Settings{AbuseMonitoring: true})
	if err != nil {
		return err
	}
	for _, one := range []store.Stored{
		{Setting: SettingsName(resource), Value: settings},
		{Setting: SuspectsName(resource), Value: []byte("[]")},
	} {
		if staged[one.Setting] {
			continue
		}
		if err := stage(one); err != nil {
			return err
		}
	}
	return nil
}

// stageSettings stages the settings of a resource. Their faults count from zero.
func (r *restore) stageSettings(resource liveness.ResourceID, value []byte, stage func(store.Stored) error) error {
	settings, err := decodeSettings(value)
	if err != nil {
		return err
	}
	settings.FaultsNumber = newNumber()
	encoded, err := encodeSettings(settings)
	if err != nil {
		return err
	}
	return stage(store.Stored{Setting: SettingsName(resource), Value: encoded})
}

// ResetSessions removes all sessions of an owner, and what is remembered of those
// that abuse was detected in.
func (g *Registry) ResetSessions(ctx context.Context, owner liveness.Owner) error {
	scope := scopeOf(owner)
	all := scope.Setting
	scope.Setting = func(name string) bool { return strings.HasPrefix(name, keptSuspects) && all(name) }
	if err := g.store.Replace(ctx, scope, nil); err != nil {
		return err
	}
	return g.pending.forget(context.WithoutCancel(ctx), owner)
}

// Undo undoes the last ResetSessions or Restore of an owner, see store.Store. It
// returns how many sessions are gone. An error wraps what the store returns.
func (g *Registry) Undo(ctx context.Context, owner liveness.Owner) (gone int, err error) {
	g.changing.Lock()
	defer g.changing.Unlock()
	defer g.switching()()
	if gone, err = g.store.Undo(ctx, owner); err != nil {
		return 0, err
	}
	// The store has changed, so the rest must happen even if the caller has gone.
	ctx = context.WithoutCancel(ctx)
	return gone, errors.Join(g.changed(ctx, owner), g.pending.forget(ctx, owner))
}

// ResetSettings changes the settings of an owner's resources that have any.
func (g *Registry) ResetSettings(ctx context.Context, owner liveness.Owner, change func(*Settings)) error {
	resources := []liveness.ResourceID{owner.Resource}
	if owner.All {
		resources = nil
		scope := store.Scope{All: true, WithoutImages: true, Setting: func(name string) bool { return strings.HasPrefix(name, keptSettings) }}
		_, err := g.store.Walk(ctx, scope, func(stored store.Stored) error {
			if stored.Setting == "" {
				return errDone // the sessions come behind
			}
			resources = append(resources, liveness.ResourceID(strings.TrimPrefix(stored.Setting, keptSettings)))
			return nil
		})
		if err != nil && !errors.Is(err, errDone) {
			return err
		}
	}
	for _, resource := range resources {
		now := g.storedNow(ctx, resource)
		_, err := g.ChangeSettings(ctx, resource, func(settings *Settings) {
			before := len(settings.Faults)
			change(settings)
			if len(settings.Faults) != before {
				settings.FaultsNumber = newNumber()
				settings.FaultsSince = now
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Empty reports whether nothing was stored of any resource, neither sessions nor
// settings.
func (g *Registry) Empty(ctx context.Context) (bool, error) {
	scope := scopeOf(liveness.Owner{All: true})
	scope.WithoutImages = true
	damaged, err := g.store.Walk(ctx, scope, func(store.Stored) error { return errDone })
	if errors.Is(err, errDone) {
		return false, nil
	}
	return damaged == 0, err
}
