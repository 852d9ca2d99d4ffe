// Package library holds the scenarios in use: it reads the built-in ones and those of
// the folders, reads the folders again when their files change, and chooses the
// scenario of each new session.
package library

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/memory"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/lang"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

// ErrScenario says that a scenario file is invalid or that no scenario has a name.
var ErrScenario = errors.New("invalid scenario")

// A DefaultError says that no scenario has the name of the default scenario.
type DefaultError struct{ Err error }

// Error implements error.
func (e *DefaultError) Error() string { return "the default scenario: " + e.Err.Error() }

// Unwrap returns the reason.
func (e *DefaultError) Unwrap() error { return e.Err }

// Config holds where the scenarios come from and how they are chosen.
type Config struct {
	// Sources are folders of scenario files beside the built-in ones. Another
	// goroutine reads them, too, unless each is an embed.FS or Interval is negative.
	Sources []lang.Source
	// Interval is how often the files are looked at, in real time; 0 or less: never.
	Interval time.Duration
	// Default is the name of the scenario for sessions that no other rule gives one;
	// "": happy-path.
	Default string
	// Seed feeds the random choices where nothing else names a seed.
	Seed uint64
	// Memory counts the sessions that make random choices; nil: one of this process.
	Memory memory.Memory
	Logger *slog.Logger
}

// A Library is the set of scenarios in use. It is safe for concurrent use. Make one
// with Open.
type Library struct {
	set    atomic.Pointer[scenario.Set] // replaced by reload
	reload *reloader
	seeds  seeds
	seed   uint64
	logger *slog.Logger
}

// Open reads the scenarios. If a file is invalid the error is ErrScenario; if no
// scenario has the name of the default one it is a *DefaultError.
func Open(c Config) (*Library, error) {
	if c.Memory == nil {
		c.Memory = memory.New(memory.Limit)
	}
	l := &Library{seeds: seeds{c.Memory}, seed: c.Seed, logger: c.Logger}
	l.reload = newReloader(c, &l.set)
	if err := l.reload.start(); err != nil {
		return nil, err
	}
	return l, nil
}

// Run reads files that change, until ctx is done.
func (l *Library) Run(ctx context.Context) { l.reload.run(ctx) }

// Poll does once what Run does at every interval. One goroutine at a time may call
// Run or Poll.
func (l *Library) Poll(ctx context.Context) { l.reload.poll(ctx) }

// Problem returns in one line why the files as they are now are not in use, or "".
func (l *Library) Problem() string { return l.reload.detail() }

// Names returns the names of all scenarios, sorted.
func (l *Library) Names() []string { return l.set.Load().Names() }

// Knows returns an ErrScenario unless a scenario has this name.
func (l *Library) Knows(name string) error {
	_, err := l.set.Load().Choose(liveness.Call{Scenario: name})
	if err != nil {
		return &UnknownError{err}
	}
	return nil
}

// An UnknownError is the ErrScenario of a name that no scenario has.
type UnknownError struct{ error }

// Is reports whether target is ErrScenario.
func (*UnknownError) Is(target error) bool { return target == ErrScenario }

// ForgetSeeds starts the random choices of an owner over: the same seed then gives
// the same choices again.
func (l *Library) ForgetSeeds(ctx context.Context, owner liveness.Owner) error {
	return l.seeds.forget(ctx, owner)
}

// Direct chooses the scenario of a new session and makes its random choices.
func (l *Library) Direct(ctx context.Context, call liveness.Call) (service.Direction, error) {
	set := l.set.Load()
	chosen, err := set.Choose(call)
	if unknown, ok := errors.AsType[*scenario.UnknownNameError](err); ok {
		chosen, err = l.withoutMissing(set, call, unknown)
	}
	if err != nil {
		return service.Direction{}, err
	}
	var seed uint64
	switch {
	case !chosen.Random:
	case call.PinnedSeed != 0:
		seed = call.PinnedSeed
	default:
		seed, err = l.seeds.next(ctx, cmp.Or(chosen.Seed, call.Seed, l.seed), chosen.Name, call)
		if err != nil {
			return service.Direction{}, err
		}
	}
	script := chosen.Pin(seed)
	return service.Direction{Script: script, Images: chosen.ImagesOf(script)}, nil
}

// withoutMissing chooses again without the names of the settings that no scenario has: a
// queued scenario or a default that no longer exists, after an edit or a restart, is
// skipped.
func (l *Library) withoutMissing(set *scenario.Set, call liveness.Call, unknown *scenario.UnknownNameError) (scenario.Plan, error) {
	for {
		queued := unknown.Name == call.Queued
		switch {
		case unknown.Name == call.Scenario, !queued && unknown.Name != call.Default:
			return scenario.Plan{}, &liveness.Error{
				Code: liveness.CodeUnknownScenario, Hint: unknown.Error(), Detail: "There are " + strings.Join(unknown.Names, ", ") + ".",
			}
		case queued:
			call.Queued = ""
		default:
			call.Default = ""
		}
		l.logger.Warn("configured scenario not found; using the default",
			slog.String("scenario", unknown.Name), slog.String("resource", string(call.Resource)))
		chosen, err := set.Choose(call)
		again, ok := errors.AsType[*scenario.UnknownNameError](err)
		if !ok {
			return chosen, err
		}
		unknown = again
	}
}
