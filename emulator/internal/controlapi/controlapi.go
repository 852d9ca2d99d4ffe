// Package controlapi is what the emulator offers beside the emulated service:
// probes, and under /_emulator/ the things a client needs in order to trust it.
package controlapi

import (
	"net/http"
	"strconv"
	"strings"
)

// Prefix begins every path of the control surface but the probes. No path of
// the emulated service begins so.
const Prefix = "/_emulator/"

// Config holds what the surface shows.
type Config struct {
	Release string        // of the emulator, for X-Face-Liveness-Emulator
	CA      func() []byte // PEM; nil when the user brought a certificate of their own
	JWKS    []byte        // JSON Web Key Set of the token key
	// Ready returns nil when the emulator can serve, else why not.
	Ready func() error
}

// New returns the handler of the control surface. The CA and the key set are
// public: they hold no secret.
func New(c Config) http.Handler {
	routes := http.NewServeMux()
	routes.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		write(w, http.StatusOK, "application/json", []byte(`{"status":"alive"}`))
	})
	routes.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := c.Ready(); err != nil {
			notReady(w, err.Error())
			return
		}
		write(w, http.StatusOK, "application/json", []byte(`{"status":"ready"}`))
	})
	routes.HandleFunc("GET "+Prefix+"jwks.json", func(w http.ResponseWriter, _ *http.Request) {
		write(w, http.StatusOK, "application/json", c.JWKS)
	})
	routes.HandleFunc("GET "+Prefix+"ca.pem", func(w http.ResponseWriter, _ *http.Request) {
		if c.CA == nil {
			write(w, http.StatusNotFound, "application/json", []byte(`{"error":"HTTPS uses a certificate of your own; trust its issuer"}`))
			return
		}
		write(w, http.StatusOK, "application/x-pem-file", c.CA())
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["X-Face-Liveness-Emulator"] = []string{c.Release}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		routes.ServeHTTP(w, r)
	})
}

// Owns reports whether a request is for the control surface.
func Owns(r *http.Request) bool {
	path := r.URL.Path
	return path == "/livez" || path == "/readyz" || strings.HasPrefix(path, Prefix)
}

// Starting answers while the emulator is still being made: it is alive, and
// everything else is 503 with the reason.
func Starting(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/livez" {
		write(w, http.StatusOK, "application/json", []byte(`{"status":"alive"}`))
		return
	}
	w.Header().Set("Retry-After", "1")
	notReady(w, "the state is being opened")
}

func notReady(w http.ResponseWriter, reason string) {
	write(w, http.StatusServiceUnavailable, "application/json", []byte(`{"status":"starting","reason":`+strconv.Quote(reason)+`}`))
}

func write(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has gone away is no error of ours
}
