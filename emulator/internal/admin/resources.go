package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/lang"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/library"
)

// errRange says that a value is out of its range.
var errRange = errors.New("invalid option")

// maxQueued is how many sessions of a resource can wait for a scenario.
const maxQueued = 10_000

// queueScenario gives the scenario called name to the next sessions of a resource.
func (a *Admin) queueScenario(ctx context.Context, id liveness.ResourceID, name string, sessions int) error {
	if err := a.Library.Knows(name); err != nil {
		return err
	}
	waiting := 0
	_, err := a.Resources.ChangeSettings(ctx, id, func(settings *resource.Settings) {
		waiting = sessions
		for _, queued := range settings.Queue {
			waiting += queued.Sessions
		}
		if sessions >= 1 && sessions <= maxQueued && waiting <= maxQueued {
			settings.Queue = append(settings.Queue, resource.QueueItem{Scenario: name, Sessions: sessions})
		}
	})
	switch {
	case err != nil:
		return err
	case sessions < 1 || sessions > maxQueued:
		return fmt.Errorf("%w: %d sessions; it can be from 1 to %d", errRange, sessions, maxQueued)
	case waiting > maxQueued:
		return fmt.Errorf("%w: %d sessions would have a scenario that waits for them; at most %d can", errRange, waiting, maxQueued)
	}
	return nil
}

// maxFaults is how long the text of a resource's faults can be, in bytes.
const maxFaults = 64 << 10

// useFaults lets the calls of a resource meet faults, in place of those that were set before.
func (a *Admin) useFaults(ctx context.Context, id liveness.ResourceID, faults string) error {
	if len(faults) > maxFaults {
		return fmt.Errorf("%w: faults of %d bytes; %d will do", errRange, len(faults), maxFaults)
	}
	var list []fault.Fault
	var warnings []*lang.Error
	if strings.TrimSpace(faults) != "" {
		var err error
		if list, warnings, err = lang.ParseFaults("faults", []byte(faults)); err != nil {
			return fmt.Errorf("%w: %w", library.ErrScenario, err)
		}
	}
	if err := a.Resources.UseFaults(ctx, id, list, faults); err != nil {
		return err
	}
	for _, warning := range warnings {
		a.Logger.Warn("a part of the faults of a resource has no effect", slog.String("warning", warning.Error()))
	}
	return nil
}
