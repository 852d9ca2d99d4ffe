package ctl

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

func (p *Client) faultsCommand(s *config.Settings) *cobra.Command {
	parent := newCallCommand(p, s, callSpec[faultList]{
		use: "faults", short: "Show or set the faults of a running emulator", args: config.NoArguments, all: true,
		long: `Show the faults that apply to all calls of a resource in a running emulator, or
set them with a subcommand.`,
		example: `  face-liveness-emulator faults
  face-liveness-emulator faults use outage.yaml
  face-liveness-emulator faults off`,
		prepare: withoutArgs(func(api control.API, ctx context.Context) (faultList, error) {
			text, err := api.Faults(ctx)
			return faultList{Text: text}, err
		}), text: faultsText,
	})
	parent.AddCommand(p.faultsUse(s), p.faultsOff(s))
	return parent
}

func (p *Client) faultsUse(s *config.Settings) *cobra.Command {
	command := newCallCommand(p, s, callSpec[faultList]{
		use: "use FILE|-", short: "Set faults", args: oneArg("the file with the faults, or - for standard input"), all: true,
		long: `Set the faults that apply to all calls of a resource, instead of the current
ones. The file is a list in YAML or JSON, like faults in a scenario file; - is
standard input. Counts and times start when the faults are set. Faults survive
a restart.`,
		example: `  face-liveness-emulator faults use outage.yaml
  echo '[{on: read, calls: {to: 3}, error: unavailable}]' | face-liveness-emulator faults use -`,
		prepare: func(args []string) (callFunc[faultList], error) {
			text, name, err := p.readFile(args[0])
			if err != nil {
				return nil, err
			}
			if strings.TrimSpace(text) == "" {
				return nil, fmt.Errorf("%s is empty; use 'face-liveness-emulator faults off' to remove the faults", name)
			}
			use := useFaults(text)
			return func(ctx context.Context, api control.API) (faultList, error) {
				set, err := use(ctx, api)
				if refused, ok := errors.AsType[*control.Error](err); ok && refused.Kind == control.ErrorInvalid {
					err = fmt.Errorf("%s: %w", name, err)
				}
				return set, err
			}, nil
		},
		text: faultsText,
	})
	command.ValidArgsFunction = completeOneFile
	return command
}

func (p *Client) faultsOff(s *config.Settings) *cobra.Command {
	return newCallCommand(p, s, callSpec[faultList]{
		use: "off", short: "Remove the faults", args: config.NoArguments, all: true,
		long: `Remove the faults that were set for all calls of a resource. The faults of
scenarios stay.`,
		example: `  face-liveness-emulator faults off
  face-liveness-emulator faults off --key my-test`,
		prepare: func([]string) (callFunc[faultList], error) { return useFaults(""), nil },
		text:    faultsText,
	})
}

func useFaults(text string) callFunc[faultList] {
	return func(ctx context.Context, api control.API) (faultList, error) {
		set, err := api.UseFaults(ctx, text)
		return faultList{Text: set}, err
	}
}

// faultsText returns the text as it was set, without control characters.
func faultsText(faults faultList) string {
	if strings.TrimSpace(faults.Text) == "" {
		return "no faults are set\n"
	}
	var shown strings.Builder
	for line := range strings.Lines(faults.Text) {
		line = strings.TrimRight(line, "\r\n")
		for i, part := range strings.Split(line, "\t") {
			if i > 0 {
				shown.WriteByte('\t')
			}
			shown.WriteString(printable(part))
		}
		shown.WriteByte('\n')
	}
	return shown.String()
}

// A faultList is the JSON output of the commands for faults. The text is a list in the
// language of scenario files; "" is an empty list.
type faultList struct {
	Text string `json:"faults"`
}
