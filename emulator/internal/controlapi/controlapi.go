// Package controlapi is what the emulator offers beside the emulated service:
// probes, and under /_emulator/ the things a client needs in order to trust it.
package controlapi

import (
	"log/slog"
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
	// Logger gets one line a request, but for probes.
	Logger *slog.Logger
}

// New returns the handler of the control surface. The CA and the key set are
// public: they hold no secret.
func New(c Config) http.Handler {
	files := map[string]func(http.ResponseWriter) (status int){
		"ca.pem":    c.serveCA,
		"jwks.json": c.serveKeys,
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["X-Face-Liveness-Emulator"] = []string{c.Release}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		name, isFile := strings.CutPrefix(r.URL.Path, Prefix)
		serve, known := files[name]
		switch reads := r.Method == http.MethodGet || r.Method == http.MethodHead; {
		case !reads:
			w.Header().Set("Allow", "GET, HEAD")
			c.log(r, refuse(w, http.StatusMethodNotAllowed, "this path is read with GET"), "this path is read with GET")
		case !isFile:
			c.probe(w, r)
		case !known:
			const hint = "there are ca.pem and jwks.json"
			c.log(r, refuse(w, http.StatusNotFound, hint), hint)
		default:
			c.log(r, serve(w), "")
		}
	})
}

// probe answers /livez and /readyz, and leaves no trace in the log.
func (c Config) probe(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/livez" {
		write(w, http.StatusOK, "application/json", []byte(`{"status":"alive"}`))
		return
	}
	if err := c.Ready(); err != nil {
		notReady(w, err.Error())
		return
	}
	write(w, http.StatusOK, "application/json", []byte(`{"status":"ready"}`))
}

func (c Config) serveKeys(w http.ResponseWriter) int {
	return write(w, http.StatusOK, "application/json", c.JWKS)
}

func (c Config) serveCA(w http.ResponseWriter) int {
	if c.CA == nil {
		return refuse(w, http.StatusNotFound, "HTTPS uses a certificate of your own; trust its issuer")
	}
	return write(w, http.StatusOK, "application/x-pem-file", c.CA())
}

func (c Config) log(r *http.Request, status int, hint string) {
	level := slog.LevelInfo
	attrs := []slog.Attr{slog.String("operation", "control"), slog.Int("status", status)}
	if hint != "" {
		level = slog.LevelWarn
		attrs = append(attrs, slog.String("hint", hint))
	}
	c.Logger.LogAttrs(r.Context(), level, "request", attrs...)
}

// refuse answers with an error in words.
func refuse(w http.ResponseWriter, status int, hint string) int {
	return write(w, status, "application/json", []byte(`{"error":`+strconv.Quote(hint)+`}`))
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

func write(w http.ResponseWriter, status int, contentType string, body []byte) int {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has gone away is no error of ours
	return status
}
