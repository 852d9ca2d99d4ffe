// Package schema decodes JSON strictly and checks decoded values against
// compiled JSON Schemas (draft-07). Its callers know which schema belongs to which
// operation of the API.
package schema

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/xeipuuv/gojsonschema"
)

// A Schema is a JSON Schema. It is immutable and safe for use by several goroutines.
type Schema struct {
	compiled func() *gojsonschema.Schema
}

// Compile reads the schema called name, a slash-separated path in fsys, and the schemas
// that it refers to. References are relative to their file and stay inside fsys; the
// network and other files are never read. A file that is missing, malformed or not a
// schema is an error.
func Compile(fsys fs.FS, name string) (*Schema, error) {
	compiled, err := compile(fsys, name)
	if err != nil {
		return nil, err
	}
	return &Schema{compiled: func() *gojsonschema.Schema { return compiled }}, nil
}

func compile(fsys fs.FS, name string) (*gojsonschema.Schema, error) {
	loader := gojsonschema.NewSchemaLoader()
	loader.Draft = gojsonschema.Draft7
	compiled, err := loader.Compile(files{fsys}.New(location + name))
	if err != nil {
		return nil, fmt.Errorf("compile schema %s: %w", name, err)
	}
	return compiled, nil
}

// location is the base URL of the files of an fs.FS, so that references between them can
// be resolved. The host does not exist.
const location = "fs://schemas.invalid/"

// files makes loaders for the schemas in a file system.
type files struct{ fsys fs.FS }

// New implements gojsonschema.JSONLoaderFactory.
func (f files) New(source string) gojsonschema.JSONLoader {
	return file{JSONLoader: gojsonschema.NewReferenceLoader(source), files: f, source: source}
}

// A file is a schema at a location. The embedded loader only returns the location; it
// never loads.
type file struct {
	gojsonschema.JSONLoader
	files  files
	source string
}

// LoaderFactory implements gojsonschema.JSONLoader.
func (f file) LoaderFactory() gojsonschema.JSONLoaderFactory { return f.files }

// LoadJSON implements gojsonschema.JSONLoader.
func (f file) LoadJSON() (any, error) {
	source, _, _ := strings.Cut(f.source, "#")
	path, ours := strings.CutPrefix(source, location)
	if !ours {
		return nil, fmt.Errorf("the reference to %s leaves the schema files", source)
	}
	content, err := fs.ReadFile(f.files.fsys, path)
	if err != nil {
		return nil, err
	}
	document, err := Decode(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return document, nil
}
