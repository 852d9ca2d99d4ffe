package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
)

// Exit codes. README documents them.
const (
	exitOK       = 0
	exitRuntime  = 1
	exitUsage    = 2
	exitPort     = 3
	exitState    = 4
	exitScenario = 5
	exitSignal   = 128 // plus the number of the signal
)

// A program is one run of the command.
type program struct {
	args           []string
	lookupEnv      func(string) (string, bool)
	stdout, stderr io.Writer
	signals        <-chan os.Signal
}

// An exitError ends the program with a code of its own.
type exitError struct {
	code int
	err  error // nil: nothing to say
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// run carries the command line out and returns the exit code.
func (p *program) run(ctx context.Context) int {
	err := p.command().ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	exit, ok := errors.AsType[*exitError](err)
	if !ok {
		// What cobra refuses by itself is the command line.
		exit = &exitError{code: exitUsage, err: err}
	}
	if exit.err != nil {
		_, _ = fmt.Fprintf(p.stderr, "face-liveness-emulator: %v\n", exit.err)
		if exit.code == exitUsage {
			_, _ = fmt.Fprintln(p.stderr, "Run 'face-liveness-emulator --help' for usage.")
		}
	}
	return exit.code
}

// failure gives an error of the emulator its exit code.
func failure(err error) error {
	code := exitRuntime
	switch {
	case errors.Is(err, emulator.ErrScenario):
		code = exitScenario
	case errors.Is(err, emulator.ErrOptions):
		code, err = exitUsage, namingFlag(err)
	case errors.Is(err, emulator.ErrState):
		code = exitState
	}
	return &exitError{code: code, err: err}
}

// namingFlag says of a flag what the emulator says of an option.
func namingFlag(err error) error {
	wrong, ok := errors.AsType[*emulator.OptionError](err)
	if !ok {
		return err
	}
	flags := map[string]string{
		"Keys":      "--keys",
		"PublicURL": "--public-url",
		"Scenario":  "--scenario",
		"TLSHosts":  "--tls-hosts",
		"CertFile":  "--tls-cert and --tls-key",
	}
	if flag, known := flags[wrong.Option]; known {
		return fmt.Errorf("%s: %w", flag, wrong.Err)
	}
	return err
}

func (p *program) command() *cobra.Command {
	var s settings
	root := &cobra.Command{
		Use:   "face-liveness-emulator",
		Short: "A local stand-in for the liveness part of the Azure AI Face REST API",
		Long: `A local stand-in for the liveness part of the Azure AI Face REST API.

Without a command it serves. Point an SDK at the printed endpoint with one of the
printed keys, trust the printed CA, and create, play, read and delete liveness
sessions without Azure, approval or a camera.

Every flag has an environment variable, such as FACE_LIVENESS_HTTP_ADDR for
--http-addr. The order is flag, variable, configuration file, default.`,
		Example: `  face-liveness-emulator
  face-liveness-emulator --ephemeral --scenario spoof
  FACE_LIVENESS_HTTP_ADDR=0.0.0.0:10100 face-liveness-emulator`,
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return s.complete(cmd.Flags(), p.lookupEnv)
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return p.serve(cmd.Context(), s) },
	}
	root.SetArgs(p.args)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.CompletionOptions.HiddenDefaultCmd = true
	s.register(root.PersistentFlags())
	root.Flags().SortFlags = false
	root.AddCommand(
		&cobra.Command{
			Use: "serve", Short: "Serve the API (the default command)", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return p.serve(cmd.Context(), s) },
		},
		&cobra.Command{
			Use: "health", Short: "Ask a running emulator whether it is ready; exit code 0 or 1", Args: cobra.NoArgs,
			Long: `Ask a running emulator whether it is ready, and exit with 0 or 1.

The emulator is found by the file that it writes when it serves, in its state
folder or, with --ephemeral, in the folder for temporary files; without such a
file, at the configured addresses. Call it with the flags or variables of the
serving process.`,
			RunE: func(cmd *cobra.Command, _ []string) error { return p.health(cmd.Context(), s) },
		},
		&cobra.Command{
			Use: "version", Short: "Print the version", Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error {
				_, err := fmt.Fprintln(p.stdout, "face-liveness-emulator", emulator.Release())
				return err
			},
		},
	)
	return root
}
