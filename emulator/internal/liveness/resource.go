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
}

// storedSettings is how settings lie in the store. Members that a newer program
// adds are lost when this one changes them.
type storedSettings struct {
	AbuseMonitoring *bool `json:"abuseMonitoring,omitempty"`
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
		return json.Marshal(storedSettings{AbuseMonitoring: &settings.AbuseMonitoring})
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
	if read.AbuseMonitoring != nil {
		settings.AbuseMonitoring = *read.AbuseMonitoring
	}
	return settings, nil
}
