package metrics

import (
	"context"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// CountSessions returns how many sessions there are by state and kind, without
// those that have expired. It calls now once for each resource.
func CountSessions(
	ctx context.Context, engine store.Store, now func(context.Context, liveness.ResourceID) time.Time,
) (map[[2]string]int, error) {
	times := map[liveness.ResourceID]time.Time{}
	counts := map[[2]string]int{}
	_, err := engine.Walk(ctx, store.Scope{All: true, WithoutImages: true}, func(stored store.Stored) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if stored.Setting != "" {
			return nil
		}
		s := &stored.Session
		at, known := times[s.Resource]
		if !known {
			at = now(ctx, s.Resource)
			times[s.Resource] = at
		}
		if at.Before(s.Expires()) {
			counts[[2]string{string(s.At(at).State), string(s.Kind)}]++
		}
		return nil
	})
	return counts, err
}
