package schema

import (
	"fmt"
	"io/fs"
	"sync"

	"github.com/xeipuuv/gojsonschema"
)

// A Folder has the schemas of a file system. It compiles each schema once, at its first use.
// The files must be valid and must not change: those of the program are embedded, and a test
// compiles them. A Folder is safe for use by several goroutines.
type Folder struct {
	fsys fs.FS

	mu      sync.Mutex
	schemas map[string]*Schema
}

// NewFolder returns the schemas of a file system. It does not read them.
func NewFolder(fsys fs.FS) *Folder { return &Folder{fsys: fsys, schemas: map[string]*Schema{}} }

// ReadFile returns the text of a schema.
func (f *Folder) ReadFile(name string) ([]byte, error) { return fs.ReadFile(f.fsys, name) }

// Schema returns the schema called name, as Compile does. A missing file is an error.
// The first Validate panics if the file is malformed or not a schema.
func (f *Folder) Schema(name string) (*Schema, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if known := f.schemas[name]; known != nil {
		return known, nil
	}
	if _, err := fs.Stat(f.fsys, name); err != nil {
		return nil, err
	}
	s := &Schema{compiled: sync.OnceValue(func() *gojsonschema.Schema {
		compiled, err := compile(f.fsys, name)
		if err != nil {
			panic(fmt.Errorf("embedded schema: %w", err))
		}
		return compiled
	})}
	f.schemas[name] = s
	return s, nil
}
