package config

import (
	"fmt"
	"os"
	"syscall"
)

// Exit codes, as README.md of the command documents them.
const (
	ExitOK       = 0
	ExitRuntime  = 1
	ExitUsage    = 2
	ExitPort     = 3
	exitState    = 4
	ExitScenario = 5
	ExitSignal   = 128 // plus the number of the signal
)

// EndsBySignal is the annotation of commands that handle signals themselves.
const EndsBySignal = "ends by signal"

// An ExitError ends the program with an exit code.
type ExitError struct {
	Code int
	Err  error // nil: no message
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

// SignalCode returns the exit code of a process that a signal has ended.
func SignalCode(caught os.Signal) int {
	if number, ok := caught.(syscall.Signal); ok {
		return ExitSignal + int(number)
	}
	return ExitRuntime
}
