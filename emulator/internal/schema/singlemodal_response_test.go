package schema_test

import (
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
)

// The names of the response schemas that only this family has.
const (
	listResponse        = "getLivenessSessions.response"
	listVerifyResponse  = "getLivenessWithVerifySessions.response"
	auditResponse       = "getLivenessSessionAuditEntries.response"
	auditVerifyResponse = "getLivenessWithVerifySessionAuditEntries.response"
)

// Parts of bodies, in the shapes of recorded traffic.
const (
	moment        = `"2024-05-02T06:29:55.7537814+00:00"`
	target        = `"target":{` + rectangle + `,"fileName":"video.webp","timeOffsetWithinFile":0,"imageType":"Color"}`
	modelUsed     = `"modelVersionUsed":"2022-10-15-preview.04"`
	outputs       = `"verifyResult":{"verifyImage":` + reference + `,"matchConfidence":0.08871888,"isIdentical":false}`
	undecided     = `{` + target + `,` + modelUsed + `}`
	decidedBody   = `{"livenessDecision":"realface",` + target + `,` + modelUsed + `}`
	decidedVerify = `{"livenessDecision":"spoofface",` + target + `,` + modelUsed + `,` + outputs + `}`
	deviceCall    = `{"url":"/face/x/detectliveness/singlemodal","method":"POST","contentLength":352568,` +
		`"contentType":"multipart/form-data; boundary=b","userAgent":"ua"}`
	noDeviceCall = `{"url":"/face/x/detectLiveness/singleModal","method":"POST","contentType":"multipart/form-data"}`

	startedItem = `"id":` + guid + `,"createdDateTime":` + moment + `,"authTokenTimeToLiveInSeconds":600,"sessionStartDateTime":` + moment +
		`,"deviceCorrelationId":"d","sessionExpired":true`
	newItem = `"id":` + guid + `,"createdDateTime":` + moment + `,"authTokenTimeToLiveInSeconds":86400,"deviceCorrelationId":"","sessionExpired":false`
)

// entry is an audit entry with everything that tail does not say.
func entry(id, request, body, tail string) string {
	return `{"id":` + id + `,"sessionId":` + guid + `,"requestId":` + guid + `,"receivedDateTime":` + moment + `,"request":` + request +
		`,"response":{"body":` + body + `,"statusCode":200,"latencyInMilliseconds":1200},` + tail + `}`
}

// entries are what the audit may hold, newest first: with all members, with as
// few as possible, and of a failed attempt.
func (p singleModal) entries(body, more string) []string {
	return []string{
		entry("3", deviceCall, body, `"clientRequestId":"c",`+digest+more),
		entry("2", noDeviceCall, body, digest),
		entry("1", deviceCall, undecided, `"digest":""`),
	}
}

// goodResponses are bodies that the service sends. The first one of a schema is
// the base of most bad ones.
func (p singleModal) goodResponses() map[string][]string {
	created := `"sessionId":` + guid + `,"authToken":` + token + `}`
	detections := []string{decidedBody, undecided}
	verifyDetections := []string{decidedVerify, undecided}
	plain := p.entries(decidedBody, p.onlyWithImages(`,`+imageID))
	verify := p.entries(decidedVerify, p.onlyWithImages(`,`+imageID+`,`+hash))
	lists := []string{`[{` + startedItem + `},{` + newItem + `}]`, `[]`}
	return map[string][]string{
		p.file(createResponse):       {`{` + created},
		p.file(createVerifyResponse): {`{"verifyImage":` + reference + `,` + created, `{` + created},
		p.file(readResponse):         reads(plain),
		p.file(readVerifyResponse):   reads(verify),
		p.file(listResponse):         lists,
		p.file(listVerifyResponse):   lists,
		p.file(auditResponse):        {`[` + strings.Join(plain, ",") + `]`, `[]`},
		p.file(auditVerifyResponse):  {`[` + strings.Join(verify, ",") + `]`, `[]`},
		p.file(detectResponse):       detections,
		p.file(detectVerifyResponse): verifyDetections,
		p.file(startResponse): {
			`{"sessionId":` + guid + `,"livenessOperationMode":"PassiveActive","verifyImageProvided":false,"attemptsAllowed":3}`,
			`{"sessionId":` + guid + `,"livenessOperationMode":"Passive","attemptsAllowed":1}`,
		},
		p.file(errorResponse): {
			`{"error":{"code":"SessionNotFound","message":"No such session."}}`,
			`{"error":{"code":"429","message": "Too many calls."}}`,
		},
	}
}

