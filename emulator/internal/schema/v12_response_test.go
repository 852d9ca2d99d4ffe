package schema_test

import (
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
)

// The response schemas of v1.2 that this table must reach.
const (
	createResponse       = "v1.2/createLivenessSession.response.json"
	readResponse         = "v1.2/getLivenessSessionResult.response.json"
	createVerifyResponse = "v1.2/createLivenessWithVerifySession.response.json"
	readVerifyResponse   = "v1.2/getLivenessWithVerifySessionResult.response.json"
	startResponse        = "v1.2/startSession.response.json"
	detectResponse       = "v1.2/detectLiveness.response.json"
	detectVerifyResponse = "v1.2/detectLivenessWithVerify.response.json"
	facesResponse        = "v1.2/detectFromSessionImageId.response.json"
	errorResponse        = "v1.2/error.response.json"
)

// Parts of bodies, in the shapes of recorded traffic.
const (
	guid       = `"7be1c0d2-3f46-4a58-9b6a-c1d2e3f40516"`
	token      = `"eyJh.eyJz-Q.c2ln_w"`
	model      = `"modelVersion":"2024-11-15"`
	rectangle  = `"faceRectangle":{"top":0,"left":12,"width":1,"height":300}`
	targets    = `"targets":{"color":{` + rectangle + `}}`
	digest     = `"digest":"00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF"`
	imageID    = `"sessionImageId":"AQzR1uYt0-_abcdefghijklmnopqrstuvwxyzABCDEFG"`
	decided    = `"livenessDecision":"realface",` + targets + `,` + digest
	compared   = `"verifyResult":{"matchConfidence":0.08871888,"isIdentical":false}`
	hash       = `"verifyImageHash":"FFEEDDCCBBAA99887766554433221100FFEEDDCCBBAA99887766554433221100"`
	refused    = `{"attemptId":1,"attemptStatus":"Failed","error":{"code":"FaceWithMaskDetected","message":"A mask.",` + targets + `}}`
	passed     = `{"attemptId":2,"attemptStatus":"Succeeded","result":{` + decided + `,` + imageID + `}}`
	passedPlus = `{"attemptId":2,"attemptStatus":"Succeeded","result":{` + decided + `,` + imageID + `,` + compared + `,` + hash + `}}`
	reference  = `{` + rectangle + `,"qualityForRecognition":"medium"}`
)

func newSession(results string) string {
	return `{"sessionId":` + guid + `,"authToken":` + token + `,"status":"NotStarted",` + model + `,"results":{` + results + `}}`
}

func readSession(status, modelVersion, results string) string {
	return strings.ReplaceAll(`{"sessionId":`+guid+`,"authToken":"","status":"`+status+`",`+modelVersion+`,"results":{`+results+`}}`, ",,", ",")
}

// goodResponses are bodies that the service sends. The first one of a schema is
// the base of most bad ones.
func goodResponses() map[string][]string {
	return map[string][]string{
		createResponse: {newSession(`"attempts":[]`)},
		readResponse: {
			readSession("Succeeded", model, `"attempts":[`+passed+`,`+refused+`]`),
			readSession("NotStarted", "", `"attempts":[]`),
			readSession("Running", "", `"attempts":[]`),
			readSession("Running", model, `"attempts":[`+refused+`]`),
			readSession("Failed", model, `"attempts":[`+refused+`,`+refused+`,`+refused+`]`),
			readSession("Canceled", "", `"attempts":[]`),
			readSession("Canceled", model, `"attempts":[`+refused+`]`),
			readSession("Succeeded", model, `"attempts":[{"attemptId":1,"attemptStatus":"Succeeded","result":{`+
				strings.Replace(decided, "realface", "spoofface", 1)+`}}]`),
		},
		createVerifyResponse: {
			newSession(`"attempts":[],"verifyReferences":[{"referenceType":"image",` + reference[1:] + `]`),
			newSession(`"attempts":[],"verifyReferences":[]`),
		},
		readVerifyResponse: {
			readSession("Succeeded", model, `"attempts":[`+passedPlus+`,`+refused+`],"verifyReferences":[`+reference+`]`),
			readSession("NotStarted", "", `"attempts":[],"verifyReferences":[]`),
			readSession("Running", "", `"attempts":[],"verifyReferences":[`+reference+`]`),
			readSession("Failed", model, `"attempts":[`+refused+`],"verifyReferences":[]`),
			readSession("Succeeded", model, `"attempts":[{"attemptId":3,"attemptStatus":"Succeeded","result":{`+decided+`,`+compared+
				`}}],"verifyReferences":[`+reference+`]`),
		},
		startResponse: {
			`{"sessionId":` + guid + `,"livenessOperationMode":"PassiveActive","verifyImageProvided":false,"attemptsAllowed":3}`,
			`{"sessionId":` + guid + `,"livenessOperationMode":"Passive","attemptsAllowed":1}`,
		},
		detectResponse:       goodDetections(),
		detectVerifyResponse: goodDetections(),
		facesResponse: {
			`[{"faceId":` + guid + `,"recognitionModel":"recognition_04",` + rectangle + `}]`,
			`[{"faceId":` + guid + `,` + rectangle + `}]`,
			`[{` + rectangle + `,"recognitionModel":"recognition_01"}]`,
			`[]`,
		},
		errorResponse: {
			`{"error":{"code":"SessionNotFound","message":"No such session."}}`,
			`{"error":{"code":"429","message": "Too many calls."}}`,
		},
	}
}

