package admin_test

import (
	"bytes"
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/admin"
)

const (
	otherOrigin = "a web page of another origin"
	otherHost   = "this host name is not known"
)

// serve returns the answer to a request and the log of it.
func serve(c admin.HandlerConfig, log *bytes.Buffer, r *http.Request) (w *httptest.ResponseRecorder, logged string) {
	w = httptest.NewRecorder()
	admin.NewHandler(c).ServeHTTP(w, r)
	return w, log.String()
}

func TestGuardHost(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		// Names that public DNS has no say in.
		"localhost":                  "",
		"localhost:10100":            "",
		"LocalHost.:10100":           "",
		"emulator.localhost":         "",
		"a.b.localhost:10101":        "",
		"host.docker.internal":       "",
		"Host.Docker.Internal.:8080": "",
		"emulator":                   "",
		"my_emulator:10100":          "",
		// IP literals.
		"127.0.0.1":            "",
		"127.0.0.1:10100":      "",
		"192.168.7.9:80":       "",
		"203.0.113.9":          "",
		"[::1]":                "",
		"[::1]:10100":          "",
		"::1":                  "",
		"[::ffff:10.0.0.1]:80": "",
		// Names that were given.
		"face.test":           "",
		"FACE.test.:10101":    "",
		"given.port.test":     "",
		"given.port.test:1":   "",
		"a.wild.test":         "",
		"A.Wild.Test:10100":   "",
		"a.b.wild.test":       otherHost,
		"wild.test":           otherHost,
		"other.test":          otherHost,
		"face.test.evil.test": otherHost,
		"evil.face.test":      otherHost,
		// What an attacker's name looks like.
		"rebind.example:10100":      otherHost,
		"localhost.example":         otherHost,
		"notlocalhost.example":      otherHost,
		"127.0.0.1.example":         otherHost,
		"x.host.docker.internal":    otherHost,
		"1.2.3":                     otherHost,
		"1.2.3.4.5":                 otherHost,
		"*.wild.test.example":       otherHost,
		"a.localhost.example:10100": otherHost,
		// No name at all.
		"":                 otherHost,
		":10100":           otherHost,
		"localhost:x":      otherHost,
		"[::1]:80.example": otherHost,
		"[fe80::1%eth0]":   otherHost,
	} {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			c := config(&log)
			c.Hosts = []string{"Face.Test.", " given.port.test:10101 ", "*.wild.test", "", ":1"}
			r := request(t, http.MethodGet, "/_emulator/identity")
			r.Host = host
			checkGuard(t, c, &log, r, want)
		})
	}
}