// reads are sessions in each status, and one for each audit entry.
func reads(entries []string) []string {
	var bodies []string
	for _, e := range entries {
		bodies = append(bodies, `{"status":"ResultAvailable","result":`+e+`,`+startedItem+`}`)
	}
	return append(bodies, `{"status":"NotStarted",`+newItem+`}`, `{"status":"Started",`+startedItem+`}`)
}

// badItem are the ways in which a session can be wrong, at a path.
func badItem(at string) []mutation {
	return []mutation{
		{"", 0, at + "id", removed, schema.KindRequired},
		{"", 0, at + "id", strings.ToUpper(guid), schema.KindOther},
		{"", 0, at + "createdDateTime", removed, schema.KindRequired},
		{"", 0, at + "createdDateTime", `"2024-03-05T11:07:28.540Z"`, schema.KindOther},
		{"", 0, at + "createdDateTime", `"2024-03-05T11:07:28.5400000Z"`, schema.KindOther},
		{"", 0, at + "createdDateTime", `"2024-03-05T11:07:28.5400000+01:00"`, schema.KindOther},
		{"", 0, at + "authTokenTimeToLiveInSeconds", removed, schema.KindRequired},
		{"", 0, at + "authTokenTimeToLiveInSeconds", `59`, schema.KindRange},
		{"", 0, at + "authTokenTimeToLiveInSeconds", `86401`, schema.KindRange},
		{"", 0, at + "sessionStartDateTime", `null`, schema.KindType},
		{"", 0, at + "sessionStartDateTime", `"2024-05-02T06:29:55.753781+00:00"`, schema.KindOther},
		{"", 0, at + "deviceCorrelationId", `null`, schema.KindType},
		{"", 0, at + "deviceCorrelationId", `"` + strings.Repeat("x", 65) + `"`, schema.KindLength},
		{"", 0, at + "sessionExpired", removed, schema.KindRequired},
		{"", 0, at + "sessionExpired", `"false"`, schema.KindType},
		{"", 0, at + "sessionId", guid, schema.KindOther},
		{"", 0, at + "authToken", `""`, schema.KindOther},
	}
}

// badEntry are the ways in which an audit entry can be wrong, at a path.
func badEntry(at string) []mutation {
	bad := []mutation{
		{"", 0, at + "id", `0`, schema.KindRange},
		{"", 0, at + "id", `4`, schema.KindRange},
		{"", 0, at + "id", `"1"`, schema.KindType},
		{"", 0, at + "id", removed, schema.KindRequired},
		{"", 0, at + "sessionId", `"x"`, schema.KindOther},
		{"", 0, at + "sessionId", removed, schema.KindRequired},
		{"", 0, at + "requestId", strings.ToUpper(guid), schema.KindOther},
		{"", 0, at + "requestId", removed, schema.KindRequired},
		{"", 0, at + "clientRequestId", `""`, schema.KindLength},
		{"", 0, at + "clientRequestId", `null`, schema.KindType},
		{"", 0, at + "receivedDateTime", `"2024-03-05T11:07:29.698Z"`, schema.KindOther},
		{"", 0, at + "receivedDateTime", removed, schema.KindRequired},
		{"", 0, at + "request", removed, schema.KindRequired},
		{"", 0, at + "request.url", removed, schema.KindRequired},
		{"", 0, at + "request.url", `"http://host/face"`, schema.KindOther},
		{"", 0, at + "request.method", removed, schema.KindRequired},
		{"", 0, at + "request.method", `"post"`, schema.KindEnum},
		{"", 0, at + "request.contentLength", `-1`, schema.KindRange},
		{"", 0, at + "request.contentType", removed, schema.KindRequired},
		{"", 0, at + "request.contentType", `null`, schema.KindType},
		{"", 0, at + "request.userAgent", `""`, schema.KindLength},
		{"", 0, at + "request.headers", `{}`, schema.KindOther},
		{"", 0, at + "response", removed, schema.KindRequired},
		{"", 0, at + "response.body", removed, schema.KindRequired},
		{"", 0, at + "response.statusCode", `204`, schema.KindEnum},
		{"", 0, at + "response.statusCode", removed, schema.KindRequired},
		{"", 0, at + "response.latencyInMilliseconds", `-1`, schema.KindRange},
		{"", 0, at + "response.latencyInMilliseconds", `0.5`, schema.KindType},
		{"", 0, at + "response.latencyInMilliseconds", removed, schema.KindRequired},
		{"", 0, at + "response.headers", `{}`, schema.KindOther},
		{"", 0, at + "digest", removed, schema.KindRequired},
		{"", 0, at + "digest", `""`, schema.KindOther},
		{"", 0, at + "digest", `"` + strings.Repeat("a", 64) + `"`, schema.KindOther},
		{"", 0, at + "error", `{}`, schema.KindOther},
	}
	return append(bad, badBody(at+"response.body.")...)
}

