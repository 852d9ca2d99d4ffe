// Package catalogue reads, checks and explains scenarios without an emulator.
package catalogue

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"path"
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

// A Catalogue has the scenarios that an emulator with the same folders would use. It
// does not notice later changes of the files, except in Show. It is safe for concurrent
// use.
type Catalogue struct {
	set   *scenario.Set
	files []file // built-in first, then in the order of the folders
}

// A file is a scenario and its location.
type file struct {
	info   Info
	folder fs.FS
	name   string
}

// Info describes a scenario.
type Info struct {
	Name        string
	Description string // what happens; may be empty
	Advice      string // what a good app does about it; may be empty
	Source      string // the file, such as built-in/spoof.yaml or qa/blurred.yaml
}

// Call describes a call that creates a session. A field that is zero was not given.
type Call struct {
	Pinned          string // scenario that the call names
	Queued          string // next scenario in the resource's queue
	ResourceDefault string // default scenario of the resource
	Default         string // as Options.Scenario

	Operation           string     // detectLiveness, also if "", or detectLivenessWithVerify
	OperationMode       string     // Passive, also if "", or PassiveActive
	APIVersion          string     // in the path of the call, such as v1.2
	Resource            string     // id of the resource, as logs show it; "": that of Key
	Key                 string     // subscription key of the call
	Keys                [][]string // as Options.Keys
	DeviceCorrelationID string
	UserCorrelationID   string // some API versions do not have it
	VerifyImageFileName string
	VerifyImage         []byte
	Header              http.Header // of the request
}

// An Explanation says whether a call would get a scenario, and why.
type Explanation struct {
	Name   string
	Source string // as Info.Source
	Chosen bool
	Reason string // why it is chosen, or why it is not
}

// Open reads the built-in scenarios and then those of the sources, as emulator.New does.
// If a file is invalid, the error is emulator.ErrScenario.
func Open(sources ...emulator.ScenarioSource) (*Catalogue, error) {
	all := []lang.Source{{Name: lang.BuiltInName, FS: scenarios.FS}}
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

// describe reads a file of the source.
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

// shownPath returns the path of a file as errors show it.
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

// Show returns the present contents of a scenario's file. For an unknown name the error
// is an *emulator.OptionError of Scenario, with a suggestion.
func (c *Catalogue) Show(name string) ([]byte, error) {
	i := slices.IndexFunc(c.files, func(f file) bool { return f.info.Name == name })
	if i < 0 {
		_, err := c.set.WithDefault(name)
		if err == nil { // "" is not a name, and a file may have changed between two reads
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

// Explain returns the scenario that an emulator would use for the session of the call,
// and after it the reasons against all others, in the order in which it considers them.
// For an unknown scenario, operation or mode, or a user correlation id in an API version
// that does not have one, the error is an *emulator.OptionError of that field. For a key
// that is not in Keys it is emulator.ErrUnknownKey.
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
		{"Default", call.Default}, // last: the explanation uses this set
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

// asked returns the call in the form in which the service passes it on.
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
	if has, known := hasCreateField(call.APIVersion, "userCorrelationId"); call.UserCorrelationID != "" && known && !has {
		return asked, optionError("UserCorrelationID", "is not a field of API version %s", call.APIVersion)
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

// hasCreateField reports whether the create body of an API version has a member, and
// whether the version is known. The schema of the body lists its members.
func hasCreateField(apiVersion, member string) (has, known bool) {
	data, err := fs.ReadFile(schemas.FS, apiVersion+"/createLivenessSession.request.json")
	if err != nil {
		return false, false
	}
	var body struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if err := json.Unmarshal(data, &body); err != nil {
		return false, false // which package httpapi finds at startup
	}
	_, has = body.Properties[member]
	return has, true
}

func optionError(option, why string, args ...any) error {
	return &emulator.OptionError{Option: option, Err: fmt.Errorf(why, args...)}
}
