package liveness

import (
	"context"
	"net/netip"
	"time"
)

// ParseAddresses reads an expected client address.
func ParseAddresses(text string) (netip.Prefix, error) { return parseAddresses(text) }

// CheckAddress refuses a device call from client to a session that expects calls
// from the addresses in expected.
func CheckAddress(expected, client string) error {
	return Session{Settings: Settings{ExpectedClientAddress: expected}}.checkAddress(client)
}

// MaxSuspects is how many sessions of a resource abuse monitoring remembers.
const (
	MaxSuspects = maxSuspects
	MaxFlagged  = maxFlagged
)

// SuspectsName is the name of the setting they lie in.
func SuspectsName(resource ResourceID) string { return suspectsName(resource) }

// SettingsName is the name of the setting that a resource's settings lie in.
func SettingsName(resource ResourceID) string { return settingsName(resource) }

// Now returns the time of a resource's clock.
func (s *Service) Now(ctx context.Context, resource ResourceID) time.Time {
	return s.now(ctx, resource)
}
