package library

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/memory"
)

// seedsPrefix begins the names of the counts of streams in the memory.
const seedsPrefix = "random/"

// seeds derives a seed for each session with random choices: from the configured seed
// and the fields of the create call, so that neither other sessions nor the order of
// concurrent calls change it; and from how many earlier calls had the same fields.
type seeds struct{ memory memory.Memory }

// next returns the seed of the next session, which is never 0.
func (s seeds) next(ctx context.Context, seed uint64, scenario string, call liveness.Call) (uint64, error) {
	stream := sha256.Sum256(fmt.Appendf(nil, "%d %q %q %q %q %q", seed, scenario, call.Kind,
		call.DeviceCorrelationID, call.UserCorrelationID, call.VerifyImageSHA256))
	var sessions uint64 // of the stream, this one included
	_, err := s.memory.Recall(ctx, call.Resource, seedsPrefix+hex.EncodeToString(stream[:]), func(old []byte) ([]byte, error) {
		sessions = 1
		if old != nil {
			before, err := strconv.ParseUint(string(old), 10, 64)
			if err != nil {
				return nil, err
			}
			sessions += before
		}
		return strconv.AppendUint(nil, sessions, 10), nil
	})
	if err != nil {
		return 0, err
	}
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(stream[:], sessions))
	return binary.BigEndian.Uint64(sum[:]) | 1, nil
}

// forget resets the counts of an owner.
func (s seeds) forget(ctx context.Context, owner liveness.Owner) error {
	return s.memory.Forget(ctx, owner, seedsPrefix)
}
