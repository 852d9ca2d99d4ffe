package emulator

import (
	"errors"
	"fmt"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/admin"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/library"
)

// What New and the methods of an Emulator can fail with. Compare with errors.Is.
var (
	// ErrOptions: an option is out of its range or contradicts another; the
	// error is an *OptionError.
	ErrOptions = errors.New("invalid option")
	// ErrState: the state folder is in use, damaged, or of a newer program.
	ErrState = errors.New("state folder unusable")
	// ErrScenario: a scenario file is wrong, and the error says where and how; or no
	// scenario has the name that was given.
	ErrScenario = library.ErrScenario
	// ErrInitialState: what Options.Restore or Options.Load names cannot be read.
	ErrInitialState = admin.ErrInitialState
	// ErrUnknownKey: a key opens no resource.
	ErrUnknownKey = errors.New("unknown key")
)

// An OptionError says which of the Options New cannot work with, and why. It is
// ErrOptions.
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
