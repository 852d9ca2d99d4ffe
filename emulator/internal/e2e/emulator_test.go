package e2e_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/testhook"
)

const plainBody = `{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`

// TestResources checks that a key selects a resource, and that resources do not see each
// other's sessions.
func TestResources(t *testing.T) {
	t.Parallel()
	listed := func(o *emulator.Options) { o.Keys = [][]string{{"a1", "a2"}, {"b"}} }
	open := func(*emulator.Options) {}
	entra := func(claims string) string {
		part := base64.RawURLEncoding.EncodeToString
		return part([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + part([]byte(claims)) + "." + part([]byte("signature"))
	}
	const audience = `"aud":"https://cognitiveservices.azure.com"`
	bearer := func(token string) map[string]string { return map[string]string{"Authorization": "Bearer " + token} }
	key := func(k string) map[string]string { return map[string]string{"Ocp-Apim-Subscription-Key": k} }
	for name, test := range map[string]struct {
		options         func(*emulator.Options)
		creator, reader map[string]string
		want            int
	}{
		"same key":             {open, key("x"), key("x"), 200},
		"another key":          {open, key("x"), key("y"), 404},
		"development keys":     {open, key(emulator.Key1), key(emulator.Key2), 200},
		"no key":               {open, key("x"), nil, 401},
		"listed key":           {listed, key("b"), key("b"), 200},
		"keys of one resource": {listed, key("a1"), key("a2"), 200},
		"keys of two":          {listed, key("a1"), key("b"), 404},
		"unlisted key":         {listed, key("a1"), key("c"), 401},
		"development key":      {listed, key("a1"), key(emulator.Key1), 401},
		"Entra identity":       {listed, bearer(entra(`{` + audience + `,"exp":99999999999,"oid":"me"}`)), bearer(entra(`{` + audience + `,"exp":99999999999,"oid":"me"}`)), 200},
		"another identity":     {open, bearer(entra(`{` + audience + `,"exp":99999999999,"oid":"me"}`)), bearer(entra(`{` + audience + `,"exp":99999999999,"oid":"you"}`)), 404},
		"expired Entra token":  {open, key("x"), bearer(entra(`{` + audience + `,"exp":1,"oid":"me"}`)), 401},
		"another audience":     {open, key("x"), bearer(entra(`{"aud":"https://graph.microsoft.com","exp":99999999999,"oid":"me"}`)), 401},
		"session token":        {open, key("x"), bearer("{s.token}"), 401},
		"key before token":     {open, key("x"), map[string]string{"Ocp-Apim-Subscription-Key": "x", "Authorization": "Bearer nonsense"}, 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t, "v1.2", test.options)
			create := jsonCreate("create", "s", plainBody, test.creator)
			create.key = ""
			s.do(create)
			header := map[string]string{}
			for k, v := range test.reader {
				header[k] = s.expand(v)
			}
			w := s.do(exchange{title: "read", method: http.MethodGet, path: "{face}/detectLiveness-sessions/{s}", header: header})
			if w.Code != test.want {
				t.Errorf("got %d; want %d", w.Code, test.want)
			}
		})
	}
}

