package lang

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
	"github.com/livenesslabs/face-liveness-emulator/scenarios"
)

// Limits for folders and files, so that a wrong folder or a hostile file does not block
// the program.
const (
	maxFiles       = 1000
	maxFileBytes   = 128 << 10 // the YAML library takes a few hundred times as much memory
	maxFolderBytes = 8 << 20   // of all scenario files together
)

// A Source is a folder of scenario files.
type Source struct {
	Name string // prefix of file names in errors, such as "built-in" or the folder
	FS   fs.FS
}

// Load reads the scenario files at the top of each source, in the order of the sources
// and the lexical order of the files. If there is a problem in any file, it returns no
// set, but all problems as joined *Error values. A name must be unique across all
// sources. References between files are checked if all files are valid by themselves.
// Warnings are in the order of the files.
func Load(sources ...Source) (set *scenario.Set, warnings []*Error, err error) {
	return loadAfter(nil, sources)
}

// LoadWithBuiltIns is Load with the built-in scenarios before those of the sources. A
// built-in scenario is read when it is first used.
func LoadWithBuiltIns(sources ...Source) (set *scenario.Set, warnings []*Error, err error) {
	return loadAfter(builtIns(), sources)
}

// loadAfter is Load with built-in scenarios before those of the sources.
func loadAfter(builtIn []scenario.Outline, sources []Source) (set *scenario.Set, warnings []*Error, err error) {
	var files []*reader
	var problems []error
	taken := make(map[string]string) // names, and the files that use them
	for _, o := range builtIn {
		taken[o.Name] = o.Source
	}
	for _, source := range sources {
		names, err := scenarioFiles(source)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		for _, name := range names {
			file, err := load(source, name, taken)
			if err != nil {
				problems = append(problems, err)
				continue
			}
			files = append(files, file)
		}
	}
	if len(problems) > 0 {
		return nil, nil, errors.Join(problems...)
	}
	set, shadowed, err := link(builtIn, files)
	if err != nil {
		return nil, nil, err
	}
	for _, file := range slices.Concat(shadowed, files) {
		sortErrors(file.warnings)
		warnings = append(warnings, file.warnings...)
	}
	return set, warnings, nil
}

// scenarioFiles returns the names of the scenario files of a source, sorted.
func scenarioFiles(source Source) ([]string, error) {
	entries, err := fs.ReadDir(source.FS, ".")
	if err != nil {
		return nil, &Error{File: source.Name, Message: "cannot list the folder: " + reason(err), cause: err}
	}
	var files []string
	for _, entry := range entries {
		if scenarios.IsFile(entry.Name()) && !entry.IsDir() {
			files = append(files, entry.Name())
		}
	}
	if len(files) > maxFiles {
		return nil, &Error{
			File:       source.Name,
			Message:    fmt.Sprintf("%d scenario files in one folder", len(files)),
			Suggestion: fmt.Sprintf("at most %d are read", maxFiles),
		}
	}
	total := 0
	for _, name := range files {
		if info, err := fs.Stat(source.FS, name); err == nil {
			total += int(min(info.Size(), maxFileBytes)) // at most this much is read of each
		}
	}
	if total > maxFolderBytes {
		return nil, &Error{File: source.Name, Message: "the scenario files of the folder are larger than " + inUnits(maxFolderBytes) + " together"}
	}
	slices.Sort(files)
	return files, nil
}

// load reads one file. Its scenario must have a name that is not taken.
func load(source Source, file string, taken map[string]string) (*reader, error) {
	shown := path.Join(strings.TrimRight(source.Name, `/\`), file)
	if source.Name == "" {
		shown = file
	}
	data, err := readRegular(source.FS, file, maxFileBytes)
	if err != nil {
		return nil, &Error{File: shown, Message: "cannot be read: " + reason(err), cause: err}
	}
	r, err := read(shown, data, source.FS)
	if err != nil {
		return nil, err
	}
	name := r.scenario.Name
	if other, known := taken[name]; known {
		return nil, r.doc.errorAt(r.places.name, fmt.Sprintf("the name %q is already taken by %s", name, other), "choose another name")
	}
	taken[name] = shown
	return r, nil
}

// Errors of readRegular.
var (
	errTooLarge   = errors.New("too large")
	errNotRegular = errors.New("not a regular file")
)

// readRegular returns the contents of a file of at most limit bytes. It does not open
// anything but a regular file, because opening a named pipe blocks until a process writes
// to it.
func readRegular(folder fs.FS, name string, limit int) ([]byte, error) {
	info, err := fs.Stat(folder, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	f, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // read-only
	data, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err != nil {
		return nil, err
	}
	if len(data) > limit {
		return nil, fmt.Errorf("%w: more than %s", errTooLarge, inUnits(limit))
	}
	return data, nil
}

// reason returns the cause of a failed file system call without the path, which the
// enclosing error already shows.
func reason(err error) string {
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return failed.Err.Error()
	}
	return err.Error()
}

// inUnits formats a number of bytes in whole KiB or MiB.
func inUnits(bytes int) string {
	if bytes >= 1<<20 {
		return fmt.Sprintf("%d MiB", bytes>>20)
	}
	return fmt.Sprintf("%d KiB", bytes>>10)
}
