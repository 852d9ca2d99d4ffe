package schema_test

import (
	"maps"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
)

// Parts of bodies, in the shapes of recorded traffic.
const (
	model      = `"modelVersion":"2024-11-15"`
	targets    = `"targets":{"color":{` + rectangle + `}}`
	decided    = `"livenessDecision":"realface",` + targets + `,` + digest
	compared   = `"verifyResult":{"matchConfidence":0.08871888,"isIdentical":false}`
	refused    = `{"attemptId":1,"attemptStatus":"Failed","error":{"code":"FaceWithMaskDetected","message":"A mask.",` + targets + `}}`
	passed     = `{"attemptId":2,"attemptStatus":"Succeeded","result":{` + decided + `,` + imageID + `}}`
	passedPlus = `{"attemptId":2,"attemptStatus":"Succeeded","result":{` + decided + `,` + imageID + `,` + compared + `,` + hash + `}}`
)

func newSession(results string) string {
	return `{"sessionId":` + guid + `,"authToken":` + token + `,"status":"NotStarted",` + model + `,"results":{` + results + `}}`
}

func readSession(status, modelVersion, results string) string {
	return strings.ReplaceAll(`{"sessionId":`+guid+`,"authToken":"","status":"`+status+`",`+modelVersion+`,"results":{`+results+`}}`, ",,", ",")
}

// addGoodResponses adds the bodies that all versions of the family send.
func (a attempts) addGoodResponses(good map[string][]string) map[string][]string {
	maps.Copy(good, map[string][]string{
		a.file(startResponse): {
			`{"sessionId":` + guid + `,"livenessOperationMode":"PassiveActive","verifyImageProvided":false,"attemptsAllowed":3}`,
			`{"sessionId":` + guid + `,"livenessOperationMode":"Passive","attemptsAllowed":1}`,
		},
		a.file(detectResponse):       goodDetections(),
		a.file(detectVerifyResponse): goodDetections(),
		a.file(errorResponse): {
			`{"error":{"code":"SessionNotFound","message":"No such session."}}`,
			`{"error":{"code":"429","message": "Too many calls."}}`,
		},
		a.file(facesResponse): goodFaces(),
	})
	return good
}

func goodDetections() []string {
	return []string{
		`{"resultId":` + guid + `,` + digest + `}`,
		`{"resultId":` + guid + `,"error":{"code":"FaceWithMaskDetected","message":"A mask."}}`,
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

func (a attempts) badVerify() []mutation {
	const references = "results.verifyReferences"
	created, read := a.file(createVerifyResponse), a.file(readVerifyResponse)
	var bad []mutation
	for _, name := range []string{created, read} {
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
		mutation{created, 0, references + ".0.referenceType", `"Color"`, schema.KindEnum},
		mutation{created, 0, references + ".0.referenceType", removed, schema.KindRequired},
		mutation{read, 0, references + ".0.referenceType", `"image"`, schema.KindOther},
		mutation{read, 0, "results.attempts.0.result.verifyResult", removed, schema.KindRequired},
		mutation{read, 0, "results.attempts.0.result.verifyResult.matchConfidence", `1.5`, schema.KindRange},
		mutation{read, 0, "results.attempts.0.result.verifyResult.isIdentical", `"no"`, schema.KindType},
		mutation{read, 0, "results.attempts.0.result.verifyImageHash", `"` + strings.Repeat("f", 64) + `"`, schema.KindOther},
	)
}

// badResponses are bodies that no version of the family sends. The good ones they
// are made of must break the rules the same way.
func (a attempts) badResponses() []mutation {
	bad := append(a.badVerify(), a.badFaces()...)
	for _, name := range []string{a.file(createResponse), a.file(createVerifyResponse)} {
		bad = append(bad, badSession(name)...)
		bad = append(
			bad,
			mutation{name, 0, "authToken", `""`, schema.KindOther},
			mutation{name, 0, "authToken", `"eyJhbGci"`, schema.KindOther},
			mutation{name, 0, "status", `"Running"`, schema.KindEnum},
			mutation{name, 0, "results.attempts", `[` + refused + `]`, schema.KindLength},
		)
	}
	for _, name := range []string{a.file(readResponse), a.file(readVerifyResponse)} {
		bad = append(append(bad, badSession(name)...), badAttempts(name)...)
		bad = append(bad, mutation{name, 0, "results.attempts.0.extra", `1`, schema.KindOther})
	}
	for _, name := range []string{a.file(detectResponse), a.file(detectVerifyResponse)} {
		bad = append(
			bad,
			mutation{name, 0, "resultId", strings.ToUpper(guid), schema.KindOther},
			mutation{name, 0, "resultId", removed, schema.KindRequired},
			mutation{name, 0, "digest", `"AB"`, schema.KindOther},
			mutation{name, 0, "livenessDecision", `"realface"`, schema.KindOther},
			mutation{name, 0, "", `{"resultId":` + guid + `,` + digest + `,"error":{"code":"c","message":"m"}}`, schema.KindOther},
			mutation{name, 1, "error", `"c"`, schema.KindType},
			mutation{name, 1, "error.code", `""`, schema.KindLength},
			mutation{name, 1, "error.message", removed, schema.KindRequired},
			mutation{name, 1, "error.targets", `{}`, schema.KindOther},
		)
	}
	started, failure := a.file(startResponse), a.file(errorResponse)
	created, read := a.file(createResponse), a.file(readResponse)
	return append(
		bad,
		mutation{created, 0, "results.verifyReferences", `[]`, schema.KindOther},
		mutation{read, 0, "results.verifyReferences", `[]`, schema.KindOther},
		mutation{read, 0, "results.attempts.0.result.verifyResult", `{"matchConfidence":1,"isIdentical":true}`, schema.KindOther},
		mutation{started, 0, "sessionId", `"x"`, schema.KindOther},
		mutation{started, 0, "livenessOperationMode", `"Active"`, schema.KindEnum},
		mutation{started, 0, "verifyImageProvided", `null`, schema.KindType},
		mutation{started, 0, "attemptsAllowed", `0`, schema.KindRange},
		mutation{started, 0, "attemptsAllowed", `4`, schema.KindRange},
		mutation{started, 0, "attemptsAllowed", removed, schema.KindRequired},
		mutation{started, 0, "extra", `1`, schema.KindOther},
		mutation{failure, 0, "error", removed, schema.KindRequired},
		mutation{failure, 0, "error.code", `404`, schema.KindType},
		mutation{failure, 0, "error.code", `"not a code"`, schema.KindOther},
		mutation{failure, 0, "error.message", `""`, schema.KindLength},
		mutation{failure, 0, "error.details", `[]`, schema.KindOther},
		mutation{failure, 0, "statusCode", `404`, schema.KindOther},
	)
}
