package ctl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/cheggaaa/pb/v3"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// resetEverything is the argument for all parts.
const resetEverything = "everything"

// A resetPart is a part of a resource that can be reset.
type resetPart struct {
	name string
	flag *bool
}

// resetParts returns the parts with their flags in a reset.
func resetParts(reset *control.Reset) []resetPart {
	return []resetPart{
		{"sessions", &reset.Sessions},
		{"requests", &reset.Requests},
		{"faults", &reset.Faults},
		{"clock", &reset.Clock},
		{"scenarios", &reset.Scenarios},
		{"settings", &reset.Settings},
	}
}

// resetWords returns the arguments of reset.
func resetWords() []string {
	var words []string
	for _, one := range resetParts(&control.Reset{}) {
		words = append(words, one.name)
	}
	return append(words, resetEverything)
}

func (p *Client) resetCommand(s *config.Settings) *cobra.Command {
	var undo bool
	command := newCallCommand(p, s, callSpec[any]{
		use: "reset WORD... | --undo", short: "Reset sessions, requests, faults, clock or scenarios", args: cobra.ArbitraryArgs, all: true,
		long: `Reset parts of a resource in a running emulator, or with --all of every
resource:

  sessions    sessions and their images
  requests    the request log
  faults      faults that were set
  clock       changes of the clock
  scenarios   queue, default and seed
  settings    settings of the API; abuse monitoring is on again
  everything  all of these

--undo undoes the last reset of sessions, or the last restore, up to ten minutes
later, also after a restart. Sessions that were created or restored since are
removed. After a restore, it also brings back clock, scenarios, faults and
settings. Other resets cannot be undone. With --all, it undoes the last reset or
restore with --all.`,
		example: `  face-liveness-emulator reset sessions requests
  face-liveness-emulator reset everything --key my-test
  face-liveness-emulator reset everything --all
  face-liveness-emulator reset --undo`,
		flags: func(flags *pflag.FlagSet) {
			flags.BoolVar(&undo, "undo", false, "undo of the last reset of sessions, or the last restore")
		},
		prepare: func(words []string) (callFunc[any], error) {
			if undo {
				if len(words) > 0 {
					return nil, fmt.Errorf("--undo cannot be combined with %q; run reset twice", words[0])
				}
				return func(ctx context.Context, api control.API) (any, error) { return api.Undo(ctx) }, nil
			}
			reset, err := parseReset(words)
			if err != nil {
				return nil, err
			}
			return func(ctx context.Context, api control.API) (any, error) { return api.Reset(ctx, reset) }, nil
		},
		text: func(answer any) string {
			if undone, ok := answer.(control.UndoResult); ok {
				return undoText(undone)
			}
			return resetText(answer.(control.Reset))
		},
	})
	command.ValidArgsFunction = func(_ *cobra.Command, given []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		left := slices.DeleteFunc(resetWords(), func(word string) bool { return slices.Contains(given, word) })
		return withPrefix(typed, left), cobra.ShellCompDirectiveNoFileComp
	}
	return command
}

// parseReset returns the reset for some arguments.
func parseReset(words []string) (control.Reset, error) {
	var reset control.Reset
	if len(words) == 0 {
		return reset, errors.New("no part given; use " + strings.Join(resetWords(), ", "))
	}
	for _, word := range words {
		if !slices.Contains(resetWords(), word) {
			return reset, fmt.Errorf("cannot reset %q; use %s%s", word, strings.Join(resetWords(), ", "), config.DidYouMean("", config.Suggestions(word, resetWords())))
		}
		for _, one := range resetParts(&reset) {
			*one.flag = *one.flag || word == one.name || word == resetEverything
		}
	}
	return reset, nil
}

func resetText(reset control.Reset) string {
	var names []string
	for _, one := range resetParts(&reset) {
		if *one.flag {
			names = append(names, one.name)
		}
	}
	if len(names) == 0 {
		return "nothing was reset\n"
	}
	return "reset: " + strings.Join(names, ", ") + "\n"
}

func undoText(undone control.UndoResult) string {
	if undone.Gone == 1 {
		return "undone; removed 1 session that was created or restored since\n"
	}
	return fmt.Sprintf("undone; removed %d sessions that were created or restored since\n", undone.Gone)
}

