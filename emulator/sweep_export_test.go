package emulator

import (
	"context"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// Sweep does at once what the upkeep does from time to time.
func (e *Emulator) Sweep(ctx context.Context) error { return e.sweep(ctx) }

// Stored reports whether the store still has a session, expired or not.
func (e *Emulator) Stored(ctx context.Context, id string) bool {
	_, err := e.store.Session(ctx, liveness.SessionID(id))
	return err == nil
}
