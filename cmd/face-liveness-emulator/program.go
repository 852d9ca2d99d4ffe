package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/ctl"
	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/serve"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// A program is one run of the command.
type program struct {
	args           []string
	lookupEnv      func(string) (string, bool)
	environ        func() []string
	stdin          io.Reader
	stdout, stderr io.Writer
	signals        <-chan os.Signal
	// release restores the default effect of signals: they end the program. Nil: it was
	// not changed.
	release func()
	now     func() time.Time // the machine's clock
	build   buildInfo
	memory  serve.Memory // zero: the process keeps the memory settings of Go
}

// run runs the command line and returns the exit code.
func (p *program) run(ctx context.Context) int {
	err := p.command().ExecuteContext(ctx)
	if err == nil {
		return config.ExitOK
	}
	exit, ok := errors.AsType[*config.ExitError](err)
	if !ok {
		// Other errors are cobra's, about the command line.
		exit = &config.ExitError{Code: config.ExitUsage, Err: err}
	}
	if exit.Err != nil {
		_, _ = fmt.Fprintf(p.stderr, "face-liveness-emulator: %v\n", exit.Err)
		// The help does not explain refusals of a running emulator.
		if _, refused := errors.AsType[*control.Error](exit.Err); exit.Code == config.ExitUsage && !refused {
			_, _ = fmt.Fprintln(p.stderr, "Run 'face-liveness-emulator --help' for usage.")
		}
	}
	return exit.Code
}

func (p *program) command() *cobra.Command {
	var s config.Settings
	serving := p.server()
	controlling := &ctl.Client{
		Stdin: p.stdin, Stdout: p.stdout, Stderr: p.stderr, LookupEnv: p.lookupEnv, Signals: p.signals, Now: p.now,
		Find: serve.Find,
	}
	root := &cobra.Command{
		Use:   "face-liveness-emulator",
		Short: "Emulate the liveness part of the Azure AI Face REST API",
		Long: `Emulate the liveness part of the Azure AI Face REST API on this machine.

Without a command it serves. Use the printed endpoint and one of the printed
keys in an SDK, and trust the printed CA. Then create, play, read and delete
liveness sessions without Azure, approval or a camera.

Each flag below has an environment variable, for example
FACE_LIVENESS_HTTP_ADDR for --http-addr. A flag overrides its variable, the
variable overrides the configuration file, and the file overrides the default.

Exit codes:
  0  the command succeeded
  1  it failed, or a check was negative
  2  the command line is invalid, or the emulator refused the call
  3  an address is in use (serve)
  4  the state cannot be used (serve)
  5  a scenario file is invalid`,
		Example: `  face-liveness-emulator
  face-liveness-emulator --ephemeral --scenario spoof
  FACE_LIVENESS_HTTP_ADDR=0.0.0.0:10100 face-liveness-emulator`,
		Version:       p.build.text(),
		Args:          config.NoArguments,
		SilenceErrors: true,
		SilenceUsage:  true,
		Annotations:   map[string]string{config.EndsBySignal: "true"},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Annotations[config.EndsBySignal] == "" && p.release != nil {
				p.release()
			}
			return s.Complete(cmd.Root().PersistentFlags(), p.lookupEnv)
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return serving.Run(cmd.Context(), &s) },

		SuggestionsMinimumDistance: 2,
	}
	root.SetArgs(p.args)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	root.SetUsageTemplate(usageTemplate(root))
	root.SetFlagErrorFunc(config.FlagError)
	root.SetVersionTemplate("face-liveness-emulator {{.Version}}\n")
	s.Register(root.PersistentFlags())
	root.Flags().SortFlags = false
	root.Flags().AddFlagSet(root.PersistentFlags()) // so that help shows these before cobra's
	root.Flags().Bool("version", false, "version of the program")
	root.AddCommand(p.versionCommand())
	root.AddCommand(serving.Commands(&s)...)
	root.AddCommand(controlling.Commands(&s)...)
	controlling.AddCompletion(root, &s, p.args)
	return root
}

// server returns the server that runs the commands serve and health.
func (p *program) server() *serve.Server {
	return &serve.Server{
		Environ: p.environ, LookupEnv: p.lookupEnv, Stdout: p.stdout, Stderr: p.stderr, Signals: p.signals,
		Version: p.build.release(), Memory: p.memory,
	}
}

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: config.NoArguments,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(p.stdout, "face-liveness-emulator", p.build.text())
			return err
		},
	}
}

// usageTemplate wraps the flags at 80 columns.
func usageTemplate(root *cobra.Command) string {
	return strings.NewReplacer(
		".FlagUsages ", ".FlagUsagesWrapped 80 ",
		`Use "{{.CommandPath}} [command] --help" for more information about a command.`, `Run '{{.CommandPath}} COMMAND --help' for details.`,
	).Replace(root.UsageTemplate())
}
