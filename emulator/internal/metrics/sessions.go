package metrics

import (
	"context"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// CountSessions returns how many sessions there are by state and kind, without
// those that have expired.
func CountSessions(
	ctx context.Context, store liveness.Store, now func(context.Context, liveness.ResourceID) time.Time,
) (map[[2]string]int, error) {
	times := map[liveness.ResourceID]time.Time{}
	// The time of a resource is in the store, which a visit may not ask. So the
	// first walk finds the resources; those that come in between count next time.
	err := eachSession(ctx, store, func(s *liveness.Session) { times[s.Resource] = time.Time{} })
	if err != nil {
		return nil, err
	}
	for resource := range times {
		times[resource] = now(ctx, resource)
	}
	counts := map[[2]string]int{}
	err = eachSession(ctx, store, func(s *liveness.Session) {
		if at, known := times[s.Resource]; known && at.Before(s.Expires()) {
			counts[[2]string{string(s.At(at).State), string(s.Kind)}]++
		}
	})
	return counts, err
}

// eachSession visits all sessions of a store.
func eachSession(ctx context.Context, store liveness.Store, visit func(*liveness.Session)) error {
	_, err := store.Walk(ctx, liveness.Scope{All: true, WithoutImages: true}, func(s liveness.Stored) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if s.Setting == "" {
			visit(&s.Session)
		}
		return nil
	})
	return err
}
