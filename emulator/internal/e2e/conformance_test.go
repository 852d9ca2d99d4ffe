package e2e_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/emulatortest"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
	"github.com/livenesslabs/face-liveness-emulator/schemas"
)

// A wireOperation is a call of the API according to the documentation. The list is
// independent of the version table, which it is compared with.
type wireOperation struct {
	method string
	path   string // below the version, in lower case; {} stands for an id
	name   string // schema of the response; "" for no body, "image" for a JPEG
	status int    // status of success
}

// wireOperations returns the documented calls of a version.
func wireOperations(version string) []wireOperation {
	device := []wireOperation{
		{"POST", "session/start", "startSession", 200},
		{"POST", "detectliveness/singlemodal", "detectLiveness", 200}, // 204 without a result
		{"POST", "detectlivenesswithverify/singlemodal", "detectLivenessWithVerify", 200},
	}
	end := wireOperation{"POST", "session/attempt/end", "", 204}
	detect := wireOperation{"POST", "detect", "detectFromSessionImageId", 200}
	previews := append(device,
		wireOperation{"POST", "detectliveness/singlemodal/sessions", "createLivenessSession", 200},
		wireOperation{"GET", "detectliveness/singlemodal/sessions", "getLivenessSessions", 200},
		wireOperation{"GET", "detectliveness/singlemodal/sessions/{}", "getLivenessSessionResult", 200},
		wireOperation{"DELETE", "detectliveness/singlemodal/sessions/{}", "", 200},
		wireOperation{"GET", "detectliveness/singlemodal/sessions/{}/audit", "getLivenessSessionAuditEntries", 200},
		wireOperation{"POST", "detectlivenesswithverify/singlemodal/sessions", "createLivenessWithVerifySession", 200},
		wireOperation{"GET", "detectlivenesswithverify/singlemodal/sessions", "getLivenessWithVerifySessions", 200},
		wireOperation{"GET", "detectlivenesswithverify/singlemodal/sessions/{}", "getLivenessWithVerifySessionResult", 200},
		wireOperation{"DELETE", "detectlivenesswithverify/singlemodal/sessions/{}", "", 200},
		wireOperation{"GET", "detectlivenesswithverify/singlemodal/sessions/{}/audit", "getLivenessWithVerifySessionAuditEntries", 200},
	)
	stable := append(device, end, detect,
		wireOperation{"POST", "detectliveness-sessions", "createLivenessSession", 200},
		wireOperation{"GET", "detectliveness-sessions/{}", "getLivenessSessionResult", 200},
		wireOperation{"DELETE", "detectliveness-sessions/{}", "", 204},
		wireOperation{"POST", "detectlivenesswithverify-sessions", "createLivenessWithVerifySession", 200},
		wireOperation{"GET", "detectlivenesswithverify-sessions/{}", "getLivenessWithVerifySessionResult", 200},
		wireOperation{"DELETE", "detectlivenesswithverify-sessions/{}", "", 204},
		wireOperation{"GET", "sessionimages/{}", "image", 200},
	)
	switch version {
	case "v1.1-preview.1":
		return previews
	case "v1.2-preview.1":
		return append(previews, detect, wireOperation{"GET", "session/sessionimages/{}", "image", 200})
	case "v1.2":
		return stable
	case "v1.3-preview.1":
		return append(stable,
			wireOperation{"GET", "settings", "getSettings", 200},
			wireOperation{"PATCH", "settings", "patchSettings", 200},
			wireOperation{"GET", "settings/getclientassetsaccesstoken", "getClientAssetsAccessToken", 200},
		)
	}
	return nil
}