// badBody are the ways in which what an analysis gave can be wrong, at a path.
func badBody(at string) []mutation {
	bad := []mutation{
		{"", 0, at + "livenessDecision", `"realFace"`, schema.KindEnum},
		{"", 0, at + "livenessDecision", `null`, schema.KindType},
		{"", 0, at + "target", removed, schema.KindRequired},
		{"", 0, at + "target.faceRectangle", removed, schema.KindRequired},
		{"", 0, at + "target.fileName", `"video.mp4"`, schema.KindEnum},
		{"", 0, at + "target.fileName", removed, schema.KindRequired},
		{"", 0, at + "target.timeOffsetWithinFile", `1`, schema.KindEnum},
		{"", 0, at + "target.timeOffsetWithinFile", removed, schema.KindRequired},
		{"", 0, at + "target.imageType", `"image"`, schema.KindEnum},
		{"", 0, at + "target.imageType", removed, schema.KindRequired},
		{"", 0, at + "target.color", `{}`, schema.KindOther},
		{"", 0, at + "modelVersionUsed", `""`, schema.KindLength},
		{"", 0, at + "modelVersionUsed", removed, schema.KindRequired},
		{"", 0, at + "digest", `""`, schema.KindOther},
	}
	return append(bad, badRectangle("", 0, at+"target.faceRectangle")...)
}

// badComparison are the ways in which what an analysis with verify gave can be
// wrong beyond that, at a path.
func badComparison(at string) []mutation {
	bad := []mutation{
		{"", 0, at + "verifyResult", removed, schema.KindRequired},
		{"", 0, at + "verifyResult", `null`, schema.KindType},
		{"", 0, at + "verifyResult.matchConfidence", `1.5`, schema.KindRange},
		{"", 0, at + "verifyResult.matchConfidence", `-0.1`, schema.KindRange},
		{"", 0, at + "verifyResult.matchConfidence", removed, schema.KindRequired},
		{"", 0, at + "verifyResult.isIdentical", `"no"`, schema.KindType},
		{"", 0, at + "verifyResult.isIdentical", removed, schema.KindRequired},
		{"", 0, at + "verifyResult.extra", `1`, schema.KindOther},
	}
	return append(bad, badVerifyImage(at+"verifyResult.verifyImage")...)
}

func badVerifyImage(at string) []mutation {
	return append(
		badRectangle("", 0, at+".faceRectangle"),
		mutation{"", 0, at, `null`, schema.KindType},
		mutation{"", 0, at + ".faceRectangle", removed, schema.KindRequired},
		mutation{"", 0, at + ".qualityForRecognition", `"High"`, schema.KindEnum},
		mutation{"", 0, at + ".qualityForRecognition", removed, schema.KindRequired},
		mutation{"", 0, at + ".referenceType", `"image"`, schema.KindOther},
	)
}

