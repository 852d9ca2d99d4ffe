package lang_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/lang"
	"github.com/livenesslabs/face-liveness-emulator/schemas"
)

// The examples of the language: a folder of scenarios that can be used as it is,
// and faults of resources.
const (
	examples       = "../../../../scenarios/examples"
	resourceFaults = "resource"
)

// exampleFiles returns the examples whose names match the pattern, by name.
func exampleFiles(tb testing.TB, pattern string) map[string][]byte {
	tb.Helper()
	names, err := fs.Glob(os.DirFS(examples), pattern)
	if err != nil || len(names) == 0 {
		tb.Fatalf("got %d examples, %v; want some", len(names), err)
	}
	files := make(map[string][]byte)
	for _, name := range names {
		if files[name], err = os.ReadFile(path.Join(examples, name)); err != nil {
			tb.Fatal(err)
		}
	}
	return files
}

// TestExamples checks that the examples load as a folder, alone and beside the built-in
// scenarios, without warnings.
func TestExamples(t *testing.T) {
	t.Parallel()
	set, warnings := loadWarned(t, lang.Source{Name: "examples", FS: os.DirFS(examples)})
	for _, warning := range warnings {
		t.Error(warning)
	}
	files := exampleFiles(t, "*.yaml")
	if got := len(set.Names()); got != len(files) {
		t.Errorf("got %d scenarios, want %d", got, len(files))
	}
	accepts := checker(t)
	for _, name := range set.Names() {
		s, _ := set.Lookup(name)
		file := path.Base(s.Source)
		if want := "example-" + strings.TrimSuffix(file, ".yaml"); name != want {
			t.Errorf("%s: got name %s, want %s", file, name, want)
		}
		if s.Description == "" || s.Advice == "" {
			t.Errorf("%s: got description %q and advice %q, want both", file, s.Description, s.Advice)
		}
		if !accepts(files[file]) {
			t.Errorf("the JSON Schema refuses %s", file)
		}
		checkPinned(t, s)
	}
	for name, data := range exampleFiles(t, resourceFaults+"/*.yaml") {
		faults, warnings, err := lang.ParseFaults(name, data)
		for _, warning := range warnings {
			t.Error(warning)
		}
		if err != nil || len(faults) == 0 {
			t.Errorf("got %d faults, error %v; want some", len(faults), err)
		}
	}
}

// TestExamplesNameTheirSchema checks that each example names the schema for editors, and
// that this path exists.
func TestExamplesNameTheirSchema(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"*.yaml", resourceFaults + "/*.yaml"} {
		for name, data := range exampleFiles(t, pattern) {
			first, _, _ := strings.Cut(string(data), "\n")
			schema, found := strings.CutPrefix(first, "# yaml-language-server: $schema=")
			schema, _, _ = strings.Cut(schema, "#")
			if _, err := os.Stat(path.Join(examples, path.Dir(name), schema)); !found || err != nil {
				t.Errorf("%s begins with %q: %v", name, first, err)
			}
		}
	}
}

