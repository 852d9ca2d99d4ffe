package schema_test

import (
	"io/fs"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/xeipuuv/gojsonschema"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
	"github.com/livenesslabs/face-liveness-emulator/schemas"
)

func TestCompileRefusesWhatIsNotThere(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{
		"v1/good.json":     {Data: []byte(`{"$ref":"../shared.json#/definitions/a~1b"}`)},
		"shared.json":      {Data: []byte(`{"definitions":{"a/b":{"type":"string"}}}`)},
		"broken.json":      {Data: []byte(`{"type":"string",}`)},
		"twice.json":       {Data: []byte(`{"type":"string","type":"object"}`)},
		"list.json":        {Data: []byte(`["type"]`)},
		"badtype.json":     {Data: []byte(`{"type":"text"}`)},
		"pattern.json":     {Data: []byte(`{"pattern":"("}`)},
		"nowhere.json":     {Data: []byte(`{"$ref":"missing.json"}`)},
		"nopointer.json":   {Data: []byte(`{"$ref":"shared.json#/definitions/c"}`)},
		"web.json":         {Data: []byte(`{"$ref":"http://127.0.0.1:1/x.json"}`)},
		"web-deep.json":    {Data: []byte(`{"properties":{"a":{"$ref":"https://127.0.0.1:1/x.json#/a"}}}`)},
		"metaschema.json":  {Data: []byte(`{"$ref":"http://json-schema.org/draft-07/schema#"}`)},
		"file.json":        {Data: []byte(`{"$ref":"file:///etc/hostname"}`)},
		"ref-broken.json":  {Data: []byte(`{"$ref":"broken.json"}`)},
		"self-moving.json": {Data: []byte(`{"$id":"http://127.0.0.1:1/","$ref":"x.json"}`)},
	}
	compiled, err := schema.Compile(files, "v1/good.json")
	if err != nil {
		t.Fatalf("a reference to a shared file: got error %v, want none", err)
	}
	if got := compiled.Validate(true); len(got) != 1 || got[0].Kind != schema.KindType {
		t.Errorf("the shared definition: got %v, want one problem of the type", got)
	}
	names := []string{"absent.json", "../shared.json", "/shared.json", ""}
	for name := range files {
		if name != "v1/good.json" && name != "shared.json" {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if _, err := schema.Compile(files, name); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("Compile(%q): got error %v, want one that names the file", name, err)
		}
	}
}

// schemaFiles returns the names of all schemas that the program carries.
func schemaFiles(t *testing.T) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(schemas.FS, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, name)
		}
		return err
	})
	if err != nil || len(names) < 12 {
		t.Fatalf("got schemas %v and error %v, want at least 12", names, err)
	}
	return names
}

func TestEverySchemaIsGoodDraft7AndCompiles(t *testing.T) {
	t.Parallel()
	// The library carries this text; nothing is fetched.
	draft7, err := gojsonschema.NewSchema(gojsonschema.NewReferenceLoader("http://json-schema.org/draft-07/schema"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range schemaFiles(t) {
		if path.Ext(name) != ".json" {
			t.Errorf("%s: got another kind of file, want schemas only", name)
			continue
		}
		if _, err := schema.Compile(schemas.FS, name); err != nil {
			t.Errorf("%v", err)
		}
		document := readSchema(t, name)
		result, err := draft7.Validate(gojsonschema.NewRawLoader(document))
		if err != nil || !result.Valid() {
			t.Errorf("%s is not draft-07: %v %v", name, err, result.Errors())
		}
		if document["$schema"] != "http://json-schema.org/draft-07/schema#" || document["title"] == nil {
			t.Errorf("%s: got $schema %v and title %v, want draft-07 and a title", name, document["$schema"], document["title"])
		}
	}
}

func readSchema(t *testing.T, name string) map[string]any {
	t.Helper()
	content, err := fs.ReadFile(schemas.FS, name)
	if err != nil {
		t.Fatal(err)
	}
	value, err := schema.Decode(content)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	document, ok := value.(map[string]any)
	if !ok {
		t.Fatalf("%s: got %T, want an object", name, value)
	}
	return document
}

func BenchmarkCompile(b *testing.B) {
	name := someCreateRequest(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := schema.Compile(schemas.FS, name); err != nil {
			b.Fatal(err)
		}
	}
}
