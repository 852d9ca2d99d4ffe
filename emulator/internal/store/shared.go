package store

import "github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"

// A Shared reports whether settings that were read from a store are still current. A store that
// several processes change is one; the resources of a private store count for themselves.
type Shared interface {
	// Epoch returns a number that differs from an earlier one if a setting of the owner, or
	// one for all resources, was changed in between, by any process. It is as new as the
	// last answer that the store gave this process, or newer. AllResources stands for the
	// settings for all resources alone. What follows the first slash in the name of a
	// setting is the owner; a name without a slash is for all resources.
	Epoch(owner liveness.ResourceID) uint64
}
