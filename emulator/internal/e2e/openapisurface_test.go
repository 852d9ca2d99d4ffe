package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/emulatortest"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/controlwire"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
)

// A describedSurface is the control surface of an emulator with its OpenAPI document.
// Every response is compared with the document.
type describedSurface struct {
	t          *testing.T
	server     *emulatortest.Server
	operations map[string]describedCall // by operationId
	components map[string]any
	seen       map[string]bool // operationId and status of all responses
}

type describedCall struct {
	method, path string
	text         map[string]any // path in the document
}

// A surfaceCall is a call of an operation.
type surfaceCall struct {
	operation   string
	want        int               // expected status
	method      string            // "" for the operation's method
	id, query   string            // session id in the path
	body        string            // "" for the example in the document, about the same session
	contentType string            // of the body; "" for JSON
	header      map[string]string // headers to send instead; "" leaves one out
}

const (
	surfaceToken = "let-me-in"
	goodIdentity = "?api-version=2019-08-01&resource=https://cognitiveservices.azure.com"
)

// members returns the member at a path in a decoded document.
func members(node any, path ...string) map[string]any {
	for _, step := range path {
		object, _ := node.(map[string]any)
		node = object[step]
	}
	object, _ := node.(map[string]any)
	return object
}

func newDescribedSurface(t *testing.T) *describedSurface {
	t.Helper()
	s := &describedSurface{t: t, operations: map[string]describedCall{}, seen: map[string]bool{}}
	s.server = emulatortest.New(t, func(o *emulatortest.Options) {
		o.AdminToken = surfaceToken
		o.Keys = [][]string{{"surface-key", "surface-key-2"}}
	})
	s.operations["openapi"] = describedCall{method: http.MethodGet, path: "/_emulator/openapi.json"}
	answer := s.send(surfaceCall{operation: "openapi"})
	defer answer.Body.Close()
	text := s.readAll(answer)
	var document any
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatalf("got a document that is none: %v", err)
	}
	for path, methods := range members(document, "paths") {
		for method, operation := range methods.(map[string]any) {
			text := operation.(map[string]any)
			s.operations[text["operationId"].(string)] = describedCall{strings.ToUpper(method), path, text}
		}
	}
	// Clients should ignore members that they do not know. The test does not.
	s.components = members(document, "components")
	for _, of := range members(s.components, "schemas") {
		object := of.(map[string]any)
		if _, open := object["additionalProperties"]; !open && object["properties"] != nil {
			object["additionalProperties"] = false
		}
	}
	return s
}

// send makes a call and returns its response, which the caller closes.
func (s *describedSurface) send(c surfaceCall) *http.Response {
	s.t.Helper()
	of := s.operations[c.operation]
	target := s.server.PlainURL + strings.Replace(of.path, "{id}", c.id, 1) + c.query
	method, body := c.method, c.body
	if method == "" {
		method = of.method
	}
	content := members(of.text, "requestBody", "content", "application/json")
	if example, has := content["example"]; has && body == "" {
		text, err := json.Marshal(example)
		if err != nil {
			s.t.Fatal(err)
		}
		body = regexp.MustCompile(`("session":)"[^"]*"`).ReplaceAllString(string(text), `$1"`+c.id+`"`)
	}
	request, err := http.NewRequestWithContext(s.t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	header := map[string]string{
		control.KeyHeader: "surface-key", control.AdminHeader: surfaceToken, "Content-Type": "application/json", "X-IDENTITY-HEADER": control.IdentitySecret,
	}
	if c.contentType != "" {
		header["Content-Type"] = c.contentType
	}
	maps.Copy(header, c.header)
	for name, value := range header {
		if value != "" {
			request.Header.Set(name, value)
		}
	}
	answer, err := s.server.Client.Do(request)
	if err != nil {
		s.t.Fatalf("%s: %v", c.operation, err)
	}
	return answer
}

func (s *describedSurface) readAll(answer *http.Response) []byte {
	s.t.Helper()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return text
}

// call makes a call and compares its response with the document.
func (s *describedSurface) call(c surfaceCall) []byte {
	s.t.Helper()
	answer := s.send(c)
	defer answer.Body.Close()
	text := s.readAll(answer)
	if answer.StatusCode != c.want {
		s.t.Errorf("%s%s: got %d %.300s, want %d", c.operation, c.query, answer.StatusCode, text, c.want)
	}
	s.check(c.operation, answer.StatusCode, answer.Header, text)
	if info := answer.Trailer.Get(controlwire.SnapshotTrailer); info != "" {
		s.valid("the trailer of "+c.operation, map[string]any{"$ref": "#/components/schemas/SnapshotInfo"}, []byte(info))
	}
	return text
}

// check compares a response with the document.
func (s *describedSurface) check(operation string, status int, header http.Header, text []byte) {
	s.t.Helper()
	name := fmt.Sprintf("%s %d", operation, status)
	s.seen[name] = true
	response := members(s.operations[operation].text, "responses", fmt.Sprint(status))
	if ref, is := response["$ref"].(string); is {
		response = members(s.components, "responses", strings.TrimPrefix(ref, "#/components/responses/"))
	}
	kind, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	content := members(response, "content", kind)
	if err != nil || content == nil {
		s.t.Errorf("%s: got %q, which is not in the document", name, header.Get("Content-Type"))
		return
	}
	for wanted := range members(response, "headers") {
		if wanted != controlwire.SnapshotTrailer && wanted != "Retry-After" && header.Get(wanted) == "" {
			s.t.Errorf("%s: got no header %s, want the one of the document", name, wanted)
		}
	}
	if len(text) == 0 {
		s.t.Errorf("%s: got no body, want one", name)
	}
	if kind == "application/json" {
		s.valid(name, content["schema"], text)
	}
}

// valid validates JSON against a schema of the document.
func (s *describedSurface) valid(name string, of any, text []byte) {
	s.t.Helper()
	wrapped, err := json.Marshal(map[string]any{"allOf": []any{of}, "components": s.components})
	if err != nil {
		s.t.Fatal(err)
	}
	compiled, err := schema.Compile(fstest.MapFS{"schema.json": {Data: wrapped}}, "schema.json")
	if err != nil {
		s.t.Fatalf("%s: the document has no good schema: %v", name, err)
	}
	value, err := schema.Decode(text)
	if err != nil {
		s.t.Errorf("%s: got %.300s, which is no JSON: %v", name, text, err)
		return
	}
	for _, problem := range compiled.Validate(value) {
		s.t.Errorf("%s: got %.1000s, in which %s", name, text, problem.Text)
	}
}

// session creates a session, with verify if there is an image, and returns its id.
func (s *describedSurface) session(image string) string {
	s.t.Helper()
	path := "detectLiveness-sessions"
	contentType, body := "application/json", []byte(`{"livenessOperationMode":"Passive","deviceCorrelationId":"d","enableSessionImage":true}`)
	if image != "" {
		path = "detectLivenessWithVerify-sessions"
		contentType, body = form(s.t, formPart{"livenessOperationMode", "", "Passive"}, formPart{"deviceCorrelationId", "", "d"},
			formPart{"enableSessionImage", "", "true"}, formPart{"verifyImage", "face.png", image})
	}
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.server.PlainURL+"/face/v1.2/"+path, bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set(control.KeyHeader, "surface-key")
	answer, err := s.server.Client.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	text := s.readAll(answer)
	var created struct {
		ID string `json:"sessionId"`
	}
	if err := json.Unmarshal(text, &created); err != nil || created.ID == "" {
		s.t.Fatalf("got %d %s and no session: %v", answer.StatusCode, text, err)
	}
	return created.ID
}
