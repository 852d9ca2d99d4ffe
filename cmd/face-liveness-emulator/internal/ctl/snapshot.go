package ctl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

func (p *Client) snapshotCommand(s *config.Settings) *cobra.Command {
	var force bool
	command := p.newCommand(s, commandSpec{
		use: "snapshot FILE|-", short: "Write a snapshot of a running emulator", all: true, signals: true, callTimeout: noTimeout,
		args: oneArg("the file to write, or - for standard output"),
		long: `Write the sessions, images and settings of a resource in a running emulator to
a file, or with --all those of every resource. 'restore' reads it, in this
emulator or another one. The file appears under its name only when it is
complete.`,
		example: `  face-liveness-emulator snapshot before.snapshot
  face-liveness-emulator snapshot all.snapshot --all --force
  face-liveness-emulator snapshot - | ssh other face-liveness-emulator restore -`,
		flags: func(flags *pflag.FlagSet) {
			flags.BoolVar(&force, "force", false, "an existing file is overwritten")
		},
		prepare: func(args []string) (runFunc, error) {
			if args[0] == "-" {
				if isTerminal(p.Stdout) {
					return nil, errors.New("a snapshot is binary; name a file, or redirect standard output")
				}
				return func(ctx context.Context, api control.API, _ format) error {
					_, err := p.snapshot(ctx, api, p.Stdout, "standard output")
					return err
				}, nil
			}
			file := outFile{name: args[0], mode: modePrivate, keep: !force}
			return func(ctx context.Context, api control.API, output format) error {
				return p.snapshotFile(ctx, api, file, output)
			}, file.check()
		},
	})
	command.ValidArgsFunction = completeOneFile
	return command
}

// snapshotFile writes a snapshot to a file and prints what is in it.
func (p *Client) snapshotFile(ctx context.Context, api control.API, file outFile, output format) error {
	var info control.SnapshotInfo
	err := file.write(func(w io.Writer) (err error) {
		info, err = p.snapshot(ctx, api, w, file.name)
		return err
	})
	switch {
	case err != nil:
		if _, ok := errors.AsType[*config.ExitError](err); !ok {
			err = &config.ExitError{Code: config.ExitRuntime, Err: err}
		}
		return err
	case output == formatJSON:
		return p.printJSON(info)
	default:
		return p.print(file.name + ": " + snapshotText(info))
	}
}

// snapshot writes a snapshot to what has this name.
func (p *Client) snapshot(ctx context.Context, api control.API, w io.Writer, name string) (control.SnapshotInfo, error) {
	ctx, stop := p.signalContext(ctx)
	defer stop()
	out := &counter{w: w}
	defer p.showProgress(out, "snapshot", 0)()
	info, err := api.Snapshot(ctx, out)
	if failed := out.failure(); failed != nil {
		if errors.Is(failed, syscall.EPIPE) {
			return info, &config.ExitError{Code: config.ExitRuntime} // as print has it
		}
		return info, &config.ExitError{Code: config.ExitRuntime, Err: config.FileError(name, failed)}
	}
	if signal, ok := errors.AsType[*signalError](context.Cause(ctx)); ok {
		return info, &config.ExitError{Code: config.SignalCode(signal.Signal)}
	}
	if err != nil {
		return info, controlFailure(err)
	}
	return info, nil
}

// showProgress shows the progress of a counter to who looks at a terminal.
func (p *Client) showProgress(c *counter, what string, total int64) (end func()) {
	if !isTerminal(p.Stderr) {
		return func() {}
	}
	return c.progress(p.Stderr, what, total)
}

// A signalError is the cause of what a signal has ended.
type signalError struct{ os.Signal }

// Error implements error.
func (e *signalError) Error() string { return e.String() }

// signalContext is a context that a signal ends, with a *signalError as its cause.
func (p *Client) signalContext(ctx context.Context) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case caught := <-p.Signals:
			cancel(&signalError{caught})
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}

func snapshotText(info control.SnapshotInfo) string {
	whose := "one resource"
	if info.All {
		whose = "all resources"
	}
	return fmt.Sprintf("%s and %s of %s, by version %s at %s\n", plural(info.Sessions, "session"), plural(info.Images, "image"), whose,
		printable(info.Release), info.Taken.Format(time.RFC3339))
}

func (p *Client) restoreCommand(s *config.Settings) *cobra.Command {
	command := newCallCommand(p, s, callSpec[control.SnapshotInfo]{
		use: "restore FILE|-", short: "Restore a snapshot", all: true, callTimeout: noTimeout,
		args: oneArg("the file of the snapshot, or - for standard input"),
		long: `Replace the sessions, images and settings of a resource in a running emulator
with those of a snapshot, or with --all those of every resource. It succeeds as
a whole or changes nothing.`,
		example: `  face-liveness-emulator restore before.snapshot
  face-liveness-emulator restore all.snapshot --all`,
		prepare: func(args []string) (callFunc[control.SnapshotInfo], error) {
			source, name, total := p.Stdin, "standard input", int64(0)
			closeFile := func() error { return nil }
			if args[0] != "-" {
				file, err := os.Open(args[0])
				if err != nil {
					return nil, config.FileError(args[0], err)
				}
				info, err := file.Stat()
				if err == nil && info.IsDir() {
					err = errors.New("is a folder")
				}
				if err != nil {
					_ = file.Close() // Nothing was read.
					return nil, config.FileError(args[0], err)
				}
				source, name, total, closeFile = file, args[0], info.Size(), file.Close
			}
			return func(ctx context.Context, api control.API) (control.SnapshotInfo, error) {
				defer closeFile() //nolint:errcheck // Reading only.
				in := &counter{r: source}
				defer p.showProgress(in, "restore", total)()
				info, err := api.Restore(ctx, in)
				if failed := in.failure(); failed != nil {
					return info, config.FileError(name, failed)
				}
				return info, err
			}, nil
		},
		text: snapshotText,
	})
	command.ValidArgsFunction = completeOneFile
	return command
}
