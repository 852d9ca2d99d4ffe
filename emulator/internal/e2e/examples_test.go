package e2e_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
)

const exampleFolder = "../../../scenarios/examples"

// An examplePlay is the calls of an app that show what an example does, and their
// results.
type examplePlay struct {
	do   func(e *example)
	want []string // joined by " | "

	matched bool // the match of the scenario selects it
}

// An example is an app that plays an example. It makes every call once.
type example struct {
	*app
	mode   string            // clock of the sessions
	header map[string]string // results of all calls

	answered http.Header // of the last response
}

// TestExamples plays every example and compares what an app sees. An example without a
// play fails, and so does a play without an example.
func TestExamples(t *testing.T) {
	t.Parallel()
	plays := map[string]examplePlay{}
	for _, part := range []map[string]examplePlay{exampleCourses(), exampleMatches(), exampleFaults(), exampleResources()} {
		for name, play := range part {
			plays[name] = play
		}
	}
	for _, pattern := range []string{"*.yaml", "resource/*.yaml"} {
		files, err := filepath.Glob(filepath.Join(exampleFolder, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			name, _ := filepath.Rel(exampleFolder, strings.TrimSuffix(file, ".yaml"))
			name = filepath.ToSlash(name)
			play, found := plays[name]
			delete(plays, name)
			if !found {
				t.Errorf("nobody plays %s", file)
				continue
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				e := newExample(t, name, play.matched)
				play.do(e)
				if got, want := e.story(), strings.Join(play.want, " | "); got != want {
					t.Errorf("%s:\n got %s\nwant %s", file, strings.ReplaceAll(got, " | ", "\n     "), strings.ReplaceAll(want, " | ", "\n     "))
				}
			})
		}
	}
	for name := range plays {
		t.Errorf("there is no example %s to play", name)
	}
}

// newExample starts an emulator. Its default scenario is the example's, unless the
// example has a match; for an example about a resource, it has these faults.
func newExample(t *testing.T, name string, matched bool) *example {
	t.Helper()
	server := newServer(t, func(o *emulator.Options) {
		o.Scenarios = []emulator.ScenarioSource{{Name: "examples", FS: os.DirFS(exampleFolder)}}
		if !strings.Contains(name, "/") && !matched {
			o.Scenario = "example-" + name
		}
	})
	if strings.Contains(name, "/") {
		faults, err := os.ReadFile(filepath.Join(exampleFolder, name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := controlOf(t, server.Emulator, server.Key).UseFaults(t.Context(), string(faults)); err != nil {
			t.Fatal(err)
		}
	}
	e := &example{app: newApp(t, server, cataloguePlay{}, false), mode: "Passive"}
	client := e.client.Transport
	e.client.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		for name, value := range e.header {
			r.Header.Set(name, value)
		}
		answer, err := client.RoundTrip(r)
		if err == nil {
			e.answered = answer.Header
		}
		return answer, err
	})
	return e
}

type roundTrip func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// call makes a call and notes the result and the faults.
func (e *example) call(c appCall, shown func(appAnswer) []string) appAnswer {
	e.t.Helper()
	ctx, cancel := context.WithCancel(e.t.Context())
	defer cancel()
	if e.patience > 0 {
		ctx, cancel = context.WithTimeout(ctx, e.patience)
		defer cancel()
	}
	answer := e.exchange(ctx, c)
	var words []string
	if shown != nil && answer.status == http.StatusOK && answer.Status != "" {
		words = shown(answer)
	}
	fault := answer.fault
	answer.fault = "" // drawn delays are not compared
	e.note(c.name, answer, words...)
	if fault != "" {
		e.seen[len(e.seen)-1] += " (" + regexp.MustCompile(`delay [^,]+`).ReplaceAllString(fault, "late") + ")"
	}
	return answer
}

func (e *example) get(name, path string) appAnswer {
	e.t.Helper()
	return e.call(appCall{name: name, method: http.MethodGet, path: path}, nil)
}

func (e *example) post(name, path, body string) {
	e.t.Helper()
	e.call(appCall{name: name, method: http.MethodPost, path: path, contentType: "application/json", body: []byte(body)}, nil)
}

