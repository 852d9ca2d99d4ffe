package schema_test

import (
	"strings"
	"testing"
)

func v12() attempts { return attempts{"v1.2"} }

// goodRequestsOfV12 are bodies that are accepted.
func goodRequestsOfV12() map[string][]string {
	v := v12()
	everything := `"livenessOperationMode":"PassiveActive","deviceCorrelationIdSetInClient":true,"enableSessionImage":true,` +
		`"livenessModelVersion":"2024-11-15","deviceCorrelationId":"` + strings.Repeat("ü", 64) + `"`
	return map[string][]string{
		v.file(createRequest): {
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
		v.file(createVerifyRequest): {
			`{"livenessOperationMode":"Passive"}`,
			`{` + everything + `,"authTokenTimeToLiveInSeconds":600,"returnVerifyImageHash":true,"verifyConfidenceThreshold":0.5,` +
				`"verifyImage":{"fileName":"me.png","size":2048}}`,
			`{"livenessOperationMode":"Passive","verifyConfidenceThreshold":0}`,
			`{"livenessOperationMode":"Passive","verifyConfidenceThreshold":1.0,"verifyImage":{"size":0}}`,
			`{"livenessOperationMode":"Passive","verifyConfidenceThreshold":1e-3,"userCorrelationId":"u"}`,
		},
		v.file(startRequest): {
			`{}`,
			`{"deviceCorrelationId":""}`,
			`{"deviceCorrelationId":"` + strings.Repeat("x", 64) + `","sdkVersion":{"major":1}}`,
		},
		v.file(facesRequest): goodFacesRequests(),
	}
}

func TestRequestsOfV12(t *testing.T) {
	t.Parallel()
	checkBodies(t, goodRequestsOfV12(), v12().badRequests())
}