func goodDetections() []string {
	return []string{
		`{"resultId":` + guid + `,` + digest + `}`,
		`{"resultId":` + guid + `,"error":{"code":"FaceWithMaskDetected","message":"A mask."}}`,
	}
}

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

// badSession are the ways in which any answer with a session can be wrong.
func badSession(name string) []mutation {
	return []mutation{
		{name, 0, "", `[]`, schema.KindType},
		{name, 0, "sessionId", strings.ToUpper(guid), schema.KindOther},
		{name, 0, "sessionId", `"7be1c0d23f464a589b6ac1d2e3f40516"`, schema.KindOther},
		{name, 0, "sessionId", removed, schema.KindRequired},
		{name, 0, "authToken", `null`, schema.KindType},
		{name, 0, "authToken", removed, schema.KindRequired},
		{name, 0, "status", `"Expired"`, schema.KindEnum},
		{name, 0, "status", removed, schema.KindRequired},
		{name, 0, "modelVersion", `""`, schema.KindLength},
		{name, 0, "modelVersion", removed, schema.KindRequired},
		{name, 0, "results", `null`, schema.KindType},
		{name, 0, "results", removed, schema.KindRequired},
		{name, 0, "results.attempts", `null`, schema.KindType},
		{name, 0, "results.attempts", removed, schema.KindRequired},
		{name, 0, "results.extra", `1`, schema.KindOther},
		{name, 0, "createdDateTime", `"2025-01-27T00:00:00Z"`, schema.KindOther},
	}
}

