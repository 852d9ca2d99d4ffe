package emulator

import (
	"context"
	"io/fs"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/metrics"
	"github.com/livenesslabs/face-liveness-emulator/schemas"
)

// newMetrics returns the metrics of the emulator. Its service need not be there
// before the first scrape.
func (e *Emulator) newMetrics() (*metrics.Metrics, error) {
	versions, err := fs.Glob(schemas.FS, "v*") // every version has its folder
	if err != nil {
		return nil, err
	}
	return metrics.New(metrics.Config{
		Versions: versions,
		Now:      clock.System{}.Now,
		Sessions: func(ctx context.Context) (map[[2]string]int, error) {
			return countSessions(ctx, e.store, e.resources.SweepTime)
		},
		Journal: e.journal.Counts,
		Folder:  e.options.State,
		Logger:  e.options.Logger,
	}), nil
}

// countSessions returns how many sessions there are by state and kind, without
// those that have expired.
func countSessions(
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
