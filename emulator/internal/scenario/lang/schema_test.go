package lang_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"slices"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/lang"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
	"github.com/livenesslabs/face-liveness-emulator/scenarios"
	"github.com/livenesslabs/face-liveness-emulator/schemas"
)

// schemaFile is the JSON Schema of scenario files for editors.
const schemaFile = "scenario.json"

// An object has the parts of a JSON Schema that the tests compare.
type object struct {
	AdditionalProperties *bool             `json:"additionalProperties"`
	Properties           map[string]object `json:"properties"`
	Required             []string          `json:"required"`
	Definitions          map[string]object `json:"definitions"`
	Type                 string            `json:"type"`
	Enum                 []string          `json:"enum"`
	Description          string            `json:"description"`
	Ref                  string            `json:"$ref"`
}

// UnmarshalJSON accepts a schema that is only true or false, too.
func (o *object) UnmarshalJSON(data []byte) error {
	if string(data) == "true" || string(data) == "false" {
		return nil
	}
	type plain object
	return json.Unmarshal(data, (*plain)(o))
}

func schemaRoot(t *testing.T) (root object) {
	t.Helper()
	data, err := fs.ReadFile(schemas.FS, schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &root); err != nil {
		t.Fatal(err)
	}
	return root
}

func TestSchemaHasTheKeysOfTheParser(t *testing.T) {
	t.Parallel()
	root := schemaRoot(t)
	got := make(map[string]lang.Keys)
	for name, o := range maps.All(root.Definitions) {
		if o.Type == "object" {
			got[name] = keysOf(t, name, o)
		}
	}
	got[""] = keysOf(t, "", root)
	want := lang.Mappings()
	for name, keys := range want {
		slices.Sort(keys.All)
		slices.Sort(keys.Required)
		want[name] = keys
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys differ (-parser +schema):\n%s", diff)
	}
}

func TestSchemaHasTheWordsOfFaults(t *testing.T) {
	t.Parallel()
	root := schemaRoot(t)
	var groups []string
	for _, group := range fault.Groups() {
		groups = append(groups, group.Name)
	}
	for name, want := range map[string][]string{
		"operation": append(groups, fault.Operations()...), "state": fault.States(), "errorName": fault.Errors(),
	} {
		if diff := cmp.Diff(want, root.Definitions[name].Enum); diff != "" {
			t.Errorf("%s: words differ (-package fault +schema):\n%s", name, diff)
		}
	}
}

func keysOf(t *testing.T, name string, o object) lang.Keys {
	t.Helper()
	if o.AdditionalProperties == nil || *o.AdditionalProperties {
		t.Errorf("%q allows unknown keys, want it to refuse them", name)
	}
	for key, property := range o.Properties {
		if property.Description == "" && property.Ref == "" && name != "faceRectangle" {
			t.Errorf("%s.%s has no description", name, key)
		}
	}
	return lang.Keys{All: slices.Sorted(maps.Keys(o.Properties)), Required: slices.Sorted(slices.Values(o.Required))}
}

// checker returns a function that reports whether the JSON Schema accepts a YAML file.
func checker(t *testing.T) func(file []byte) bool {
	t.Helper()
	compiled, err := schema.Compile(schemas.FS, schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	return func(file []byte) bool {
		asJSON, err := yaml.YAMLToJSON(file)
		if err != nil {
			return false
		}
		value, err := schema.Decode(asJSON)
		if err != nil {
			return false
		}
		return len(compiled.Validate(value)) == 0
	}
}

func TestSchemaAcceptsEverything(t *testing.T) {
	t.Parallel()
	accepts := checker(t)
	for _, file := range append(goodFiles(), everything) {
		if !accepts([]byte(file)) {
			t.Errorf("the JSON Schema refuses\n%s", file)
		}
	}
}

func TestSchemaAcceptsBuiltIns(t *testing.T) {
	t.Parallel()
	accepts := checker(t)
	for _, file := range builtInFiles(t) {
		data, err := fs.ReadFile(scenarios.FS, file)
		if err != nil {
			t.Fatal(err)
		}
		if !accepts(data) {
			t.Errorf("the JSON Schema refuses %s", file)
		}
	}
}

// beyondSchema are invalid files that the JSON Schema accepts: it cannot express sums,
// files, and how YAML was written.
func beyondSchema() []string {
	return []string{
		"after too long", "takes too long", "takes far too long",
		"confidence without verify",
		"rectangle beyond the image", "rectangle beyond the named image",
		"image missing", "image missing in a folder", "image with nothing like it", "image above the folder",
		"image with an absolute path", "image with a backslash", "image that is text", "image cut short",
		"image too large", "image that is a folder",
		"confidence hexadecimal", "seed hexadecimal", "size hexadecimal",
		"regex not closed", "regex closed too often", "regex that looks ahead", "regex that repeats too often",
		"size backwards", "size too large",
		"header twice", "header of the key", "header of the token",
		"time to before from", "calls backwards", "headers of a fault twice", "rate window too short", "body too long in bytes",
		"retry after a fraction", "retry after too long",
		"delay too long", "delay up to too much", "delay backwards", "delay from here to here",
		"choice whose image is missing", "choice with confidence without verify",
	}
}

func TestSchemaRefusesWhatTheParserRefuses(t *testing.T) {
	t.Parallel()
	accepts := checker(t)
	for _, bad := range slices.Concat(badKeys(), badValues(), badAttempts(), badMatches(), badCourses(), badChoices(), badFaults(), badEffects()) {
		if got, want := accepts([]byte(bad.file)), slices.Contains(beyondSchema(), bad.name); got != want {
			t.Errorf("%s: the JSON Schema accepts: %v, want %v:\n%s", bad.name, got, want, bad.file)
		}
	}
}
