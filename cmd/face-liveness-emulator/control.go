package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// A controlCommand describes a command that makes a control call, which a T
// answers.
type controlCommand[T any] struct {
	use, short, long, example string
	args                      cobra.PositionalArgs
	flags                     func(*pflag.FlagSet) // adds those of its own; nil: none
	all                       bool                 // it can be about all resources
	// prepare returns the call that the arguments ask for, or why they do not ask for
	// one.
	prepare func(args []string) (controlCall[T], error)
	text    func(T) string // what people read of an answer
	fails   func(T) error  // why an answer is no success all the same; nil: it always is
}

// A controlCall is a control call with its arguments.
type controlCall[T any] func(context.Context, control.Plane) (T, error)

// controlled makes the command of a description.
func controlled[T any](p *program, s *settings, d controlCommand[T]) *cobra.Command {
	var c connection
	command := &cobra.Command{
		Use: d.use, Short: d.short, Long: d.long + "\n\n" + foundText, Example: d.example, Args: d.args,
		RunE: func(cmd *cobra.Command, args []string) error {
			call, err := d.prepare(args)
			if err != nil {
				return err
			}
			if err := c.complete(cmd.Flags(), p.lookupEnv); err != nil {
				return err
			}
			client, err := c.connect(cmd.Context(), s)
			if err != nil {
				return err
			}
			answer, err := call(cmd.Context(), client)
			if err != nil {
				return controlFailure(err)
			}
			if c.output == formatJSON {
				err = p.printJSON(answer)
			} else {
				err = p.print(d.text(answer))
			}
			if err == nil && d.fails != nil {
				err = d.fails(answer)
			}
			return err
		},

		SuggestionsMinimumDistance: 2,
	}
	command.Flags().SortFlags = false
	if d.flags != nil {
		d.flags(command.Flags())
	}
	c.register(command)
	if d.all {
		command.Flags().BoolVar(&c.all, "all", false, "all resources in place of that of --key")
	}
	return command
}

// always is prepare for a command without arguments.
func always[T any](call func(control.Plane, context.Context) (T, error)) func([]string) (controlCall[T], error) {
	return func([]string) (controlCall[T], error) {
		return func(ctx context.Context, plane control.Plane) (T, error) { return call(plane, ctx) }, nil
	}
}

// controlFailure gives an error of a control call its exit code, and the words of
// the command line.
func controlFailure(err error) error {
	if refused, ok := errors.AsType[*control.Error](err); ok {
		code := exitUsage
		if refused.Kind == control.KindUnavailable {
			code = exitRuntime
		}
		return &exitError{code: code, err: fmt.Errorf("%w%s", err, remedy(refused))}
	}
	text := strings.TrimPrefix(err.Error(), "control: ")
	if failed, ok := errors.AsType[*url.Error](err); ok {
		text = "cannot reach the emulator: " + failed.Error()
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		text += "; name the file of its CA by --ca"
	}
	return &exitError{code: exitRuntime, err: errors.New(text)}
}

// remedy says by which flag to mend what an emulator refused.
func remedy(refused *control.Error) string {
	switch {
	case refused.Kind == control.KindInvalid && strings.HasPrefix(refused.Text, "clock: the time cannot go backwards"):
		return "; --force lets it"
	case refused.Kind != control.KindRefused:
		return ""
	case strings.Contains(refused.Text, control.AdminHeader):
		return ", which --admin-token or " + variable("admin-token") + " names"
	case strings.Contains(refused.Text, "--keys"):
		return " of the emulator; name one that is by --key or " + variable("key")
	}
	return ""
}
