package memorytest

import (
	"context"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/memory"
)

// Twice returns a memory that makes each change of a value twice and keeps the second
// result, as a memory does when another process came in between.
func Twice(m memory.Memory) memory.Memory { return twice{m} }

type twice struct{ memory.Memory }

// Recall implements memory.Memory.
func (m twice) Recall(
	ctx context.Context, resource liveness.ResourceID, name string, change func(old []byte) ([]byte, error),
) ([]byte, error) {
	return m.Memory.Recall(ctx, resource, name, func(old []byte) ([]byte, error) {
		if _, err := change(old); err != nil {
			return nil, err
		}
		return change(old)
	})
}
