package schema_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
	"github.com/livenesslabs/face-liveness-emulator/schemas"
)

// TestFolder: a schema is read at its first use, once, and validates as one that was
// compiled at once.
func TestFolder(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{"a.json": {Data: []byte("{}")}}
	folder := schema.NewFolder(files)
	first, err := folder.Schema("a.json")
	if err != nil {
		t.Fatal(err)
	}
	files["a.json"] = &fstest.MapFile{Data: []byte(`{"properties": {"n": {"type": "string"}}}`)}
	value := map[string]any{"n": true}
	if got := first.Validate(value); len(got) != 1 || got[0].Field != "n" {
		t.Errorf("got problems %v, want the one of n: the file is read at the first use", got)
	}
	files["a.json"] = &fstest.MapFile{Data: []byte("{}")}
	if again, err := folder.Schema("a.json"); again != first || err != nil || len(again.Validate(value)) != 1 {
		t.Errorf("got another schema or error %v, want the same schema again", err)
	}
	if _, err := folder.Schema("b.json"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got error %v, want that b.json does not exist", err)
	}
}

// TestFolderPanics: a malformed file is a defect of the program.
func TestFolderPanics(t *testing.T) {
	t.Parallel()
	bad, err := schema.NewFolder(fstest.MapFS{"bad.json": {Data: []byte("{")}}).Schema("bad.json")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if caught, ok := recover().(error); !ok || !strings.Contains(caught.Error(), "bad.json") {
			t.Errorf("got panic %v, want one that names bad.json", caught)
		}
	}()
	bad.Validate(true)
	t.Error("Validate returned, want a panic")
}

// TestFolderServesEmbeddedFiles: none of the embedded schemas panics.
func TestFolderServesEmbeddedFiles(t *testing.T) {
	t.Parallel()
	folder := schema.NewFolder(schemas.FS)
	for _, name := range schemaFiles(t) {
		s, err := folder.Schema(name)
		if err != nil {
			t.Fatal(err)
		}
		s.Validate(map[string]any{})
	}
}
