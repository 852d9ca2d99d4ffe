package admin

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/feed"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/library"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// Config holds what the control of an emulator works with. All fields are needed.
type Config struct {
	Service   *service.Service
	Resources *resource.Registry
	Store     store.Store
	Journal   journal.Log
	Feed      *feed.Feed
	Library   *library.Library
	// Keys returns the resource that a subscription key opens.
	Keys func(key string) (liveness.ResourceID, bool)
	// DefaultKey stands for a key that a caller leaves out.
	DefaultKey string
	// KeyForAll says that a call about all resources must have a key that opens one.
	KeyForAll bool
	Logger    *slog.Logger
	NewID     func() uuid.UUID // of requests
	Version   string           // of the emulator, for snapshots
}

// An Admin gives the control of an emulator. Make one with New.
type Admin struct{ Config }

// New returns the control of an emulator.
func New(c Config) *Admin { return &Admin{c} }

// Resource returns the control of one resource.
func (a *Admin) Resource(id liveness.ResourceID) control.API {
	return &ownerAPI{Admin: a, resource: id}
}

// All returns the control of all resources.
func (a *Admin) All() control.API { return &ownerAPI{Admin: a, all: true} }

// Of returns the control that a call over HTTP may have: that of the resource of its key, or of all.
func (a *Admin) Of(key string, all bool) (control.API, error) {
	if all && !a.KeyForAll {
		return a.All(), nil
	}
	// Where keys are listed and nothing else says who may, one of them must.
	resource, known := a.Keys(cmp.Or(key, a.DefaultKey))
	switch {
	case !known:
		return nil, &control.Error{Kind: control.ErrorRefused, Code: control.CodeUnknownKey, Text: "unknown subscription key; only the configured keys are accepted"}
	case all:
		return a.All(), nil
	default:
		return a.Resource(resource), nil
	}
}

// An ownerAPI is the control of one resource, or of all.
type ownerAPI struct {
	*Admin
	resource liveness.ResourceID
	all      bool
}

var _ control.API = (*ownerAPI)(nil)

// Clock implements control.API.
func (o *ownerAPI) Clock(ctx context.Context) (control.Clock, error) {
	course, now, err := o.Resources.ClockOf(ctx, o.settingsOwner())
	return clockOf(course, now), controlError(err)
}

// ChangeClock implements control.API.
func (o *ownerAPI) ChangeClock(ctx context.Context, change control.ClockChange) (control.Clock, error) {
	wanted := clock.Change{Advance: time.Duration(change.Advance), Rate: change.Rate, Force: change.Force}
	if change.Set != nil {
		set := change.Set.UTC()
		wanted.Set = &set
	}
	var course clock.Course
	var err error
	if o.all {
		course, err = o.Resources.ChangeAllClocks(ctx, wanted)
	} else {
		course, err = o.Resources.ChangeClock(ctx, o.resource, wanted)
	}
	return clockOf(course, course.Show), controlError(err)
}

func clockOf(course clock.Course, now time.Time) control.Clock {
	return control.Clock{Now: now, Rate: course.Rate}
}

// Selection implements control.API.
func (o *ownerAPI) Selection(ctx context.Context) (control.Selection, error) {
	settings, err := o.Resources.Settings(ctx, o.settingsOwner())
	if err != nil {
		return control.Selection{}, err
	}
	choice := control.Selection{Default: settings.Scenario, Seed: settings.Seed, Queue: []control.QueueItem{}}
	for _, queued := range settings.Queue {
		choice.Queue = append(choice.Queue, control.QueueItem(queued))
	}
	return choice, nil
}

// ChangeSelection implements control.API.
func (o *ownerAPI) ChangeSelection(ctx context.Context, change control.SelectionChange) (control.Selection, error) {
	if change.Default != nil && *change.Default != "" {
		if err := o.Library.Knows(*change.Default); err != nil {
			return control.Selection{}, controlError(err)
		}
	}
	err := o.changeSettings(ctx, func(settings *resource.Settings) {
		if change.Default != nil {
			settings.Scenario = *change.Default
		}
		if change.Seed != nil {
			settings.Seed = *change.Seed
		}
	})
	if err != nil {
		return control.Selection{}, controlError(err)
	}
	return o.Selection(ctx)
}

// QueueScenario implements control.API.
func (o *ownerAPI) QueueScenario(ctx context.Context, queued control.QueueItem) (control.Selection, error) {
	if err := o.queueScenario(ctx, o.settingsOwner(), queued.Scenario, queued.Sessions); err != nil {
		return control.Selection{}, controlError(err)
	}
	return o.Selection(ctx)
}

// ClearQueue implements control.API.
func (o *ownerAPI) ClearQueue(ctx context.Context) (control.Selection, error) {
	err := o.changeSettings(ctx, func(settings *resource.Settings) { settings.Queue = nil })
	if err != nil {
		return control.Selection{}, controlError(err)
	}
	return o.Selection(ctx)
}

// Faults implements control.API.
func (o *ownerAPI) Faults(ctx context.Context) (string, error) {
	settings, err := o.Resources.Settings(ctx, o.settingsOwner())
	return settings.FaultsText, err
}

// UseFaults implements control.API.
func (o *ownerAPI) UseFaults(ctx context.Context, faults string) (string, error) {
	if err := o.useFaults(ctx, o.settingsOwner(), faults); err != nil {
		return "", controlError(err)
	}
	return o.Faults(ctx)
}

// settingsOwner returns the resource whose settings the API is about.
func (o *ownerAPI) settingsOwner() liveness.ResourceID {
	if o.all {
		return liveness.AllResources
	}
	return o.resource
}

func (o *ownerAPI) changeSettings(ctx context.Context, change func(*resource.Settings)) error {
	_, err := o.Resources.ChangeSettings(ctx, o.settingsOwner(), change)
	return err
}

// controlError turns what a caller can mend into a *control.Error.
func controlError(err error) error {
	if unknown, ok := errors.AsType[*library.UnknownError](err); ok {
		return &control.Error{Kind: control.ErrorUnknown, Text: unknown.Error()}
	}
	if refusal, ok := errors.AsType[*liveness.Error](err); ok && refusal.Err == nil {
		return refusedByService(refusal)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, liveness.ErrNotFound):
		return &control.Error{Kind: control.ErrorUnknown, Text: "unknown session id; the session may have been deleted, or have expired 48 h after creation"}
	case errors.Is(err, clock.ErrBackwards):
		return &control.Error{Kind: control.ErrorInvalid, Code: control.CodeClockBack, Text: err.Error()}
	case errors.Is(err, library.ErrScenario), errors.Is(err, errRange), errors.Is(err, clock.ErrRate), errors.Is(err, clock.ErrRange):
		return &control.Error{Kind: control.ErrorInvalid, Text: err.Error()}
	}
	return err
}