// badResponses are bodies that no version of the family sends.
func (p singleModal) badResponses() []mutation {
	bad := p.onBoth(
		createResponse, createVerifyResponse,
		mutation{"", 0, "", `[]`, schema.KindType},
		mutation{"", 0, "sessionId", strings.ToUpper(guid), schema.KindOther},
		mutation{"", 0, "sessionId", removed, schema.KindRequired},
		mutation{"", 0, "authToken", `""`, schema.KindOther},
		mutation{"", 0, "authToken", removed, schema.KindRequired},
		mutation{"", 0, "status", `"NotStarted"`, schema.KindOther},
	)
	bad = append(bad, p.onBoth(createVerifyResponse, createVerifyResponse, badVerifyImage("verifyImage")...)...)
	bad = append(bad, p.onBoth(readResponse, readVerifyResponse, badRead()...)...)
	bad = append(bad, p.onBoth(
		listResponse, listVerifyResponse,
		append(
			badItem("0."),
			mutation{"", 0, "", `{"value":[]}`, schema.KindType},
			mutation{"", 0, "0.status", `"Started"`, schema.KindOther},
			mutation{"", 0, "0.sessionStartDateTime", `""`, schema.KindOther},
		)...,
	)...)
	bad = append(bad, p.onBoth(
		auditResponse, auditVerifyResponse,
		append(
			badEntry("0."),
			mutation{"", 0, "", `{"value":[]}`, schema.KindType},
			mutation{"", 0, "", `[{},{},{},{}]`, schema.KindLength},
			mutation{"", 0, "2.digest", digest[len(`"digest":`):], schema.KindLength},
		)...,
	)...)
	bad = append(bad, p.onBoth(detectResponse, detectVerifyResponse, badBody("")...)...)
	bad = append(bad, p.badVerifyResponses()...)
	return append(bad, p.badOtherResponses()...)
}

// badRead are the ways in which a session that is read can be wrong. Body 3 has
// not started, body 4 has no result yet.
func badRead() []mutation {
	bad := append(badItem(""), badEntry("result.")...)
	return append(
		bad,
		mutation{"", 0, "status", removed, schema.KindRequired},
		mutation{"", 0, "status", `"Succeeded"`, schema.KindEnum},
		mutation{"", 0, "status", `"Running"`, schema.KindEnum},
		mutation{"", 0, "result", removed, schema.KindRequired},
		mutation{"", 0, "result", `null`, schema.KindType},
		mutation{"", 3, "result", entry("1", noDeviceCall, undecided, `"digest":""`), schema.KindOther},
		mutation{"", 4, "result", entry("1", noDeviceCall, undecided, `"digest":""`), schema.KindOther},
		mutation{"", 3, "sessionStartDateTime", moment, schema.KindOther},
		mutation{"", 4, "sessionStartDateTime", removed, schema.KindRequired},
		mutation{"", 0, "results", `{}`, schema.KindOther},
	)
}

// badVerifyResponses are about the comparison with the verify image, and about
// one where there is none.
func (p singleModal) badVerifyResponses() []mutation {
	comparison := outputs[len(`"verifyResult":`):]
	var bad []mutation
	for _, place := range []struct {
		plain, verify string
		path          string // of what the analysis gave
		failedBase    int    // body with a failed attempt
		failedPath    string
	}{
		{readResponse, readVerifyResponse, "result.response.body.", 2, "result.response.body."},
		{auditResponse, auditVerifyResponse, "0.response.body.", 0, "2.response.body."},
		{detectResponse, detectVerifyResponse, "", 1, ""},
	} {
		bad = append(bad, p.onBoth(place.verify, place.verify, badComparison(place.path)...)...)
		bad = append(
			bad,
			mutation{p.file(place.plain), 0, place.path + "verifyResult", comparison, schema.KindOther},
			// An attempt that failed was not compared.
			mutation{p.file(place.verify), place.failedBase, place.failedPath + "verifyResult", comparison, schema.KindOther},
		)
	}
	return append(bad, mutation{p.file(createResponse), 0, "verifyImage", reference, schema.KindOther})
}

func (p singleModal) badOtherResponses() []mutation {
	started, failure := p.file(startResponse), p.file(errorResponse)
	return []mutation{
		{started, 0, "sessionId", `"x"`, schema.KindOther},
		{started, 0, "livenessOperationMode", `"Active"`, schema.KindEnum},
		{started, 0, "verifyImageProvided", `null`, schema.KindType},
		{started, 0, "attemptsAllowed", `4`, schema.KindRange},
		{started, 0, "attemptsAllowed", removed, schema.KindRequired},
		{started, 0, "extra", `1`, schema.KindOther},
		{failure, 0, "error", removed, schema.KindRequired},
		{failure, 0, "error.code", `404`, schema.KindType},
		{failure, 0, "error.message", `""`, schema.KindLength},
		{failure, 0, "error.details", `[]`, schema.KindOther},
	}
}