// TestGoldensAreComplete checks that the goldens of each version have a successful call of
// every operation.
func TestGoldensAreComplete(t *testing.T) {
	t.Parallel()
	exchange := regexp.MustCompile(`(?m)^> (\w+) (/face/\S+)\n(?:> .*\n)*\n< (\d+)$`)
	for _, version := range allVersions(t) {
		files, err := filepath.Glob(filepath.Join("..", "..", "testdata", "contract", version, "*.txt"))
		if err != nil {
			t.Fatal(err)
		}
		seen := map[wireOperation]bool{}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range exchange.FindAllStringSubmatch(string(text), -1) {
				r, err := http.NewRequestWithContext(t.Context(), found[1], strings.ReplaceAll(strings.ReplaceAll(found[2], "{", "x"), "}", "x"), nil)
				if err != nil {
					t.Fatal(err)
				}
				in, operation, known := operationOf(r)
				if known && in == version && found[3] == fmt.Sprint(operation.status) {
					seen[operation] = true
				}
			}
		}
		for _, operation := range wireOperations(version) {
			if !seen[operation] {
				t.Errorf("%s: no golden has %s %s with %d", version, operation.method, operation.path, operation.status)
			}
		}
	}
}

// newestVersion answers for unknown newer versions.
const newestVersion = "v1.3-preview.1"

// A checker checks every response for what is true of all responses, and JSON bodies
// against the schema of their version and operation.
type checker struct {
	tb       testing.TB
	mu       sync.Mutex
	compiled map[string]*schema.Schema
}

// checked returns a handler whose responses are checked.
func checked(tb testing.TB, next http.Handler) http.Handler {
	tb.Helper()
	c := &checker{tb: tb, compiled: map[string]*schema.Schema{}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := &seenAnswer{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(seen, r)
		if strings.HasPrefix(r.URL.Path, "/_emulator/") || r.URL.Path == "/readyz" || r.URL.Path == "/livez" {
			return // the emulator's own paths
		}
		if seen.Header().Get("X-Face-Liveness-Fault") != "" {
			return // changed by a fault
		}
		for _, problem := range c.problems(r, seen) {
			tb.Errorf("%s %s answered %d %.1000s: %s", r.Method, r.URL.Path, seen.status, seen.body.String(), problem)
		}
	})
}

// newServer is an emulatortest server whose answers are checked.
func newServer(t *testing.T, edits ...func(*emulator.Options)) *emulatortest.Server {
	t.Helper()
	return emulatortest.New(t, checkedServer(t), withOptions(edits))
}

// newRunningServer is newServer with the time of the system.
func newRunningServer(t *testing.T, edits ...func(*emulator.Options)) *emulatortest.Server {
	t.Helper()
	return emulatortest.New(t, checkedServer(t), withOptions(edits), emulatortest.WithSystemClock())
}

func checkedServer(t *testing.T) func(*emulatortest.Options) {
	t.Helper()
	return emulatortest.WithMiddleware(func(next http.Handler) http.Handler { return checked(t, next) })
}

// withOptions turns edits of an emulator's options into an edit of a server's.
func withOptions(edits []func(*emulator.Options)) func(*emulatortest.Options) {
	return func(o *emulatortest.Options) {
		for _, edit := range edits {
			edit(&o.Options)
		}
	}
}

// A seenAnswer keeps the response of a handler.
type seenAnswer struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (s *seenAnswer) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

func (s *seenAnswer) Write(b []byte) (int, error) {
	s.body.Write(b)
	return s.ResponseWriter.Write(b)
}

// Unwrap serves http.ResponseController.
func (s *seenAnswer) Unwrap() http.ResponseWriter { return s.ResponseWriter }

func (c *checker) problems(r *http.Request, seen *seenAnswer) []string {
	var problems []string
	header := map[string][]string(seen.Header())
	if got := header["apim-request-id"]; len(got) != 1 || uuid.Validate(got[0]) != nil {
		problems = append(problems, fmt.Sprintf("apim-request-id is %v; want one GUID under its lower-case name", got))
	}
	if seen.body.Len() == 0 {
		if kind := header["Content-Type"]; len(kind) > 0 {
			problems = append(problems, fmt.Sprintf("no body, but Content-Type %v", kind))
		}
	} else if got := seen.Header().Get("Content-Length"); got != fmt.Sprint(seen.body.Len()) {
		problems = append(problems, fmt.Sprintf("Content-Length is %q for %d bytes", got, seen.body.Len()))
	}
	if r.Method == http.MethodOptions {
		return problems
	}
	version, operation, known := operationOf(r)
	name := operation.name
	silent := seen.status == http.StatusNoContent && strings.HasPrefix(name, "detectLiveness")
	switch {
	case seen.status >= http.StatusBadRequest:
		name = "error"
	case !known:
		return append(problems, "no documented call has this method and path")
	case seen.status != operation.status && !silent:
		return append(problems, fmt.Sprintf("a success is %d", operation.status))
	case name == "image":
		if got := seen.Header().Get("Content-Type"); got != "application/octet-stream" {
			problems = append(problems, "the image is of type "+got)
		}
		return problems
	case silent || name == "":
		if seen.body.Len() > 0 {
			problems = append(problems, "a body where none is documented")
		}
		return problems
	}
	return append(problems, c.against(version+"/"+name+".response.json", seen.body.Bytes())...)
}

