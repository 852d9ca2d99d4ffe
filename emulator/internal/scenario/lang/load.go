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

// Bounds of what is read, so that a wrong folder or a hostile file cannot hold
// the program up.
const (
	maxFiles       = 1000
	maxFileBytes   = 128 << 10 // the YAML library takes some hundred times as much
	maxFolderBytes = 8 << 20   // of all scenario files together
)

// A Source is a folder of scenario files.
type Source struct {
	Name string // shown before file names in errors, such as "built-in" or the folder
	FS   fs.FS
}

// Load reads the scenario files at the top of each source, in the order of the
// sources and the lexical order of the files. Every problem found in any of them
// is an *Error among the joined errors that it returns; then there is no set. A
// name may be used once only, across all sources. What the files say about each
// other, see then in the package documentation, is checked when each of them is
// good in itself. Warnings are what in the files works, but probably not as
// intended, in the order of the files.
func Load(sources ...Source) (set *scenario.Set, warnings []*Error, err error) {
	var files []*reader
	var problems []error
	taken := make(map[string]string) // names, and the files that have them
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
	if set, err = link(files); err != nil {
		return nil, nil, err
	}
	for _, file := range files {
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
			total += int(min(info.Size(), maxFileBytes)) // more is not read of any
		}
	}
	if total > maxFolderBytes {
		return nil, &Error{File: source.Name, Message: "the scenario files of the folder are larger than " + inUnits(maxFolderBytes) + " together"}
	}
	slices.Sort(files)
	return files, nil
}

// load reads one file, whose scenario must not have a name that is taken.
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

// What readRegular refuses.
var (
	errTooLarge   = errors.New("too large")
	errNotRegular = errors.New("not a regular file")
)

// readRegular returns the contents of a file of at most limit bytes. Anything
// but a regular file is refused before it is opened, because opening a named
// pipe would wait for somebody to write.
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
	defer func() { _ = f.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err != nil {
		return nil, err
	}
	if len(data) > limit {
		return nil, fmt.Errorf("%w: more than %s", errTooLarge, inUnits(limit))
	}
	return data, nil
}

// reason returns why a call of the file system failed, without the path, which
// the error that it goes into shows already.
func reason(err error) string {
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return failed.Err.Error()
	}
	return err.Error()
}

// inUnits shows a number of bytes that is a whole number of KiB or MiB.
func inUnits(bytes int) string {
	if bytes >= 1<<20 {
		return fmt.Sprintf("%d MiB", bytes>>20)
	}
	return fmt.Sprintf("%d KiB", bytes>>10)
}
