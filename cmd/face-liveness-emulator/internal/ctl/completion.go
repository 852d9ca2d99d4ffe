package ctl

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/emulator/catalogue"
)

// shellSetup returns, by shell, how to load its completion script.
func shellSetup() map[string]string {
	return map[string]string{
		"bash": `Requires the package bash-completion. Load it in this shell:

  source <(face-liveness-emulator completion bash)

Load it in every new shell:

  face-liveness-emulator completion bash \
    > /etc/bash_completion.d/face-liveness-emulator`,
		"zsh": `Requires 'autoload -U compinit; compinit'. Load it in every new shell:

  face-liveness-emulator completion zsh > "${fpath[1]}/_face-liveness-emulator"`,
		"fish": `Load it in every new shell:

  face-liveness-emulator completion fish \
    > ~/.config/fish/completions/face-liveness-emulator.fish`,
		"powershell": `Load it in this shell, or in every new one from the profile:

  face-liveness-emulator completion powershell | Out-String | Invoke-Expression`,
	}
}

// AddCompletion adds cobra's completion command with shorter texts. If a completion script
// runs the program, AddCompletion also registers completions for the flags of all commands.
// Other runs do not use them and would start later.
func (p *Client) AddCompletion(root *cobra.Command, s *config.Settings, args []string) {
	root.InitDefaultCompletionCmd()
	for _, parent := range root.Commands() {
		if parent.Name() != "completion" {
			continue
		}
		parent.Short = "Generate a shell completion script"
		parent.Long = `Generate a script that completes commands, flags and names of scenarios in a
shell. It needs no running emulator.`
		parent.Example = `  source <(face-liveness-emulator completion bash)`
		parent.Args = config.NoArguments
		parent.SuggestionsMinimumDistance = 2
		parent.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		for _, shell := range parent.Commands() {
			shell.Short = "Generate the script for " + shell.Name()
			shell.Long = "Generate the completion script for " + shell.Name() + ".\n\n" + shellSetup()[shell.Name()]
			shell.Args = config.NoArguments
			if flag := shell.Flags().Lookup("no-descriptions"); flag != nil {
				flag.Usage = "completions without descriptions"
			}
		}
	}
	if len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) {
		p.completeFlags(root, s)
	}
}

// completeScenario completes the first argument as the name of a scenario.
func (p *Client) completeScenario(s *config.Settings) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return withPrefix(typed, scenarioCompletions(s)), cobra.ShellCompDirectiveNoFileComp
	}
}

// scenarioCompletions returns the built-in scenarios and those of --scenarios. It ignores
// invalid files.
func scenarioCompletions(s *config.Settings) []cobra.Completion {
	once := config.Settings{Sources: s.Sources}
	for _, dir := range s.Scenarios { // cobra parses the flags twice
		if !slices.Contains(once.Scenarios, dir) {
			once.Scenarios = append(once.Scenarios, dir)
		}
	}
	sources, err := once.ScenarioSources()
	if err != nil {
		sources = nil
	}
	known, err := catalogue.Open(sources...)
	if err != nil {
		if known, err = catalogue.Open(); err != nil {
			return nil
		}
	}
	var names []cobra.Completion
	for _, info := range known.Scenarios() {
		names = append(names, cobra.CompletionWithDesc(info.Name, firstSentence(info.Description)))
	}
	return names
}

// withPrefix returns the completions that begin with the typed text.
func withPrefix(typed string, all []cobra.Completion) []cobra.Completion {
	return slices.DeleteFunc(all, func(one cobra.Completion) bool { return !strings.HasPrefix(one, typed) })
}

// completeOneFile completes one argument as a file.
func completeOneFile(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveDefault
}

// completeFiles completes all arguments as files.
func completeFiles(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}

// completeFolders completes an argument as a folder.
func completeFolders(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// completeFlags completes the values of the flags of a command and its subcommands.
func (p *Client) completeFlags(command *cobra.Command, s *config.Settings) {
	fixed := func(values []string) cobra.CompletionFunc {
		return func(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return withPrefix(typed, slices.Clone(values)), cobra.ShellCompDirectiveNoFileComp
		}
	}
	scenarios := func(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return withPrefix(typed, scenarioCompletions(s)), cobra.ShellCompDirectiveNoFileComp
	}
	known := map[string]cobra.CompletionFunc{
		"state": completeFolders, "scenarios": completeFolders, "config-dir": completeFolders,
		"tls-cert": completeFiles, "tls-key": completeFiles, "config": completeFiles, "ca": completeFiles, "file": completeFiles, "jwks": completeFiles,
		"scenario": scenarios, "scenario-name": scenarios,
		"log-format": fixed([]string{"text", "json", "auto"}),
		"log-level":  fixed([]string{"debug", "info", "warn", "error"}),
		"status":     fixed(sessionStatuses()),
		"outcome":    fixed(outcomes()),
		"kind":       fixed(sessionKinds()),
	}
	if command.Name() == "events" {
		known["kind"] = fixed(eventKinds())
	}
	if command.Name() == "requests" {
		delete(known, "status") // a number in this command
	}
	for name, completion := range known {
		if command.LocalFlags().Lookup(name) != nil {
			// It fails only if the parent has registered the flag.
			_ = command.RegisterFlagCompletionFunc(name, completion)
		}
	}
	if output := command.LocalFlags().Lookup("output"); output != nil {
		if value, ok := output.Value.(formatValue); ok {
			var names []string
			for _, one := range value.known {
				names = append(names, string(one))
			}
			_ = command.RegisterFlagCompletionFunc("output", fixed(names)) // as above
		}
	}
	for _, below := range command.Commands() {
		p.completeFlags(below, s)
	}
}
