package scenario

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
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

// A Set is the scenarios that sessions choose from. It never changes and may be
// used by several goroutines. Make one with Load.
type Set struct {
	byName   map[string]*Scenario
	inOrder  []*Scenario // of the files
	matching []*Scenario // those with rules, by priority, then in file order
	names    []string    // sorted
	fallback string      // name of the default; "": HappyPath
	warnings []*Error
}

// Load reads the scenario files at the top of each source, in the order of the
// sources and the lexical order of the files. Every problem found in any of them
// is an *Error among the joined errors that it returns; then there is no Set. A
// name may be used once only, across all sources. What the files say about each
// other, see then in the package documentation, is looked at when each of them
// is good in itself.
func Load(sources ...Source) (*Set, error) {
	s := &Set{byName: make(map[string]*Scenario)}
	var files []*reader
	var problems []error
	for _, source := range sources {
		names, err := scenarioFiles(source)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		for _, name := range names {
			file, err := s.load(source, name)
			if err != nil {
				problems = append(problems, err)
				continue
			}
			files = append(files, file)
		}
	}
	slices.Sort(s.names)
	if len(problems) == 0 {
		problems = s.link(files)
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	s.rank(files)
	for _, file := range files {
		if file.scenario.Next != "" {
			file.warnOfSequence() // only now its attempts are known
		}
		sortErrors(file.warnings)
		s.warnings = append(s.warnings, file.warnings...)
	}
	return s, nil
}

// scenarioFiles returns the names of the scenario files of a source, sorted.
func scenarioFiles(source Source) ([]string, error) {
	entries, err := fs.ReadDir(source.FS, ".")
	if err != nil {
		return nil, &Error{File: source.Name, Message: "cannot list the folder: " + reason(err), cause: err}
	}
	var files []string
	for _, entry := range entries {
		name := entry.Name()
		if IsFileName(name) && !entry.IsDir() {
			files = append(files, name)
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

// load reads one file and adds its scenario.
func (s *Set) load(source Source, file string) (*reader, error) {
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
	if other, taken := s.byName[r.scenario.Name]; taken {
		return nil, r.doc.errorAt(r.places.name,
			fmt.Sprintf("the name %q is already taken by %s", r.scenario.Name, other.Source), "choose another name")
	}
	s.byName[r.scenario.Name] = r.scenario
	s.inOrder = append(s.inOrder, r.scenario)
	s.names = append(s.names, r.scenario.Name)
	return r, nil
}

// WithDefault returns a set of the same scenarios in which sessions that match
// no rule get the one called name. "" means HappyPath. A name that the set does
// not have is an *UnknownNameError.
func (s *Set) WithDefault(name string) (*Set, error) {
	if _, known := s.byName[name]; !known && name != "" {
		return nil, &UnknownNameError{Name: name, Names: s.Names(), Suggestion: nearest(name, s.names)}
	}
	changed := *s
	changed.fallback = name
	return &changed, nil
}

// Names returns the names of the scenarios, sorted.
func (s *Set) Names() []string { return slices.Clone(s.names) }

// Lookup returns the scenario of this name and whether there is one.
func (s *Set) Lookup(name string) (Scenario, bool) {
	found, known := s.byName[name]
	if !known {
		return Scenario{}, false
	}
	return found.clone(), true
}

// Warnings returns what in the files works, but hardly as it was meant, in the
// order of the files. All of it are warnings, see Error.
func (s *Set) Warnings() []*Error { return slices.Clone(s.warnings) }

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
