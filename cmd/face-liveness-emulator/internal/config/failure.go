package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
)

// Failure gives an error of the emulator its exit code, and the words of the
// command line.
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

// deniedError says whom the system does not let do something. In a container that is
// another user than the one who has mounted the file.
func deniedError(err error) error {
	if os.Getuid() < 0 {
		return err // users have no numbers here
	}
	return fmt.Errorf("%w; this process runs as user %d of group %d, who must be allowed to", err, os.Getuid(), os.Getgid())
}

// optionFailure says of a flag what the emulator says of an option.
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

		// Of a call to explain.
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
	return fmt.Errorf("%s: %s", flag, withoutPackages(wrong.Err))
}

// initialFailure says of a flag what is wrong with the initial state.
func (s *Settings) initialFailure(err error) error {
	flag := "load"
	if s.restore != "" {
		flag = "restore"
	}
	text := strings.TrimPrefix(err.Error(), emulator.ErrInitialState.Error()+": ")
	return fmt.Errorf("%s: %s", s.NameOf(flag), text)
}

// stateFailure adds what to do where the system does not let us use a folder;
// other errors of the state say that themselves.
func stateFailure(err error) error {
	text := withoutPackages(err)
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		text += "; choose another folder with --state, or use --ephemeral"
	}
	return errors.New(text)
}

// withoutPackages leaves out which of our packages an error is from.
func withoutPackages(err error) string {
	return strings.NewReplacer("badgerstore: ", "", "certs: ", "").Replace(err.Error())
}
