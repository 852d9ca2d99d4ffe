package schema_test

import (
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
)

func v11preview() singleModal { return singleModal{folder: "v1.1-preview.1"} }

func TestRequestsOfV11Preview(t *testing.T) {
	t.Parallel()
	p := v11preview()
	good := p.goodRequests()
	for _, name := range []string{createRequest, createVerifyRequest} {
		// Members that came with v1.2-preview.1 are unknown here, so ignored.
		good[p.file(name)] = append(
			good[p.file(name)],
			`{"livenessOperationMode":"Passive","enableSessionImage":"x","livenessSingleModalModel":7,`+
				`"returnVerifyImageHash":"x","verifyConfidenceThreshold":2}`,
		)
	}
	checkBodies(t, good, p.badRequests())
}

func TestResponsesOfV11Preview(t *testing.T) {
	t.Parallel()
	p := v11preview()
	image, sum := imageID[len(`"sessionImageId":`):], hash[len(`"verifyImageHash":`):]
	bad := p.onBoth(
		readResponse, readVerifyResponse,
		mutation{"", 0, "result.sessionImageId", image, schema.KindOther},
		mutation{"", 0, "result.verifyImageHash", sum, schema.KindOther},
	)
	bad = append(bad, p.onBoth(
		auditResponse, auditVerifyResponse,
		mutation{"", 0, "0.sessionImageId", image, schema.KindOther},
		mutation{"", 0, "0.verifyImageHash", sum, schema.KindOther},
	)...)
	checkBodies(t, p.goodResponses(), append(p.badResponses(), bad...))
}

func TestEverySchemaOfV11PreviewHasBodies(t *testing.T) {
	t.Parallel()
	p := v11preview()
	checkCovered(t, string(p.folder), p.goodRequests(), p.goodResponses())
}
