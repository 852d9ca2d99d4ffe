package liveness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
)

// Everyone stands for all resources in place of one, where something is set: what is
// set for a single resource comes before it, and faults come after those for all. No
// key and no identity has this id.
const Everyone ResourceID = "*"

// ResourceSettings are what is set for all sessions of a resource.
type ResourceSettings struct {
	AbuseMonitoring bool // on by default [documented: abuse-default]

	// Scenario is the name of the scenario for sessions that nothing else gives
	// one; "": none.
	Scenario string
	// Queue are the scenarios of the next sessions that pin none, first in, first
	// out.
	Queue []Queued
	// Seed feeds the random choices of scenarios that have no seed of their own;
	// 0: none.
	Seed uint64

	// Faults go wrong with all calls of the resource, see Service.UseFaults.
	Faults       []fault.Fault
	FaultsText   string    // what they were read from
	FaultsSince  time.Time // when they were set
	FaultsNumber uint64    // counts how often they were
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

	Faults       []fault.Fault `json:"faults,omitempty"`
	FaultsText   string        `json:"faultsText,omitempty"`
	FaultsSince  time.Time     `json:"faultsSince,omitzero"`
	FaultsNumber uint64        `json:"faultsNumber,omitempty"`
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
// ones. Sessions that are there keep what they were created with
// [assumed: abuse-settings-kept].
func (s *Service) ChangeResourceSettings(
	ctx context.Context, resource ResourceID, change func(*ResourceSettings),
) (ResourceSettings, error) {
	faulty, chosen := false, false // whether something of it has changed
	stored, err := s.Store.ChangeSetting(ctx, settingsName(resource), func(old []byte) ([]byte, error) {
		settings, err := decodeSettings(old)
		if err != nil {
			return nil, err
		}
		faultsBefore, seedBefore, chosenBefore := settings.FaultsNumber, settings.Seed, settings.Scenario
		change(&settings)
		faulty = settings.FaultsNumber != faultsBefore || settings.Seed != seedBefore
		chosen = faulty || settings.Scenario != chosenBefore
		return encodeSettings(settings)
	})
	if resource == Everyone && err == nil {
		err = s.readEveryone(ctx)
	}
	if faulty {
		s.faults.get(resource).outdated()
	}
	if chosen {
		s.creations.forget(resource)
	}
	if err != nil {
		return ResourceSettings{}, err
	}
	return decodeSettings(stored)
}

func encodeSettings(settings ResourceSettings) ([]byte, error) {
	return json.Marshal(storedSettings{
		AbuseMonitoring: &settings.AbuseMonitoring, Scenario: settings.Scenario, Queue: settings.Queue, Seed: settings.Seed,
		Faults: settings.Faults, FaultsText: settings.FaultsText, FaultsSince: settings.FaultsSince, FaultsNumber: settings.FaultsNumber,
	})
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
	if err := fault.Check(read.Faults); err != nil {
		return ResourceSettings{}, fmt.Errorf("settings of a resource: %w: %w", err, ErrDamaged)
	}
	settings.Scenario, settings.Queue, settings.Seed = read.Scenario, read.Queue, read.Seed
	settings.Faults, settings.FaultsText = read.Faults, read.FaultsText
	settings.FaultsSince, settings.FaultsNumber = read.FaultsSince, read.FaultsNumber
	if read.AbuseMonitoring != nil {
		settings.AbuseMonitoring = *read.AbuseMonitoring
	}
	return settings, nil
}

// readEveryone reads what is set for everyone, which every create call asks for.
func (s *Service) readEveryone(ctx context.Context) error {
	s.reading.Lock()
	defer s.reading.Unlock()
	of, err := s.ResourceSettings(ctx, Everyone)
	if err == nil {
		s.everyone.Store(&of)
	}
	return err
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

// putBack gives a scenario that was taken out of the queue back to the next
// session, since none came of this one.
func (s *Service) putBack(ctx context.Context, resource ResourceID, scenario string) error {
	if scenario == "" {
		return nil
	}
	_, err := s.ChangeResourceSettings(ctx, resource, func(of *ResourceSettings) {
		if len(of.Queue) > 0 && of.Queue[0].Scenario == scenario {
			of.Queue[0].Sessions++
			return
		}
		of.Queue = slices.Insert(of.Queue, 0, Queued{Scenario: scenario, Sessions: 1})
	})
	return err
}
