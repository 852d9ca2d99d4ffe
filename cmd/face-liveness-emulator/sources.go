package main

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

const envPrefix = "FACE_LIVENESS_"

// variable is the name of a flag's variable.
func variable(flag string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// A rank says who gave a flag its value. The higher one has precedence.
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
	place string // of byFile the file and the line, of byFolder the path
}

// name is how messages call a flag: as the user did.
func (s source) name(flag string) string {
	switch s.rank {
	case byVariable:
		return variable(flag)
	case byFile:
		return s.place + ": --" + flag
	case byFolder:
		return s.place
	default:
		return "--" + flag
	}
}

// invalid says what is wrong with a value, in the words of whoever types it.
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
		where = variable(f.Name) + ": "
	case byFile:
		where = s.place + ": "
	default:
	}
	return fmt.Errorf("%s%q is no value for --%s: use %s", where, value, f.Name, hint)
}

// named is how messages call a flag: as whoever set it did.
func (s *settings) named(flag string) string { return s.sources[flag].name(flag) }

// complete fills flags that the command line did not set from their variables,
// then from the configuration file and the folder of --config-dir, and notes where
// each value comes from.
func (s *settings) complete(flags *pflag.FlagSet, lookupEnv func(string) (string, bool)) error {
	s.sources = map[string]source{}
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Changed {
			s.sources[f.Name] = source{rank: byFlag}
		}
	})
	fill := func(name, value string, from source) error {
		if s.sources[name].rank > from.rank {
			return nil
		}
		s.sources[name] = from
		err := flags.Set(name, value)
		if wrong, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
			return from.invalid(wrong.GetFlag(), value, wrong.Unwrap())
		}
		return err
	}
	for _, name := range s.names {
		if value, ok := lookupEnv(variable(name)); ok {
			if err := fill(name, value, source{rank: byVariable}); err != nil {
				return err
			}
		}
	}
	if value, ok := lookupEnv(variable("state")); ok {
		s.variableState = value
	}
	if err := s.completeConfig(); err != nil {
		return err
	}
	if err := s.completeFromFile(fill); err != nil {
		return err
	}
	return s.completeFromDir(flags)
}

// completeFromFile fills flags from the configuration file, if there is one.
func (s *settings) completeFromFile(fill func(name, value string, from source) error) error {
	if s.config == "" {
		return nil
	}
	entries, err := readConfig(s.named("config"), s.config)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		switch {
		case entry.name == "config", entry.name == "config-dir":
			return fmt.Errorf("%s: a configuration file cannot name another one", entry.place)
		case !slices.Contains(s.names, entry.name):
			return fmt.Errorf("%s: there is no flag --%s%s", entry.place, entry.name, didYouMean("--", suggestions(entry.name, s.names)))
		}
		if s.sources[entry.name].rank == byVariable {
			s.outranked = append(s.outranked, entry)
		}
		if err := fill(entry.name, entry.value, source{rank: byFile, place: entry.place}); err != nil {
			return err
		}
	}
	return nil
}

// sayOutranked names lines of the configuration file that do not count. A container
// image has variables that nobody has set by hand.
func (s *settings) sayOutranked(logger *slog.Logger) {
	for _, entry := range s.outranked {
		logger.Info("a line of the configuration file does not count, because a variable comes before it",
			slog.String("line", entry.place), slog.String("variable", variable(entry.name)))
	}
}

// warnOfVariables names variables that look like settings but are none. Those
// that Kubernetes and Docker make for a service of the program's name are
// nobody's mistake.
func (s *settings) warnOfVariables(environ []string, logger *slog.Logger) {
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if slices.Contains(connectionVariables(), name) {
			if name == variable("key") && s.keys.count() == 0 {
				logger.Warn("a variable is read by the control commands and not by this one", slog.String("variable", name),
					slog.String("hint", "did you mean "+variable("keys")+"?"))
			}
			continue
		}
		rest, ours := strings.CutPrefix(name, envPrefix)
		if !ours || strings.HasPrefix(rest, "EMULATOR_") || slices.ContainsFunc(s.names, func(flag string) bool { return variable(flag) == name }) {
			continue
		}
		attributes := []any{slog.String("variable", name)}
		meant := suggestions(strings.ReplaceAll(rest, "_", "-"), s.names)
		for i, flag := range meant {
			meant[i] = variable(flag)
		}
		if len(meant) > 0 {
			attributes = append(attributes, slog.String("hint", "did you mean "+strings.Join(meant, " or ")+"?"))
		}
		logger.Warn("a variable has the name of no flag and is not read", attributes...)
	}
}
