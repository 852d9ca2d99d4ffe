package schema_test

import (
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
)

// Parts of bodies, in the shapes of recorded traffic and of the specification.
const (
	monitored   = model + `,"isAbuseMonitoringEnabled":true`
	unmonitored = model + `,"isAbuseMonitoringEnabled":false`
	unbegun     = `"isAbuseMonitoringEnabled":true`
	expected    = `"expectedClientIpAddress":"203.0.113.0/24"`
	client      = `"clientInformation":[{"ip":"203.0.113.7"}]`
	harmless    = `"abuseMonitoringResult":{"isAbuseDetected":false,"otherFlaggedSessions":[]}`
	flagged     = `"abuseMonitoringResult":{"isAbuseDetected":true,"otherFlaggedSessions":[{"attemptId":3,"sessionId":` + guid + `,` + imageID + `},` +
		`{"attemptId":1,"sessionId":` + guid + `}]}`
)

// having returns a JSON object with further members.
func having(object, members string) string {
	return strings.TrimSuffix(object, "}") + "," + members + "}"
}

// goodReadsOfV13Preview are sessions as they are read, with this attempt that has
// passed as the first and with this behind the attempts.
func goodReadsOfV13Preview(passed, rest string) []string {
	attempts := func(list ...string) string { return `"attempts":[` + strings.Join(list, ",") + `]` + rest }
	ip6 := `"clientInformation":[{"ip":"2001:db8::7"},{"ip":"::ffff:203.0.113.7"},{"ip":"fe80::1%eth0"}]`
	return []string{
		readSession("Succeeded", monitored+","+expected, attempts(having(passed, client+","+flagged), having(refused, client+","+harmless))),
		readSession("NotStarted", unbegun, attempts()),
		readSession("Succeeded", unmonitored, attempts(having(passed, client))),
		readSession("Running", unbegun+","+expected, attempts()),
		readSession("Running", monitored, attempts(having(refused, ip6))),
		readSession("Failed", unmonitored, attempts(refused, refused, refused)),
		readSession("Canceled", unbegun, attempts()),
		// A session that has played by itself: no client.
		readSession("Succeeded", monitored, attempts(having(passed, harmless))),
	}
}

func goodResponsesOfV13Preview() map[string][]string {
	v := v13preview()
	const verify = `"verifyReferences":[{"referenceType":"image",` + rectangle + `,"qualityForRecognition":"low"}]`
	settings := []string{`{"livenessAbuseMonitoring":{"enabled":true}}`, `{"livenessAbuseMonitoring":{"enabled":false}}`}
	good := map[string][]string{
		v.file(createResponse): {
			newSession(`"attempts":[]`),
			having(newSession(`"attempts":[]`), expected),
		},
		v.file(createVerifyResponse): {
			newSession(`"attempts":[],` + verify),
			having(newSession(`"attempts":[],"verifyReferences":[]`), expected),
		},
		v.file(readResponse):            goodReadsOfV13Preview(passed, ""),
		v.file(readVerifyResponse):      goodReadsOfV13Preview(passedPlus, `,"verifyReferences":[`+reference+`]`),
		v.file(settingsResponse):        settings,
		v.file(changedSettingsResponse): settings,
		v.file(assetsTokenResponse): {
			`{"expiry":"2025-07-03T15:30:00.000Z","accessToken":` + token + `,"base64AccessToken":"ZXlKaC5leUp6LVEuYzJsbl93"}`,
			`{"expiry":"2026-12-31T23:59:59.999Z","accessToken":` + token + `,"base64AccessToken":"YS5iLmM="}`,
			`{"expiry":"2026-01-01T00:00:00.001Z","accessToken":` + token + `,"base64AccessToken":"ab+/Yg=="}`,
		},
	}
	return v.addGoodResponses(good)
}

