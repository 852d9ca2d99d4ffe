package emulator

import (
	"errors"
	"fmt"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/admin"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/library"
)

// Errors of New and of the methods of an Emulator. Compare them with errors.Is.
var (
	// ErrOptions: an option is out of its range or contradicts another; the
	// error is an *OptionError.
	ErrOptions = errors.New("invalid option")
	// ErrState: the state folder is in use, damaged, written by a newer version, or left
	// unfinished by an earlier one.
	ErrState = errors.New("state folder unusable")
	// ErrScenario: a scenario file is invalid, and the error says where and how; or a
	// scenario name is unknown.
	ErrScenario = library.ErrScenario
	// ErrInitialState: the file of Options.Restore or the folder of Options.Load cannot be
	// read.
	ErrInitialState = admin.ErrInitialState
	// ErrUnknownKey: a subscription key is not one of Options.Keys.
	ErrUnknownKey = errors.New("unknown key")
)

// An OptionError names an option that New refuses, and the reason. It is ErrOptions.
type OptionError struct {
	Option string // name of the field
	Err    error
}

func optionError(option, why string, args ...any) error {
	return &OptionError{Option: option, Err: fmt.Errorf(why, args...)}
}

// Error implements error.
func (e *OptionError) Error() string {
	return ErrOptions.Error() + ": " + e.Option + " " + e.Err.Error()
}

// Unwrap returns the reason.
func (e *OptionError) Unwrap() error { return e.Err }

// Is reports whether target is ErrOptions.
func (e *OptionError) Is(target error) bool { return target == ErrOptions }
