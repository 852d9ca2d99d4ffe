package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
)

// Failure returns an error of the emulator with its exit code, and with flags in place of
// options.
func (s *Settings) Failure(err error) error {
	code := ExitRuntime
	denied := errors.Is(err, fs.ErrPermission)
	switch {
	case errors.Is(err, emulator.ErrScenario):
		code = ExitScenario
	case errors.Is(err, emulator.ErrOptions):
		code, err = ExitUsage, s.optionFailure(err)
	case errors.Is(err, emulator.ErrInitialState):
		code, err = ExitUsage, s.initialFailure(err)
	case errors.Is(err, emulator.ErrState):
		code, err = exitState, stateFailure(err)
	}
	if denied {
		err = deniedError(err)
	}
	return &ExitError{Code: code, Err: err}
}

// deniedError adds the user of this process to an error of missing permission. In a
// container it differs from the user who mounted the file.
func deniedError(err error) error {
	if os.Getuid() < 0 {
		return err // users have no numbers on this system
	}
	return fmt.Errorf("%w; this process runs as user %d of group %d; give it the permission", err, os.Getuid(), os.Getgid())
}

// optionFailure returns an error that names the flag of a wrong option.
func (s *Settings) optionFailure(err error) error {
	wrong, ok := errors.AsType[*emulator.OptionError](err)
	if !ok {
		return err
	}
	flags := map[string]string{
		"Keys":      s.NameOf("keys"),
		"PublicURL": s.NameOf("public-url"),
		"Scenario":  s.NameOf("scenario"),
		"TLSHosts":  s.NameOf("tls-hosts"),
		"CertFile":  s.NameOf("tls-cert") + " and " + s.NameOf("tls-key"),

		// Options of catalogue.Call.
		"Operation":         s.NameOf("operation"),
		"OperationMode":     s.NameOf("operation-mode"),
		"UserCorrelationID": s.NameOf("user-correlation-id"),
		"Pinned":            s.NameOf("pinned"),
		"Queued":            s.NameOf("queued"),
		"ResourceDefault":   s.NameOf("resource-default"),
		"Default":           s.NameOf("scenario"),
	}
	flag, known := flags[wrong.Option]
	if !known {
		return err
	}
	return fmt.Errorf("%s: %w", flag, wrong.Err)
}

// initialFailure returns an error that names the flag of a wrong initial state.
func (s *Settings) initialFailure(err error) error {
	flag := "load"
	if s.restore != "" {
		flag = "restore"
	}
	text := strings.TrimPrefix(err.Error(), emulator.ErrInitialState.Error()+": ")
	return fmt.Errorf("%s: %s", s.NameOf(flag), text)
}

// stateFailure adds the way out to errors of the file system. Other errors of the state
// have theirs.
func stateFailure(err error) error {
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%w; choose another folder with --state, or use --ephemeral", err)
	}
	return err
}
