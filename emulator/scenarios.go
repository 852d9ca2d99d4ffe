package emulator

import (
	"cmp"
	"errors"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

// Scenarios returns the names of all scenarios, built-in and from the folders of
// the options as they were read last, sorted.
func (e *Emulator) Scenarios() []string { return e.scenarios.Load().Names() }

// direct chooses the scenario of a new session and makes its random choices.
func (e *Emulator) direct(call liveness.Call) (liveness.Direction, error) {
	chosen, err := e.scenarios.Load().Choose(scenario.Call{
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
	if chosen.Random() {
		seed = e.streams.next(cmp.Or(chosen.Seed, call.Seed, e.options.Seed), chosen.Name, call)
	}
	script := chosen.Pin(seed)
	return liveness.Direction{Script: script, Images: chosen.ImagesOf(script)}, nil
}