// TestRestart checks that sessions and tokens survive a restart, and that a session keeps
// the scenario it was created with.
func TestRestart(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	edited := func(outcome string) emulator.ScenarioSource {
		return emulator.ScenarioSource{Name: "edited", FS: fstest.MapFS{"e.yaml": {Data: []byte(
			"name: edited\nattempts:\n  - outcome: " + outcome + "\n")}}}
	}
	open := func(outcome string) *story {
		return newHookedStory(t, "v1.2", func(h *testhook.Hooks) { h.NewID = nil }, func(o *emulator.Options) {
			o.State, o.Scenarios = state, []emulator.ScenarioSource{edited(outcome)}
		})
	}
	first := open("spoofface")
	first.do(jsonCreate("create", "s", `{"livenessOperationMode":"Passive","deviceCorrelationId":"d","enableSessionImage":true}`,
		map[string]string{"X-Face-Liveness-Scenario": "edited"}))
	first.do(jsonCreate("create", "other", plainBody, nil))
	first.device("start", "s", "session/start")
	ca := first.emulator.CA()
	if err := first.emulator.Close(); err != nil {
		t.Fatal(err)
	}

	second := open("realface")
	second.known = first.known
	if body := second.read("read", "s"); !strings.Contains(body, `"Running"`) {
		t.Errorf("after a restart: got %s; want it Running", body)
	}
	second.device("attempt", "s", "detectLiveness/singleModal")
	done := second.read("read", "s")
	if !strings.Contains(done, `"spoofface"`) {
		t.Errorf("got %s; want the scenario as it was at creation: spoofface", done)
	}
	if !bytes.Equal(ca, second.emulator.CA()) {
		t.Error("the CA has changed")
	}
	if err := second.emulator.Close(); err != nil {
		t.Fatal(err)
	}
	third := open("realface")
	third.known = second.known
	if again := third.read("read", "s"); again != done {
		t.Errorf("after another restart: got %s; want %s", again, done)
	}
	third.read("read the other", "other")
}

// TestSweepRemovesWhatHasExpired checks the contents of the store.
func TestSweepRemovesWhatHasExpired(t *testing.T) {
	t.Parallel()
	for name, state := range map[string]string{"memory": "", "folder": t.TempDir()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t, "v1.2", func(o *emulator.Options) { o.State = state })
			s.do(jsonCreate("old", "old", plainBody, nil))
			s.advance(time.Hour)
			s.do(jsonCreate("young", "young", plainBody, nil))
			s.advance(47 * time.Hour)
			if err := s.emulator.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if s.emulator.Stored(t.Context(), s.known["{old}"]) {
				t.Error("the old session is still stored")
			}
			if !s.emulator.Stored(t.Context(), s.known["{young}"]) {
				t.Error("the young session is gone")
			}
		})
	}
}

// TestScenarioImage checks that a session keeps the session image of its scenario.
func TestScenarioImage(t *testing.T) {
	t.Parallel()
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 300, 400)), nil); err != nil {
		t.Fatal(err)
	}
	s := newStory(t, "v1.2", func(o *emulator.Options) {
		o.Scenarios = []emulator.ScenarioSource{{Name: "own", FS: fstest.MapFS{
			"me.jpg":  {Data: photo.Bytes()},
			"me.yaml": {Data: []byte("name: me\nattempts:\n  - outcome: realface\n    sessionImage: me.jpg\n")},
		}}}
		o.Scenario = "me"
	})
	s.do(jsonCreate("create", "s", `{"livenessOperationMode":"Passive","deviceCorrelationId":"d","enableSessionImage":true}`, nil))
	s.device("attempt", "s", "detectLiveness/singleModal")
	id := firstMatch(s.read("read", "s"), `"sessionImageId":"([\w-]{44})"`)
	got := s.do(exchange{title: "image", method: http.MethodGet, path: "{face}/sessionImages/" + id, key: storyKey})
	if !bytes.Equal(got.Body.Bytes(), photo.Bytes()) {
		t.Errorf("got %d bytes; want the %d of the file", got.Body.Len(), photo.Len())
	}
}

// A brittleClock panics in Now after it was told to.
type brittleClock struct {
	clock.Clock
	broken bool
}

func (c *brittleClock) Now() time.Time {
	if c.broken {
		panic("the clock is broken")
	}
	return c.Clock.Now()
}

