package emulator

import (
	"cmp"
	"errors"
	"log/slog"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

// Scenarios returns the names of all scenarios, built-in and from the folders of
// the options as they were read last, sorted.
func (e *Emulator) ScenarioNames() []string { return e.scenarios.Load().Names() }

// direct chooses the scenario of a new session and makes its random choices.
func (e *Emulator) direct(call liveness.Call) (liveness.Direction, error) {
	chosen, err := e.choose(scenario.Call{
		Pinned:              call.Scenario,
		Queued:              call.Queued,
		ResourceDefault:     call.Default,
		Operation:           scenario.OperationOf(call.Kind),
		APIVersion:          call.APIVersion,
		Resource:            string(call.Resource),
		OperationMode:       call.Mode,
		DeviceCorrelationID: call.DeviceCorrelationID,
		UserCorrelationID:   call.UserCorrelationID,
		VerifyImageFileName: call.VerifyImageFileName,
		VerifyImageSHA256:   call.VerifyImageSHA256,
		VerifyImageSize:     int64(call.VerifyImageSize),
		Header:              call.Header,
	})
	if unknown, ok := errors.AsType[*scenario.UnknownNameError](err); ok {
		return liveness.Direction{}, &liveness.Error{Code: liveness.CodeUnknownScenario, Hint: unknown.Error(), Detail: "There are " + strings.Join(unknown.Names, ", ") + "."}
	}
	if err != nil {
		return liveness.Direction{}, err
	}
	var seed uint64
	switch {
	case !chosen.Random():
	case call.PinnedSeed != 0:
		seed = call.PinnedSeed
	default:
		seed = e.streams.next(cmp.Or(chosen.Seed, call.Seed, e.options.Seed), chosen.Name, call)
	}
	script := chosen.Pin(seed)
	return liveness.Direction{Script: script, Images: chosen.ImagesOf(script)}, nil
}

// choose chooses among the scenarios that there are now. What was queued or made a
// default and is gone since, after an edit or a restart, is passed over.
func (e *Emulator) choose(call scenario.Call) (scenario.Scenario, error) {
	set := e.scenarios.Load()
	chosen, err := set.Choose(call)
	unknown, ok := errors.AsType[*scenario.UnknownNameError](err)
	if !ok || unknown.Name == call.Pinned {
		return chosen, err
	}
	switch unknown.Name {
	case call.Queued:
		call.Queued = ""
	case call.ResourceDefault:
		call.ResourceDefault = ""
	default:
		return chosen, err
	}
	e.options.Logger.Warn("a session does not get the scenario that was set for it: there is none of this name any more",
		slog.String("scenario", unknown.Name), slog.String("resource", call.Resource))
	return e.choose(call)
}
