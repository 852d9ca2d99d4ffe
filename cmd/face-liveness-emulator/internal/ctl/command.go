package ctl

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// A callSpec describes a command that makes a control call, which a T
// answers.
type callSpec[T any] struct {
	use, short, long, example string
	args                      cobra.PositionalArgs
	flags                     func(*pflag.FlagSet) // adds those of its own; nil: none
	all                       bool                 // it can be about all resources
	formats                   []format             // of its answer, beside text and JSON
	callTimeout               func() time.Duration // how long the call may take; nil: as usual
	// prepare returns the call that the arguments ask for, or why they do not ask for
	// one.
	prepare func(args []string) (callFunc[T], error)
	text    func(T) string // what people read of an answer
	fails   func(T) error  // why an answer is no success all the same; nil: it always is
}

// A callFunc is a control call with its arguments.
type callFunc[T any] func(context.Context, control.API) (T, error)

// newCallCommand makes the command of a description.
func newCallCommand[T any](p *Client, s *config.Settings, d callSpec[T]) *cobra.Command {
	return p.newCommand(s, commandSpec{
		use: d.use, short: d.short, long: d.long, example: d.example,
		args: d.args, flags: d.flags, all: d.all, formats: d.formats, callTimeout: d.callTimeout,
		prepare: func(args []string) (runFunc, error) {
			call, err := d.prepare(args)
			if err != nil {
				return nil, err
			}
			return func(ctx context.Context, api control.API, output format) error {
				answer, err := call(ctx, api)
				if err != nil {
					return controlFailure(err)
				}
				if output == formatJSON {
					err = p.printJSON(answer)
				} else {
					err = p.print(d.text(answer))
				}
				if err == nil && d.fails != nil {
					err = d.fails(answer)
				}
				return err
			}, nil
		},
	})
}

// A commandSpec describes a command that has to do with a running emulator.
type commandSpec struct {
	use, short, long, example string
	args                      cobra.PositionalArgs
	flags                     func(*pflag.FlagSet) // adds those of its own; nil: none
	all                       bool                 // it can be about all resources
	formats                   []format             // of its output, beside text and JSON
	callTimeout               func() time.Duration // how long a call may take; nil: as usual
	signals                   bool                 // it ends by itself when a signal comes
	// prepare returns what the arguments ask for, or why they ask for nothing.
	prepare func(args []string) (runFunc, error)
}

// A runFunc does what a command is for, and prints it.
type runFunc func(ctx context.Context, api control.API, output format) error

// newCommand makes the command of a description.
func (p *Client) newCommand(s *config.Settings, d commandSpec) *cobra.Command {
	var c connection
	command := &cobra.Command{
		Use: d.use, Short: d.short, Long: d.long + "\n\n" + connectionHelp, Example: d.example, Args: d.args,
		RunE: func(cmd *cobra.Command, args []string) error {
			run, err := d.prepare(args)
			if err != nil {
				return err
			}
			if err := c.complete(cmd.Flags(), p.LookupEnv); err != nil {
				return err
			}
			client, err := c.connect(cmd.Context(), p, s)
			if err != nil {
				return err
			}
			if d.callTimeout != nil {
				client.HTTP.Timeout = d.callTimeout()
			}
			return run(cmd.Context(), client, c.output)
		},

		SuggestionsMinimumDistance: 2,
	}
	if d.signals {
		command.Annotations = map[string]string{config.EndsBySignal: "true"}
	}
	command.Flags().SortFlags = false
	if d.flags != nil {
		d.flags(command.Flags())
	}
	c.register(command, d.formats...)
	if d.all {
		command.Flags().BoolVar(&c.all, "all", false, "all resources instead of that of --key")
	}
	return command
}

// noTimeout is callTimeout without an end.
func noTimeout() time.Duration { return 0 }

// withoutArgs is prepare for a command without arguments.
func withoutArgs[T any](call func(control.API, context.Context) (T, error)) func([]string) (callFunc[T], error) {
	return func([]string) (callFunc[T], error) {
		return func(ctx context.Context, api control.API) (T, error) { return call(api, ctx) }, nil
	}
}

// controlFailure gives an error of a control call its exit code, and the words of
// the command line.
func controlFailure(err error) error {
	if refused, ok := errors.AsType[*control.Error](err); ok {
		code := config.ExitUsage
		if refused.Kind == control.ErrorUnavailable {
			code = config.ExitRuntime
		}
		return &config.ExitError{Code: code, Err: fmt.Errorf("%w%s", err, remedy(refused))}
	}
	text := strings.TrimPrefix(err.Error(), "control: ")
	if failed, ok := errors.AsType[*url.Error](err); ok {
		text = "cannot reach the emulator: " + failed.Error()
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		text += "; set its CA with --ca"
	}
	return &config.ExitError{Code: config.ExitRuntime, Err: errors.New(text)}
}

// remedy names the flag that a refused call lacks, and where it comes from.
func remedy(refused *control.Error) string {
	switch refused.Code {
	case control.CodeClockBack:
		return "; use --force to allow it"
	case control.CodeAdminToken:
		return "; set it with --admin-token or " + config.Variable("admin-token")
	case control.CodeUnknownKey:
		return "; choose one with --key or " + config.Variable("key")
	default:
		return ""
	}
}
