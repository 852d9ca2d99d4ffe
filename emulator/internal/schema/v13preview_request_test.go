package schema_test

import (
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
)

// v13Preview is the folder of v1.3-preview.1.
const v13Preview = "v1.3-preview.1"

// settingsRequest is what v1.3-preview.1 has and v1.2 has not.
const settingsRequest = v13Preview + "/patchSettings.request.json"

// inV13Preview returns the name that a schema of v1.2 has in v1.3-preview.1.
func inV13Preview(name string) string {
	return v13Preview + strings.TrimPrefix(name, "v1.2")
}

// againInV13Preview returns bad bodies of v1.2 for v1.3-preview.1, which has
// kept the rules they break. The good bodies they are made of must break them
// the same way.
func againInV13Preview(bad []mutation) []mutation {
	for i := range bad {
		bad[i].schema = inV13Preview(bad[i].schema)
	}
	return bad
}

func goodRequestsOfV13Preview() map[string][]string {
	everything := `"livenessOperationMode":"PassiveActive","deviceCorrelationIdSetInClient":true,"enableSessionImage":true,` +
		`"livenessModelVersion":"2025-05-20","deviceCorrelationId":"` + strings.Repeat("ü", 64) + `",` +
		`"userCorrelationIdSetInClient":false,"userCorrelationId":"` + strings.Repeat("é", 64) + `",` +
		`"authTokenTimeToLiveInSeconds":86400,"numberOfClientAttemptsAllowed":3,"expectedClientIpAddress":"2001:db8::/32"`
	create := []string{
		`{"livenessOperationMode":"Passive"}`,
		`{` + everything + `,"returnVerifyImageHash":true,"verifyConfidenceThreshold":0.5,"verifyImage":{"fileName":"me.png","size":2048}}`,
		// In the form of recorded traffic: no attempts asked for.
		`{"livenessOperationMode":"Passive","deviceCorrelationId":"d","numberOfClientAttemptsAllowed":0,"userCorrelationId":"u"}`,
		// In the form of the specification's example: every member with its own switch.
		`{"livenessOperationMode":"Passive","deviceCorrelationIdSetInClient":false,"deviceCorrelationId":"kiosk-7",` +
			`"userCorrelationIdSetInClient":false,"userCorrelationId":"visitor-9","numberOfClientAttemptsAllowed":1,"expectedClientIpAddress":"203.0.113.7"}`,
		`{"livenessOperationMode":"Passive","userCorrelationIdSetInClient":true,"userCorrelationId":""}`,
		`{"livenessOperationMode":"Passive","expectedClientIpAddress":"` + strings.Repeat("x", 64) + `"}`,
		`{"livenessOperationMode":"Passive","expectedClientIpAddress":"?","sendResultsToClient":"x","anything":[{}]}`,
	}
	return map[string][]string{
		inV13Preview(createRequest):       create,
		inV13Preview(createVerifyRequest): create,
		inV13Preview(startRequest): {
			`{}`,
			`{"deviceCorrelationId":"","userCorrelationId":""}`,
			`{"deviceCorrelationId":"d","userCorrelationId":"` + strings.Repeat("é", 64) + `","sdkVersion":1}`,
		},
		inV13Preview(facesRequest): goodRequests()[facesRequest],
		settingsRequest: {
			`{"livenessAbuseMonitoring":{"enabled":false}}`,
			`{"livenessAbuseMonitoring":{"enabled":true,"since":1},"extra":[]}`,
			`{"livenessAbuseMonitoring":{}}`,
			`{}`,
			`{"enabled":"x"}`,
		},
	}
}

func badRequestsOfV13Preview() []mutation {
	long := `"` + strings.Repeat("é", 65) + `"`
	bad := againInV13Preview(badRequests())
	for _, name := range []string{inV13Preview(createRequest), inV13Preview(createVerifyRequest)} {
		bad = append(
			bad,
			mutation{name, 0, "", `[]`, schema.KindType},
			mutation{name, 0, "userCorrelationIdSetInClient", `"true"`, schema.KindType},
			mutation{name, 0, "userCorrelationIdSetInClient", `0`, schema.KindType},
			mutation{name, 0, "userCorrelationId", long, schema.KindLength},
			mutation{name, 0, "userCorrelationId", `7`, schema.KindType},
			mutation{name, 0, "numberOfClientAttemptsAllowed", `-1`, schema.KindRange},
			mutation{name, 0, "numberOfClientAttemptsAllowed", `4`, schema.KindRange},
			mutation{name, 0, "numberOfClientAttemptsAllowed", `99999999999999999999`, schema.KindRange},
			mutation{name, 0, "numberOfClientAttemptsAllowed", `1.0`, schema.KindType},
			mutation{name, 0, "numberOfClientAttemptsAllowed", `"1"`, schema.KindType},
			mutation{name, 0, "expectedClientIpAddress", `""`, schema.KindLength},
			mutation{name, 0, "expectedClientIpAddress", long, schema.KindLength},
			mutation{name, 0, "expectedClientIpAddress", `["203.0.113.7"]`, schema.KindType},
		)
	}
	return append(
		bad,
		mutation{inV13Preview(startRequest), 0, "userCorrelationId", long, schema.KindLength},
		mutation{inV13Preview(startRequest), 0, "userCorrelationId", `7`, schema.KindType},
		mutation{settingsRequest, 0, "", `[]`, schema.KindType},
		mutation{settingsRequest, 0, "livenessAbuseMonitoring", `true`, schema.KindType},
		mutation{settingsRequest, 0, "livenessAbuseMonitoring", `null`, schema.KindType},
		mutation{settingsRequest, 0, "livenessAbuseMonitoring.enabled", `"false"`, schema.KindType},
		mutation{settingsRequest, 0, "livenessAbuseMonitoring.enabled", `null`, schema.KindType},
	)
}

func TestRequestsOfV13Preview(t *testing.T) {
	t.Parallel()
	checkBodies(t, goodRequestsOfV13Preview(), badRequestsOfV13Preview())
}

// TestEverySchemaOfV13PreviewHasBodies keeps the tables complete.
func TestEverySchemaOfV13PreviewHasBodies(t *testing.T) {
	t.Parallel()
	checkCovered(t, v13Preview, goodRequestsOfV13Preview(), goodResponsesOfV13Preview())
}
