package schema_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
	"github.com/livenesslabs/face-liveness-emulator/schemas"
)

// The names of the schemas that every version has, or all but the first.
const (
	createRequest       = "createLivenessSession.request"
	createVerifyRequest = "createLivenessWithVerifySession.request"
	startRequest        = "startSession.request"
	facesRequest        = "detectFromSessionImageId.request"

	createResponse       = "createLivenessSession.response"
	createVerifyResponse = "createLivenessWithVerifySession.response"
	readResponse         = "getLivenessSessionResult.response"
	readVerifyResponse   = "getLivenessWithVerifySessionResult.response"
	startResponse        = "startSession.response"
	detectResponse       = "detectLiveness.response"
	detectVerifyResponse = "detectLivenessWithVerify.response"
	facesResponse        = "detectFromSessionImageId.response"
	errorResponse        = "error.response"
)

// A folder has the schemas of one version. Tests of a version name it in files of
// their own; what several versions share is in files that name none.
type folder string

// file returns the path of a schema.
func (f folder) file(name string) string { return string(f) + "/" + name + ".json" }

// onBoth makes a mutation of both the schema called plain and the one called
// verify out of each, which names none.
func (f folder) onBoth(plain, verify string, mutations ...mutation) []mutation {
	return append(f.on(plain, mutations...), f.on(verify, mutations...)...)
}

// on makes mutations of a schema out of some that name none.
func (f folder) on(name string, mutations ...mutation) []mutation {
	var all []mutation
	for _, m := range mutations {
		m.schema = f.file(name)
		all = append(all, m)
	}
	return all
}

// someCreateRequest returns the path of the schema of a create body, for tests that
// need any real schema: whichever version it is of.
func someCreateRequest(tb testing.TB) string {
	tb.Helper()
	names, err := fs.Glob(schemas.FS, "v*/"+createRequest+".json")
	if err != nil || len(names) == 0 {
		tb.Fatalf("got the schemas %v of a create body, %v; want some", names, err)
	}
	return names[0]
}

// Parts of bodies, in the shapes of recorded traffic.
const (
	guid      = `"7be1c0d2-3f46-4a58-9b6a-c1d2e3f40516"`
	token     = `"eyJh.eyJz-Q.c2ln_w"`
	rectangle = `"faceRectangle":{"top":0,"left":12,"width":1,"height":300}`
	digest    = `"digest":"00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF"`
	imageID   = `"sessionImageId":"AQzR1uYt0-_abcdefghijklmnopqrstuvwxyzABCDEFG"`
	hash      = `"verifyImageHash":"FFEEDDCCBBAA99887766554433221100FFEEDDCCBBAA99887766554433221100"`
	reference = `{` + rectangle + `,"qualityForRecognition":"medium"}`
)

// badRectangle are the ways in which a face rectangle can be wrong.
func badRectangle(name string, base int, path string) []mutation {
	return []mutation{
		{name, base, path, `[0,0,1,1]`, schema.KindType},
		{name, base, path + ".top", `-1`, schema.KindRange},
		{name, base, path + ".top", removed, schema.KindRequired},
		{name, base, path + ".left", `-1`, schema.KindRange},
		{name, base, path + ".left", `1.0`, schema.KindType},
		{name, base, path + ".width", `0`, schema.KindRange},
		{name, base, path + ".height", `0`, schema.KindRange},
		{name, base, path + ".height", `"300"`, schema.KindType},
		{name, base, path + ".right", `5`, schema.KindOther},
	}
}

// goodFacesRequests are the bodies of a detection in a session image.
func goodFacesRequests() []string {
	return []string{
		`{"sessionImageId":"AQzR1uYt0-_abcdefghijklmnopqrstuvwxyzABCDEFG"}`,
		`{"sessionImageId":"x","url":7}`,
	}
}

// goodFaces are what it answers.
func goodFaces() []string {
	return []string{
		`[{"faceId":` + guid + `,"recognitionModel":"recognition_04",` + rectangle + `}]`,
		`[{"faceId":` + guid + `,` + rectangle + `}]`,
		`[{` + rectangle + `,"recognitionModel":"recognition_01"}]`,
		`[]`,
	}
}

// badFacesRequests are the ways in which such a request can be wrong.
func (f folder) badFacesRequests() []mutation {
	return f.on(
		facesRequest,
		mutation{"", 0, "", `["x"]`, schema.KindType},
		mutation{"", 0, "sessionImageId", removed, schema.KindRequired},
		mutation{"", 0, "sessionImageId", `""`, schema.KindLength},
		mutation{"", 0, "sessionImageId", `1`, schema.KindType},
	)
}

// badFaces are the ways in which the answer to a detection in a session image can
// be wrong.
func (f folder) badFaces() []mutation {
	name := f.file(facesResponse)
	face := `{"faceId":` + guid + `,` + rectangle + `}`
	return append(
		badRectangle(name, 0, "0.faceRectangle"),
		mutation{name, 0, "", face, schema.KindType},
		mutation{name, 0, "", `[` + face + `,` + face + `]`, schema.KindLength},
		mutation{name, 0, "0", `null`, schema.KindType},
		mutation{name, 0, "0.faceId", strings.ToUpper(guid), schema.KindOther},
		mutation{name, 0, "0.faceId", `null`, schema.KindType},
		mutation{name, 0, "0.recognitionModel", `"recognition_05"`, schema.KindEnum},
		mutation{name, 0, "0.recognitionModel", `4`, schema.KindType},
		mutation{name, 0, "0.faceRectangle", removed, schema.KindRequired},
		mutation{name, 0, "0.faceAttributes", `{}`, schema.KindOther},
		mutation{name, 0, "0.faceLandmarks", `{}`, schema.KindOther},
	)
}
