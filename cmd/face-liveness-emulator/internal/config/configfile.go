package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// A configEntry is a line of the configuration file.
type configEntry struct{ name, value, place string }

// readConfig reads lines of the form name = value from the file that a flag
// names. Empty lines and those that begin with # do not count. Errors do not
// show lines, which may hold keys.
func readConfig(flag, file string) ([]configEntry, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, FileError(file, err))
	}
	var entries []configEntry
	given := map[string]bool{}
	number := 0
	for line := range strings.Lines(string(content)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		place := fmt.Sprintf("%s:%d", file, number)
		name, value, ok := strings.Cut(line, "=")
		name = strings.TrimSpace(name)
		switch bare := strings.TrimLeft(name, "-"); {
		case !ok:
			return nil, fmt.Errorf("%s: the line has no '='; lines are name = value, such as 'strict = true'", place)
		case name == "":
			return nil, fmt.Errorf("%s: the name before the '=' is missing", place)
		case bare != name:
			return nil, fmt.Errorf("%s: names have no dashes before them here: write '%s = ...'", place, bare)
		case given[name]:
			return nil, fmt.Errorf("%s: %s is given twice; commas separate the values of a list", place, name)
		}
		given[name] = true
		entries = append(entries, configEntry{name: name, value: Unquote(strings.TrimSpace(value)), place: place})
	}
	return entries, nil
}

// FileError names the file and the system's reason, not its call.
func FileError(file string, err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		err = path.Err
	}
	if link, ok := errors.AsType[*os.LinkError](err); ok {
		err = link.Err
	}
	if errors.Is(err, fs.ErrPermission) {
		err = deniedError(err)
	}
	return fmt.Errorf("%s: %w", file, err)
}
