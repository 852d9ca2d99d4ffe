package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// Exit codes. README.md of this command documents them.
const (
	exitOK       = 0
	exitRuntime  = 1
	exitUsage    = 2
	exitPort     = 3
	exitState    = 4
	exitScenario = 5
	exitSignal   = 128 // plus the number of the signal
)

// endsBySignal is the annotation of commands that end by themselves when a signal
// comes.
const endsBySignal = "ends by signal"

// A program is one run of the command.
type program struct {
	args           []string
	lookupEnv      func(string) (string, bool)
	environ        func() []string
	stdin          io.Reader
	stdout, stderr io.Writer
	signals        <-chan os.Signal
	// release gives signals their usual effect back: they end the program. Nil: they
	// have it.
	release func()
	now     func() time.Time // the machine's clock
	stamp   stamp
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
		// What a running emulator refuses, help does not explain.
		if _, refused := errors.AsType[*control.Error](exit.err); exit.code == exitUsage && !refused {
			_, _ = fmt.Fprintln(p.stderr, "Run 'face-liveness-emulator --help' for usage.")
		}
	}
	return exit.code
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

Every flag below has an environment variable, such as FACE_LIVENESS_HTTP_ADDR for
--http-addr. The order is flag, variable, configuration file, default.

Commands exit with 0 when they did what was asked, with 1 when they could not or when
what they looked for is not so, with 2 when the command line makes no sense or the
emulator refuses what it asks, and with 5 when scenario files are wrong. Serving exits
with 3 when an address is taken, and with 4 when the state cannot be used.`,
		Example: `  face-liveness-emulator
  face-liveness-emulator --ephemeral --scenario spoof
  FACE_LIVENESS_HTTP_ADDR=0.0.0.0:10100 face-liveness-emulator`,
		Version:       p.stamp.text(),
		Args:          noArguments,
		SilenceErrors: true,
		SilenceUsage:  true,
		Annotations:   map[string]string{endsBySignal: "true"},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Annotations[endsBySignal] == "" && p.release != nil {
				p.release()
			}
			return s.complete(cmd.Root().PersistentFlags(), p.lookupEnv)
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return p.serve(cmd.Context(), &s) },

		SuggestionsMinimumDistance: 2,
	}
	root.SetArgs(p.args)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	root.SetFlagErrorFunc(flagError)
	root.SetVersionTemplate("face-liveness-emulator {{.Version}}\n")
	s.register(root.PersistentFlags())
	root.Flags().SortFlags = false
	root.Flags().AddFlagSet(root.PersistentFlags()) // so that help shows ours first
	root.Flags().Bool("version", false, "print the version")
	root.AddCommand(p.serveCommand(&s), p.healthCommand(&s), p.versionCommand(),
		p.scenarioCommand(&s), p.clockCommand(&s), p.faultsCommand(&s), p.requestsCommand(&s),
		p.sessionsCommand(&s), p.resetCommand(&s), p.snapshotCommand(&s), p.restoreCommand(&s),
		p.eventsCommand(&s), p.reportCommand(&s), p.tokenCommand(&s), p.completionCommand())
	p.completeFlags(root, &s)
	return root
}

func (p *program) serveCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "Serve the API (the default command)", Args: noArguments,
		Annotations: map[string]string{endsBySignal: "true"},
		RunE:        func(cmd *cobra.Command, _ []string) error { return p.serve(cmd.Context(), s) },
	}
}

func (p *program) healthCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use: "health", Short: "Ask a running emulator whether it is ready; exit code 0 or 1", Args: noArguments,
		Long: `Ask a running emulator whether it is ready, and exit with 0 or 1.

The emulator is found by the file that it writes when it serves, in its state
folder or, with --ephemeral, in the folder for temporary files; without such a
file, at the configured addresses. Call it with the flags or variables of the
serving process; in a container it finds the one that serves there, whatever its
flags are.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.health(cmd.Context(), s) },
	}
}

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(p.stdout, "face-liveness-emulator", p.stamp.text())
			return err
		},
	}
}
