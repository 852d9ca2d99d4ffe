// Package catalogue reads, checks and explains scenarios without an emulator.
package catalogue

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/httpapi"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/lang"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/library"
	"github.com/livenesslabs/face-liveness-emulator/scenarios"
	"github.com/livenesslabs/face-liveness-emulator/schemas"
)

// A Catalogue is the scenarios that an emulator with the same folders would have,
// without the emulator. It is what the files were when it was opened, but for
// Show, and safe for concurrent use.
type Catalogue struct {
	set   *scenario.Set
	files []file // built-in first, then in the order of the folders
}

// A file is a scenario and where it was read.
type file struct {
	info   Info
	folder fs.FS
	name   string
}

// Info says what a scenario is.
type Info struct {
	Name        string
	Description string // what happens; "": the file does not say
	Advice      string // what a good app does about it; "": the file does not say
	Source      string // the file, such as built-in/spoof.yaml or qa/blurred.yaml
}

// Call is what is known of a call that creates a session when its
// scenario is chosen. What is zero was not given.
type Call struct {
	Pinned          string // name of the scenario that the call asks for
	Queued          string // name of the one that is next in the resource's queue
	ResourceDefault string // name of the one for sessions of the resource
	Default         string // as Options.Scenario

	Operation           string     // detectLiveness, also if "", or detectLivenessWithVerify
	OperationMode       string     // Passive, also if "", or PassiveActive
	APIVersion          string     // as the path of the call has it, such as v1.2
	Resource            string     // id of the resource, as logs show it; "": that of Key
	Key                 string     // the call's subscription key
	Keys                [][]string // as Options.Keys
	DeviceCorrelationID string
	UserCorrelationID   string // which not every version of the API has
	VerifyImageFileName string
	VerifyImage         []byte
	Header              http.Header // of the request
}

// An Explanation says of one scenario whether a call would get it.
type Explanation struct {
	Name   string
	Source string // as Info.Source
	Chosen bool
	Reason string // why it is chosen, or why it is not
}

// A Problem is what is wrong with a scenario file.
type Problem struct {
	Warning      bool   // the file can be used, but something in it has no effect
	File         string // or the folder
	Line, Column int    // from 1, in characters; 0: the file as a whole
	Message      string
	Suggestion   string // what would be right; "": nothing comes to mind
	Excerpt      string // the line with its neighbours and a caret; "": none
}

// String returns the problem as the errors of New show it: the place, the message
// and the suggestion in one line, and below it the excerpt.
func (p Problem) String() string {
	return (&lang.Error{
		Warning: p.Warning, File: p.File, Line: p.Line, Column: p.Column,
		Message: p.Message, Suggestion: p.Suggestion, Excerpt: p.Excerpt,
	}).Error()
}

// Open reads the built-in scenarios and then those of the sources, as New
// does. If a file is wrong the error is emulator.ErrScenario.
func Open(sources ...emulator.ScenarioSource) (*Catalogue, error) {
	all := []lang.Source{{Name: library.BuiltInName, FS: scenarios.FS}}
	for _, source := range sources {
		all = append(all, lang.Source(source))
	}
	set, _, err := lang.Load(all...)
	if err != nil {
		return nil, fmt.Errorf("%w\n%w", emulator.ErrScenario, err)
	}
	c := &Catalogue{set: set}
	for _, source := range all {
		names := library.Files(source.FS)
		for _, name := range names {
			file, err := describe(source, name)
			if err != nil {
				return nil, fmt.Errorf("%w\n%w", emulator.ErrScenario, err)
			}
			c.files = append(c.files, file)
		}
	}
	return c, nil
}

// describe returns what the catalogue knows of a file of the source.
func describe(source lang.Source, name string) (file, error) {
	data, err := fs.ReadFile(source.FS, name)
	if err != nil {
		return file{}, err
	}
	parsed, err := lang.Parse(shownPath(source.Name, name), data, source.FS)
	if err != nil {
		return file{}, err
	}
	info := Info{parsed.Name, parsed.Description, parsed.Advice, parsed.Source}
	return file{info: info, folder: source.FS, name: name}, nil
}