func TestGuardOrigin(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		host    string
		tls     bool
		origins []string
		site    string
		want    string
	}{
		"no page":                     {"localhost:10100", false, nil, "", ""},
		"own page":                    {"localhost:10100", false, []string{"http://localhost:10100"}, "same-origin", ""},
		"own page, other case":        {"LOCALHOST:10100", false, []string{"http://LocalHost:10100"}, "", ""},
		"own page by HTTPS":           {"localhost:10101", true, []string{"https://localhost:10101"}, "", ""},
		"own page at port 80":         {"localhost", false, []string{"http://localhost"}, "", ""},
		"port 80 spelt out":           {"localhost:80", false, []string{"http://localhost"}, "", ""},
		"port 443 left out":           {"localhost", true, []string{"https://localhost:443"}, "", ""},
		"own page at IPv6":            {"[::1]", false, []string{"http://[::1]:80"}, "", ""},
		"typed in":                    {"localhost:10100", false, nil, "none", ""},
		"a link of the same site":     {"localhost:10100", false, nil, "same-site", ""},
		"page of another host":        {"localhost:10100", false, []string{"http://example.test"}, "", otherOrigin},
		"page of another port":        {"localhost:10100", false, []string{"http://localhost:3000"}, "same-site", otherOrigin},
		"page of the default port":    {"localhost:10100", false, []string{"http://localhost"}, "", otherOrigin},
		"page of another scheme":      {"localhost:10101", true, []string{"http://localhost:10101"}, "", otherOrigin},
		"HTTPS page to HTTP":          {"localhost:10100", false, []string{"https://localhost:10100"}, "", otherOrigin},
		"same machine, other name":    {"localhost:10100", false, []string{"http://127.0.0.1:10100"}, "", otherOrigin},
		"page without origin":         {"localhost:10100", false, []string{"null"}, "", otherOrigin},
		"empty":                       {"localhost:10100", false, []string{""}, "", otherOrigin},
		"no URL":                      {"localhost:10100", false, []string{"http://[localhost:10100"}, "", otherOrigin},
		"host in the user's place":    {"localhost:10100", false, []string{"http://localhost:10100@example.test"}, "", otherOrigin},
		"own and another":             {"localhost:10100", false, []string{"http://localhost:10100", "http://example.test"}, "", otherOrigin},
		"image in another site":       {"localhost:10100", false, nil, "cross-site", otherOrigin},
		"another site, in capitals":   {"localhost:10100", false, nil, "Cross-Site", otherOrigin},
		"rebound name, own origin":    {"rebind.example:10100", false, []string{"http://rebind.example:10100"}, "same-origin", otherHost},
		"rebound name, other origin":  {"rebind.example:10100", false, []string{"http://other.example"}, "", otherOrigin},
		"rebound name, no page known": {"rebind.example:10100", false, nil, "same-origin", otherHost},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			r := request(t, http.MethodGet, "/_emulator/identity")
			r.Host = test.host
			if test.tls {
				r.TLS = &tls.ConnectionState{}
			}
			for _, origin := range test.origins {
				r.Header.Add("Origin", origin)
			}
			if test.site != "" {
				r.Header.Set("Sec-Fetch-Site", test.site)
			}
			checkGuard(t, config(&log), &log, r, test.want)
		})
	}
}

// checkGuard expects a 403 with the hint, or with none that the request comes
// as far as the identity's own check.
func checkGuard(t *testing.T, c admin.HandlerConfig, log *bytes.Buffer, r *http.Request, hint string) {
	t.Helper()
	w, logged := serve(c, log, r)
	status := http.StatusUnauthorized
	if hint != "" {
		status = http.StatusForbidden
	}
	if w.Code != status || !strings.Contains(w.Body.String(), `"message":"`+hint) || !strings.Contains(logged, `"hint":"`+hint) {
		t.Errorf("got %d %s, log %s; want %d with %q", w.Code, w.Body, logged, status, hint)
	}
	checkHeaders(t, w)
}

// TestGuardedPaths: nothing but what is public is there for a page of another
// origin, and what is public is there for everybody.
func TestGuardedPaths(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]int{
		"/livez": 200, "/readyz": 200, "/_emulator/ca.pem": 200, "/_emulator/jwks.json": 200,
		"/_emulator/identity": 403, "/_emulator/identity/": 403, "/_emulator/unknown": 403, "/_emulator/": 403,
	} {
		for _, method := range []string{http.MethodGet, http.MethodOptions, http.MethodPost} {
			var log bytes.Buffer
			r := request(t, method, path)
			r.Host = "rebind.example"
			r.Header.Set("Origin", "http://rebind.example")
			r.Header.Set("Access-Control-Request-Method", http.MethodGet)
			w, _ := serve(config(&log), &log, r)
			wanted := want
			if want == http.StatusOK && method != http.MethodGet {
				wanted = http.StatusMethodNotAllowed
			}
			if w.Code != wanted {
				t.Errorf("%s %s: got %d; want %d", method, path, w.Code, wanted)
			}
			checkHeaders(t, w)
		}
	}
}

func FuzzGuardHost(f *testing.F) {
	for _, host := range []string{"localhost", "[::1]:80", "a.example:1", "..", "[", "]:", "face.test.", "%", "a.localhost.", "[::1%"} {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, host string) {
		var log bytes.Buffer
		r := request(t, http.MethodGet, "/_emulator/identity")
		r.Host = host + ".example"
		if w, _ := serve(config(&log), &log, r); w.Code != http.StatusForbidden {
			t.Errorf("%q: got %d; want %d", r.Host, w.Code, http.StatusForbidden)
		}
	})
}