func (p *Client) snapshotCommand(s *config.Settings) *cobra.Command {
	var force bool
	command := p.newCommand(s, commandSpec{
		use: "snapshot FILE|-", short: "Write a snapshot of a running emulator", all: true, signals: true, timeout: noTimeout,
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
			file := outFile{name: args[0], mode: modePrivate, createOnly: !force}
			return func(ctx context.Context, api control.API, output format) error {
				return p.snapshotFile(ctx, api, file, output)
			}, file.check()
		},
	})
	command.ValidArgsFunction = completeOneFile
	return command
}

// snapshotFile writes a snapshot to a file and prints its summary.
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

// snapshot writes a snapshot. The name of the stream is for messages.
func (p *Client) snapshot(ctx context.Context, api control.API, w io.Writer, name string) (control.SnapshotInfo, error) {
	ctx, stop := p.signalContext(ctx)
	defer stop()
	out := newMeter("snapshot", 0)
	out.w = w
	defer p.showProgress(out)()
	info, err := api.Snapshot(ctx, out)
	if failed := out.failure(); failed != nil {
		if errors.Is(failed, syscall.EPIPE) {
			return info, &config.ExitError{Code: config.ExitRuntime} // as in print
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

// showProgress shows the progress of a stream if standard error is a terminal. The
// function that it returns removes the line.
func (p *Client) showProgress(m *meter) (end func()) {
	if !isTerminal(p.Stderr) {
		return func() {}
	}
	return m.show(p.Stderr)
}

// A signalError is the cause of a context that a signal ended.
type signalError struct{ os.Signal }

// Error implements error.
func (e *signalError) Error() string { return e.String() }

// signalContext returns a context that a signal ends, with a *signalError as its cause.
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
	scope := "one resource"
	if info.All {
		scope = "all resources"
	}
	return fmt.Sprintf("%s and %s of %s, by version %s at %s\n", plural(info.Sessions, "session"), plural(info.Images, "image"), scope,
		printable(info.Release), info.Taken.Format(time.RFC3339))
}

func (p *Client) restoreCommand(s *config.Settings) *cobra.Command {
	command := newCallCommand(p, s, callSpec[control.SnapshotInfo]{
		use: "restore FILE|-", short: "Restore a snapshot", all: true, timeout: noTimeout,
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
				in := newMeter("restore", total)
				in.r = source
				defer p.showProgress(in)()
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

// isTerminal reports whether a stream is a terminal.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// A meter is a stream whose progress can be shown. It keeps the error of the stream, to
// tell it from errors of the call that uses the stream.
type meter struct {
	r   io.Reader
	w   io.Writer
	bar *pb.ProgressBar
	mu  sync.Mutex
	err error
}

// newMeter returns a meter without a stream. The total is in bytes; 0 is unknown.
func newMeter(name string, total int64) *meter {
	var template pb.ProgressBarTemplate = `{{string . "name"}}: {{counters .}}`
	if total > 0 {
		template = `{{string . "name"}}: {{bar . "[" "#" "#" " " "]"}} {{percent . "%.0f %%"}}, {{counters . "%s of %s"}}`
	}
	return &meter{bar: pb.New64(total).SetTemplate(template).Set("name", name).Set(pb.Bytes, true).Set(pb.SIBytesPrefix, true).
		Set(pb.CleanOnFinish, true).SetWidth(progressWidth).SetRefreshRate(progressEvery)}
}

const (
	progressWidth = 60          // columns
	progressEvery = time.Second // shorter calls show nothing
)

// Read implements io.Reader.
func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.count(n, err)
	return n, err
}

// Write implements io.Writer.
func (m *meter) Write(p []byte) (int, error) {
	n, err := m.w.Write(p)
	m.count(n, err)
	return n, err
}

func (m *meter) count(n int, err error) {
	if m.bar.Add(n); m.bar.Total() > 0 { // A file can grow while it is read.
		m.bar.SetTotal(max(m.bar.Total(), m.bar.Current()))
	}
	if err != nil && !errors.Is(err, io.EOF) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.err = err
	}
}

// failure returns the error of the stream, if it had one.
func (m *meter) failure() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.err
}

// show shows the progress on a terminal. The function that it returns removes the line.
func (m *meter) show(terminal io.Writer) (end func()) {
	m.bar.Set(pb.Terminal, true).SetWriter(terminal).Start()
	return func() { m.bar.Finish() }
}
