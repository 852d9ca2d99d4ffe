package schema_test

import (
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
)

func v12preview() singleModal { return singleModal{folder: "v1.2-preview.1", images: true} }

func goodRequestsOfV12Preview() map[string][]string {
	p := v12preview()
	good := p.goodRequests()
	good[p.file(facesRequest)] = goodFacesRequests()
	return good
}

func goodResponsesOfV12Preview() map[string][]string {
	p := v12preview()
	good := p.goodResponses()
	good[p.file(facesResponse)] = goodFaces()
	return good
}

// badImageRequests are bodies that a version with session images refuses.
func (p singleModal) badImageRequests() []mutation {
	bad := p.onBoth(
		createRequest, createVerifyRequest,
		mutation{"", 0, "enableSessionImage", `"false"`, schema.KindType},
		mutation{"", 0, "livenessSingleModalModel", `2023`, schema.KindType},
	)
	verify := p.file(createVerifyRequest)
	bad = append(bad, p.badFacesRequests()...)
	return append(
		bad,
		mutation{verify, 0, "returnVerifyImageHash", `"true"`, schema.KindType},
		mutation{verify, 0, "verifyConfidenceThreshold", `1.01`, schema.KindRange},
		mutation{verify, 0, "verifyConfidenceThreshold", `-0.01`, schema.KindRange},
		mutation{verify, 0, "verifyConfidenceThreshold", `"0.5"`, schema.KindType},
	)
}

// badImageResponses are bodies that a version with session images does not send:
// of what it has beyond the others, and of failed attempts, which have neither
// an image nor a hash.
func (p singleModal) badImageResponses() []mutation {
	image, sum := imageID[len(`"sessionImageId":`):], hash[len(`"verifyImageHash":`):]
	lower := strings.ToLower(sum)
	bad := p.onBoth(
		readResponse, readVerifyResponse,
		mutation{"", 0, "result.sessionImageId", guid, schema.KindOther},
		mutation{"", 2, "result.sessionImageId", image, schema.KindOther},
	)
	bad = append(bad, p.onBoth(
		auditResponse, auditVerifyResponse,
		mutation{"", 0, "0.sessionImageId", guid, schema.KindOther},
		mutation{"", 0, "2.sessionImageId", image, schema.KindOther},
	)...)
	bad = append(bad, p.badFaces()...)
	return append(
		bad,
		mutation{p.file(readResponse), 0, "result.verifyImageHash", sum, schema.KindOther},
		mutation{p.file(readVerifyResponse), 0, "result.verifyImageHash", lower, schema.KindOther},
		mutation{p.file(readVerifyResponse), 2, "result.verifyImageHash", sum, schema.KindOther},
		mutation{p.file(auditResponse), 0, "0.verifyImageHash", sum, schema.KindOther},
		mutation{p.file(auditVerifyResponse), 0, "0.verifyImageHash", lower, schema.KindOther},
		mutation{p.file(auditVerifyResponse), 0, "2.verifyImageHash", sum, schema.KindOther},
	)
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
	checkCovered(t, string(v12preview().folder), goodRequestsOfV12Preview(), goodResponsesOfV12Preview())
}
