package schema_test

import (
	"io/fs"
	"path"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
	"github.com/livenesslabs/face-liveness-emulator/schemas"
)

func decoded(tb testing.TB, text string) any {
	tb.Helper()
	value, err := schema.Decode([]byte(text))
	if err != nil {
		tb.Fatalf("the test's own document: %v", err)
	}
	return value
}

func compiled(tb testing.TB, name string) *schema.Schema {
	tb.Helper()
	s, err := schema.Compile(schemas.FS, name)
	if err != nil {
		tb.Fatalf("Compile(%s): %v", name, err)
	}
	return s
}

func TestEverySchemaCompiles(t *testing.T) {
	t.Parallel()
	var names []string
	err := fs.WalkDir(schemas.FS, ".", func(name string, _ fs.DirEntry, err error) error {
		if path.Ext(name) == ".json" {
			names = append(names, name)
		}
		return err
	})
	if err != nil || len(names) == 0 {
		t.Fatalf("found %d schemas, %v", len(names), err)
	}
	for _, name := range names {
		compiled(t, name)
	}
}

func TestCompileReadsNothingElse(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"another host": `{"$ref":"http://127.0.0.1:1/x.json"}`,
		"a file":       `{"$ref":"file:///etc/hostname"}`,
		"no schema":    `{`,
	} {
		if _, err := schema.Compile(fstest.MapFS{"a.json": {Data: []byte(text)}}, "a.json"); err == nil {
			t.Errorf("%s: compiled; want an error", name)
		}
	}
	if _, err := schema.Compile(fstest.MapFS{}, "missing.json"); err == nil {
		t.Error("missing file: compiled; want an error")
	}
}

func TestProblems(t *testing.T) {
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

func TestProblemsRepeatNoValue(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t"
	text := `{"livenessOperationMode":"` + secret + `","deviceCorrelationId":["` + secret + `"],"authTokenTimeToLiveInSeconds":"` + secret + `"}`
	problems := compiled(t, "v1.2/createLivenessSession.request.json").Validate(decoded(t, text))
	if len(problems) == 0 {
		t.Fatal("no problems")
	}
	for _, p := range problems {
		if strings.Contains(p.Text, secret) {
			t.Errorf("problem %q repeats a value of the body", p.Text)
		}
	}
}

func TestResponses(t *testing.T) {
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

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	s := compiled(t, "v1.2/createLivenessSession.request.json")
	value := decoded(t, `{"livenessOperationMode":"x","deviceCorrelationId":1}`)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				if got := len(s.Validate(value)); got != 2 {
					t.Errorf("got %d problems; want 2", got)
					return
				}
			}
		})
	}
	group.Wait()
}

func BenchmarkValidate(b *testing.B) {
	s := compiled(b, "v1.2/createLivenessSession.request.json")
	value := decoded(b, `{"livenessOperationMode":"Passive","deviceCorrelationId":"6cfd50d3-3723-456c-b2dc-dc0ab271bb57","enableSessionImage":true,"authTokenTimeToLiveInSeconds":600}`)
	b.ReportAllocs()
	for b.Loop() {
		if problems := s.Validate(value); problems != nil {
			b.Fatal(problems)
		}
	}
}
