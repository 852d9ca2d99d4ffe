package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Suggestions returns the names that a mistyped one may have meant: those that begin with
// it, and those that differ in at most two letters. Case is ignored. This is the rule by
// which cobra suggests commands; it does not export it.
func Suggestions(typed string, names []string) []string {
	typed = strings.ToLower(typed)
	var suggestions []string
	for _, name := range names {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, typed) || editDistance(typed, lower) <= 2 {
			suggestions = append(suggestions, name)
		}
	}
	return suggestions
}

// editDistance returns how many bytes must be inserted, removed or replaced to turn a
// into b.
func editDistance(a, b string) int {
	distances := make([]int, len(b)+1) // of the beginnings of b to the beginning of a
	for j := range distances {
		distances[j] = j
	}
	for i := range len(a) {
		diagonal := distances[0]
		distances[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = distances[j+1]
			distances[j+1] = min(replaced, distances[j]+1, distances[j+1]+1)
		}
	}
	return distances[len(b)]
}

// DidYouMean returns the end of a message about a mistyped name, with the suggestions.
func DidYouMean(prefix string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "; did you mean " + prefix + strings.Join(names, " or "+prefix) + "?"
}

// FlagError returns the message for an error of pflag.
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
		name = letters // one dash before a long name
	}
	if name != "" && strings.ContainsRune("0123456789.", rune(name[0])) {
		return fmt.Errorf("put a value that begins with - at the end, after --: '%s -- -%s'", cmd.CommandPath(), name)
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return fmt.Errorf("%w%s", err, DidYouMean("--", Suggestions(name, names)))
}

// NoArguments refuses arguments: they are mistyped commands.
func NoArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("unknown command %q for %q%s", args[0], cmd.CommandPath(), DidYouMean("", cmd.SuggestionsFor(args[0])))
}
