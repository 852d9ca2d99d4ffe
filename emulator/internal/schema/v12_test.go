package schema_test

import (
	"strings"
	"testing"
)

// TestProblemsOfV12 says what exactly is wrong.
func TestProblemsOfV12(t *testing.T) {
	t.Parallel()
	const create, verify = "v1.2/createLivenessSession.request.json", "v1.2/createLivenessWithVerifySession.request.json"
	long := strings.Repeat("x", 65)
	for _, test := range []struct{ schema, text, want string }{
		{create, `{"livenessOperationMode":"Passive"}`, ""},
		{create, `{"livenessOperationMode":"PassiveActive","deviceCorrelationId":"d","unknown":{}}`, ""},
		{create, `{}`, "livenessOperationMode required"},
		{create, `[]`, " type"},
		{create, `{"livenessOperationMode":"Active"}`, "livenessOperationMode enum"},
		{create, `{"livenessOperationMode":5}`, "livenessOperationMode type"},
		{create, `{"livenessOperationMode":"Passive","authTokenTimeToLiveInSeconds":59}`, "authTokenTimeToLiveInSeconds range"},
		{create, `{"livenessOperationMode":"Passive","authTokenTimeToLiveInSeconds":86401}`, "authTokenTimeToLiveInSeconds range"},
		{create, `{"livenessOperationMode":"Passive","authTokenTimeToLiveInSeconds":600.0}`, "authTokenTimeToLiveInSeconds type"},
		{create, `{"livenessOperationMode":"Passive","authTokenTimeToLiveInSeconds":6e2}`, "authTokenTimeToLiveInSeconds type"},
		{create, `{"livenessOperationMode":"Passive","authTokenTimeToLiveInSeconds":"600"}`, "authTokenTimeToLiveInSeconds type"},
		{create, `{"livenessOperationMode":"Passive","deviceCorrelationId":"` + long + `"}`, "deviceCorrelationId length"},
		{create, `{"livenessOperationMode":"Passive","deviceCorrelationId":7}`, "deviceCorrelationId type"},
		{create, `{"livenessOperationMode":"Passive","enableSessionImage":"yes"}`, "enableSessionImage type"},
		{create, `{"livenessOperationMode":"Passive","deviceCorrelationIdSetInClient":1}`, "deviceCorrelationIdSetInClient type"},
		{create, `{"livenessOperationMode":"Passive","livenessModelVersion":1}`, "livenessModelVersion type"},
		{create, `{"deviceCorrelationId":1,"enableSessionImage":0}`, "deviceCorrelationId type,enableSessionImage type,livenessOperationMode required"},
		{verify, `{"livenessOperationMode":"Passive","verifyImage":{"size":1}}`, ""},
		{verify, `{"livenessOperationMode":"Passive","returnVerifyImageHash":"1"}`, "returnVerifyImageHash type"},
		{verify, `{"livenessOperationMode":"Passive","verifyConfidenceThreshold":1.1}`, "verifyConfidenceThreshold range"},
		{verify, `{"livenessOperationMode":"Passive","verifyConfidenceThreshold":-0.1}`, "verifyConfidenceThreshold range"},
		{verify, `{"livenessOperationMode":"Passive","verifyConfidenceThreshold":"0.5x"}`, "verifyConfidenceThreshold type"},
	} {
		var got []string
		for _, p := range compiled(t, test.schema).Validate(decoded(t, test.text)) {
			got = append(got, p.Field+" "+string(p.Kind))
			if p.Text == "" {
				t.Errorf("%s: problem of %s without text", test.text, p.Field)
			}
		}
		if strings.Join(got, ",") != test.want {
			t.Errorf("%s: got %q; want %q", test.text, got, test.want)
		}
	}
}

