package emulator

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// Control returns the control of the resource that key opens; "" stands for Key1.
// It is what a control.Client does from outside. A key that opens nothing is
// ErrKey.
func (e *Emulator) Control(key string) (control.Plane, error) {
	resource, known := e.surface.ResourceOf(cmp.Or(key, Key1))
	if !known {
		return nil, ErrKey
	}
	return &plane{e: e, resource: resource}, nil
}

// ControlAll returns the control of all resources. The scenarios that are set for all
// are for sessions that their own resource gives none, and the faults come before those
// of the resource.
func (e *Emulator) ControlAll() control.Plane { return &plane{e: e, all: true} }

// controlOf is Control for the control surface.
func (e *Emulator) controlOf(key string, all bool) (control.Plane, error) {
	if all && (len(e.options.Keys) == 0 || e.options.AdminToken != "") {
		return e.ControlAll(), nil
	}
	// Where keys are listed and nothing else says who may, one of them must.
	p, err := e.Control(key)
	if err == nil && all {
		return e.ControlAll(), nil
	}
	return p, planeError(err)
}

// A plane is the control of one resource, or of all.
type plane struct {
	e        *Emulator
	resource liveness.ResourceID
	all      bool
}

var _ control.Plane = (*plane)(nil)

// Clock implements control.Plane.
func (p *plane) Clock(ctx context.Context) (control.Clock, error) {
	if p.all {
		return clockOf(p.e.service.ClockOfAll()), nil
	}
	course, now, err := p.e.service.ClockOf(ctx, p.resource)
	return clockOf(course, now), planeError(err)
}

// ChangeClock implements control.Plane.
func (p *plane) ChangeClock(ctx context.Context, change control.ClockChange) (control.Clock, error) {
	wanted := clock.Change{Advance: time.Duration(change.Advance), Rate: change.Rate, Force: change.Force}
	if change.Set != nil {
		set := change.Set.UTC()
		wanted.Set = &set
	}
	var course clock.Course
	var err error
	if p.all {
		course, err = p.e.service.ChangeAllClocks(ctx, wanted)
	} else {
		course, err = p.e.service.ChangeClock(ctx, p.resource, wanted)
	}
	return clockOf(course, course.Show), planeError(err)
}

func clockOf(course clock.Course, now time.Time) control.Clock {
	return control.Clock{Now: now, Rate: course.Rate}
}

// Choice implements control.Plane.
func (p *plane) Choice(ctx context.Context) (control.Choice, error) {
	of, err := p.e.service.ResourceSettings(ctx, p.settled())
	if err != nil {
		return control.Choice{}, err
	}
	choice := control.Choice{Default: of.Scenario, Seed: of.Seed, Queue: []control.Queued{}}
	for _, queued := range of.Queue {
		choice.Queue = append(choice.Queue, control.Queued(queued))
	}
	return choice, nil
}

// ChangeChoice implements control.Plane.
func (p *plane) ChangeChoice(ctx context.Context, change control.ChoiceChange) (control.Choice, error) {
	if change.Default != nil && *change.Default != "" {
		if err := p.e.known(*change.Default); err != nil {
			return control.Choice{}, planeError(err)
		}
	}
	err := p.changeSettings(ctx, func(of *liveness.ResourceSettings) {
		if change.Default != nil {
			of.Scenario = *change.Default
		}
		if change.Seed != nil {
			of.Seed = *change.Seed
		}
	})
	if err != nil {
		return control.Choice{}, planeError(err)
	}
	return p.Choice(ctx)
}

// Queue implements control.Plane.
func (p *plane) Queue(ctx context.Context, queued control.Queued) (control.Choice, error) {
	if err := p.e.queueScenario(ctx, p.settled(), queued.Scenario, queued.Sessions); err != nil {
		return control.Choice{}, planeError(err)
	}
	return p.Choice(ctx)
}

// ClearQueue implements control.Plane.
func (p *plane) ClearQueue(ctx context.Context) (control.Choice, error) {
	err := p.changeSettings(ctx, func(of *liveness.ResourceSettings) { of.Queue = nil })
	if err != nil {
		return control.Choice{}, planeError(err)
	}
	return p.Choice(ctx)
}

// Faults implements control.Plane.
func (p *plane) Faults(ctx context.Context) (control.Faults, error) {
	of, err := p.e.service.ResourceSettings(ctx, p.settled())
	return control.Faults{Text: of.FaultsText}, err
}

// UseFaults implements control.Plane.
func (p *plane) UseFaults(ctx context.Context, faults control.Faults) (control.Faults, error) {
	if err := p.e.useFaults(ctx, p.settled(), faults.Text); err != nil {
		return control.Faults{}, planeError(err)
	}
	return p.Faults(ctx)
}

// settled is whose settings the plane is about.
func (p *plane) settled() liveness.ResourceID {
	if p.all {
		return liveness.Everyone
	}
	return p.resource
}

func (p *plane) changeSettings(ctx context.Context, change func(*liveness.ResourceSettings)) error {
	_, err := p.e.service.ChangeResourceSettings(ctx, p.settled(), change)
	return err
}

// planeError turns what a caller can mend into a *control.Error.
func planeError(err error) error {
	if unknown, ok := errors.AsType[*unknownScenario](err); ok {
		return &control.Error{Kind: control.KindUnknown, Text: unknown.Error()}
	}
	if refusal, ok := errors.AsType[*liveness.Error](err); ok && refusal.Err == nil {
		return refusedByService(refusal)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, liveness.ErrNotFound):
		return &control.Error{Kind: control.KindUnknown, Text: "no session has this id, or it was deleted, or its 48 hours are over"}
	case errors.Is(err, ErrKey):
		return &control.Error{Kind: control.KindRefused, Code: control.CodeUnknownKey, Text: "the key is none of --keys"}
	case errors.Is(err, clock.ErrBackwards):
		return &control.Error{Kind: control.KindInvalid, Code: control.CodeClockBack, Text: err.Error()}
	case errors.Is(err, ErrScenario), errors.Is(err, ErrOptions), errors.Is(err, clock.ErrRate), errors.Is(err, clock.ErrRange):
		return &control.Error{Kind: control.KindInvalid, Text: err.Error()}
	}
	return err
}
