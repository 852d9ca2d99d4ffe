package ctl

import (
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/emulator/catalogue"
)

func (p *Client) completionCommand() *cobra.Command {
	parent := &cobra.Command{
		Use: "completion", Short: "Print what lets a shell complete the command line", Args: config.NoArguments,
		Long: `Print a script that lets a shell complete commands, flags, and names such as those of
scenarios. Nothing has to run for that.`,
		Example: `  source <(face-liveness-emulator completion bash)
  face-liveness-emulator completion zsh > "${fpath[1]}/_face-liveness-emulator"
  face-liveness-emulator completion fish > ~/.config/fish/completions/face-liveness-emulator.fish
  face-liveness-emulator completion powershell | Out-String | Invoke-Expression`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		SuggestionsMinimumDistance: 2,
	}
	for _, shell := range []struct {
		name, advice string
		script       func(*cobra.Command, io.Writer) error
	}{
		{
			"bash", `It needs the package bash-completion. For this shell:

  source <(face-liveness-emulator completion bash)

For every shell to come:

  face-liveness-emulator completion bash > /etc/bash_completion.d/face-liveness-emulator`,
			func(root *cobra.Command, w io.Writer) error { return root.GenBashCompletionV2(w, true) },
		},
		{
			"zsh", `It needs completion to be on, as by 'autoload -U compinit; compinit'. For every shell
to come:

  face-liveness-emulator completion zsh > "${fpath[1]}/_face-liveness-emulator"`,
			(*cobra.Command).GenZshCompletion,
		},
		{
			"fish", `For every shell to come:

  face-liveness-emulator completion fish > ~/.config/fish/completions/face-liveness-emulator.fish`,
			func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) },
		},
		{
			"powershell", `For this shell, or in its profile for every one to come:

  face-liveness-emulator completion powershell | Out-String | Invoke-Expression`,
			(*cobra.Command).GenPowerShellCompletionWithDesc,
		},
	} {
		parent.AddCommand(&cobra.Command{
			Use: shell.name, Short: "Print the script for " + shell.name, Args: config.NoArguments,
			Long:                  "Print the script that lets " + shell.name + " complete the command line.\n\n" + shell.advice,
			DisableFlagsInUseLine: true,
			RunE: func(cmd *cobra.Command, _ []string) error {
				var script scriptText
				if err := shell.script(cmd.Root(), &script); err != nil {
					return &config.ExitError{Code: config.ExitRuntime, Err: err}
				}
				return p.print(string(script))
			},
		})
	}
	return parent
}

// A scriptText is a script as it is written.
type scriptText []byte

// Write implements io.Writer.
func (t *scriptText) Write(p []byte) (int, error) {
	*t = append(*t, p...)
	return len(p), nil
}

// scenarioNames completes the name of a scenario, which is the first argument.
func (p *Client) scenarioNames(s *config.Settings) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return beginning(typed, scenarioCompletions(s)), cobra.ShellCompDirectiveNoFileComp
	}
}

// scenarioCompletions are the built-in scenarios and those of --scenarios. What is
// wrong with them is no matter here.
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

// beginning leaves of some completions those that begin as what was typed.
func beginning(typed string, all []cobra.Completion) []cobra.Completion {
	return slices.DeleteFunc(all, func(one cobra.Completion) bool { return !strings.HasPrefix(one, typed) })
}

// oneFile completes one argument, which is a file.
func oneFile(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveDefault
}

// files completes arguments that are all files.
func files(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}

// folderNames completes an argument that is a folder.
func folderNames(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// CompleteFlags lets the values of flags be completed, in a command and those below
// it.
func (p *Client) CompleteFlags(command *cobra.Command, s *config.Settings) {
	fixed := func(values []string) cobra.CompletionFunc {
		return func(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return beginning(typed, slices.Clone(values)), cobra.ShellCompDirectiveNoFileComp
		}
	}
	scenarios := func(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return beginning(typed, scenarioCompletions(s)), cobra.ShellCompDirectiveNoFileComp
	}
	known := map[string]cobra.CompletionFunc{
		"state": folderNames, "scenarios": folderNames, "config-dir": folderNames,
		"tls-cert": files, "tls-key": files, "config": files, "ca": files, "file": files, "jwks": files,
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
		delete(known, "status") // there it is a number
	}
	for name, completion := range known {
		if command.LocalFlags().Lookup(name) != nil {
			// It fails only for a flag that is not there, or one that is completed already:
			// that of the parent.
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
		p.CompleteFlags(below, s)
	}
}