// badAttempts are the ways in which the attempts of a session can be wrong.
func badAttempts(name string) []mutation {
	const first, second = "results.attempts.0.", "results.attempts.1."
	bad := []mutation{
		{name, 0, "authToken", token, schema.KindLength},
		{name, 1, "modelVersion", `"2024-11-15"`, schema.KindOther},
		{name, 0, "results.attempts", `[` + strings.Repeat(refused+",", 3) + refused + `]`, schema.KindLength},
		{name, 0, "results.attempts", `[]`, schema.KindLength},
		{name, 0, "results.attempts", `[` + refused + `]`, schema.KindOther},
		{name, 1, "results.attempts", `[` + refused + `]`, schema.KindLength},
		{name, 0, "results.attempts.0", `null`, schema.KindType},
		{name, 0, first + "attemptId", `0`, schema.KindRange},
		{name, 0, first + "attemptId", `4`, schema.KindRange},
		{name, 0, first + "attemptId", `2.0`, schema.KindType},
		{name, 0, first + "attemptId", removed, schema.KindRequired},
		{name, 0, first + "attemptStatus", `"Running"`, schema.KindEnum},
		{name, 0, first + "attemptStatus", removed, schema.KindRequired},
		{name, 0, first + "result", removed, schema.KindRequired},
		{name, 0, first + "result", `null`, schema.KindType},
		{name, 0, first + "error", `{"code":"c","message":"m",` + targets + `}`, schema.KindOther},
		{name, 0, first + "result.livenessDecision", `"realFace"`, schema.KindEnum},
		{name, 0, first + "result.livenessDecision", removed, schema.KindRequired},
		{name, 0, first + "result.digest", `"` + strings.Repeat("a", 64) + `"`, schema.KindOther},
		{name, 0, first + "result.digest", `"` + strings.Repeat("A", 63) + `"`, schema.KindOther},
		{name, 0, first + "result.digest", removed, schema.KindRequired},
		{name, 0, first + "result.sessionImageId", guid, schema.KindOther},
		{name, 0, first + "result.sessionImageId", `"` + strings.Repeat("+", 44) + `"`, schema.KindOther},
		{name, 0, first + "result.targets", removed, schema.KindRequired},
		{name, 0, first + "result.targets.color", removed, schema.KindRequired},
		{name, 0, first + "result.targets.infrared", `{}`, schema.KindOther},
		{name, 0, first + "result.targets.color.faceRectangle", removed, schema.KindRequired},
		{name, 0, first + "result.targets.color.fileName", `"x"`, schema.KindOther},
		{name, 0, second + "error", removed, schema.KindRequired},
		{name, 0, second + "error.code", `""`, schema.KindLength},
		{name, 0, second + "error.message", removed, schema.KindRequired},
		{name, 0, second + "error.targets", removed, schema.KindRequired},
		{name, 0, second + "error.targets.color", `null`, schema.KindType},
		{name, 0, second + "error.innererror", `{}`, schema.KindOther},
		{name, 0, second + "result", `{` + decided + `,` + compared + `}`, schema.KindOther},
	}
	bad = append(bad, badRectangle(name, 0, first+"result.targets.color.faceRectangle")...)
	return append(bad, badRectangle(name, 0, second+"error.targets.color.faceRectangle")...)
}

func badVerify() []mutation {
	const references = "results.verifyReferences"
	var bad []mutation
	for _, name := range []string{createVerifyResponse, readVerifyResponse} {
		bad = append(bad, badRectangle(name, 0, references+".0.faceRectangle")...)
		bad = append(
			bad,
			mutation{name, 0, references, removed, schema.KindRequired},
			mutation{name, 0, references, `[` + reference + `,` + reference + `]`, schema.KindLength},
			mutation{name, 0, references + ".0.qualityForRecognition", `"High"`, schema.KindEnum},
			mutation{name, 0, references + ".0.qualityForRecognition", removed, schema.KindRequired},
		)
	}
	return append(
		bad,
		mutation{createVerifyResponse, 0, references + ".0.referenceType", `"Color"`, schema.KindEnum},
		mutation{createVerifyResponse, 0, references + ".0.referenceType", removed, schema.KindRequired},
		mutation{readVerifyResponse, 0, references + ".0.referenceType", `"image"`, schema.KindOther},
		mutation{readVerifyResponse, 0, "results.attempts.0.result.verifyResult", removed, schema.KindRequired},
		mutation{readVerifyResponse, 0, "results.attempts.0.result.verifyResult.matchConfidence", `1.5`, schema.KindRange},
		mutation{readVerifyResponse, 0, "results.attempts.0.result.verifyResult.isIdentical", `"no"`, schema.KindType},
		mutation{readVerifyResponse, 0, "results.attempts.0.result.verifyImageHash", `"` + strings.Repeat("f", 64) + `"`, schema.KindOther},
	)
}

// badFaces are the ways in which the answer to a detection in a session image can
// be wrong.
func badFaces() []mutation {
	face := `{"faceId":` + guid + `,` + rectangle + `}`
	return append(
		badRectangle(facesResponse, 0, "0.faceRectangle"),
		mutation{facesResponse, 0, "", face, schema.KindType},
		mutation{facesResponse, 0, "", `[` + face + `,` + face + `]`, schema.KindLength},
		mutation{facesResponse, 0, "0", `null`, schema.KindType},
		mutation{facesResponse, 0, "0.faceId", strings.ToUpper(guid), schema.KindOther},
		mutation{facesResponse, 0, "0.faceId", `null`, schema.KindType},
		mutation{facesResponse, 0, "0.recognitionModel", `"recognition_05"`, schema.KindEnum},
		mutation{facesResponse, 0, "0.recognitionModel", `4`, schema.KindType},
		mutation{facesResponse, 0, "0.faceRectangle", removed, schema.KindRequired},
		mutation{facesResponse, 0, "0.faceAttributes", `{}`, schema.KindOther},
		mutation{facesResponse, 0, "0.faceLandmarks", `{}`, schema.KindOther},
	)
}