// TestWholeResponsesOfV12 are as they go over the wire.
func TestWholeResponsesOfV12(t *testing.T) {
	t.Parallel()
	const (
		id     = `"sessionId":"0d9e4c1c-7a3e-4a53-9ac8-2b45a2ea8a11"`
		result = `"result":{"livenessDecision":"realface","targets":{"color":{"faceRectangle":{"top":1,"left":2,"width":3,"height":4}}},"digest":"` +
			"0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF" + `"}`
		failed = `{"attemptId":1,"attemptStatus":"Failed","error":{"code":"c","message":"m","targets":{"color":{"faceRectangle":{"top":1,"left":2,"width":3,"height":4}}}}}`
		done   = `{"attemptId":1,"attemptStatus":"Succeeded",` + result + `}`
	)
	created, read := "v1.2/createLivenessSession.response.json", "v1.2/getLivenessSessionResult.response.json"
	verifyCreated, verifyRead := "v1.2/createLivenessWithVerifySession.response.json", "v1.2/getLivenessWithVerifySessionResult.response.json"
	const reference = `"faceRectangle":{"top":0,"left":0,"width":36,"height":36},"qualityForRecognition":"low"`
	for _, test := range []struct {
		schema, text string
		valid        bool
	}{
		{created, `{` + id + `,"authToken":"a.b.c","status":"NotStarted","modelVersion":"m","results":{"attempts":[]}}`, true},
		{created, `{` + id + `,"authToken":"","status":"NotStarted","modelVersion":"m","results":{"attempts":[]}}`, false},
		{created, `{` + id + `,"authToken":"a.b.c","status":"NotStarted","results":{"attempts":[]}}`, false},
		{read, `{` + id + `,"authToken":"","status":"Running","results":{"attempts":[]}}`, true},
		{read, `{` + id + `,"authToken":"a.b.c","status":"Running","results":{"attempts":[]}}`, false},
		{read, `{` + id + `,"authToken":"","status":"Running","modelVersion":"m","results":{"attempts":[]}}`, false},
		{read, `{` + id + `,"authToken":"","status":"Expired","results":{"attempts":[]}}`, false},
		{read, `{` + id + `,"authToken":"","status":"Succeeded","results":{"attempts":[]}}`, false},
		{read, `{` + id + `,"authToken":"","status":"Succeeded","modelVersion":"m","results":{"attempts":[` + done + `]}}`, true},
		{read, `{` + id + `,"authToken":"","status":"Succeeded","results":{"attempts":[` + done + `]}}`, false},
		{read, `{` + id + `,"authToken":"","status":"NotStarted","modelVersion":"m","results":{"attempts":[` + done + `]}}`, false},
		{read, `{` + id + `,"authToken":"","status":"Failed","modelVersion":"m","results":{"attempts":[` + failed + `]}}`, true},
		{read, `{` + id + `,"authToken":"","status":"Failed","modelVersion":"m","results":{"attempts":[` + failed[:len(failed)-1] + `,` + result + `}]}}`, false},
		{read, strings.ToUpper(`{`+id) + `,"authToken":"","status":"Running","results":{"attempts":[]}}`, false},
		{verifyCreated, `{` + id + `,"authToken":"a.b.c","status":"NotStarted","modelVersion":"m","results":{"attempts":[],"verifyReferences":[{"referenceType":"image",` + reference + `}]}}`, true},
		{verifyCreated, `{` + id + `,"authToken":"a.b.c","status":"NotStarted","modelVersion":"m","results":{"attempts":[],"verifyReferences":[{` + reference + `}]}}`, false},
		{verifyCreated, `{` + id + `,"authToken":"a.b.c","status":"NotStarted","modelVersion":"m","results":{"attempts":[]}}`, false},
		{verifyRead, `{` + id + `,"authToken":"","status":"Running","results":{"attempts":[],"verifyReferences":[{` + reference + `}]}}`, true},
		{verifyRead, `{` + id + `,"authToken":"","status":"Running","results":{"attempts":[],"verifyReferences":[{"referenceType":"image",` + reference + `}]}}`, false},
		{verifyRead, `{` + id + `,"authToken":"","status":"Succeeded","modelVersion":"m","results":{"attempts":[` + done + `],"verifyReferences":[]}}`, false},
		{"v1.2/error.response.json", `{"error":{"code":"404","message":"Resource not found"}}`, true},
		{"v1.2/error.response.json", `{"error":{"code":404,"message":"Resource not found"}}`, false},
	} {
		problems := compiled(t, test.schema).Validate(decoded(t, test.text))
		if valid := len(problems) == 0; valid != test.valid {
			t.Errorf("%s of %s: valid is %v, want %v; problems %+v", test.schema, test.text, valid, test.valid, problems)
		}
	}
}