// TestEverythingHasAnExample requires every key, word and form of the JSON Schema in one
// of the examples.
func TestEverythingHasAnExample(t *testing.T) {
	t.Parallel()
	data, err := fs.ReadFile(schemas.FS, schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	var root map[string]any
	if err := json.Unmarshal(data, &root); err != nil {
		t.Fatal(err)
	}
	c := coverage{root: root, seen: make(map[string]bool)}
	for pattern, schema := range map[string]string{"*.yaml": "#", resourceFaults + "/*.yaml": "#/definitions/faults"} {
		for name, file := range exampleFiles(t, pattern) {
			var value any
			if err := yaml.Unmarshal(file, &value); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if !c.visit(schema, c.at(schema), value) {
				t.Errorf("%s is not what %s describes", name, schema)
			}
		}
	}
	wanted := c.wanted()
	if len(wanted) < 200 {
		t.Errorf("got %d things that need an example, want those of the language", len(wanted))
	}
	for _, want := range wanted {
		if !c.seen[want] {
			t.Errorf("no example has %s", want)
		}
	}
}

// A coverage collects the keys, words and forms of a JSON Schema that values have used,
// by their place in the schema.
type coverage struct {
	root map[string]any
	seen map[string]bool
}

// at returns the schema of a reference such as #/definitions/match.
func (c coverage) at(reference string) any {
	var at any = c.root
	for _, part := range strings.Split(reference, "/")[1:] {
		parent, _ := at.(map[string]any)
		at = parent[part]
	}
	return at
}

// visit records what the value uses of the schema at a place, and reports whether the
// value has the form of that schema.
func (c coverage) visit(place string, schema, value any) bool {
	s, ok := schema.(map[string]any)
	if !ok {
		return true
	}
	if reference, ok := s["$ref"].(string); ok {
		return c.visit(reference, c.at(reference), value)
	}
	if !isOfType(s, value) {
		return false
	}
	if words, ok := s["enum"].([]any); ok {
		if !slices.Contains(words, value) {
			return false
		}
		c.seen[fmt.Sprintf("%s: %v", place, value)] = true
	}
	for _, part := range forms(s["allOf"]) {
		c.visit(place, part, value)
	}
	found := false
	alternatives := forms(s["anyOf"])
	for i, form := range alternatives {
		at := fmt.Sprintf("%s/anyOf/%d", place, i)
		if c.visit(at, form, value) {
			found, c.seen[at] = true, true
		}
	}
	c.visitParts(place, s, value)
	return found || len(alternatives) == 0
}

// visitParts visits the entries of a list and the values of a mapping.
func (c coverage) visitParts(place string, s map[string]any, value any) {
	switch value := value.(type) {
	case []any:
		for _, entry := range value {
			c.visit(place+"/items", s["items"], entry)
		}
	case map[string]any:
		properties, _ := s["properties"].(map[string]any)
		patterns, _ := s["patternProperties"].(map[string]any)
		for key, part := range value {
			if property, known := properties[key]; known {
				at := place + "/properties/" + key
				c.seen[at] = true
				c.visit(at, property, part)
			}
			for pattern, property := range patterns {
				c.visit(place+"/patternProperties/"+pattern, property, part)
			}
		}
	}
}

// forms returns the schemas of a list that describe forms, without those that only say
// which keys go together.
func forms(list any) []any {
	all, _ := list.([]any)
	return slices.DeleteFunc(slices.Clone(all), func(schema any) bool {
		s, _ := schema.(map[string]any)
		return s["required"] != nil || s["not"] != nil || s["pattern"] != nil && s["type"] == nil
	})
}

// isOfType reports whether the value can be of the schema's type.
func isOfType(s map[string]any, value any) bool {
	if format, ok := s["format"].(string); ok {
		text, _ := value.(string)
		address, err := netip.ParseAddr(text)
		return err == nil && address.Is4() == (format == "ipv4")
	}
	switch s["type"] {
	case "object":
		_, ok := value.(map[string]any)
		return ok
	case "array":
		_, ok := value.([]any)
		return ok
	case "string":
		_, ok := value.(string)
		return ok
	case "integer", "number":
		switch value.(type) {
		case uint64, int64, float64:
			return true
		}
		return false
	}
	return true
}

// wanted returns everything that needs an example, sorted.
func (c coverage) wanted() []string {
	all := make(map[string]bool)
	walk(all, "#", c.root)
	for name, definition := range c.at("#/definitions").(map[string]any) {
		walk(all, "#/definitions/"+name, definition)
	}
	// These definitions only say which keys go together.
	for _, name := range []string{"decided", "abandoned", "failed"} {
		maps.DeleteFunc(all, func(at string, _ bool) bool { return strings.HasPrefix(at, "#/definitions/"+name+"/") })
	}
	return slices.Sorted(maps.Keys(all))
}

// walk collects the keys, words and forms of the schema at a place.
func walk(all map[string]bool, place string, schema any) {
	s, ok := schema.(map[string]any)
	if !ok || s["$ref"] != nil {
		return
	}
	words, _ := s["enum"].([]any)
	for _, word := range words {
		all[fmt.Sprintf("%s: %v", place, word)] = true
	}
	for i, form := range forms(s["anyOf"]) {
		at := fmt.Sprintf("%s/anyOf/%d", place, i)
		all[at] = true
		walk(all, at, form)
	}
	walk(all, place+"/items", s["items"])
	properties, _ := s["properties"].(map[string]any)
	for key, property := range properties {
		all[place+"/properties/"+key] = true
		walk(all, place+"/properties/"+key, property)
	}
}
