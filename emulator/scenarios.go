package emulator

import (
	"errors"
	"fmt"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
	"github.com/livenesslabs/face-liveness-emulator/scenarios"
)

// loadScenarios reads the built-in files, then the user's folders.
func loadScenarios(o Options) (*scenario.Set, error) {
	sources := []scenario.Source{{Name: "built-in", FS: scenarios.FS}}
	for _, source := range o.Scenarios {
		sources = append(sources, scenario.Source(source))
	}
	set, err := scenario.Load(sources...)
	if err != nil {
		return nil, fmt.Errorf("%w\n%w", ErrScenario, err)
	}
	set, err = set.WithDefault(o.Scenario)
	if err != nil {
		return nil, &OptionError{Option: "Scenario", Err: err}
	}
	return set, nil
}

// Scenarios returns the names of all scenarios, built-in and from the folders of
// the options, sorted.
func (e *Emulator) Scenarios() []string { return e.scenarios.Names() }

// direct chooses the scenario of a new session.
func (e *Emulator) direct(call liveness.Call) (liveness.Direction, error) {
	chosen, err := e.scenarios.Choose(scenario.Call{
		Pinned:              call.Scenario,
		Operation:           scenario.OperationOf(call.Kind),
		DeviceCorrelationID: call.DeviceCorrelationID,
		VerifyImageFileName: call.VerifyImageFileName,
	})
	if unknown, ok := errors.AsType[*scenario.UnknownNameError](err); ok {
		return liveness.Direction{}, &liveness.Error{Code: liveness.CodeUnknownScenario, Hint: unknown.Error(), Detail: "There are " + strings.Join(unknown.Names, ", ") + "."}
	}
	return liveness.Direction{Script: chosen.Script, Images: chosen.Images}, err
}
