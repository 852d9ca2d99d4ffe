package ctl

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

func (p *Client) reportCommand(s *config.Settings) *cobra.Command {
	return newDocumentCommand(p, s, callSpec[control.Report]{
		use: "report", short: "Report wrong calls of an app; exit code 0 or 1", args: config.NoArguments, all: true,
		long: `Report wrong calls of an app, by the request log of a resource in a running
emulator. The exit code is 1 if there are findings, and 0 otherwise.`,
		example: `  face-liveness-emulator report
  face-liveness-emulator report --key my-test --output junit --file liveness.xml`,
		formats: []format{formatJUnit},
		prepare: withoutArgs(control.API.Report),
		fails: func(report control.Report) error {
			if report.Clean() {
				return nil
			}
			return &config.ExitError{Code: config.ExitRuntime}
		},
	}, reportDocument)
}

// reportDocument is a report in a format.
func reportDocument(report control.Report, output format) (document, error) {
	d := document{mode: modeShared}
	switch output {
	case formatJSON:
		text, err := json.MarshalIndent(report, "", "  ")
		if err != nil {
			return d, err
		}
		d.text = string(text) + "\n"
	case formatJUnit:
		text, err := report.JUnit()
		if err != nil {
			return d, fmt.Errorf("the report in the form of JUnit: %w", err)
		}
		d.text = string(text)
	default:
		d.text = report.Text()
	}
	return d, nil
}
