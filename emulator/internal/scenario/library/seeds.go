package library

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// Limits of the streams of random choices. A resource with more streams starts its
// counts over; with more resources, the one that was least recently used does.
const (
	maxStreams         = 10_000 // of a resource
	maxStreamResources = 1_000
)

// seeds derives a seed for each session with random choices: from the configured seed
// and the fields of the create call, so that neither other sessions nor the order of
// concurrent calls change it; and from how many earlier calls had the same fields.
type seeds struct {
	mu        sync.Mutex
	turns     uint64
	resources map[liveness.ResourceID]*resourceSeeds
}

// resourceSeeds counts for one resource, so that test suites side by side do not change
// each other's choices.
type resourceSeeds struct {
	drawn map[[sha256.Size]byte]uint64
	turn  uint64 // when it was used last
}

// next returns the seed of the next session, which is never 0.
func (s *seeds) next(seed uint64, scenario string, call liveness.Call) uint64 {
	stream := sha256.Sum256(fmt.Appendf(nil, "%d %q %q %q %q %q", seed, scenario, call.Kind,
		call.DeviceCorrelationID, call.UserCorrelationID, call.VerifyImageSHA256))
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(stream[:], s.count(call.Resource, stream)))
	return binary.BigEndian.Uint64(sum[:]) | 1
}

// count returns how many sessions of a stream there were, this one included.
func (s *seeds) count(resource liveness.ResourceID, stream [sha256.Size]byte) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	own := s.resources[resource]
	if own == nil {
		own = s.addLocked(resource)
	}
	s.turns++
	own.turn = s.turns
	if len(own.drawn) >= maxStreams {
		clear(own.drawn)
	}
	own.drawn[stream]++
	return own.drawn[stream]
}

// forget resets the counts of an owner.
func (s *seeds) forget(owner liveness.Owner) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if owner.All {
		clear(s.resources)
		return
	}
	delete(s.resources, owner.Resource)
}

func (s *seeds) addLocked(resource liveness.ResourceID) *resourceSeeds {
	if s.resources == nil {
		s.resources = map[liveness.ResourceID]*resourceSeeds{}
	}
	if len(s.resources) >= maxStreamResources {
		var idle liveness.ResourceID
		for resource, counts := range s.resources {
			if idle == "" || counts.turn < s.resources[idle].turn {
				idle = resource
			}
		}
		delete(s.resources, idle)
	}
	own := &resourceSeeds{drawn: map[[sha256.Size]byte]uint64{}}
	s.resources[resource] = own
	return own
}
