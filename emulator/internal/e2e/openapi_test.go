package e2e_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/controlwire"
)

// TestOpenAPIMatchesResponses makes every call in the document, with its example if there is one,
// and compares every response with the document.
func TestOpenAPIMatchesResponses(t *testing.T) {
	t.Parallel()
	s := newDescribedSurface(t)
	s.succeed()
	s.fail()
	s.refuse()
	s.starting()
	for operation, of := range s.operations {
		for status := range members(of.text, "responses") {
			name := operation + " " + status
			// This server has no faults, and it has a CA.
			if !s.seen[name] && status != "500" && name != "ca 404" {
				t.Errorf("%s: got no such answer, so nothing shows that the document is true", name)
			}
		}
	}
}

// succeed makes calls that must succeed, in an order that makes this possible.
func (s *describedSurface) succeed() {
	s.t.Helper()
	for _, operation := range []string{
		"alive", "ready", "metrics", "openapi", "ca", "keys", "clock", "changeClock", "choice", "queue", "choice", "clearQueue",
		"faults", "useFaults", "changeChoice",
	} {
		s.call(surfaceCall{operation: operation, want: 200})
	}
	s.call(surfaceCall{operation: "identity", query: goodIdentity, want: 200})
	s.call(surfaceCall{operation: "useFaults", body: `{"faults":""}`, want: 200})
	s.events()
	s.call(surfaceCall{operation: "play", id: s.session(badSized(badPNG(36), 1024)), want: 200})
	id := s.session("")
	s.call(surfaceCall{operation: "play", id: id, body: `{"session":"` + id + `","do":"attempt","attempt":"{error: {code: FaceWithMaskDetected, message: mask}}"}`, want: 200})
	for _, operation := range []string{
		"play", "requests", "findRequests", "verifyRequests", "sessions", "findSessions", "session", "timeline", "exportSession", "scenarioOf", "report",
	} {
		s.call(surfaceCall{operation: operation, id: id, want: 200})
	}
	s.call(surfaceCall{operation: "findRequests", body: `{"status":418,"operation":"createLivenessSession"}`, want: 200})
	s.call(surfaceCall{operation: "findRequests", body: `{"limit":1}`, want: 200})
	s.call(surfaceCall{operation: "requests", query: "?limit=1", want: 200})
	s.call(surfaceCall{operation: "verifyRequests", body: `{"expect":[{"status":418}]}`, want: 200})
	s.call(surfaceCall{operation: "report", query: "?format=text", want: 200})
	s.call(surfaceCall{operation: "report", query: "?format=junit", want: 200})
	snapshot := string(s.call(surfaceCall{operation: "snapshot", want: 200}))
	s.call(surfaceCall{operation: "restore", contentType: controlwire.SnapshotType, body: snapshot, want: 200})
	s.call(surfaceCall{operation: "restore", contentType: controlwire.SnapshotType, body: snapshot, query: "?all=true", want: 409})
	s.call(surfaceCall{operation: "play", id: id, want: 409})
	s.call(surfaceCall{operation: "expireSession", id: id, want: 200})
	s.call(surfaceCall{operation: "sessions", query: "?all=true", want: 200})
	s.call(surfaceCall{operation: "deleteSession", id: id, want: 200})
	s.call(surfaceCall{operation: "timeline", id: id, want: 200})
	s.call(surfaceCall{operation: "reset", want: 200})
	s.call(surfaceCall{operation: "undo", want: 200})
	s.call(surfaceCall{operation: "undo", want: 409})
	s.call(surfaceCall{operation: "forgetRequests", want: 200})
}

// events reads one event of each kind.
func (s *describedSurface) events() {
	s.t.Helper()
	answer := s.send(surfaceCall{operation: "events"})
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	if !lines.Scan() {
		s.t.Fatalf("got no line, want that it listens: %v", lines.Err())
	}
	first := lines.Bytes()
	s.check("events", answer.StatusCode, answer.Header, first)
	s.session("")
	missing := []string{"request", "moment"}
	for len(missing) > 0 && lines.Scan() {
		data, is := bytes.CutPrefix(lines.Bytes(), []byte("data: "))
		if !is {
			continue
		}
		s.valid("event", map[string]any{"$ref": "#/components/schemas/Event"}, data)
		var event control.Event
		if err := json.Unmarshal(data, &event); err != nil {
			s.t.Fatal(err)
		}
		missing = slices.DeleteFunc(missing, func(kind string) bool { return kind == string(event.Kind) })
	}
	if len(missing) > 0 {
		s.t.Errorf("got no event of the kinds %v: %v", missing, lines.Err())
	}
}

// fail makes calls with unknown names and ids.
func (s *describedSurface) fail() {
	s.t.Helper()
	gone := uuid.NewString()
	for operation, of := range s.operations {
		if strings.Contains(of.path, "{id}") {
			s.call(surfaceCall{operation: operation, id: gone, want: 404})
		}
	}
	s.call(surfaceCall{operation: "play", id: gone, want: 404})
	s.call(surfaceCall{operation: "queue", body: `{"scenario":"no-such","sessions":1}`, want: 404})
	s.call(surfaceCall{operation: "changeChoice", body: `{"default":"no-such"}`, want: 404})
}

// refuse makes each call in every way that must be refused.
func (s *describedSurface) refuse() {
	s.t.Helper()
	id := uuid.NewString()
	for operation, of := range s.operations {
		responses := members(of.text, "responses")
		for status, c := range map[string]surfaceCall{
			"400": {want: 400, query: "?nonsense=1"},
			"401": {want: 401, header: map[string]string{control.AdminHeader: "", "X-IDENTITY-HEADER": ""}},
			"403": {want: 403, header: map[string]string{"Origin": "https://evil.example"}},
			"405": {want: 405, method: http.MethodOptions},
		} {
			if _, described := responses[status]; !described {
				continue
			}
			c.operation, c.id = operation, id
			text := s.call(c)
			if _, has := responses["401"]; status == "400" && has && operation != "identity" {
				s.parameters(operation, string(text))
			}
		}
		if of.text["requestBody"] != nil {
			s.call(surfaceCall{operation: operation, id: id, contentType: "text/plain", body: "x", want: 400})
		}
	}
	s.call(surfaceCall{operation: "clock", want: 403, header: map[string]string{control.KeyHeader: "unlisted"}})
}

// parameters compares the parameters named in a refusal with the document.
func (s *describedSurface) parameters(operation, refusal string) {
	s.t.Helper()
	_, names, _ := strings.Cut(strings.TrimSuffix(refusal, `"}`), "use all=true")
	want := strings.FieldsFunc(names, func(r rune) bool { return r == ',' || r == ' ' })
	var got []string
	listed, _ := s.operations[operation].text["parameters"].([]any)
	for _, parameter := range listed {
		if of := members(parameter); of["in"] == "query" {
			got = append(got, of["name"].(string))
		}
	}
	if !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
		s.t.Errorf("%s: the document has the parameters %v beside all, want %v", operation, got, want)
	}
}

// starting checks for every call the response of the program before its emulator is
// ready. The program's tests compare that response with the same file.
func (s *describedSurface) starting() {
	s.t.Helper()
	text, err := os.ReadFile("../../../cmd/face-liveness-emulator/internal/serve/testdata/starting.json")
	if err != nil {
		s.t.Fatal(err)
	}
	header := http.Header{"Content-Type": {"application/json"}, "Retry-After": {"1"}}
	for operation, of := range s.operations {
		if members(of.text, "responses", "503") == nil {
			continue
		}
		s.check(operation, http.StatusServiceUnavailable, header, bytes.TrimSpace(text))
	}
}
