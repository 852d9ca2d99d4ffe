package catalogue

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/lang"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/library"
	"github.com/livenesslabs/face-liveness-emulator/scenarios"
)

// A Problem is an error in a scenario file, or a warning.
type Problem struct {
	Warning      bool   // the file can be used, but a part of it has no effect
	File         string // or the folder
	Line, Column int    // from 1, in characters; 0 for the file as a whole
	Message      string
	Suggestion   string // a correction; may be empty
	Excerpt      string // the line, its neighbours and a caret; may be empty
}

// String formats the problem as errors of emulator.New do: position, message and
// suggestion on a line, and the excerpt on the next lines.
func (p Problem) String() string {
	return (&lang.Error{
		Warning: p.Warning, File: p.File, Line: p.Line, Column: p.Column,
		Message: p.Message, Suggestion: p.Suggestion, Excerpt: p.Excerpt,
	}).Error()
}

// Check returns the problems of scenario files, and the number of files. Each path is a
// file, or a folder whose scenario files are checked. The files are checked together, and
// with the built-in scenarios, as an emulator would read them. References between files
// are checked if all files are valid by themselves. A path that cannot be read is a
// problem, too.
func Check(paths ...string) (problems []Problem, files int) {
	var check check
	for _, given := range paths {
		check.add(given)
	}
	return check.run()
}

// A check collects folders to check, and their problems.
type check struct {
	folders  []*givenFolder
	problems []Problem
}

// A givenFolder is a folder that hides the scenario files that were not given. It does
// not hide other files, such as session images.
type givenFolder struct {
	fs.FS
	name  string
	whole bool
	files []string // visible scenario files, unless it is whole
}

// Stat implements fs.StatFS.
func (f *givenFolder) Stat(name string) (fs.FileInfo, error) { return fs.Stat(f.FS, name) }

// ReadDir implements fs.ReadDirFS.
func (f *givenFolder) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(f.FS, name)
	if f.whole || name != "." {
		return entries, err
	}
	return slices.DeleteFunc(entries, func(entry fs.DirEntry) bool {
		return scenarios.IsFile(entry.Name()) && !slices.Contains(f.files, entry.Name())
	}), err
}

// add adds a file or a folder. Files of one folder are grouped, so that each is checked
// once, in the order in which an emulator reads them.
func (s *check) add(given string) {
	info, err := os.Stat(given)
	if err != nil {
		if failed, ok := errors.AsType[*fs.PathError](err); ok {
			err = failed.Err
		}
		s.report(&lang.Error{File: given, Message: "cannot be read: " + err.Error()})
		return
	}
	dir, file := filepath.Clean(given), ""
	if !info.IsDir() {
		dir, file = filepath.Dir(given), filepath.Base(given)
		if !scenarios.IsFile(file) {
			s.report(&lang.Error{
				File: given, Message: "not a name of a scenario file",
				Suggestion: "use a name that ends in .yaml or .yml and does not begin with a dot",
			})
			return
		}
	}
	i := slices.IndexFunc(s.folders, func(f *givenFolder) bool { return f.name == dir })
	if i < 0 {
		i = len(s.folders)
		s.folders = append(s.folders, &givenFolder{FS: os.DirFS(dir), name: dir})
	}
	s.folders[i].whole = s.folders[i].whole || info.IsDir()
	s.folders[i].files = append(s.folders[i].files, file)
}

// run checks the folders.
func (s *check) run() (problems []Problem, files int) {
	sources := []lang.Source{{Name: lang.BuiltInName, FS: scenarios.FS}}
	order := map[string]int{}
	for _, folder := range s.folders {
		sources = append(sources, lang.Source{Name: folder.name, FS: folder})
		order[folder.name] = len(order) + 1
		names := library.Files(folder)
		for _, name := range names {
			order[shownPath(folder.name, name)] = len(order) + 1
		}
		if _, err := folder.ReadDir("."); err == nil && len(names) == 0 {
			s.report(&lang.Error{Warning: true, File: folder.name, Message: "the folder has no *.yaml or *.yml file at its top"})
		}
		files += len(names)
	}
	if _, warnings, err := lang.Load(sources...); err != nil {
		s.report(scenarioErrors(err)...)
		s.warnOfEach()
	} else {
		s.report(warnings...)
	}
	// The user cannot change the built-in scenarios, and rules of files are meant to come
	// before theirs.
	s.problems = slices.DeleteFunc(s.problems, func(p Problem) bool {
		return order[p.File] == 0 && strings.HasPrefix(p.File, lang.BuiltInName+"/")
	})
	slices.SortStableFunc(s.problems, func(a, b Problem) int {
		// Line 0 is last: it has the number of further problems.
		return cmp.Or(cmp.Compare(order[a.File], order[b.File]), cmp.Compare(uint(a.Line-1), uint(b.Line-1)), cmp.Compare(a.Column, b.Column))
	})
	return s.problems, files
}

// warnOfEach adds the warnings of the valid files. Without a set, lang.Load returns none.
func (s *check) warnOfEach() {
	unread := map[string]bool{}
	for _, problem := range s.problems {
		unread[problem.File] = unread[problem.File] || problem.Line == 0
	}
	for _, folder := range s.folders {
		names := library.Files(folder)
		for _, name := range names {
			shown := shownPath(folder.name, name)
			if unread[shown] || unread[folder.name] {
				continue // opening a named pipe blocks
			}
			if data, err := fs.ReadFile(folder, name); err == nil {
				warnings, _ := lang.Check(shown, data, folder) // errors are already reported
				s.report(warnings...)
			}
		}
	}
}

func (s *check) report(found ...*lang.Error) {
	for _, problem := range found {
		s.problems = append(s.problems, Problem{
			Warning: problem.Warning, File: problem.File, Line: problem.Line, Column: problem.Column,
			Message: problem.Message, Suggestion: problem.Suggestion, Excerpt: problem.Excerpt,
		})
	}
}

// scenarioErrors returns the joined errors.
func scenarioErrors(err error) []*lang.Error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*lang.Error
		for _, one := range joined.Unwrap() {
			all = append(all, scenarioErrors(one)...)
		}
		return all
	}
	if one, ok := errors.AsType[*lang.Error](err); ok {
		return []*lang.Error{one}
	}
	return nil
}
