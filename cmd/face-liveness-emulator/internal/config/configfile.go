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

// readConfig reads lines of the form name = value from the file of a flag. It ignores
// empty lines and comments, which begin with #. Errors do not show lines, because they may
// contain keys.
func readConfig(flag, file string) ([]configEntry, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, FileError(file, err))
	}
	var entries []configEntry
	seen := map[string]bool{}
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
			return nil, fmt.Errorf("%s: no name before the '='", place)
		case bare != name:
			return nil, fmt.Errorf("%s: names have no leading dashes in this file; write '%s = ...'", place, bare)
		case seen[name]:
			return nil, fmt.Errorf("%s: %s is given twice; commas separate the values of a list", place, name)
		}
		seen[name] = true
		entries = append(entries, configEntry{name: name, value: Unquote(strings.TrimSpace(value)), place: place})
	}
	return entries, nil
}

// FileError returns an error with the file and the system's reason, without the system call.
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
