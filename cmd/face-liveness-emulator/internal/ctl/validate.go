package ctl

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/emulator/catalogue"
)

func (p *Client) validateCommand() *cobra.Command {
	var output format
	command := &cobra.Command{
		Use: "validate FILE...", Short: "Validate scenario files; exit code 0 or 5", Args: requireFiles,
		Long: `Validate scenario files. For a folder, validate the files that an emulator
reads: *.yaml and *.yml at its top. The exit code is 0 if there are no errors,
also with warnings, and 5 otherwise.

The files are checked together with the built-in scenarios, as an emulator
would read them: for duplicate names, unknown scenarios in then, and rules that
never win. So pass the folder, or all files that refer to each other. Session
images are read from the folder of each file.

JSON lists the problems in the order of the files. severity is error or
warning; line and column are 0 for a problem with the whole file.`,
		Example: `  face-liveness-emulator scenario validate qa
  face-liveness-emulator scenario validate qa/blurred.yaml qa/slow.yaml
  face-liveness-emulator scenario validate qa --output json`,
		RunE:              func(_ *cobra.Command, args []string) error { return p.validate(args, output) },
		ValidArgsFunction: completeFiles,
	}
	output.register(command)
	return command
}

// requireFiles refuses no arguments, and blank ones.
func requireFiles(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("%q takes the scenario files to check, or their folder", cmd.CommandPath())
	}
	for _, arg := range args {
		if strings.TrimSpace(arg) == "" {
			return errors.New("the name of a file is blank")
		}
	}
	return nil
}

// validate writes what is wrong with files to standard output: that is what it
// was asked for.
func (p *Client) validate(paths []string, output format) error {
	problems, files := catalogue.Check(paths...)
	show := p.printReport
	if output == formatJSON {
		show = p.printProblems
	}
	if err := show(problems, files); err != nil {
		return err
	}
	for _, problem := range problems {
		if !problem.Warning {
			return &config.ExitError{Code: config.ExitScenario}
		}
	}
	return nil
}

func (p *Client) printReport(problems []catalogue.Problem, files int) error {
	var report strings.Builder
	warnings := 0
	for _, problem := range problems {
		if problem.Warning {
			warnings++
		}
		report.WriteString(problem.String() + "\n")
	}
	summary := plural(files, "file")
	switch bad := len(problems) - warnings; {
	case bad > 0:
		summary += ": " + plural(bad, "error") + ", " + plural(warnings, "warning")
	case warnings > 0:
		summary += " without errors, " + plural(warnings, "warning")
	default:
		summary += " without errors or warnings"
	}
	return p.print(report.String() + summary + "\n")
}

// plural is a number of things in words.
func plural(number int, thing string) string {
	if number == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", number, thing)
}

func (p *Client) printProblems(problems []catalogue.Problem, _ int) error {
	type entry struct {
		File       string `json:"file"`
		Line       int    `json:"line"`
		Column     int    `json:"column"`
		Severity   string `json:"severity"`
		Message    string `json:"message"`
		Suggestion string `json:"suggestion"`
		Excerpt    string `json:"excerpt"`
	}
	entries := []entry{}
	for _, problem := range problems {
		severity := "error"
		if problem.Warning {
			severity = "warning"
		}
		entries = append(entries, entry{
			problem.File, problem.Line, problem.Column, severity, problem.Message, problem.Suggestion, problem.Excerpt,
		})
	}
	return p.printJSON(entries)
}
