package e2e_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/testhook"
)

var update = flag.Bool("update", false, "write the golden files anew")

// A story is a sequence of exchanges with one emulator. Its time, ids and scenarios are
// fixed, so the bytes of its responses are always the same. A golden file shows the
// exchanges as they are on the wire.
type story struct {
	t        *testing.T
	version  string // API version: {face} in paths
	emulator *testEmulator
	handler  http.Handler // the emulator; every response is checked
	clock    *clock.Manual
	golden   bytes.Buffer
	known    map[string]string // varying texts, and their replacements in the golden
	ids      uint32            // number of ids generated
}

// scenariosOfStories are the scenarios that stories name.
func scenariosOfStories() emulator.ScenarioSource {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	return emulator.ScenarioSource{Name: "stories", FS: fstest.MapFS{
		"recorded.yaml": file(`name: as-recorded
attempts:
  - outcome: realface
    faceRectangle: {top: 669, left: 203, width: 646, height: 724}
    matchConfidence: 0.12141934
`),
		"masked.yaml": file(`name: masked-first
attempts:
  - error: {code: FaceWithMaskDetected, message: Mask detected on face image.}
    faceRectangle: {top: 101, left: 102, width: 103, height: 104}
  - outcome: spoofface
    faceRectangle: {top: 201, left: 202, width: 203, height: 204}
    matchConfidence: 0.99736166
`),
	}}
}

// A testEmulator is an emulator with the parts that it does not show.
type testEmulator struct {
	*emulator.Emulator
	testhook.Parts
}

// openEmulator opens an emulator and closes it when the test ends.
func openEmulator(t *testing.T, o emulator.Options) *testEmulator {
	t.Helper()
	return openHooked(t, o, testhook.Hooks{})
}

