package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Suggestions are the names that a mistyped one may have meant, by cobra's
// measure for commands.
func Suggestions(typed string, names []string) []string {
	scale := &cobra.Command{SuggestionsMinimumDistance: 2}
	for _, name := range names {
		scale.AddCommand(&cobra.Command{Use: name, Run: func(*cobra.Command, []string) {}})
	}
	return scale.SuggestionsFor(typed)
}

// DidYouMean is the end of a message about a mistyped name.
func DidYouMean(prefix string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "; did you mean " + prefix + strings.Join(names, " or "+prefix) + "?"
}

// FlagError says what is wrong with the flags of a command line.
func FlagError(cmd *cobra.Command, err error) error {
	if wrong, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return source{rank: byFlag}.invalid(wrong.GetFlag(), wrong.GetValue(), wrong.Unwrap())
	}
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return err
	}
	name := unknown.GetSpecifiedName()
	if letters, _, _ := strings.Cut(unknown.GetSpecifiedShortnames(), "="); letters != "" {
		name = letters // a single dash before a whole name
	}
	if name != "" && strings.ContainsRune("0123456789.", rune(name[0])) {
		return fmt.Errorf("a value that begins with - goes to the end, behind --: '%s -- -%s'", cmd.CommandPath(), name)
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return fmt.Errorf("%w%s", err, DidYouMean("--", Suggestions(name, names)))
}

// NoArguments refuses a word that is no command.
func NoArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("unknown command %q for %q%s", args[0], cmd.CommandPath(), DidYouMean("", cmd.SuggestionsFor(args[0])))
}
