package library

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// How many streams are remembered. The counts of a resource with more begin anew,
// and so do those of the resource that was used least lately, if there are too many
// of them.
const (
	maxStreams         = 10_000 // of a resource
	maxStreamResources = 1_000
)

// seeds gives every session with random choices a seed of its own. It follows
// from the seed that holds for it and from what its creator has said, so that
// neither other sessions nor the order of calls at the same time change it; of
// sessions that say the same, from how many there were since the start.
type seeds struct {
	mu    sync.Mutex
	turns uint64
	of    map[liveness.ResourceID]*resourceSeeds
}

// resourceSeeds count for one resource: suites side by side do not disturb each
// other.
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
	own := s.of[resource]
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

// forget begins the counts of an owner anew.
func (s *seeds) forget(owner liveness.Owner) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if owner.All {
		clear(s.of)
		return
	}
	delete(s.of, owner.Resource)
}

func (s *seeds) addLocked(resource liveness.ResourceID) *resourceSeeds {
	if s.of == nil {
		s.of = map[liveness.ResourceID]*resourceSeeds{}
	}
	if len(s.of) >= maxStreamResources {
		var idle liveness.ResourceID
		for resource, of := range s.of {
			if idle == "" || of.turn < s.of[idle].turn {
				idle = resource
			}
		}
		delete(s.of, idle)
	}
	own := &resourceSeeds{drawn: map[[sha256.Size]byte]uint64{}}
	s.of[resource] = own
	return own
}
