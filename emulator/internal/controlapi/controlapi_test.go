package controlapi_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/controlapi"
)

func TestPaths(t *testing.T) {
	t.Parallel()
	ready := func() error { return nil }
	stopping := func() error { return errors.New("stopping") }
	ca := func() []byte { return []byte("a certificate") }
	for name, test := range map[string]struct {
		method, path string
		ready        func() error
		ca           func() []byte
		status       int
		body         string
		logged       string // what the log line holds; "": there is none
	}{
		"alive":                  {http.MethodGet, "/livez", ready, ca, 200, `{"status":"alive"}`, ""},
		"alive while stopping":   {http.MethodGet, "/livez", stopping, ca, 200, `{"status":"alive"}`, ""},
		"ready":                  {http.MethodGet, "/readyz", ready, ca, 200, `{"status":"ready"}`, ""},
		"ready by HEAD":          {http.MethodHead, "/readyz", ready, ca, 200, `{"status":"ready"}`, ""},
		"not ready":              {http.MethodGet, "/readyz", stopping, ca, 503, `{"status":"starting","reason":"stopping"}`, ""},
		"CA":                     {http.MethodGet, "/_emulator/ca.pem", ready, ca, 200, "a certificate", `"status":200`},
		"no CA of its own":       {http.MethodGet, "/_emulator/ca.pem", ready, nil, 404, "certificate of your own", `"status":404`},
		"keys":                   {http.MethodGet, "/_emulator/jwks.json", ready, ca, 200, "a key set", `"status":200`},
		"unknown":                {http.MethodGet, "/_emulator/secret-in-path", ready, ca, 404, "ca.pem and jwks.json", `"level":"WARN"`},
		"posted":                 {http.MethodPost, "/_emulator/ca.pem", ready, ca, 405, "GET", `"status":405`},
		"unknown, by another":    {http.MethodDelete, "/_emulator/x", ready, ca, 405, "GET", `"hint"`},
		"the prefix and no more": {http.MethodGet, "/_emulator/", ready, ca, 404, "jwks.json", `"status":404`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			handler := controlapi.New(controlapi.Config{
				Release: "test", CA: test.ca, JWKS: []byte("a key set"), Ready: test.ready,
				Logger: slog.New(slog.NewJSONHandler(&log, nil)),
			})
			r := httptest.NewRequestWithContext(t.Context(), test.method, test.path, http.NoBody)
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if !controlapi.Owns(r) {
				t.Error("the surface does not own the path")
			}
			if w.Code != test.status || !strings.Contains(w.Body.String(), test.body) {
				t.Errorf("got %d %s; want %d with %s", w.Code, w.Body, test.status, test.body)
			}
			if w.Header().Get("X-Face-Liveness-Emulator") != "test" {
				t.Error("the answer does not say who gives it")
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

func TestStarting(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]int{"/livez": 200, "/readyz": 503, "/face/v1.2/detectLiveness-sessions": 503} {
		w := httptest.NewRecorder()
		controlapi.Starting(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
		if w.Code != want {
			t.Errorf("%s: got %d; want %d", path, w.Code, want)
		}
	}
}
