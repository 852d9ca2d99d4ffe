package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
)

// failure gives an error of the emulator its exit code, and the words of the
// command line.
func (s *settings) failure(err error) error {
	code := exitRuntime
	denied := errors.Is(err, fs.ErrPermission)
	switch {
	case errors.Is(err, emulator.ErrScenario):
		code = exitScenario
	case errors.Is(err, emulator.ErrOptions):
		code, err = exitUsage, s.optionFailure(err)
	case errors.Is(err, emulator.ErrInitialState):
		code, err = exitUsage, s.initialFailure(err)
	case errors.Is(err, emulator.ErrState):
		code, err = exitState, stateFailure(err)
	}
	if denied {
		err = deniedError(err)
	}
	return &exitError{code: code, err: err}
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
func (s *settings) optionFailure(err error) error {
	wrong, ok := errors.AsType[*emulator.OptionError](err)
	if !ok {
		return err
	}
	flags := map[string]string{
		"Keys":      s.named("keys"),
		"PublicURL": s.named("public-url"),
		"Scenario":  s.named("scenario"),
		"TLSHosts":  s.named("tls-hosts"),
		"CertFile":  s.named("tls-cert") + " and " + s.named("tls-key"),

		// Of a call to explain.
		"Operation":         s.named("operation"),
		"OperationMode":     s.named("operation-mode"),
		"UserCorrelationID": s.named("user-correlation-id"),
		"Pinned":            s.named("pinned"),
		"Queued":            s.named("queued"),
		"ResourceDefault":   s.named("resource-default"),
		"Default":           s.named("scenario"),
	}
	flag, known := flags[wrong.Option]
	if !known {
		return err
	}
	return fmt.Errorf("%s: %s", flag, withoutPackages(wrong.Err))
}

// initialFailure says of a flag what is wrong with the initial state.
func (s *settings) initialFailure(err error) error {
	flag := "load"
	if s.restore != "" {
		flag = "restore"
	}
	text := strings.TrimPrefix(err.Error(), emulator.ErrInitialState.Error()+": ")
	return fmt.Errorf("%s: %s", s.named(flag), text)
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
