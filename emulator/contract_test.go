package emulator_test

import (
	"bytes"
	"encoding/binary"
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
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
	"github.com/livenesslabs/face-liveness-emulator/schemas"
)

var update = flag.Bool("update", false, "write the golden files anew")

// A story is a row of exchanges with one emulator whose time, ids and scenarios
// are fixed, so that its answers are the same byte for byte every time. The
// golden file of a story shows them as a reader of the wire would see them.
type story struct {
	t        *testing.T
	emulator *emulator.Emulator
	clock    *emulator.ManualClock
	golden   bytes.Buffer
	known    map[string]string // texts that vary, and what the golden shows for them
}

// scenariosOfStories are the scenarios that stories pin by name.
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

// openEmulator makes an emulator and closes it when the test ends.
func openEmulator(t *testing.T, o emulator.Options) *emulator.Emulator {
	t.Helper()
	e, err := emulator.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return e
}

func newStory(t *testing.T, edits ...func(*emulator.Options)) *story {
	t.Helper()
	s := &story{
		t:     t,
		clock: emulator.NewManualClock(time.Date(2026, 1, 27, 17, 36, 52, 0, time.UTC)),
		known: map[string]string{},
	}
	var ids uint32
	o := emulator.Options{
		Clock:     s.clock,
		Release:   "test",
		Scenarios: []emulator.ScenarioSource{scenariosOfStories()},
		NewID: func() uuid.UUID {
			ids++
			id := uuid.MustParse("5e551000-0000-4000-8000-000000000000")
			binary.BigEndian.PutUint32(id[12:], ids)
			return id
		},
	}
	for _, edit := range edits {
		edit(&o)
	}
	s.emulator = openEmulator(t, o)
	return s
}

// An exchange is a request and what is expected of its answer beyond the golden.
type exchange struct {
	title       string
	method      string
	path        string
	contentType string
	body        []byte
	key, token  string
	header      map[string]string
	schema      string // of the answer, without version and ending; "": no JSON body
	as          string // name for the session that the answer creates
}

const storyKey = "story-key"

func (s *story) do(x exchange) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), x.method, s.expand(x.path), bytes.NewReader(x.body))
	r.Host = "localhost:10100"
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
	s.emulator.ServeHTTP(w, r)
	if x.as != "" {
		body := w.Body.String()
		s.known["{"+x.as+"}"] = firstMatch(body, `"sessionId":"([^"]+)"`)
		s.known["{"+x.as+".token}"] = firstMatch(body, `"authToken":"([^"]+)"`)
	}
	s.check(x, w)
	s.write(x, w)
	return w
}

// expand replaces {name} by what the story knows under it.
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

// check holds every answer to its schema and to what is true of all answers.
func (s *story) check(x exchange, w *httptest.ResponseRecorder) {
	s.t.Helper()
	if got := map[string][]string(w.Header())["apim-request-id"]; len(got) != 1 || uuid.Validate(got[0]) != nil {
		s.t.Errorf("%s: got apim-request-id %v; want one GUID under its lower-case name", x.title, got)
	}
	body := w.Body.Bytes()
	if length := w.Header().Get("Content-Length"); len(body) > 0 && length != fmt.Sprint(len(body)) {
		s.t.Errorf("%s: got Content-Length %q for %d bytes", x.title, length, len(body))
	}
	if x.schema == "" {
		return
	}
	compiled, err := schema.Compile(schemas.FS, "v1.2/"+x.schema+".response.json")
	if err != nil {
		s.t.Fatal(err)
	}
	value, err := schema.Decode(body)
	if err != nil {
		s.t.Fatalf("%s: %v in %s", x.title, err, body)
	}
	for _, p := range compiled.Validate(value) {
		s.t.Errorf("%s: the answer breaks its schema: %s %s: %s", x.title, p.Field, p.Text, body)
	}
}

// write adds the exchange to the golden.
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
	for name, value := range s.known {
		if strings.HasSuffix(name, ".token}") && value != "" {
			body = strings.ReplaceAll(body, value, "<token>")
		}
	}
	fmt.Fprintf(out, "< %s\n\n", body)
}

// compare holds the story to its golden file.
func (s *story) compare(name string) {
	s.t.Helper()
	file := filepath.Join("testdata", "contract", "v1.2", name+".txt")
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
		s.t.Fatalf("%v; run go test ./emulator -update", err)
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

// jsonCreate is a create call for a session without verify.
func jsonCreate(title, as, body string, header map[string]string) exchange {
	return exchange{
		title: title, method: http.MethodPost, path: "/face/v1.2/detectLiveness-sessions", key: storyKey,
		contentType: "application/json", body: []byte(body), header: header,
		schema: "createLivenessSession", as: as,
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

// picture is a PNG of noise that is the same every time.
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
