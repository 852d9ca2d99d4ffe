package admin_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/admin"
)

const secret = "853b9a84-5bfa-4b22-a3f3-0b9a43d9ad8a"

func now() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC) }

// config is what the tests start from; the tokens of its identities are the JSON
// of their claims.
func config(log *bytes.Buffer) admin.HandlerConfig {
	return admin.HandlerConfig{
		Version:        "test",
		CA:             func() []byte { return []byte("a certificate") },
		JWKS:           []byte("a key set"),
		Ready:          func() error { return nil },
		IdentityHeader: secret,
		SignIdentity: func(c admin.IdentityClaims) (string, error) {
			text, err := json.Marshal(c)
			return string(text), err
		},
		Now:    now,
		Logger: slog.New(slog.NewJSONHandler(log, nil)),
	}
}

// request returns a request as a local client sends it.
func request(t *testing.T, method, target string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, http.NoBody)
	r.Host = "localhost:10100"
	return r
}

func TestPaths(t *testing.T) {
	t.Parallel()
	stopping := func(c *admin.HandlerConfig) { c.Ready = func() error { return errors.New(`"stopping"`) } }
	wrong := func(c *admin.HandlerConfig) { c.Scenarios = func() string { return `a.yaml:1:1: "x"` } }
	fine := func(c *admin.HandlerConfig) { c.Scenarios = func() string { return "" } }
	noCA := func(c *admin.HandlerConfig) { c.CA = nil }
	const unknown = `{"error":"below /_emulator/ there are ca.pem, clock, events, faults, identity, jwks.json, openapi.json, report, requests, requests/find, requests/verify, reset, restore, scenario, scenario/queue, sessions, sessions/find, sessions/play, sessions/{id}, sessions/{id}/expire, sessions/{id}/export, sessions/{id}/scenario, sessions/{id}/timeline, snapshot, undo"}`
	for name, test := range map[string]struct {
		method, path string
		change       func(*admin.HandlerConfig)
		status       int
		body         string
		logged       string // what the log line holds; "": there is none
	}{
		"alive":                       {http.MethodGet, "/livez", nil, 200, `{"status":"alive"}`, ""},
		"alive while stopping":        {http.MethodGet, "/livez", stopping, 200, `{"status":"alive"}`, ""},
		"ready":                       {http.MethodGet, "/readyz", nil, 200, `{"status":"ready"}`, ""},
		"ready by HEAD":               {http.MethodHead, "/readyz", nil, 200, `{"status":"ready"}`, ""},
		"ready, wrong scenarios":      {http.MethodGet, "/readyz", wrong, 200, `{"status":"ready","scenarios":"a.yaml:1:1: \"x\""}`, ""},
		"ready, good scenarios":       {http.MethodGet, "/readyz", fine, 200, `{"status":"ready"}`, ""},
		"not ready":                   {http.MethodGet, "/readyz", stopping, 503, `{"status":"starting","reason":"\"stopping\""}`, ""},
		"posted to a probe":           {http.MethodPost, "/readyz", nil, 405, `{"error":"this path takes GET, HEAD"}`, `"status":405`},
		"CA":                          {http.MethodGet, "/_emulator/ca.pem", nil, 200, "a certificate", `"status":200`},
		"CA with a slash":             {http.MethodGet, "/_emulator/ca.pem/", nil, 200, "a certificate", `"status":200`},
		"no CA of its own":            {http.MethodGet, "/_emulator/ca.pem", noCA, 404, "certificate of your own", `"status":404`},
		"keys":                        {http.MethodGet, "/_emulator/jwks.json", nil, 200, "a key set", `"status":200`},
		"unknown":                     {http.MethodGet, "/_emulator/secret-in-path", nil, 404, unknown, `"level":"WARN"`},
		"unknown, two slashes":        {http.MethodGet, "/_emulator/ca.pem//", nil, 404, unknown, `"status":404`},
		"unknown, two slashes inside": {http.MethodGet, "/_emulator//ca.pem", nil, 404, unknown, `"status":404`},
		"unknown, a dot inside":       {http.MethodGet, "/_emulator/./ca.pem", nil, 404, unknown, `"status":404`},
		"unknown, dots inside":        {http.MethodGet, "/_emulator/x/../ca.pem", nil, 404, unknown, `"status":404`},
		"unknown, a short id":         {http.MethodGet, "/_emulator/sessions/1", nil, 404, unknown, `"status":404`},
		"an encoded dot":              {http.MethodGet, "/_emulator/ca%2epem", nil, 200, "a certificate", `"path":"/_emulator/ca.pem"`},
		"an encoded slash":            {http.MethodGet, "/_emulator%2fca.pem", nil, 200, "a certificate", `"path":"/_emulator/ca.pem"`},
		"unknown, by another":         {http.MethodDelete, "/_emulator/x", nil, 404, unknown, `"hint"`},
		"the prefix and no more":      {http.MethodGet, "/_emulator/", nil, 404, unknown, `"status":404`},
		"posted":                      {http.MethodPost, "/_emulator/ca.pem", nil, 405, `{"error":"this path takes GET, HEAD"}`, `"status":405`},
		"posted to identity":          {http.MethodPost, "/_emulator/identity", nil, 405, `{"statusCode":405,"message":"this path takes GET, HEAD"}`, `"status":405`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			c := config(&log)
			if test.change != nil {
				test.change(&c)
			}
			r := request(t, test.method, test.path)
			w := httptest.NewRecorder()
			admin.NewHandler(c).ServeHTTP(w, r)
			if !admin.Owns(r) {
				t.Error("the surface does not own the path")
			}
			if w.Code != test.status || !strings.Contains(w.Body.String(), test.body) {
				t.Errorf("got %d %s; want %d with %s", w.Code, w.Body, test.status, test.body)
			}
			checkHeaders(t, w)
			if allow := w.Header().Get("Allow"); (w.Code == http.StatusMethodNotAllowed) != (allow == "GET, HEAD") {
				t.Errorf("got Allow %q of a %d", allow, w.Code)
			}
			if lines := strings.Count(log.String(), "\n"); (lines == 1) != (test.logged != "") || !strings.Contains(log.String(), test.logged) {
				t.Errorf("got log %q; want one line with %q", log.String(), test.logged)
			}
			if strings.Contains(log.String(), "secret") {
				t.Errorf("the log holds the path: %s", log.String())
			}
		})
	}
}

// checkHeaders checks what every answer has, and what none may have.
func checkHeaders(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	for header, want := range map[string]string{
		"X-Face-Liveness-Emulator": "test",
		"X-Content-Type-Options":   "nosniff",
		"Cache-Control":            "no-store",
		"Content-Length":           fmt.Sprint(w.Body.Len()),
	} {
		if got := w.Header().Get(header); got != want {
			t.Errorf("%s: got %q; want %q", header, got, want)
		}
	}
	for header := range w.Header() {
		if strings.HasPrefix(header, "Access-Control-") {
			t.Errorf("got %s; want no CORS headers", header)
		}
	}
}

func TestOwns(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/livez/", "/_emulator", "/face/v1.2/livez", "/face/_emulator/identity"} {
		if admin.Owns(request(t, http.MethodGet, path)) {
			t.Errorf("%s: got owned; want left to the service", path)
		}
	}
}
