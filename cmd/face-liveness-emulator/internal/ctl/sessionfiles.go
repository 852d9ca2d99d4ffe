package ctl

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// A fileFlag is --file.
type fileFlag struct{ name string }

func (f *fileFlag) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.name, "file", "", "output file; overwritten if it exists")
}

// newDocumentCommand makes the command of a description whose answers are documents. Document
// makes one of an answer; the file is added to it.
func newDocumentCommand[T any](p *Client, s *config.Settings, d callSpec[T], document func(answer T, output format) (document, error)) *cobra.Command {
	var file fileFlag
	return p.newCommand(s, commandSpec{
		use: d.use, short: d.short, long: d.long, example: d.example,
		args: d.args, all: d.all, formats: d.formats, flags: file.register, callTimeout: d.callTimeout,
		prepare: func(args []string) (runFunc, error) {
			call, err := d.prepare(args)
			if err != nil {
				return nil, err
			}
			if file.name != "" {
				if err := (outFile{name: file.name}).check(); err != nil {
					return nil, err
				}
			}
			return func(ctx context.Context, api control.API, output format) error {
				answer, err := call(ctx, api)
				if err != nil {
					return controlFailure(err)
				}
				made, err := document(answer, output)
				if err != nil {
					return &config.ExitError{Code: config.ExitRuntime, Err: err}
				}
				made.file = file.name
				if err := p.deliver(made, output); err != nil || d.fails == nil {
					return err
				}
				return d.fails(answer)
			}, nil
		},
	})
}

// deliver writes a document where it is to be.
func (p *Client) deliver(d document, output format) error {
	d, err := d.saved()
	switch {
	case err != nil:
		return err
	case output == formatJSON && d.value() != nil:
		return p.printJSON(d.value())
	default:
		return p.print(d.shown())
	}
}

func (p *Client) sessionsExport(s *config.Settings) *cobra.Command {
	return newDocumentCommand(p, s, callSpec[json.RawMessage]{
		use: "export ID", short: "Export a session with its images", args: oneArg(sessionIDArg), all: true,
		long: `Export a session with its images as a JSON document. An emulator loads a folder
of them with --load.`,
		example: `  face-liveness-emulator sessions export SESSION --file session.json
  face-liveness-emulator sessions export SESSION > session.json`,
		prepare: sessionCall(func(ctx context.Context, api control.API, id string) (json.RawMessage, error) {
			return api.ExportSession(ctx, id)
		}),
	}, func(export json.RawMessage, _ format) (document, error) {
		return document{text: strings.TrimRight(string(export), "\n") + "\n", mode: modePrivate}, nil
	})
}

func (p *Client) sessionsScenario(s *config.Settings) *cobra.Command {
	return newDocumentCommand(p, s, callSpec[control.ScenarioFile]{
		use: "scenario ID", short: "Generate a scenario that repeats a session", args: oneArg(sessionIDArg), all: true,
		long: `Generate a scenario file whose sessions repeat this session, to reproduce it.`,
		example: `  face-liveness-emulator sessions scenario SESSION
  face-liveness-emulator sessions scenario SESSION --file qa/again.yaml`,
		prepare: sessionCall(func(ctx context.Context, api control.API, id string) (control.ScenarioFile, error) {
			return api.ScenarioOf(ctx, id)
		}),
	}, func(file control.ScenarioFile, _ format) (document, error) {
		return document{text: file.Text, json: file, mode: modeShared}, nil
	})
}
