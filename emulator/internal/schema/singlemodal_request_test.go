package schema_test

import (
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
)

// A singleModal is a version of the family with an audit, and what its schemas
// differ in. The tables of bodies are made for it.
type singleModal struct {
	folder
	images bool // sessions keep an image, and results may name hashes
}

// onlyWithImages returns what a body has only in a version with session images.
func (p singleModal) onlyWithImages(members string) string {
	if p.images {
		return members
	}
	return ""
}

// goodRequests are bodies that are accepted.
func (p singleModal) goodRequests() map[string][]string {
	everything := `"livenessOperationMode":"PassiveActive","sendResultsToClient":true,"deviceCorrelationIdSetInClient":true,` +
		p.onlyWithImages(`"enableSessionImage":true,"livenessSingleModalModel":"2023-12-20-preview.06",`) +
		`"deviceCorrelationId":"` + strings.Repeat("ü", 64) + `"`
	verify := p.onlyWithImages(`,"returnVerifyImageHash":true,"verifyConfidenceThreshold":0.5`)
	common := []string{
		`{"livenessOperationMode":"Passive"}`,
		// The specification's example: both ways of giving the id.
		`{"livenessOperationMode":"Passive","sendResultsToClient":true,"deviceCorrelationIdSetInClient":true,` +
			`"deviceCorrelationId":"your_device_correlation_id","authTokenTimeToLiveInSeconds":60}`,
		// In the form of recorded traffic: an empty id beside the switch.
		`{"livenessOperationMode":"Passive","deviceCorrelationIdSetInClient":true,"deviceCorrelationId":""}`,
		// Members of other versions, and of none.
		`{"livenessOperationMode":"Passive","livenessModelVersion":7,"userCorrelationId":7,"verifyImage":1,"anything":[{}]}`,
	}
	return map[string][]string{
		p.file(createRequest): append([]string{
			`{` + everything + `,"authTokenTimeToLiveInSeconds":86400}`,
			`{` + everything + `,"authTokenTimeToLiveInSeconds":60,"VerifyImage":1,"returnVerifyImageHash":1,"verifyConfidenceThreshold":2}`,
		}, common...),
		p.file(createVerifyRequest): append([]string{
			`{` + everything + verify + `,"authTokenTimeToLiveInSeconds":600,"VerifyImage":{"fileName":"blob","size":2048}}`,
			`{"livenessOperationMode":"Passive","verifyConfidenceThreshold":0,"VerifyImage":{"size":0}}`,
			`{"livenessOperationMode":"Passive","verifyConfidenceThreshold":1.0}`,
		}, common...),
		p.file(startRequest): {
			`{}`,
			`{"deviceCorrelationId":""}`,
			`{"deviceCorrelationId":"` + strings.Repeat("x", 64) + `","sdkVersion":{"major":1}}`,
		},
	}
}

// badRequests are bodies that every version of the family refuses.
func (p singleModal) badRequests() []mutation {
	long := `"` + strings.Repeat("ü", 65) + `"`
	bad := p.onBoth(
		createRequest, createVerifyRequest,
		mutation{"", 0, "livenessOperationMode", removed, schema.KindRequired},
		mutation{"", 0, "livenessOperationMode", `"passive"`, schema.KindEnum},
		mutation{"", 0, "livenessOperationMode", `"Active"`, schema.KindEnum},
		mutation{"", 0, "livenessOperationMode", `1`, schema.KindType},
		mutation{"", 0, "sendResultsToClient", `"true"`, schema.KindType},
		mutation{"", 0, "sendResultsToClient", `null`, schema.KindType},
		mutation{"", 0, "deviceCorrelationIdSetInClient", `"true"`, schema.KindType},
		mutation{"", 0, "deviceCorrelationId", long, schema.KindLength},
		mutation{"", 0, "deviceCorrelationId", `7`, schema.KindType},
		mutation{"", 0, "authTokenTimeToLiveInSeconds", `59`, schema.KindRange},
		mutation{"", 0, "authTokenTimeToLiveInSeconds", `86401`, schema.KindRange},
		mutation{"", 0, "authTokenTimeToLiveInSeconds", `600.0`, schema.KindType},
		mutation{"", 0, "authTokenTimeToLiveInSeconds", `"600"`, schema.KindType},
	)
	verify := p.file(createVerifyRequest)
	return append(
		bad,
		mutation{verify, 0, "VerifyImage", `"bytes"`, schema.KindType},
		mutation{verify, 0, "VerifyImage.size", removed, schema.KindRequired},
		mutation{verify, 0, "VerifyImage.size", `2048.0`, schema.KindType},
		mutation{verify, 0, "VerifyImage.size", `-1`, schema.KindRange},
		mutation{verify, 0, "VerifyImage.fileName", `5`, schema.KindType},
		mutation{verify, 0, "VerifyImage.content", `""`, schema.KindOther},
		mutation{p.file(startRequest), 0, "deviceCorrelationId", long, schema.KindLength},
		mutation{p.file(startRequest), 0, "deviceCorrelationId", `7`, schema.KindType},
	)
}