// shownPath is how errors show a file of a folder.
func shownPath(folder, file string) string { return path.Join(strings.TrimRight(folder, `/\`), file) }

// Scenarios returns the scenarios in file order: the built-in ones first, then
// those of each source, by the names of their files.
func (c *Catalogue) Scenarios() []Info {
	infos := make([]Info, len(c.files))
	for i, file := range c.files {
		infos[i] = file.info
	}
	return infos
}

// Show returns the file of the scenario called name, as it is now. An unknown name
// is an *OptionError of Scenario, which says what was probably meant.
func (c *Catalogue) Show(name string) ([]byte, error) {
	i := slices.IndexFunc(c.files, func(f file) bool { return f.info.Name == name })
	if i < 0 {
		_, err := c.set.WithDefault(name)
		if err == nil { // "" is none, and a file may have changed between two readings of it
			err = &scenario.UnknownNameError{Name: name, Names: c.set.Names()}
		}
		return nil, &emulator.OptionError{Option: "Scenario", Err: err}
	}
	data, err := fs.ReadFile(c.files[i].folder, c.files[i].name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.files[i].info.Source, err)
	}
	return data, nil
}

// Explain returns which scenario an emulator would give to a session that the call
// creates, that one first, and why it would not give the others, in the order in
// which it considers them. A scenario, operation or mode that there is not, or a
// userCorrelationId in a version of the API that has none, is an *OptionError of
// that field of the call; a key that Keys does not have is emulator.ErrUnknownKey.
func (c *Catalogue) Explain(call Call) ([]Explanation, error) {
	asked, err := call.asked()
	if err != nil {
		return nil, err
	}
	set := c.set
	for _, given := range []struct{ field, name string }{
		{"Pinned", call.Pinned},
		{"Queued", call.Queued},
		{"ResourceDefault", call.ResourceDefault},
		{"Default", call.Default}, // last, since it is what set has to have
	} {
		if set, err = c.set.WithDefault(given.name); err != nil {
			return nil, &emulator.OptionError{Option: given.field, Err: err}
		}
	}
	var explanations []Explanation
	for _, explanation := range set.Explain(asked) {
		explanations = append(explanations, Explanation(explanation))
	}
	i := slices.IndexFunc(explanations, func(e Explanation) bool { return e.Chosen })
	chosen := explanations[i]
	return slices.Insert(slices.Delete(explanations, i, i+1), 0, chosen), nil
}

// asked returns the call as the service would hand it on.
func (call Call) asked() (liveness.Call, error) {
	asked := liveness.Call{
		Scenario:            call.Pinned,
		Queued:              call.Queued,
		Default:             call.ResourceDefault,
		Mode:                cmp.Or(liveness.OperationMode(call.OperationMode), liveness.ModePassive),
		APIVersion:          call.APIVersion,
		Resource:            liveness.ResourceID(call.Resource),
		DeviceCorrelationID: call.DeviceCorrelationID,
		UserCorrelationID:   call.UserCorrelationID,
		VerifyImageFileName: call.VerifyImageFileName,
		VerifyImageSize:     len(call.VerifyImage),
		Header:              call.Header.Values,
	}
	switch scenario.Operation(call.Operation) {
	case scenario.DetectLiveness, "":
		asked.Kind = liveness.KindLiveness
	case scenario.DetectLivenessWithVerify:
		asked.Kind = liveness.KindLivenessWithVerify
	default:
		return asked, optionError("Operation", "is %q; use %s or %s", call.Operation, scenario.DetectLiveness, scenario.DetectLivenessWithVerify)
	}
	if !asked.Mode.Valid() {
		return asked, optionError("OperationMode", "is %q; use %s or %s", call.OperationMode, liveness.ModePassive, liveness.ModePassiveActive)
	}
	schema, err := fs.ReadFile(schemas.FS, call.APIVersion+"/createLivenessSession.request.json")
	if call.UserCorrelationID != "" && err == nil && !bytes.Contains(schema, []byte("userCorrelationId")) {
		return asked, optionError("UserCorrelationID", "is nothing that %s has", call.APIVersion)
	}
	if asked.Resource == "" && call.Key != "" {
		keys := httpapi.Config{Keys: call.Keys, SharedKeys: []string{emulator.Key1, emulator.Key2}}
		resource, known := keys.ResourceOf(call.Key)
		if !known {
			return asked, emulator.ErrUnknownKey
		}
		asked.Resource = resource
	}
	if len(call.VerifyImage) > 0 {
		digest := sha256.Sum256(call.VerifyImage)
		asked.VerifyImageSHA256 = hex.EncodeToString(digest[:])
	}
	return asked, nil
}

func optionError(option, why string, args ...any) error {
	return &emulator.OptionError{Option: option, Err: fmt.Errorf(why, args...)}
}

// Check returns what is wrong with scenario files, and how many it has
// looked at. Each path is a file or a folder, of which the files are read that an
// emulator would read. They are checked as an emulator with all of them, and with
// its built-in scenarios, would see them; what they say about each other is looked
// at when each is good in itself. A path that cannot be read is a problem, too.
func Check(paths ...string) (problems []Problem, files int) {
	var check check
	for _, given := range paths {
		check.add(given)
	}
	return check.run()
}

// A check collects what to check, and what is wrong with it.
type check struct {
	folders  []*givenFolder
	problems []Problem
}

// A givenFolder is a folder of which only some of the scenario files may be there.
// All others are: session images are beside the files that name them.
type givenFolder struct {
	fs.FS
	name  string
	whole bool
	files []string // that are there, unless it is whole
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

// add takes a file or a folder. Files of one folder stay together, so that they
// come in the order in which an emulator reads them, and each once.
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
				File: given, Message: "no emulator reads a file of this name",
				Suggestion: "let it end in .yaml or .yml, and not begin with a dot",
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

// run checks what was added.
func (s *check) run() (problems []Problem, files int) {
	sources := []lang.Source{{Name: library.BuiltInName, FS: scenarios.FS}}
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
	// The author of a file cannot change the built-in ones, and its rule is meant to
	// come before theirs.
	s.problems = slices.DeleteFunc(s.problems, func(p Problem) bool {
		return order[p.File] == 0 && strings.HasPrefix(p.File, library.BuiltInName+"/")
	})
	slices.SortStableFunc(s.problems, func(a, b Problem) int {
		// Line 0 is last: there it counts the problems that are too many to show.
		return cmp.Or(cmp.Compare(order[a.File], order[b.File]), cmp.Compare(uint(a.Line-1), uint(b.Line-1)), cmp.Compare(a.Column, b.Column))
	})
	return s.problems, files
}

// warnOfEach adds the warnings of the files that are good in themselves, which a
// set that could not be made does not have.
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
				continue // to open a named pipe would wait for somebody to write
			}
			if data, err := fs.ReadFile(folder, name); err == nil {
				warnings, _ := lang.Check(shown, data, folder) // its errors are known
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

// scenarioErrors returns the errors that err joins.
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
