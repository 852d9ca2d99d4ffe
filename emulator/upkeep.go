package emulator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/admin"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/httpapi"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/metrics"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/lang"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/library"
)

// openLibrary reads the scenarios.
func openLibrary(o Options, e *engine) (*library.Library, error) {
	config := library.Config{Default: o.Scenario, Interval: o.ReloadInterval, Seed: e.seed, Memory: e.memory, Logger: o.Logger}
	for _, source := range o.Scenarios {
		config.Sources = append(config.Sources, lang.Source(source))
	}
	opened, err := library.Open(config)
	if wrong, ok := errors.AsType[*library.DefaultError](err); ok {
		return nil, &OptionError{Option: "Scenario", Err: wrong.Err}
	}
	return opened, err
}

// prepare reads what the first session of the process needs and all emulators of the
// process share: the paths and the schema of a create call, and the default scenario.
// It takes a millisecond, in which the store waits for the disk. Otherwise the first call
// would take that time.
func prepare(scenario string) {
	httpapi.Prepare(requestSchemas())
	lang.Prepare(scenario)
}

// newMetrics returns the metrics of the emulator, which read the engine and the
// resources with each scrape and not before.
func (e *Emulator) newMetrics() *metrics.Metrics {
	return metrics.New(metrics.Config{
		Versions: httpapi.Versions(),
		Now:      clock.System{}.Now,
		Sessions: func(ctx context.Context) (map[[2]string]int, error) {
			return metrics.CountSessions(ctx, e.engine.store, e.resources.SweepTime)
		},
		Journal: func(ctx context.Context) (journal.Counts, error) { return e.engine.log.Counts(ctx) },
		Folder:  e.options.State,
		Logger:  e.options.Logger,
	})
}

// loadInitial loads the initial state of the options into an empty store.
func (e *Emulator) loadInitial() error {
	first := Key1
	if len(e.options.Keys) > 0 {
		first = e.options.Keys[0][0]
	}
	resource, _ := e.face.ResourceOf(first) // it is one of the keys
	err := e.admin.LoadInitial(context.Background(), admin.Initial{
		Restore: e.options.Restore, Load: e.options.Load, Resource: resource, Now: e.engine.clock.Now,
	})
	if err != nil && !errors.Is(err, ErrInitialState) {
		return fmt.Errorf("%w: %w", ErrState, err)
	}
	return err
}

// firstSweep is the time from the start to the first sweep of a folder. The first calls
// of clients need the processor and the disk for themselves.
const firstSweep = 5 * time.Second

// startUpkeep removes expired sessions, frees disk space and polls the scenario files
// until Close. Whether a session has expired does not depend on it: each read decides.
func (e *Emulator) startUpkeep() {
	ctx, cancel := context.WithCancel(context.Background())
	e.cancel = cancel
	e.upkeep.Go(func() {
		e.reportDamage(ctx)
		system := clock.System{}
		first := e.options.SweepInterval
		if e.options.State != "" {
			// Only a folder can have sessions of an earlier process.
			first = min(first, firstSweep)
		}
		next := system.Now().Add(first)
		for system.Wait(ctx, next) == nil && ctx.Err() == nil {
			if err := e.sweep(ctx); err != nil && ctx.Err() == nil {
				e.options.Logger.Error("upkeep of the store", slog.String("error", err.Error()))
			}
			next = system.Now().Add(e.options.SweepInterval)
		}
	})
	e.upkeep.Go(func() { e.library.Run(ctx) })
}

// reportDamage looks once, in the background, for records that cannot be read,
// so that the log names them before a client reads them. The store logs each.
func (e *Emulator) reportDamage(ctx context.Context) {
	damages, err := e.engine.store.Damaged(ctx)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		e.options.Logger.Error("look for damaged records", slog.String("error", err.Error()))
	case len(damages) > 0:
		e.options.Logger.Error("damaged records were set aside; the other sessions are not affected", slog.Int("sessions", len(damages)))
	}
}

func (e *Emulator) sweep(ctx context.Context) error {
	removed, err := e.engine.store.Sweep(ctx, func(resource liveness.ResourceID) time.Time { return e.resources.SweepTime(ctx, resource) })
	if removed > 0 {
		e.options.Logger.Info("expired sessions removed", slog.Int("sessions", removed))
	}
	return errors.Join(err, e.engine.store.Compact(ctx))
}
