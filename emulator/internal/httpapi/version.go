package httpapi

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

// A version is one version of the API: its path segment, what the domain has to
// know of it, its routes and its JSON. Handlers may ask it for a feature, never
// for its name.
type version struct {
	service.Version
	routes  []route
	dialect dialect

	fields  map[string]string         // members of a create body, by their names in lower case
	schemas map[string]*schema.Schema // of request bodies, by operation
}

// A dialect is the JSON of a version.
type dialect struct {
	fields        []string  // members of a create body
	refusals      []refusal // of members of a create body, in the order they are looked at
	form          formShape
	encodeCreated func(service.Created) ([]byte, error)
	encodeSession func(liveness.View) ([]byte, error)
	// encodeDetected returns nil for an answer without a body.
	encodeDetected func(service.DeviceResult) ([]byte, error)
	deleteStatus   int

	// Of versions that list sessions and their audit only.
	encodeList  func([]liveness.View) ([]byte, error)
	encodeAudit func(view liveness.View, after int64, limit int) ([]byte, error)
}

// A formShape is how a with-verify create call is sent.
type formShape struct {
	parameters string // part that holds all members as JSON; "": every member is a part
	image      string // part with the verify image
	jsonToo    bool   // a JSON body will do, without an image
}

// A refusal is the code for a member whose value is out of its bounds. Members
// without one, and values of the wrong type, make the body invalid.
type refusal struct {
	field string
	code  liveness.Code
}

// A route is an operation at a place below the version.
type route struct {
	method string
	path   string // in documented casing, below /face/{version}
	operation
}

// compile reads the request schemas of the version.
func (v *version) compile(schemas fs.FS) error {
	v.schemas = map[string]*schema.Schema{}
	for _, r := range v.routes {
		if !r.validated {
			continue
		}
		name := v.Name + "/" + r.name + ".request.json"
		compiled, err := schema.Compile(schemas, name)
		if err != nil {
			return fmt.Errorf("compile schema %s: %w", name, err)
		}
		v.schemas[r.name] = compiled
	}
	v.fields = map[string]string{}
	for _, field := range v.dialect.fields {
		v.fields[strings.ToLower(field)] = field
	}
	return nil
}

// misspelt returns the field whose name differs from this one in letter case
// only, or "".
func (v *version) misspelt(name string) string {
	if field := v.fields[strings.ToLower(name)]; field != name {
		return field
	}
	return ""
}

// has reports whether a create body can have a field of this name.
func (v *version) has(name string) bool { return name != "" && v.fields[strings.ToLower(name)] == name }

// forget removes what the version does not have: it must not come in by the name
// that another version has for it. It returns the names of what is gone, as far as
// a log may show them.
func (v *version) forget(fields map[string]any) []string {
	var gone []string
	for name := range fields {
		if v.has(name) {
			continue
		}
		delete(fields, name)
		if name != v.dialect.form.image && looksLikeMember(name) {
			gone = append(gone, name)
		}
	}
	slices.Sort(gone)
	return gone
}

// looksLikeMember reports whether a name is made like those of the API, and so is
// hardly anybody's secret.
func looksLikeMember(name string) bool {
	const longest = 40
	return len(name) <= longest && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}
