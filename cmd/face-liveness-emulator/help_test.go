package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// summaryVerbs returns the words with which the summary of a command may begin.
func summaryVerbs() []string {
	return []string{
		"Advance", "Check", "Decode", "Delete", "Emulate", "Expire", "Export", "Freeze", "Generate", "Help", "List", "Play", "Print",
		"Remove", "Report", "Reset", "Restore", "Resume", "Serve", "Set", "Show", "Stream", "Validate", "Verify", "Write",
	}
}

// flagVerbs returns words that make the text of a flag a sentence instead of a noun phrase.
func flagVerbs() []string {
	return []string{
		"add", "allow", "answer", "end", "keep", "let", "make", "print", "read", "send", "set", "show", "take", "use", "wait", "write",
	}
}

// commands returns a command and all its subcommands.
func commands(root *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{root}
	for _, below := range root.Commands() {
		all = append(all, commands(below)...)
	}
	return all
}

// TestHelp: the help of every command fits into 80 columns of ASCII, begins with a verb,
// and is the same on every machine.
func TestHelp(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", "/machine/state")
	t.Setenv("HOME", "/machine/home")
	p := program{args: []string{"version"}, lookupEnv: environment(nil), environ: environ(nil)}
	all := commands(p.command())
	if len(all) < 40 {
		t.Fatalf("got %d commands, want all", len(all))
	}
	for _, command := range all {
		path := command.CommandPath()
		if verb, _, _ := strings.Cut(command.Short, " "); !slices.Contains(summaryVerbs(), strings.TrimRight(verb, ",")) {
			t.Errorf("%s: the summary %q does not begin with a known verb", path, command.Short)
		}
		var help strings.Builder
		command.SetOut(&help)
		command.InitDefaultHelpFlag()
		if err := command.Help(); err != nil {
			t.Fatal(err)
		}
		number := 0
		for line := range strings.Lines(help.String()) {
			number++
			line = strings.TrimRight(line, "\n")
			example := strings.HasPrefix(line, "  ") && strings.Contains(command.Example, strings.TrimSpace(line))
			if len(line) > 80 && !example {
				t.Errorf("%s, line %d: %d columns, want at most 80: %s", path, number, len(line), line)
			}
			if strings.ContainsFunc(line, func(r rune) bool { return r > 126 }) {
				t.Errorf("%s, line %d: not ASCII: %s", path, number, line)
			}
			if strings.Contains(line, "/machine/") {
				t.Errorf("%s, line %d: a path of this machine: %s", path, number, line)
			}
		}
		command.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if len(f.Usage) >= 60 {
				t.Errorf("%s --%s: %d characters, want fewer than 60: %s", path, f.Name, len(f.Usage), f.Usage)
			}
			if word, _, _ := strings.Cut(f.Usage, " "); slices.Contains(flagVerbs(), word) || strings.HasSuffix(f.Usage, ".") {
				t.Errorf("%s --%s: not a noun phrase: %s", path, f.Name, f.Usage)
			}
		})
	}
	if help := all[0].UsageString(); !strings.Contains(help, "$XDG_STATE_HOME/face-liveness-emulator") {
		t.Errorf("got %s, want the state folder as a variable", help)
	}
}