// operationOf returns the documented call of a request.
func operationOf(r *http.Request) (version string, found wireOperation, known bool) {
	path := strings.Trim(regexp.MustCompile("/+").ReplaceAllString(strings.ToLower(r.URL.Path), "/"), "/")
	version, below, ok := strings.Cut(strings.TrimPrefix(path, "face/"), "/")
	operations := wireOperations(version)
	if !ok || operations == nil {
		version, operations = newestVersion, wireOperations(newestVersion)
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	for _, o := range operations {
		pattern := "^" + strings.ReplaceAll(regexp.QuoteMeta(o.path), `\{\}`, "[^/]+") + "$"
		if o.method == method && regexp.MustCompile(pattern).MatchString(below) {
			return version, o, true
		}
	}
	return version, wireOperation{}, false
}

// against validates a body.
func (c *checker) against(file string, body []byte) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.compiled[file] == nil {
		compiled, err := schema.Compile(schemas.FS, file)
		if err != nil {
			return []string{err.Error()}
		}
		c.compiled[file] = compiled
	}
	value, err := schema.Decode(body)
	if err != nil {
		return []string{err.Error()}
	}
	var problems []string
	for _, p := range c.compiled[file].Validate(value) {
		problems = append(problems, "breaks "+file+": "+p.Text)
	}
	return problems
}

// TestCheckerFinds checks that the checker fails for wrong responses.
func TestCheckerFinds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		method, path string
		status       int
		body         string
		finds        string
	}{
		"a member too many": {"GET", "/face/v1.2/detectLiveness-sessions/x", 200, `{"sessionId":"x"}`, "breaks v1.2/getLivenessSessionResult"},
		"another version":   {"GET", "//face/V1.3-preview.1/settings/", 200, `{"enabled":true}`, "breaks v1.3-preview.1/getSettings"},
		"newer still":       {"GET", "/face/v9.9/settings", 200, `{"enabled":true}`, "breaks v1.3-preview.1/getSettings"},
		"a bare error":      {"GET", "/face/v1.1-preview.1/x", 404, `{"message":"no"}`, "breaks v1.1-preview.1/error"},
		"nobody's path":     {"GET", "/face/v1.2/settings", 200, `{}`, "no documented call"},
		"another success":   {"DELETE", "/face/v1.2-preview.1/detectLiveness/singleModal/sessions/x", 204, `{}`, "a success is 200"},
		"a body on delete":  {"DELETE", "/face/v1.2-preview.1/detectLiveness/singleModal/sessions/x", 200, `{}`, "a body where none"},
		"no JSON":           {"GET", "/face/v1.2/detectLiveness-sessions/x", 200, `{`, "offset 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := http.NewRequestWithContext(t.Context(), test.method, test.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			seen := &seenAnswer{ResponseWriter: nullWriter{}, status: test.status}
			seen.body.WriteString(test.body)
			got := strings.Join((&checker{tb: t, compiled: map[string]*schema.Schema{}}).problems(r, seen), "; ")
			if !strings.Contains(got, test.finds) || !strings.Contains(got, "Content-Length") {
				t.Errorf("got %q; want a problem with %q and one with the length", got, test.finds)
			}
		})
	}
}

type nullWriter struct{ http.ResponseWriter }

func (nullWriter) Header() http.Header { return http.Header{} }