func (e *example) start() { e.onDevice("start", "session/start") }
func (e *example) end()   { e.onDevice("end", "session/attempt/end") }

// analyse makes a detect call.
func (e *example) analyse() { e.onDevice("detect", e.kind()+"/singleModal") }

func (e *example) onDevice(name, path string) {
	e.t.Helper()
	e.call(appCall{name: name, method: http.MethodPost, path: path, token: e.token}, nil)
}

// see reads the session once.
func (e *example) see() {
	e.t.Helper()
	e.call(appCall{name: "read", method: http.MethodGet, path: e.sessions() + "/" + e.session}, func(answer appAnswer) []string {
		words := []string{answer.Status}
		for _, attempt := range answer.Results.Attempts {
			words = append(words, attempt.words()...)
		}
		return append(words, e.compareDigests(answer.Results.Attempts)...)
	})
}

func (e *example) remove() {
	e.t.Helper()
	e.call(appCall{name: "delete", method: http.MethodDelete, path: e.sessions() + "/" + e.session}, nil)
}

// inPreview makes calls in the version that has lists and audits.
func (e *example) inPreview(do func()) {
	version := e.version
	e.version = "v1.2-preview.1"
	do()
	e.version = version
}

func (e *example) audit() {
	e.t.Helper()
	e.inPreview(func() { e.get("audit", e.sessions()+"/"+e.session+"/audit") })
}

func (e *example) list() {
	e.t.Helper()
	e.inPreview(func() { e.get("list", e.sessions()) })
}

// begin makes one create call; with a verify image, for a session with verify.
func (e *example) begin(deviceID string, image ...formPart) {
	e.t.Helper()
	fields := []formPart{{"livenessOperationMode", "", e.mode}, {"deviceCorrelationId", "", deviceID}, {"enableSessionImage", "", "true"}}
	if e.version == newestVersion {
		fields = append(fields, formPart{"userCorrelationId", "", "tester-7"}, formPart{"numberOfClientAttemptsAllowed", "", "3"})
	}
	members := map[string]any{}
	for _, field := range fields {
		members[field.name] = field.text
	}
	if e.version == newestVersion {
		members["numberOfClientAttemptsAllowed"] = 3 // a number in JSON, but a text in a form
	}
	e.verify = len(image) > 0
	c := appCall{name: "create", method: http.MethodPost, path: e.sessions(), contentType: "application/json"}
	c.body, _ = json.Marshal(members) // strings and numbers can always be encoded
	if e.verify {
		c.contentType, c.body = form(e.t, append(fields, image...)...)
	}
	if answer := e.call(c, nil); answer.SessionID != "" {
		e.session, e.token = answer.SessionID, answer.AuthToken
	}
}

// sessions returns the path of the sessions.
func (e *example) sessions() string {
	if isSingleModal(e.version) {
		return e.kind() + "/singleModal/sessions"
	}
	return e.kind() + "-sessions"
}

// body returns a response that does not count as a call of the app.
func (e *example) body(path string) string {
	e.t.Helper()
	r := httptest.NewRequestWithContext(e.t.Context(), http.MethodGet, "/face/"+e.version+"/"+path, http.NoBody)
	r.Header.Set("Ocp-Apim-Subscription-Key", e.server.Key)
	w := httptest.NewRecorder()
	e.server.Emulator.ServeHTTP(w, r)
	return w.Body.String()
}

// image returns the id of the last attempt's session image.
func (e *example) image() string {
	e.t.Helper()
	session, err := controlOf(e.t, e.server.Emulator, e.server.Key).Session(e.t.Context(), e.session)
	if err != nil || len(session.Attempts) == 0 {
		e.t.Fatalf("got %d attempts, %v; want one with an image", len(session.Attempts), err)
	}
	return session.Attempts[len(session.Attempts)-1].SessionImage
}

// remark notes something other than a call.
func (e *example) remark(text string) { e.seen = append(e.seen, text) }

// tick advances the clock by this many seconds.
func (e *example) tick(seconds int) {
	e.t.Helper()
	e.wait(time.Duration(seconds) * time.Second)
}
