package ctl

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/catalogue"
)

func (p *Client) scenarioCommand(s *config.Settings) *cobra.Command {
	parent := &cobra.Command{
		Use: "scenario", Short: "Validate, list, show, explain and select scenarios", Args: config.NoArguments,
		Long: `Validate, list, show and explain scenarios without a running emulator, and
select the scenarios of new sessions in a running one.

The scenarios are the built-in ones and those in the folders of --scenarios or
FACE_LIVENESS_SCENARIOS. A running emulator uses the folders it was started
with.`,
		Example: `  face-liveness-emulator scenario validate qa
  face-liveness-emulator scenario list --scenarios qa
  face-liveness-emulator scenario show spoof
  face-liveness-emulator scenario explain --scenarios qa --device-correlation-id qa-7
  face-liveness-emulator scenario use spoof
  face-liveness-emulator scenario queue mask-then-real 3`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		SuggestionsMinimumDistance: 2,
	}
	const files, control = "files", "control"
	parent.AddGroup(
		&cobra.Group{ID: files, Title: "Without an emulator:"},
		&cobra.Group{ID: control, Title: "In a running emulator:"},
	)
	add := func(group string, commands ...*cobra.Command) {
		for _, command := range commands {
			command.GroupID = group
			parent.AddCommand(command)
		}
	}
	add(files, p.validateCommand(), p.listCommand(s), p.showCommand(s), p.explainCommand(s))
	add(control, p.currentCommand(s), p.useCommand(s), p.queueCommand(s), p.seedCommand(s))
	return parent
}

func (p *Client) listCommand(s *config.Settings) *cobra.Command {
	var output format
	command := &cobra.Command{
		Use: "list", Short: "List scenarios with their descriptions", Args: config.NoArguments,
		Long: `List the scenarios: the built-in ones first, then those of each folder by file
name. The table shows the first sentence of each description. JSON has all of
it, and the advice on how an app should react.`,
		Example: `  face-liveness-emulator scenario list
  face-liveness-emulator scenario list --scenarios qa --output json`,
		RunE: func(*cobra.Command, []string) error { return p.list(s, output) },
	}
	output.register(command)
	return command
}

func (p *Client) list(s *config.Settings, output format) error {
	catalogue, err := p.catalogue(s)
	if err != nil {
		return err
	}
	type entry struct {
		Name        string `json:"name"`
		Description string `json:"description"`
		Advice      string `json:"advice,omitempty"`
		Source      string `json:"source"`
	}
	entries := []entry{}
	rows := [][]string{{"NAME", "SOURCE", "DESCRIPTION"}}
	for _, info := range catalogue.Scenarios() {
		entries = append(entries, entry(info))
		rows = append(rows, []string{info.Name, info.Source, firstSentence(info.Description)})
	}
	if output == formatJSON {
		return p.printJSON(entries)
	}
	return p.print(table(rows))
}

// firstSentence returns the first sentence of a text.
func firstSentence(text string) string {
	words := strings.Fields(text)
	for i, word := range words {
		if strings.HasSuffix(word, ".") {
			return strings.Join(words[:i+1], " ")
		}
	}
	return strings.Join(words, " ")
}

func (p *Client) showCommand(s *config.Settings) *cobra.Command {
	var as string
	command := &cobra.Command{
		Use: "show NAME", Short: "Show the file of a scenario", Args: requireScenario, ValidArgsFunction: p.completeScenario(s),
		Long: `Show the file of a scenario. With --as, show it under another name and without
match and priority, as a starting point for a new scenario.`,
		Example: `  face-liveness-emulator scenario show mask-then-real
  face-liveness-emulator scenario show spoof --as qa-spoof > qa/spoof.yaml`,
		RunE: func(_ *cobra.Command, args []string) error { return p.show(s, args[0], as) },
	}
	command.Flags().StringVar(&as, "as", "", "name of the new scenario")
	return command
}

// requireScenario requires one argument.
func requireScenario(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return fmt.Errorf("%q requires one scenario name, not %d; 'face-liveness-emulator scenario list' lists the names", cmd.CommandPath(), len(args))
}

func (p *Client) show(s *config.Settings, name, as string) error {
	catalogue, err := p.catalogue(s)
	if err != nil {
		return err
	}
	file, err := catalogue.Show(name)
	if unknown, ok := errors.AsType[*emulator.OptionError](err); ok {
		return &config.ExitError{Code: config.ExitUsage, Err: unknown.Err}
	}
	if err != nil {
		return &config.ExitError{Code: config.ExitRuntime, Err: err}
	}
	if as != "" {
		return p.print(renameScenario(string(file), as))
	}
	return p.print(string(file))
}

// renameScenario returns the text of a scenario file under another name, without match and
// priority, and without the comment with the path of the schema.
func renameScenario(file, name string) string {
	var lines []string
	skipping := false
	for line := range strings.Lines(file) {
		key, _, isKey := strings.Cut(line, ":")
		if isKey && key != "" && !strings.ContainsAny(key[:1], " \t#-") {
			skipping = key == "match" || key == "priority"
		}
		switch {
		case skipping, strings.HasPrefix(line, "# yaml-language-server:"):
		case isKey && key == "name":
			lines = append(lines, "name: "+name+"\n")
		default:
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// catalogue returns the scenarios of the settings.
func (p *Client) catalogue(s *config.Settings) (*catalogue.Catalogue, error) {
	logger, err := config.NewLogger(s, p.Stderr)
	if err != nil {
		return nil, err
	}
	sources, err := s.ScenarioSources()
	if err != nil {
		return nil, err
	}
	s.CountScenarios(logger)
	catalogue, err := catalogue.Open(sources...)
	if err != nil {
		return nil, s.Failure(err)
	}
	return catalogue, nil
}

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

// requireFiles requires arguments that are not blank.
func requireFiles(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("%q requires scenario files or their folder", cmd.CommandPath())
	}
	for _, arg := range args {
		if strings.TrimSpace(arg) == "" {
			return errors.New("the file name is blank")
		}
	}
	return nil
}

// validate prints the problems of files to standard output, because they are the output of
// the command.
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