// TestPanic checks that a defect is answered with the service's 500 and all its headers,
// and that the next request is served.
func TestPanic(t *testing.T) {
	t.Parallel()
	brittle := &brittleClock{Clock: clock.NewManual(time.Unix(1, 0))}
	s := newHookedStory(t, "v1.2", func(h *testhook.Hooks) { h.Clock = brittle })
	s.do(jsonCreate("create", "s", plainBody, nil))
	read := exchange{title: "read", method: http.MethodGet, path: "{face}/detectLiveness-sessions/{s}", key: storyKey}
	brittle.broken = true
	w := s.do(read)
	if w.Code != http.StatusInternalServerError || w.Body.String() != `{"error":{"code":"Unspecified","message":"Internal server error"}}` ||
		w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("got %d %s %v; want the service's 500", w.Code, w.Body, w.Header())
	}
	brittle.broken = false
	if w := s.do(read); w.Code != http.StatusOK {
		t.Errorf("the next request: got %d; want 200", w.Code)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	broken := emulator.ScenarioSource{Name: "mine", FS: fstest.MapFS{"a.yaml": {Data: []byte("name: a\nattempt: []\n")}}}
	inUse := t.TempDir()
	newStory(t, "v1.2", func(o *emulator.Options) { o.State = inUse })
	for name, test := range map[string]struct {
		options emulator.Options
		want    error
		says    string
	}{
		"attempts":         {emulator.Options{AttemptsAllowed: 4}, emulator.ErrOptions, "from 1 to 3"},
		"empty key":        {emulator.Options{Keys: [][]string{{""}}}, emulator.ErrOptions, "empty key"},
		"empty group":      {emulator.Options{Keys: [][]string{{}}}, emulator.ErrOptions, "empty group"},
		"public URL":       {emulator.Options{PublicURL: "localhost:10100"}, emulator.ErrOptions, "base URL"},
		"half a TLS pair":  {emulator.Options{CertFile: "a.pem"}, emulator.ErrOptions, "goes together"},
		"missing TLS pair": {emulator.Options{CertFile: "a.pem", KeyFile: "b.pem"}, emulator.ErrOptions, "a.pem"},
		"unknown scenario": {emulator.Options{Scenario: "hapy-path"}, emulator.ErrOptions, "happy-path"},
		"wrong scenario":   {emulator.Options{Scenarios: []emulator.ScenarioSource{broken}}, emulator.ErrScenario, "a.yaml:2:1"},
		"state is a file":  {emulator.Options{State: file}, emulator.ErrState, file},
		"state in use":     {emulator.Options{State: inUse}, emulator.ErrState, inUse},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, err := emulator.New(test.options)
			if err == nil {
				_ = e.Close()
			}
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v; want %v that says %q", err, test.want, test.says)
			}
		})
	}
}

func TestControlSurface(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	for path, want := range map[string]string{
		"/livez":               `{"status":"alive"}`,
		"/readyz":              `{"status":"ready"}`,
		"/_emulator/ca.pem":    "-----BEGIN CERTIFICATE-----",
		"/_emulator/jwks.json": `"kid":"key1"`,
	} {
		for _, base := range []string{server.URL, server.PlainURL} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := server.Client.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			var body bytes.Buffer
			_, err = body.ReadFrom(answer.Body)
			if closeErr := answer.Body.Close(); err != nil || closeErr != nil {
				t.Fatal(err, closeErr)
			}
			if answer.StatusCode != http.StatusOK || !strings.Contains(body.String(), want) {
				t.Errorf("%s: got %d %s; want 200 with %s", base+path, answer.StatusCode, body.String(), want)
			}
			if len(answer.Header["Access-Control-Allow-Origin"]) > 0 {
				t.Errorf("%s lets other origins read it", path)
			}
		}
	}
}

// ExampleNew serves an emulator in a program.
func ExampleNew() {
	e, err := emulator.New(emulator.Options{Scenario: "spoof"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer e.Close()
	server := httptest.NewServer(e)
	defer server.Close()

	request, _ := http.NewRequestWithContext(context.Background(), http.MethodPost,
		server.URL+"/face/v1.2/detectLiveness-sessions",
		strings.NewReader(`{"livenessOperationMode":"Passive","deviceCorrelationId":"phone-1"}`))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Ocp-Apim-Subscription-Key", emulator.Key1)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Body.Close()
	var session struct{ Status, ModelVersion string }
	_ = json.NewDecoder(answer.Body).Decode(&session)
	fmt.Println(answer.StatusCode, session.Status, session.ModelVersion)
	// Output: 200 NotStarted 2024-11-15
}
