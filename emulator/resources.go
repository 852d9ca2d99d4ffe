package emulator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

// ErrUnknownKey is what a method gives for a key that opens no resource.
var ErrUnknownKey = errors.New("unknown key")

// maxQueued is how many sessions of a resource can wait for a scenario.
const maxQueued = 10_000

// QueueScenario gives the scenario called name to the next sessions of the
// resource that key opens, behind what is queued already. A session that pins a
// scenario takes none from the queue. The queue survives a restart. An unknown
// name is ErrScenario, a key that opens nothing ErrUnknownKey, and a number below 1 or
// one that makes the queue too long ErrOptions. It is safe for concurrent use.
func (e *Emulator) QueueScenario(ctx context.Context, key, name string, sessions int) error {
	resource, known := e.surface.ResourceOf(key)
	if !known {
		return ErrUnknownKey
	}
	return e.queueScenario(ctx, resource, name, sessions)
}

func (e *Emulator) queueScenario(ctx context.Context, resource liveness.ResourceID, name string, sessions int) error {
	if err := e.known(name); err != nil {
		return err
	}
	waiting := 0
	_, err := e.service.ChangeResourceSettings(ctx, resource, func(of *liveness.ResourceSettings) {
		waiting = sessions
		for _, queued := range of.Queue {
			waiting += queued.Sessions
		}
		if sessions >= 1 && sessions <= maxQueued && waiting <= maxQueued {
			of.Queue = append(of.Queue, liveness.Queued{Scenario: name, Sessions: sessions})
		}
	})
	switch {
	case err != nil:
		return err
	case sessions < 1 || sessions > maxQueued:
		return fmt.Errorf("%w: %d sessions; it can be from 1 to %d", ErrOptions, sessions, maxQueued)
	case waiting > maxQueued:
		return fmt.Errorf("%w: %d sessions would have a scenario that waits for them; at most %d can", ErrOptions, waiting, maxQueued)
	}
	return nil
}

// UseScenario makes the scenario called name the one for sessions of the resource
// that key opens, where nothing else gives them one; "" takes it back. Errors are
// those of QueueScenario.
func (e *Emulator) UseScenario(ctx context.Context, key, name string) error {
	if name != "" {
		if err := e.known(name); err != nil {
			return err
		}
	}
	return e.changeResource(ctx, key, func(of *liveness.ResourceSettings) { of.Scenario = name })
}

// UseSeed feeds the random choices of scenarios that name no seed, for sessions of
// the resource that key opens; 0 leaves them to the emulator's own. An unknown key
// is ErrUnknownKey.
func (e *Emulator) UseSeed(ctx context.Context, key string, seed uint64) error {
	return e.changeResource(ctx, key, func(of *liveness.ResourceSettings) { of.Seed = seed })
}

// maxFaults is how long the text of a resource's faults can be, in bytes.
const maxFaults = 64 << 10

// UseFaults lets all calls of the resource that key opens meet faults, in place of
// those that were set before; none, which is also "", takes them away. They are a
// list in YAML or JSON, as the faults key of a scenario file has it, and come
// before the faults of a session's scenario. Their calls are counted, and their
// time begins, when they are set; they survive a restart, which begins the count
// anew. A text that is wrong is ErrScenario and says where, a key that opens
// nothing ErrUnknownKey, and one of more than 64 KiB ErrOptions; what in it has no effect
// is a warning in the log. It is safe for concurrent use.
func (e *Emulator) UseFaults(ctx context.Context, key, faults string) error {
	resource, known := e.surface.ResourceOf(key)
	if !known {
		return ErrUnknownKey
	}
	return e.useFaults(ctx, resource, faults)
}

func (e *Emulator) useFaults(ctx context.Context, resource liveness.ResourceID, faults string) error {
	if len(faults) > maxFaults {
		return fmt.Errorf("%w: faults of %d bytes; %d will do", ErrOptions, len(faults), maxFaults)
	}
	var list []fault.Fault
	var warnings []*scenario.Error
	if strings.TrimSpace(faults) != "" {
		var err error
		if list, warnings, err = scenario.ParseFaults("faults", []byte(faults)); err != nil {
			return fmt.Errorf("%w: %w", ErrScenario, err)
		}
	}
	if err := e.service.UseFaults(ctx, resource, list, faults); err != nil {
		return err
	}
	for _, warning := range warnings {
		e.options.Logger.Warn("a part of the faults of a resource has no effect", slog.String("warning", warning.Error()))
	}
	return nil
}

func (e *Emulator) changeResource(ctx context.Context, key string, change func(*liveness.ResourceSettings)) error {
	resource, known := e.surface.ResourceOf(key)
	if !known {
		return ErrUnknownKey
	}
	_, err := e.service.ChangeResourceSettings(ctx, resource, change)
	return err
}

// known returns an error unless there is a scenario of this name.
func (e *Emulator) known(name string) error {
	_, err := e.scenarios.Load().Choose(scenario.Call{Pinned: name})
	if err != nil {
		return &unknownScenario{err}
	}
	return nil
}

// An unknownScenario is the ErrScenario of a name that no scenario has.
type unknownScenario struct{ error }

// Is reports whether target is ErrScenario.
func (*unknownScenario) Is(target error) bool { return target == ErrScenario }
