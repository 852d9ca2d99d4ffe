package schema_test

import (
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
)

func v13preview() attempts { return attempts{"v1.3-preview.1"} }

// The names of the schemas that v1.3-preview.1 alone has.
const (
	settingsRequest         = "patchSettings.request"
	settingsResponse        = "getSettings.response"
	changedSettingsResponse = "patchSettings.response"
	assetsTokenResponse     = "getClientAssetsAccessToken.response"
)

func goodRequestsOfV13Preview() map[string][]string {
	v := v13preview()
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
		v.file(createRequest):       create,
		v.file(createVerifyRequest): create,
		v.file(startRequest): {
			`{}`,
			`{"deviceCorrelationId":"","userCorrelationId":""}`,
			`{"deviceCorrelationId":"d","userCorrelationId":"` + strings.Repeat("é", 64) + `","sdkVersion":1}`,
		},
		v.file(facesRequest): goodFacesRequests(),
		v.file(settingsRequest): {
			`{"livenessAbuseMonitoring":{"enabled":false}}`,
			`{"livenessAbuseMonitoring":{"enabled":true,"since":1},"extra":[]}`,
			`{"livenessAbuseMonitoring":{}}`,
			`{}`,
			`{"enabled":"x"}`,
		},
	}
}

func badRequestsOfV13Preview() []mutation {
	v := v13preview()
	settings := v.file(settingsRequest)
	long := `"` + strings.Repeat("é", 65) + `"`
	bad := v.badRequests()
	for _, name := range []string{v.file(createRequest), v.file(createVerifyRequest)} {
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
		mutation{v.file(startRequest), 0, "userCorrelationId", long, schema.KindLength},
		mutation{v.file(startRequest), 0, "userCorrelationId", `7`, schema.KindType},
		mutation{settings, 0, "", `[]`, schema.KindType},
		mutation{settings, 0, "livenessAbuseMonitoring", `true`, schema.KindType},
		mutation{settings, 0, "livenessAbuseMonitoring", `null`, schema.KindType},
		mutation{settings, 0, "livenessAbuseMonitoring.enabled", `"false"`, schema.KindType},
		mutation{settings, 0, "livenessAbuseMonitoring.enabled", `null`, schema.KindType},
	)
}

func TestRequestsOfV13Preview(t *testing.T) {
	t.Parallel()
	checkBodies(t, goodRequestsOfV13Preview(), badRequestsOfV13Preview())
}

// TestEverySchemaOfV13PreviewHasBodies keeps the tables complete.
func TestEverySchemaOfV13PreviewHasBodies(t *testing.T) {
	t.Parallel()
	checkCovered(t, string(v13preview().folder), goodRequestsOfV13Preview(), goodResponsesOfV13Preview())
}