// openHooked is openEmulator with hooks.
func openHooked(tb testing.TB, o emulator.Options, hooks testhook.Hooks) *testEmulator {
	tb.Helper()
	e := newHooked(tb, o, hooks)
	tb.Cleanup(func() {
		if err := e.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return e
}

// newHooked returns an emulator that the caller closes.
func newHooked(tb testing.TB, o emulator.Options, hooks testhook.Hooks) *testEmulator {
	tb.Helper()
	e, parts, err := emulator.NewForTest(o, hooks)
	if err != nil {
		tb.Fatal(err)
	}
	return &testEmulator{e, parts}
}

// A controlled emulator hands out the control of its resources.
type controlled interface {
	Control(key string) (control.API, error)
}

// controlOf returns the control of the resource that key opens.
func controlOf(tb testing.TB, e controlled, key string) control.API {
	tb.Helper()
	resource, err := e.Control(key)
	if err != nil {
		tb.Fatal(err)
	}
	return resource
}

// wantRefusal checks that err is a *control.Error of this kind, with a text that contains
// says.
func wantRefusal(t *testing.T, name string, err error, kind control.ErrorKind, says string) {
	t.Helper()
	refused, ok := errors.AsType[*control.Error](err)
	if !ok || refused.Kind != kind || refused.Code != "" || !strings.Contains(refused.Text, says) {
		t.Errorf("%s: got %v; want a control.Error of kind %s with %q", name, err, kind, says)
	}
}

func newStory(t *testing.T, version string, edits ...func(*emulator.Options)) *story {
	t.Helper()
	return newHookedStory(t, version, func(*testhook.Hooks) {}, edits...)
}

// newHookedStory is newStory with other hooks than those of a story.
func newHookedStory(t *testing.T, version string, hook func(*testhook.Hooks), edits ...func(*emulator.Options)) *story {
	t.Helper()
	s := &story{
		t:       t,
		version: version,
		clock:   clock.NewManual(time.Date(2026, 1, 27, 17, 36, 52, 0, time.UTC)),
		known:   map[string]string{},
	}
	o := emulator.Options{Version: "test", Scenarios: []emulator.ScenarioSource{scenariosOfStories()}}
	hooks := testhook.Hooks{
		Clock: s.clock,
		NewID: func() uuid.UUID {
			s.ids++
			return storyID(s.ids)
		},
	}
	hook(&hooks)
	for _, edit := range edits {
		edit(&o)
	}
	s.emulator = openHooked(t, o, hooks)
	s.handler = checked(t, s.emulator)
	return s
}

func storyID(n uint32) uuid.UUID {
	id := uuid.MustParse("5e551000-0000-4000-8000-000000000000")
	binary.BigEndian.PutUint32(id[12:], n)
	return id
}

// nextID returns the n-th id of the next request; the first is the request's own.
func (s *story) nextID(n uint32) string { return storyID(s.ids + 1 + n).String() }

// An exchange is a request and expectations about its response beyond the golden.
type exchange struct {
	title       string
	method      string
	path        string
	contentType string
	body        []byte
	key, token  string
	header      map[string]string
	peer        string // client address; "" for httptest's
	as          string // name for the session that the response creates
}

const storyKey = "story-key"

func (s *story) do(x exchange) *httptest.ResponseRecorder {
	s.t.Helper()
	x.path = strings.Replace(x.path, "{face}", "/face/"+s.version, 1)
	r := httptest.NewRequestWithContext(s.t.Context(), x.method, s.expand(x.path), bytes.NewReader(x.body))
	r.Host = "localhost:10100"
	if x.peer != "" {
		r.RemoteAddr = x.peer
	}
	if x.contentType != "" {
		r.Header.Set("Content-Type", x.contentType)
	}
	if x.key != "" {
		r.Header.Set("Ocp-Apim-Subscription-Key", x.key)
	}
	if x.token != "" {
		r.Header.Set("Authorization", "Bearer "+s.expand(x.token))
	}
	for name, value := range x.header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	if x.as != "" {
		body := w.Body.String()
		s.known["{"+x.as+"}"] = firstMatch(body, `"sessionId":"([^"]+)"`)
		s.known["{"+x.as+".token}"] = firstMatch(body, `"authToken":"([^"]+)"`)
	}
	s.write(x, w)
	return w
}

// expand replaces {name} by its value.
func (s *story) expand(text string) string {
	for name, value := range s.known {
		text = strings.ReplaceAll(text, name, value)
	}
	return text
}

func firstMatch(text, pattern string) string {
	if found := regexp.MustCompile(pattern).FindStringSubmatch(text); found != nil {
		return found[1]
	}
	return ""
}

// write appends the exchange to the golden.
func (s *story) write(x exchange, w *httptest.ResponseRecorder) {
	out := &s.golden
	fmt.Fprintf(out, "## %s\n\n> %s %s\n", x.title, x.method, x.path)
	if x.contentType != "" {
		kind, _, _ := strings.Cut(x.contentType, "; boundary")
		fmt.Fprintf(out, "> Content-Type: %s\n", kind)
	}
	for _, name := range slices.Sorted(maps.Keys(x.header)) {
		fmt.Fprintf(out, "> %s: %s\n", name, x.header[name])
	}
	if strings.HasPrefix(x.contentType, "application/json") {
		fmt.Fprintf(out, "> %s\n", x.body)
	}
	fmt.Fprintf(out, "\n< %d\n", w.Code)
	for _, name := range slices.Sorted(maps.Keys(w.Header())) {
		value := strings.Join(w.Header()[name], " | ")
		if name == "x-envoy-upstream-service-time" {
			value = "<milliseconds>"
		}
		fmt.Fprintf(out, "< %s: %s\n", name, value)
	}
	body := w.Body.String()
	if strings.Contains(w.Header().Get("Content-Type"), "octet-stream") {
		body = fmt.Sprintf("<%d bytes>", len(body))
	}
	body = regexp.MustCompile(`("(?:authToken|accessToken|base64AccessToken)":)"[^"]+"`).ReplaceAllString(body, `$1"<token>"`)
	fmt.Fprintf(out, "< %s\n\n", body)
}

// compare compares the story with its golden file.
func (s *story) compare(name string) {
	s.t.Helper()
	file := filepath.Join("..", "..", "testdata", "contract", s.version, name+".txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			s.t.Fatal(err)
		}
		if err := os.WriteFile(file, s.golden.Bytes(), 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		s.t.Fatalf("%v; run go test ./emulator/internal/e2e -update", err)
	}
	got := strings.Split(s.golden.String(), "\n")
	for i, line := range strings.Split(string(want), "\n") {
		if i >= len(got) || got[i] != line {
			s.t.Fatalf("%s:%d: got\n%s\nwant\n%s", file, i+1, strings.Join(got[min(i, len(got)):min(i+1, len(got))], ""), line)
		}
	}
	if len(got) != strings.Count(string(want), "\n")+1 {
		s.t.Fatalf("%s: got more lines than the golden has", file)
	}
}

// jsonCreate returns a create call for a session without verify.
func jsonCreate(title, as, body string, header map[string]string) exchange {
	return exchange{
		title: title, method: http.MethodPost, path: "{face}/detectLiveness-sessions", key: storyKey,
		contentType: "application/json", body: []byte(body), header: header, as: as,
	}
}

// A formPart is a part of a multipart body; with a fileName it is a file.
type formPart struct{ name, fileName, text string }

func form(tb testing.TB, parts ...formPart) (contentType string, body []byte) {
	tb.Helper()
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for _, p := range parts {
		header := textproto.MIMEHeader{}
		disposition := fmt.Sprintf(`form-data; name="%s"`, p.name)
		if p.fileName != "" {
			disposition += fmt.Sprintf(`; filename="%s"`, p.fileName)
		}
		header.Set("Content-Disposition", disposition)
		part, err := w.CreatePart(header)
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := part.Write([]byte(p.text)); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return w.FormDataContentType(), out.Bytes()
}

// picture returns a PNG of noise that is always the same.
func picture(tb testing.TB, width, height int) string {
	tb.Helper()
	drawn := image.NewGray(image.Rect(0, 0, width, height))
	noise := rand.New(rand.NewPCG(uint64(width), uint64(height)))
	for y := range height {
		for x := range width {
			drawn.SetGray(x, y, color.Gray{Y: uint8(noise.IntN(256))})
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, drawn); err != nil {
		tb.Fatal(err)
	}
	return out.String()
}
