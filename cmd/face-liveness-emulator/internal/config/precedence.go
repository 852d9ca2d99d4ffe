package config

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

const envPrefix = "FACE_LIVENESS_"

// Variable returns the name of a flag's environment variable.
func Variable(flag string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// A rank is the kind of place that set a flag. The highest rank has precedence.
type rank int

const (
	byDefault rank = iota
	byFolder       // --config-dir
	byFile
	byVariable
	byFlag
)

// A source is where the value of a flag comes from.
type source struct {
	rank  rank
	place string // byFile: the file and the line; byFolder: the path
}

// name returns the name of a flag in messages: the one that the user wrote.
func (s source) name(flag string) string {
	switch s.rank {
	case byVariable:
		return Variable(flag)
	case byFile:
		return s.place + ": --" + flag
	case byFolder:
		return s.place
	default:
		return "--" + flag
	}
}

// invalid returns the error for a value that cannot be parsed.
func (s source) invalid(f *pflag.Flag, value string, cause error) error {
	hint := ""
	switch f.Value.Type() {
	case "bool":
		hint = "true or false"
	case "int", "uint64":
		hint = "a whole number"
	default:
		return fmt.Errorf("%s: %w", s.name(f.Name), cause)
	}
	where := ""
	switch s.rank {
	case byVariable:
		where = Variable(f.Name) + ": "
	case byFile:
		where = s.place + ": "
	default:
	}
	return fmt.Errorf("%sinvalid value %q for --%s: use %s", where, value, f.Name, hint)
}

// NameOf returns the name of a flag in messages: the flag, the variable, or the line that
// set it.
func (s *Settings) NameOf(flag string) string { return s.Sources[flag].name(flag) }

// Complete sets the flags that the command line did not set from their variables, then
// from the configuration file and the folder of --config-dir, and records the source of
// each value.
func (s *Settings) Complete(flags *pflag.FlagSet, lookupEnv func(string) (string, bool)) error {
	s.Sources = map[string]source{}
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Changed {
			s.Sources[f.Name] = source{rank: byFlag}
		}
	})
	set := func(name, value string, from source) error {
		if s.Sources[name].rank > from.rank {
			return nil
		}
		s.Sources[name] = from
		err := flags.Set(name, value)
		if wrong, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
			return from.invalid(wrong.GetFlag(), value, wrong.Unwrap())
		}
		return err
	}
	for _, name := range s.names {
		if value, ok := lookupEnv(Variable(name)); ok {
			if err := set(name, value, source{rank: byVariable}); err != nil {
				return err
			}
		}
	}
	if value, ok := lookupEnv(Variable("state")); ok {
		s.VariableState = value
	}
	if err := s.completeConfig(); err != nil {
		return err
	}
	if err := s.completeFromFile(set); err != nil {
		return err
	}
	return s.completeFromDir(flags)
}

// completeFromFile sets flags from the configuration file, if there is one.
func (s *Settings) completeFromFile(set func(name, value string, from source) error) error {
	if s.config == "" {
		return nil
	}
	entries, err := readConfig(s.NameOf("config"), s.config)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		switch {
		case entry.name == "config", entry.name == "config-dir":
			return fmt.Errorf("%s: a configuration file cannot name another one", entry.place)
		case !slices.Contains(s.names, entry.name):
			return fmt.Errorf("%s: unknown flag --%s%s", entry.place, entry.name, DidYouMean("--", Suggestions(entry.name, s.names)))
		}
		if s.Sources[entry.name].rank == byVariable {
			s.overridden = append(s.overridden, entry)
		}
		if err := set(entry.name, entry.value, source{rank: byFile, place: entry.place}); err != nil {
			return err
		}
	}
	return nil
}

// LogOverridden logs lines of the configuration file that variables override. A container
// image has variables that its user did not set.
func (s *Settings) LogOverridden(logger *slog.Logger) {
	for _, entry := range s.overridden {
		logger.Info("configuration file entry overridden by a variable",
			slog.String("line", entry.place), slog.String("variable", Variable(entry.name)))
	}
}

// WarnVariables warns of unknown variables with our prefix. Kubernetes and Docker set some
// for a service with the name of the program; these are ignored.
func (s *Settings) WarnVariables(environ []string, logger *slog.Logger) {
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if slices.Contains(connectionVariables(), name) {
			if name == Variable("key") && s.Keys.Count() == 0 {
				logger.Warn("this variable is for control commands and ignored here", slog.String("variable", name),
					slog.String("hint", "did you mean "+Variable("keys")+"?"))
			}
			continue
		}
		rest, ours := strings.CutPrefix(name, envPrefix)
		if !ours || strings.HasPrefix(rest, "EMULATOR_") || slices.ContainsFunc(s.names, func(flag string) bool { return Variable(flag) == name }) {
			continue
		}
		attributes := []any{slog.String("variable", name)}
		suggestions := Suggestions(strings.ReplaceAll(rest, "_", "-"), s.names)
		for i, flag := range suggestions {
			suggestions[i] = Variable(flag)
		}
		if len(suggestions) > 0 {
			attributes = append(attributes, slog.String("hint", "did you mean "+strings.Join(suggestions, " or ")+"?"))
		}
		logger.Warn("unknown variable ignored", attributes...)
	}
}

// ConnectionFlags returns the flags of control commands that have variables.
func ConnectionFlags() []string { return []string{"url", "key", "ca"} }

// connectionVariables returns the names of these variables.
func connectionVariables() []string {
	var names []string
	for _, flag := range ConnectionFlags() {
		names = append(names, Variable(flag))
	}
	return names
}
