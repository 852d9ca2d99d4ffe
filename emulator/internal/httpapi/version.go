package httpapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/httpapi/wire"
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

	body    wire.Body                 // of create calls: the members that their schemas have
	schemas map[string]*schema.Schema // of request bodies, by operation
}

// A dialect is the JSON of a version.
type dialect struct {
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

// pathOf returns the path of a call from what is below the version.
func (v *version) pathOf(below string) string { return "/face/" + v.Name + "/" + below }

// requestSchema returns the name of the schema of a route's requests.
func (v *version) requestSchema(r route) string { return v.Name + "/" + r.name + ".request.json" }

// open finds the request schemas of the version. The first call that needs one reads it.
func (v *version) open(folder *schema.Folder) error {
	v.schemas = map[string]*schema.Schema{}
	var creates []string
	for _, r := range v.routes {
		if !r.validated {
			continue
		}
		name := v.requestSchema(r)
		found, err := folder.Schema(name)
		if err != nil {
			return fmt.Errorf("request schema %s: %w", name, err)
		}
		v.schemas[r.name] = found
		if r.creates {
			creates = append(creates, name)
		}
	}
	image := v.dialect.form.image // the schema's, which describes the part; it has no value
	v.body = wire.NewBody(func() []string {
		members, err := membersOf(folder, creates)
		if err != nil {
			panic(err) // the schemas are embedded, and tests read them
		}
		return slices.DeleteFunc(members, func(name string) bool { return name == image })
	})
	return nil
}

// membersOf returns the names of the members that schemas of objects describe.
func membersOf(folder *schema.Folder, names []string) ([]string, error) {
	var members []string
	for _, name := range names {
		text, err := folder.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var object struct {
			Properties map[string]json.RawMessage `json:"properties"`
		}
		if err := json.Unmarshal(text, &object); err != nil {
			return nil, fmt.Errorf("read schema %s: %w", name, err)
		}
		members = slices.AppendSeq(members, maps.Keys(object.Properties))
	}
	return members, nil
}
