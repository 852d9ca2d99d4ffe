package liveness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// ResourceSettings are what is set for all sessions of a resource.
type ResourceSettings struct {
	AbuseMonitoring bool // on by default [documented]

	// Scenario is the name of the scenario for sessions that nothing else gives
	// one; "": none.
	Scenario string
	// Queue are the scenarios of the next sessions that pin none, first in, first
	// out.
	Queue []Queued
	// Seed feeds the random choices of scenarios that have no seed of their own;
	// 0: none.
	Seed uint64
}

// A Queued is a scenario for a number of sessions to come.
type Queued struct {
	Scenario string `json:"scenario"`
	Sessions int    `json:"sessions"` // from 1
}

// storedSettings is how settings lie in the store. Members that a newer program
// adds are lost when this one changes them.
type storedSettings struct {
	AbuseMonitoring *bool    `json:"abuseMonitoring,omitempty"`
	Scenario        string   `json:"scenario,omitempty"`
	Queue           []Queued `json:"queue,omitempty"`
	Seed            uint64   `json:"seed,omitempty"`
}

func settingsName(resource ResourceID) string { return "settings/" + string(resource) }

// ResourceSettings returns the settings of a resource.
func (s *Service) ResourceSettings(ctx context.Context, resource ResourceID) (ResourceSettings, error) {
	stored, err := s.Store.Setting(ctx, settingsName(resource))
	if errors.Is(err, ErrNotFound) {
		return ResourceSettings{AbuseMonitoring: true}, nil
	}
	if err != nil {
		return ResourceSettings{}, err
	}
	return decodeSettings(stored)
}

// ChangeResourceSettings changes the settings of a resource and returns the new
// ones. Sessions that are there keep what they were created with [assumed].
func (s *Service) ChangeResourceSettings(
	ctx context.Context, resource ResourceID, change func(*ResourceSettings),
) (ResourceSettings, error) {
	stored, err := s.Store.ChangeSetting(ctx, settingsName(resource), func(old []byte) ([]byte, error) {
		settings, err := decodeSettings(old)
		if err != nil {
			return nil, err
		}
		change(&settings)
		return json.Marshal(storedSettings{
			AbuseMonitoring: &settings.AbuseMonitoring, Scenario: settings.Scenario, Queue: settings.Queue, Seed: settings.Seed,
		})
	})
	if err != nil {
		return ResourceSettings{}, err
	}
	return decodeSettings(stored)
}

func decodeSettings(stored []byte) (ResourceSettings, error) {
	settings := ResourceSettings{AbuseMonitoring: true}
	if len(stored) == 0 {
		return settings, nil
	}
	var read storedSettings
	if err := json.Unmarshal(stored, &read); err != nil {
		return ResourceSettings{}, fmt.Errorf("settings of a resource: %w", ErrDamaged)
	}
	settings.Scenario, settings.Queue, settings.Seed = read.Scenario, read.Queue, read.Seed
	if read.AbuseMonitoring != nil {
		settings.AbuseMonitoring = *read.AbuseMonitoring
	}
	return settings, nil
}

// takeQueued returns the scenario that is queued for the next session of a
// resource, or "", and takes it out of the queue.
func (s *Service) takeQueued(ctx context.Context, resource ResourceID) (string, error) {
	var taken string
	_, err := s.ChangeResourceSettings(ctx, resource, func(of *ResourceSettings) {
		taken = ""
		if len(of.Queue) == 0 {
			return // another session was faster
		}
		taken = of.Queue[0].Scenario
		if of.Queue[0].Sessions--; of.Queue[0].Sessions <= 0 {
			of.Queue = of.Queue[1:]
		}
	})
	return taken, err
}
