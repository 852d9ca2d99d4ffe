package schema_test

import "testing"

// A preview is a version of the family with an audit, and what its schemas
// differ in. The tables of bodies are made for it.
type preview struct {
	version string
	images  bool // sessions keep an image, and results may name hashes
}

// file returns the path of a schema of the version.
func (p preview) file(name string) string { return p.version + "/" + name + ".json" }

// onlyWithImages returns what a body has only in a version with session images.
func (p preview) onlyWithImages(members string) string {
	if p.images {
		return members
	}
	return ""
}

// onBoth makes a mutation of both the schema called plain and the one called
// verify out of each, which names none.
func (p preview) onBoth(plain, verify string, mutations ...mutation) []mutation {
	var all []mutation
	for _, name := range []string{plain, verify} {
		for _, m := range mutations {
			m.schema = p.file(name)
			all = append(all, m)
		}
	}
	return all
}

// The detection in a session image, which the version has as v1.2 has it.
const (
	previewFacesRequest  = "detectFromSessionImageId.request"
	previewFacesResponse = "detectFromSessionImageId.response"
)

// asInV12 returns the bad bodies of one schema of v1.2, for that of the version
// called name.
func (p preview) asInV12(bad []mutation, from, name string) []mutation {
	var taken []mutation
	for _, m := range bad {
		if m.schema == from {
			m.schema = p.file(name)
			taken = append(taken, m)
		}
	}
	return taken
}

func v12preview() preview { return preview{version: "v1.2-preview.1", images: true} }

func goodRequestsOfV12Preview() map[string][]string {
	p := v12preview()
	good := p.goodRequests()
	good[p.file(previewFacesRequest)] = goodRequests()[facesRequest]
	return good
}

func goodResponsesOfV12Preview() map[string][]string {
	p := v12preview()
	good := p.goodResponses()
	good[p.file(previewFacesResponse)] = goodResponses()[facesResponse]
	return good
}

func TestRequestsOfV12Preview(t *testing.T) {
	t.Parallel()
	p := v12preview()
	checkBodies(t, goodRequestsOfV12Preview(), append(p.badRequests(), p.badImageRequests()...))
}

func TestResponsesOfV12Preview(t *testing.T) {
	t.Parallel()
	p := v12preview()
	checkBodies(t, goodResponsesOfV12Preview(), append(p.badResponses(), p.badImageResponses()...))
}

func TestEverySchemaOfV12PreviewHasBodies(t *testing.T) {
	t.Parallel()
	checkCovered(t, v12preview().version, goodRequestsOfV12Preview(), goodResponsesOfV12Preview())
}
