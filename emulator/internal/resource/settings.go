package resource

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// Settings are what is set for all sessions of a resource.
type Settings struct {
	AbuseMonitoring bool // on by default [documented: abuse-default]

	// Scenario is the name of the default scenario; "": none.
	Scenario string
	// Queue are the scenarios of the next sessions that do not name one, first in,
	// first out.
	Queue []QueueItem
	// Seed is the seed for random choices of scenarios without a seed; 0: none.
	Seed uint64

	// Faults apply to all calls of the resource, see Registry.UseFaults.
	Faults       []fault.Fault
	FaultsText   string    // what they were read from
	FaultsSince  time.Time // when they were set
	FaultsNumber uint64    // a new one each time they are set, see newNumber
}

// A QueueItem is a scenario for a number of sessions to come.
type QueueItem struct {
	Scenario string `json:"scenario"`
	Sessions int    `json:"sessions"` // from 1
}

// storedSettings is how settings lie in the store. Members that a newer program
// adds are lost when this one changes them.
type storedSettings struct {
	AbuseMonitoring *bool       `json:"abuseMonitoring,omitempty"`
	Scenario        string      `json:"scenario,omitempty"`
	Queue           []QueueItem `json:"queue,omitempty"`
	Seed            uint64      `json:"seed,omitempty"`

	Faults       []fault.Fault `json:"faults,omitempty"`
	FaultsText   string        `json:"faultsText,omitempty"`
	FaultsSince  time.Time     `json:"faultsSince,omitzero"`
	FaultsNumber uint64        `json:"faultsNumber,omitempty"`
}

// SettingsName is the name of the stored setting that holds the settings of a resource.
func SettingsName(resource liveness.ResourceID) string { return keptSettings + string(resource) }

// Settings returns the settings of a resource, as they are in the store now.
func (g *Registry) Settings(ctx context.Context, resource liveness.ResourceID) (Settings, error) {
	stored, err := g.store.Setting(ctx, keptSettings+string(resource))
	if errors.Is(err, liveness.ErrNotFound) {
		return Settings{AbuseMonitoring: true}, nil
	}
	if err != nil {
		return Settings{}, err
	}
	return decodeSettings(stored)
}

// ChangeSettings changes the settings of a resource and returns the new
// ones. Sessions that are there keep what they were created with
// [assumed: abuse-settings-kept].
func (g *Registry) ChangeSettings(
	ctx context.Context, resource liveness.ResourceID, change func(*Settings),
) (Settings, error) {
	chosen := false // whether another scenario or other faults were set
	stored, err := g.store.ChangeSetting(ctx, SettingsName(resource), func(old []byte) ([]byte, error) {
		settings, err := decodeSettings(old)
		if err != nil {
			return nil, err
		}
		faults, seed, scenario := settings.FaultsNumber, settings.Seed, settings.Scenario
		change(&settings)
		chosen = settings.FaultsNumber != faults || settings.Seed != seed || settings.Scenario != scenario
		return encodeSettings(settings)
	})
	if err != nil {
		return Settings{}, err
	}
	err = g.changed(ctx, ownerOf(resource))
	if chosen {
		err = errors.Join(err, g.pending.forget(context.WithoutCancel(ctx), liveness.Owner{Resource: resource}))
	}
	if err != nil {
		return Settings{}, err
	}
	return decodeSettings(stored)
}

func encodeSettings(settings Settings) ([]byte, error) {
	return json.Marshal(storedSettings{
		AbuseMonitoring: &settings.AbuseMonitoring, Scenario: settings.Scenario, Queue: settings.Queue, Seed: settings.Seed,
		Faults: settings.Faults, FaultsText: settings.FaultsText, FaultsSince: settings.FaultsSince, FaultsNumber: settings.FaultsNumber,
	})
}

func decodeSettings(stored []byte) (Settings, error) {
	settings := Settings{AbuseMonitoring: true}
	if len(stored) == 0 {
		return settings, nil
	}
	var read storedSettings
	if err := json.Unmarshal(stored, &read); err != nil {
		return Settings{}, fmt.Errorf("settings of a resource: %w", liveness.ErrDamaged)
	}
	if err := fault.Check(read.Faults); err != nil {
		return Settings{}, fmt.Errorf("settings of a resource: %w: %w", err, liveness.ErrDamaged)
	}
	settings.Scenario, settings.Queue, settings.Seed = read.Scenario, read.Queue, read.Seed
	settings.Faults, settings.FaultsText = read.Faults, read.FaultsText
	settings.FaultsSince, settings.FaultsNumber = read.FaultsSince, read.FaultsNumber
	if read.AbuseMonitoring != nil {
		settings.AbuseMonitoring = *read.AbuseMonitoring
	}
	return settings, nil
}

// SettingsOf returns the same as Settings. It reads the store only after a change. The
// settings must not be edited.
func (g *Registry) SettingsOf(ctx context.Context, resource liveness.ResourceID) (Settings, error) {
	return g.settings.get(ctx, resource)
}

// TakeQueued returns the scenario that is queued for the next session of a
// resource, or "", and takes it out of the queue.
func (g *Registry) TakeQueued(ctx context.Context, resource liveness.ResourceID) (string, error) {
	var taken string
	_, err := g.ChangeSettings(ctx, resource, func(settings *Settings) {
		taken = ""
		if len(settings.Queue) == 0 {
			return // another session was faster
		}
		taken = settings.Queue[0].Scenario
		if settings.Queue[0].Sessions--; settings.Queue[0].Sessions <= 0 {
			settings.Queue = settings.Queue[1:]
		}
	})
	return taken, err
}

// PutBack puts a scenario back to the front of the queue, because its session was not
// created.
func (g *Registry) PutBack(ctx context.Context, resource liveness.ResourceID, scenario string) error {
	if scenario == "" {
		return nil
	}
	_, err := g.ChangeSettings(ctx, resource, func(settings *Settings) {
		if len(settings.Queue) > 0 && settings.Queue[0].Scenario == scenario {
			settings.Queue[0].Sessions++
			return
		}
		settings.Queue = slices.Insert(settings.Queue, 0, QueueItem{Scenario: scenario, Sessions: 1})
	})
	return err
}