// badMonitoring are the ways in which what v1.3-preview.1 added to sessions can
// be wrong.
func badMonitoring(name string) []mutation {
	const clients, abuse, others = "results.attempts.0.clientInformation", "results.attempts.0.abuseMonitoringResult", ".otherFlaggedSessions"
	bad := []mutation{
		{name, 0, "isAbuseMonitoringEnabled", removed, schema.KindRequired},
		{name, 0, "isAbuseMonitoringEnabled", `{}`, schema.KindType},
		{name, 0, "isAbuseMonitoringEnabled", `"true"`, schema.KindType},
		{name, 0, "expectedClientIpAddress", `""`, schema.KindLength},
		{name, 0, "expectedClientIpAddress", `null`, schema.KindType},
		{name, 0, clients, `{}`, schema.KindType},
		{name, 0, clients, `[]`, schema.KindLength},
		{name, 0, clients + ".0", `"203.0.113.7"`, schema.KindType},
		{name, 0, clients + ".0.ip", removed, schema.KindRequired},
		{name, 0, clients + ".0.port", `443`, schema.KindOther},
		{name, 0, abuse, `null`, schema.KindType},
		{name, 0, abuse, `true`, schema.KindType},
		{name, 0, abuse + ".isAbuseDetected", removed, schema.KindRequired},
		{name, 0, abuse + ".isAbuseDetected", `"true"`, schema.KindType},
		{name, 0, abuse + ".score", `1`, schema.KindOther},
		{name, 0, abuse + others, removed, schema.KindRequired},
		{name, 0, abuse + others, `null`, schema.KindType},
		{name, 0, abuse + others + ".0", `""`, schema.KindType},
		{name, 0, abuse + others + ".0.attemptId", removed, schema.KindRequired},
		{name, 0, abuse + others + ".0.attemptId", `0`, schema.KindRange},
		{name, 0, abuse + others + ".0.attemptId", `4`, schema.KindRange},
		{name, 0, abuse + others + ".0.attemptId", `"1"`, schema.KindType},
		{name, 0, abuse + others + ".0.sessionId", removed, schema.KindRequired},
		{name, 0, abuse + others + ".0.sessionId", strings.ToUpper(guid), schema.KindOther},
		{name, 0, abuse + others + ".0.sessionImageId", guid, schema.KindOther},
		{name, 0, abuse + others + ".0.isAbuseDetected", `true`, schema.KindOther},
		{name, 2, abuse, `{"isAbuseDetected":false,"otherFlaggedSessions":[]}`, schema.KindOther},
	}
	for _, address := range []string{"", "localhost", "203.0.113.7:443", "203.0.113", "203.0.113.0/24", "[::1]", "::1 ", "fe80::1%"} {
		bad = append(bad, mutation{name, 0, clients + ".0.ip", `"` + address + `"`, schema.KindOther})
	}
	return bad
}

// badSettings are the ways in which an answer with settings can be wrong.
func badSettings(name string) []mutation {
	return []mutation{
		{name, 0, "", `[]`, schema.KindType},
		{name, 0, "livenessAbuseMonitoring", removed, schema.KindRequired},
		{name, 0, "livenessAbuseMonitoring", `true`, schema.KindType},
		{name, 0, "livenessAbuseMonitoring.enabled", removed, schema.KindRequired},
		{name, 0, "livenessAbuseMonitoring.enabled", `null`, schema.KindType},
		{name, 0, "livenessAbuseMonitoring.since", `1`, schema.KindOther},
		{name, 0, "enabled", `true`, schema.KindOther},
	}
}

func badAssetsToken() []mutation {
	name := v13preview().file(assetsTokenResponse)
	bad := []mutation{
		{name, 0, "", `"x"`, schema.KindType},
		{name, 0, "expiry", removed, schema.KindRequired},
		{name, 0, "expiry", `1751556600`, schema.KindType},
		{name, 0, "accessToken", removed, schema.KindRequired},
		{name, 0, "accessToken", `"eyJhbGci"`, schema.KindOther},
		{name, 0, "base64AccessToken", removed, schema.KindRequired},
		{name, 0, "tokenType", `"Bearer"`, schema.KindOther},
	}
	for _, expiry := range []string{
		"", "2025-07-03T15:30:00Z", "2025-07-03T15:30:00.0000000Z", "2025-07-03T15:30:00.000+00:00", "2025-07-03 15:30:00.000Z",
		"2025-13-03T15:30:00.000Z", "2025-07-32T15:30:00.000Z", "2025-07-03T24:30:00.000Z", "2025-07-03T15:60:00.000Z",
	} {
		bad = append(bad, mutation{name, 0, "expiry", `"` + expiry + `"`, schema.KindOther})
	}
	for _, base64 := range []string{"", "YQ", "YWI", "YWJ=Y", "eyJh.eyJz", "YS1-_w==", "====", "YWJj\\nYWJj"} {
		bad = append(bad, mutation{name, 0, "base64AccessToken", `"` + base64 + `"`, schema.KindOther})
	}
	return bad
}

func badResponsesOfV13Preview() []mutation {
	v := v13preview()
	bad := append(v.badResponses(), badAssetsToken()...)
	for _, name := range []string{v.file(createResponse), v.file(createVerifyResponse)} {
		bad = append(
			bad,
			mutation{name, 0, "expectedClientIpAddress", `""`, schema.KindLength},
			mutation{name, 0, "expectedClientIpAddress", `"` + strings.Repeat("1", 65) + `"`, schema.KindLength},
			mutation{name, 0, "isAbuseMonitoringEnabled", `true`, schema.KindOther},
		)
	}
	for _, name := range []string{v.file(readResponse), v.file(readVerifyResponse)} {
		bad = append(bad, badMonitoring(name)...)
	}
	for _, name := range []string{v.file(settingsResponse), v.file(changedSettingsResponse)} {
		bad = append(bad, badSettings(name)...)
	}
	return bad
}

func TestResponsesOfV13Preview(t *testing.T) {
	t.Parallel()
	checkBodies(t, goodResponsesOfV13Preview(), badResponsesOfV13Preview())
}
