package emulator

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// maxStreams is how many streams are remembered. With more, the counts begin anew.
const maxStreams = 10_000

// streams gives every session with random choices a seed of its own. It follows
// from the seed that holds for it and from what its creator has said, so that
// neither other sessions nor the order of calls at the same time change it; of
// sessions that say the same, from how many there were since the start.
type streams struct {
	mu    sync.Mutex
	drawn map[[sha256.Size]byte]uint64
}

// next returns the seed of the next session, which is never 0.
func (s *streams) next(seed uint64, scenario string, call liveness.Call) uint64 {
	stream := sha256.Sum256(fmt.Appendf(nil, "%d %q %q %q %q %q", seed, scenario, call.Kind,
		call.DeviceCorrelationID, call.UserCorrelationID, call.VerifyImageSHA256))
	s.mu.Lock()
	// Every resource counts for itself: suites side by side do not disturb each other.
	own := sha256.Sum256(append(stream[:], call.Resource...))
	if s.drawn == nil || len(s.drawn) >= maxStreams {
		s.drawn = map[[sha256.Size]byte]uint64{}
	}
	s.drawn[own]++
	number := s.drawn[own]
	s.mu.Unlock()
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(stream[:], number))
	return binary.BigEndian.Uint64(sum[:]) | 1
}
