package config

import (
	"fmt"
	"os"
	"syscall"
)

// Exit codes. README documents them.
const (
	ExitOK       = 0
	ExitRuntime  = 1
	ExitUsage    = 2
	ExitPort     = 3
	exitState    = 4
	ExitScenario = 5
	ExitSignal   = 128 // plus the number of the signal
)

// EndsBySignal is the annotation of commands that end by themselves when a signal
// comes.
const EndsBySignal = "ends by signal"

// An ExitError ends the program with a code of its own.
type ExitError struct {
	Code int
	Err  error // nil: nothing to say
}

// Error implements error.
func (e *ExitError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit code %d", e.Code)
	}
	return e.Err.Error()
}

// Unwrap returns the cause.
func (e *ExitError) Unwrap() error { return e.Err }

// SignalCode is the exit code of a process that a signal ends.
func SignalCode(caught os.Signal) int {
	if number, ok := caught.(syscall.Signal); ok {
		return ExitSignal + int(number)
	}
	return ExitRuntime
}
