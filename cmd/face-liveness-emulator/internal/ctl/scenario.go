package ctl

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"text/tabwriter"
	"unicode"

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

// firstSentence is the part of a text that says what it is about.
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

// requireScenario refuses everything but one argument.
func requireScenario(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return fmt.Errorf("%q takes the name of one scenario, not %d; 'face-liveness-emulator scenario list' has the names", cmd.CommandPath(), len(args))
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

// renameScenario returns the text of a scenario file under another name, without what says
// who gets it and without the comment that names the schema by its place.
func renameScenario(file, name string) string {
	var kept []string
	skipping := false
	for line := range strings.Lines(file) {
		key, _, isKey := strings.Cut(line, ":")
		if isKey && key != "" && !strings.ContainsAny(key[:1], " \t#-") {
			skipping = key == "match" || key == "priority"
		}
		switch {
		case skipping, strings.HasPrefix(line, "# yaml-language-server:"):
		case isKey && key == "name":
			kept = append(kept, "name: "+name+"\n")
		default:
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

// catalogue reads the scenarios of the settings.
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

// print writes what a command was asked for. Who reads it may have seen enough,
// as head has; that is nothing to complain of.
func (p *Client) print(text string) error {
	switch _, err := io.WriteString(p.Stdout, text); {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EPIPE):
		return &config.ExitError{Code: config.ExitRuntime}
	default:
		return &config.ExitError{Code: config.ExitRuntime, Err: err}
	}
}

// printJSON prints a value for programs, and for people who look at it.
func (p *Client) printJSON(value any) error {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return &config.ExitError{Code: config.ExitRuntime, Err: err}
	}
	return p.print(text.String())
}

// table is rows in columns that stand below each other.
func table(rows [][]string) string {
	var aligned, trimmed strings.Builder
	columns := tabwriter.NewWriter(&aligned, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			row[i] = printable(cell)
		}
		_, _ = fmt.Fprintln(columns, strings.Join(row, "\t")) // a Builder takes everything
	}
	_ = columns.Flush()
	for line := range strings.Lines(aligned.String()) {
		trimmed.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return trimmed.String()
}

// printable is the text without what a terminal would act upon.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}