func badResponses() []mutation {
	bad := append(badVerify(), badFaces()...)
	for _, name := range []string{createResponse, createVerifyResponse} {
		bad = append(bad, badSession(name)...)
		bad = append(
			bad,
			mutation{name, 0, "authToken", `""`, schema.KindOther},
			mutation{name, 0, "authToken", `"eyJhbGci"`, schema.KindOther},
			mutation{name, 0, "status", `"Running"`, schema.KindEnum},
			mutation{name, 0, "results.attempts", `[` + refused + `]`, schema.KindLength},
		)
	}
	for _, name := range []string{readResponse, readVerifyResponse} {
		bad = append(append(bad, badSession(name)...), badAttempts(name)...)
		bad = append(bad, mutation{name, 0, "results.attempts.0.extra", `1`, schema.KindOther})
	}
	for _, name := range []string{detectResponse, detectVerifyResponse} {
		bad = append(
			bad,
			mutation{name, 0, "resultId", strings.ToUpper(guid), schema.KindOther},
			mutation{name, 0, "resultId", removed, schema.KindRequired},
			mutation{name, 0, "digest", `"AB"`, schema.KindOther},
			mutation{name, 0, "digest", removed, schema.KindRequired},
			mutation{name, 0, "livenessDecision", `"realface"`, schema.KindOther},
			mutation{name, 0, "", `{"resultId":` + guid + `,` + digest + `,"error":{"code":"c","message":"m"}}`, schema.KindOther},
			mutation{name, 1, "error", `"c"`, schema.KindType},
			mutation{name, 1, "error.code", `""`, schema.KindLength},
			mutation{name, 1, "error.message", removed, schema.KindRequired},
			mutation{name, 1, "error.targets", `{}`, schema.KindOther},
		)
	}
	return append(
		bad,
		mutation{createResponse, 0, "results.verifyReferences", `[]`, schema.KindOther},
		mutation{readResponse, 0, "results.verifyReferences", `[]`, schema.KindOther},
		mutation{readResponse, 0, "results.attempts.0.result.verifyResult", `{"matchConfidence":1,"isIdentical":true}`, schema.KindOther},
		mutation{startResponse, 0, "sessionId", `"x"`, schema.KindOther},
		mutation{startResponse, 0, "livenessOperationMode", `"Active"`, schema.KindEnum},
		mutation{startResponse, 0, "verifyImageProvided", `null`, schema.KindType},
		mutation{startResponse, 0, "attemptsAllowed", `0`, schema.KindRange},
		mutation{startResponse, 0, "attemptsAllowed", `4`, schema.KindRange},
		mutation{startResponse, 0, "attemptsAllowed", removed, schema.KindRequired},
		mutation{startResponse, 0, "extra", `1`, schema.KindOther},
		mutation{errorResponse, 0, "error", removed, schema.KindRequired},
		mutation{errorResponse, 0, "error.code", `404`, schema.KindType},
		mutation{errorResponse, 0, "error.code", `"not a code"`, schema.KindOther},
		mutation{errorResponse, 0, "error.message", `""`, schema.KindLength},
		mutation{errorResponse, 0, "error.details", `[]`, schema.KindOther},
		mutation{errorResponse, 0, "statusCode", `404`, schema.KindOther},
	)
}

// newerFields are what a later version added: v1.2 has none of it.
func newerFields() []mutation {
	var bad []mutation
	for _, name := range []string{readResponse, readVerifyResponse} {
		bad = append(
			bad,
			mutation{name, 0, "isAbuseMonitoringEnabled", `true`, schema.KindOther},
			mutation{name, 0, "expectedClientIpAddress", `"203.0.113.7"`, schema.KindOther},
			mutation{name, 0, "results.attempts.0.clientInformation", `[]`, schema.KindOther},
			mutation{name, 0, "results.attempts.0.abuseMonitoringResult", `{}`, schema.KindOther},
		)
	}
	return bad
}

func TestResponsesOfV12(t *testing.T) {
	t.Parallel()
	checkBodies(t, goodResponses(), append(badResponses(), newerFields()...))
}
