package schema_test

import (
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
)

// The request schemas of v1.2 that this table must reach.
const (
	createRequest       = "v1.2/createLivenessSession.request.json"
	createVerifyRequest = "v1.2/createLivenessWithVerifySession.request.json"
	startRequest        = "v1.2/startSession.request.json"
	facesRequest        = "v1.2/detectFromSessionImageId.request.json"
)

// goodRequests are bodies that are accepted.
func goodRequests() map[string][]string {
	everything := `"livenessOperationMode":"PassiveActive","deviceCorrelationIdSetInClient":true,"enableSessionImage":true,` +
		`"livenessModelVersion":"2024-11-15","deviceCorrelationId":"` + strings.Repeat("ü", 64) + `"`
	return map[string][]string{
		createRequest: {
			`{"livenessOperationMode":"Passive"}`,
			`{` + everything + `,"authTokenTimeToLiveInSeconds":60}`,
			`{` + everything + `,"authTokenTimeToLiveInSeconds":86400}`,
			// In the form of the specification's example: both ways of giving the id.
			`{"livenessOperationMode":"Passive","deviceCorrelationIdSetInClient":true,"deviceCorrelationId":"kiosk-7","authTokenTimeToLiveInSeconds":61}`,
			// In the form of recorded traffic: an empty id beside the switch.
			`{"livenessOperationMode":"Passive","deviceCorrelationIdSetInClient":true,"deviceCorrelationId":""}`,
			`{"livenessOperationMode":"Passive","livenessModelVersion":"2031-01-01"}`,
			`{"livenessOperationMode":"Passive","sendResultsToClient":"x","userCorrelationId":7,"anything":[{}]}`,
		},
		createVerifyRequest: {
			`{"livenessOperationMode":"Passive"}`,
			`{` + everything + `,"authTokenTimeToLiveInSeconds":600,"returnVerifyImageHash":true,"verifyConfidenceThreshold":0.5,` +
				`"verifyImage":{"fileName":"me.png","size":2048}}`,
			`{"livenessOperationMode":"Passive","verifyConfidenceThreshold":0}`,
			`{"livenessOperationMode":"Passive","verifyConfidenceThreshold":1.0,"verifyImage":{"size":0}}`,
			`{"livenessOperationMode":"Passive","verifyConfidenceThreshold":1e-3,"userCorrelationId":"u"}`,
		},
		startRequest: {
			`{}`,
			`{"deviceCorrelationId":""}`,
			`{"deviceCorrelationId":"` + strings.Repeat("x", 64) + `","sdkVersion":{"major":1}}`,
		},
		facesRequest: {
			`{"sessionImageId":"AQzR1uYt0-_abcdefghijklmnopqrstuvwxyzABCDEFG"}`,
			`{"sessionImageId":"x","url":7}`,
		},
	}
}

// badRequests put a value at a field and say which problem of that field it is.
func badRequests() []mutation {
	both := func(field, value string, kind schema.Kind) []mutation {
		return []mutation{{createRequest, 0, field, value, kind}, {createVerifyRequest, 0, field, value, kind}}
	}
	long := `"` + strings.Repeat("ü", 65) + `"`
	var bad []mutation
	for _, m := range []mutation{
		{"", 0, "livenessOperationMode", removed, schema.KindRequired},
		{"", 0, "livenessOperationMode", `"passive"`, schema.KindEnum},
		{"", 0, "livenessOperationMode", `"Active"`, schema.KindEnum},
		{"", 0, "livenessOperationMode", `""`, schema.KindEnum},
		{"", 0, "livenessOperationMode", `1`, schema.KindType},
		{"", 0, "livenessOperationMode", `null`, schema.KindType},
		{"", 0, "deviceCorrelationIdSetInClient", `"true"`, schema.KindType},
		{"", 0, "deviceCorrelationIdSetInClient", `1`, schema.KindType},
		{"", 0, "enableSessionImage", `"false"`, schema.KindType},
		{"", 0, "livenessModelVersion", `2024`, schema.KindType},
		{"", 0, "deviceCorrelationId", long, schema.KindLength},
		{"", 0, "deviceCorrelationId", `7`, schema.KindType},
		{"", 0, "authTokenTimeToLiveInSeconds", `59`, schema.KindRange},
		{"", 0, "authTokenTimeToLiveInSeconds", `86401`, schema.KindRange},
		{"", 0, "authTokenTimeToLiveInSeconds", `-600`, schema.KindRange},
		{"", 0, "authTokenTimeToLiveInSeconds", `99999999999999999999`, schema.KindRange},
		{"", 0, "authTokenTimeToLiveInSeconds", `600.0`, schema.KindType},
		{"", 0, "authTokenTimeToLiveInSeconds", `6e2`, schema.KindType},
		{"", 0, "authTokenTimeToLiveInSeconds", `600.5`, schema.KindType},
		{"", 0, "authTokenTimeToLiveInSeconds", `"600"`, schema.KindType},
	} {
		bad = append(bad, both(m.field, m.value, m.kind)...)
	}
	return append(
		bad,
		mutation{createVerifyRequest, 0, "returnVerifyImageHash", `"true"`, schema.KindType},
		mutation{createVerifyRequest, 0, "verifyConfidenceThreshold", `1.01`, schema.KindRange},
		mutation{createVerifyRequest, 0, "verifyConfidenceThreshold", `-0.01`, schema.KindRange},
		mutation{createVerifyRequest, 0, "verifyConfidenceThreshold", `"0.5"`, schema.KindType},
		mutation{createVerifyRequest, 0, "verifyImage", `"bytes"`, schema.KindType},
		mutation{createVerifyRequest, 1, "verifyImage.size", removed, schema.KindRequired},
		mutation{createVerifyRequest, 1, "verifyImage.size", `2048.0`, schema.KindType},
		mutation{createVerifyRequest, 1, "verifyImage.size", `-1`, schema.KindRange},
		mutation{createVerifyRequest, 1, "verifyImage.fileName", `5`, schema.KindType},
		mutation{createVerifyRequest, 1, "verifyImage.content", `""`, schema.KindOther},
		mutation{startRequest, 0, "deviceCorrelationId", long, schema.KindLength},
		mutation{startRequest, 0, "deviceCorrelationId", `7`, schema.KindType},
		mutation{facesRequest, 0, "", `["x"]`, schema.KindType},
		mutation{facesRequest, 0, "sessionImageId", removed, schema.KindRequired},
		mutation{facesRequest, 0, "sessionImageId", `""`, schema.KindLength},
		mutation{facesRequest, 0, "sessionImageId", `1`, schema.KindType},
	)
}

func TestRequestsOfV12(t *testing.T) {
	t.Parallel()
	checkBodies(t, goodRequests(), badRequests())
}
