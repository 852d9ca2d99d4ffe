package httpapi

import (
	"fmt"
	"io/fs"
	"net/http"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/httpapi/attempts"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
)

// A version is one version of the API: its path segment, what the domain has to
// know of it, its routes and its JSON. Handlers may ask it for a feature, never
// for its name.
type version struct {
	liveness.Version
	routes  []route
	dialect dialect

	fields  map[string]string         // members of a create body, by their names in lower case
	schemas map[string]*schema.Schema // of request bodies, by operation
}

// A dialect is the JSON of a version.
type dialect struct {
	fields        []string  // members of a create body
	refusals      []refusal // of members of a create body, in the order they are looked at
	formValue     func(name, text string) (value any, ok bool)
	normalize     func(fields map[string]any, strict bool)
	decodeCreate  func(fields map[string]any, r *liveness.CreateRequest)
	encodeCreated func(liveness.Created) ([]byte, error)
	encodeSession func(liveness.View) ([]byte, error)
	encodeStarted func(liveness.DeviceResult) ([]byte, error)
	// encodeDetected returns nil for an answer without a body.
	encodeDetected func(liveness.DeviceResult) ([]byte, error)
	deleteStatus   int
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

// versions is the table of API versions, oldest first.
func versions(attemptsAllowed int) []*version {
	return []*version{
		{
			Version: liveness.Version{
				Name:            "v1.2",
				Models:          []string{"2024-11-15"},
				AttemptsAllowed: attemptsAllowed,
			},
			routes:  append(attemptsRoutes(), deviceRoutes()...),
			dialect: attemptsDialect(),
		},
	}
}

// attemptsRoutes are the server operations of v1.2 and its successors
// [documented].
func attemptsRoutes() []route {
	const (
		plain  = "detectLiveness-sessions"
		verify = "detectLivenessWithVerify-sessions"
	)
	return []route{
		{http.MethodPost, plain, createSession("createLivenessSession", liveness.KindLiveness)},
		{http.MethodGet, plain + "/{sessionId}", readSession("getLivenessSessionResult", liveness.KindLiveness)},
		{http.MethodDelete, plain + "/{sessionId}", deleteSession("deleteLivenessSession", liveness.KindLiveness)},
		{http.MethodPost, verify, createSession("createLivenessWithVerifySession", liveness.KindLivenessWithVerify)},
		{http.MethodGet, verify + "/{sessionId}", readSession("getLivenessWithVerifySessionResult", liveness.KindLivenessWithVerify)},
		{http.MethodDelete, verify + "/{sessionId}", deleteSession("deleteLivenessWithVerifySession", liveness.KindLivenessWithVerify)},
		{http.MethodGet, "sessionImages/{sessionImageId}", readSessionImage()},
	}
}

// deviceRoutes are the calls of the client SDK. The detect routes keep the old
// spelling in every version [documented: network isolation; recorded: token].
func deviceRoutes() []route {
	return []route{
		{http.MethodPost, pathStart, startSession()},
		{http.MethodPost, pathDetect, detect("detectLiveness", pathDetect)},
		{http.MethodPost, pathDetectWithVerify, detect("detectLivenessWithVerify", pathDetectWithVerify)},
		{http.MethodPost, pathEndAttempt, endAttempt()},
	}
}

// The paths of the device calls, as the token lists them.
const (
	pathStart            = "session/start"
	pathEndAttempt       = "session/attempt/end"
	pathDetect           = "detectLiveness/singleModal"
	pathDetectWithVerify = "detectLivenessWithVerify/singleModal"
)

func attemptsDialect() dialect {
	return dialect{
		fields: attempts.Fields(),
		refusals: []refusal{
			{"livenessOperationMode", liveness.CodeInvalidMode},
			{"authTokenTimeToLiveInSeconds", liveness.CodeInvalidTokenLifetime},
			{"deviceCorrelationId", liveness.CodeInvalidDeviceCorrelationID},
		},
		formValue:      attempts.FormValue,
		normalize:      attempts.Normalize,
		decodeCreate:   attempts.DecodeCreate,
		encodeCreated:  attempts.EncodeCreated,
		encodeSession:  attempts.EncodeSession,
		encodeStarted:  attempts.EncodeStarted,
		encodeDetected: attempts.EncodeDetected,
		deleteStatus:   http.StatusNoContent,
	}
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
