package emulatortest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/emulatortest"
)

// serveStarting answers as the program does before its emulator is ready.
func serveStarting(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Retry-After", "1")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = io.WriteString(w, `{"status":"starting","reason":"the state is being opened"}`)
}

// TestNoConnection: what is wrong is said once, in bounded time, with what to do.
func TestNoConnection(t *testing.T) {
	t.Parallel()
	server := emulatortest.New(t, func(o *emulatortest.Options) { o.AdminToken, o.Keys = "right", [][]string{{"listed"}} })
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(silent.Close)
	foreign := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(foreign.Close)
	starting := httptest.NewServer(http.HandlerFunc(serveStarting))
	t.Cleanup(starting.Close)
	impatient := func(c *emulatortest.ConnectOptions) { c.Patience = 200 * time.Millisecond }
	// Where waiting does not help, there is no waiting.
	patient := func(c *emulatortest.ConnectOptions) { c.Patience = time.Hour }
	for _, c := range []struct {
		name, url string
		edit      func(*emulatortest.ConnectOptions)
		want      []string
	}{
		{"nothing listens", gone.URL, impatient, []string{"no emulator is ready at " + gone.URL + " after 200ms", "connect", "start one"}},
		{"no answer", silent.URL, impatient, []string{"no emulator is ready at " + silent.URL + " after 200ms"}},
		{"not ready", starting.URL, impatient, []string{"503", "the state is being opened"}},
		{"something else", foreign.URL, patient, []string{foreign.URL + ": not a face-liveness-emulator"}},
		{"no CA", server.URL, patient, []string{"certificate", server.URL + "/_emulator/ca.pem", "ConnectOptions.CA"}},
		{"CA that is none", server.URL, func(c *emulatortest.ConnectOptions) { c.CA = []byte("x") }, []string{"no certificate in PEM form in ConnectOptions.CA"}},
		{"no admin token", server.PlainURL, patient, []string{"does not let the test in", "admin token", "ConnectOptions.AdminToken"}},
		{"wrong admin token", server.PlainURL, func(c *emulatortest.ConnectOptions) { c.AdminToken = "wrong" }, []string{"admin token", "ConnectOptions.AdminToken"}},
		{"fresh key", server.PlainURL, func(c *emulatortest.ConnectOptions) { c.AdminToken = "right" }, []string{"unknown subscription key; only the configured keys are accepted", "ConnectOptions.Key"}},
		{"no URL", "localhost:10100", patient, []string{"http://localhost:10100", `not "localhost:10100"`}},
		{"no host", "http:///x", patient, []string{"http://localhost:10100"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			said := record(t, func(tb *recorder) { emulatortest.Connect(tb, c.url, c.edit) })
			if len(said) != 1 {
				t.Fatalf("got %d failures, %q; want one", len(said), said)
			}
			for _, want := range c.want {
				if !strings.Contains(said[0], want) {
					t.Errorf("got %q; want %q in it", said[0], want)
				}
			}
			for _, secret := range []string{"wrong", "right"} {
				if strings.Contains(said[0], secret) {
					t.Errorf("got %q; want no admin token in it", said[0])
				}
			}
		})
	}
}

// TestConnectWaits: an emulator that starts is waited for.
func TestConnectWaits(t *testing.T) {
	t.Parallel()
	var probes atomic.Int32
	server := emulatortest.New(t, emulatortest.WithMiddleware(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/readyz" && probes.Add(1) < 3 {
				serveStarting(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}))
	resource := emulatortest.Connect(t, server.PlainURL)
	if created := create(t, resource); created.Status != "NotStarted" || probes.Load() != 3 {
		t.Errorf("got %s after %d probes; want NotStarted after three", created.Status, probes.Load())
	}
}

// TestAListedKey connects to an emulator that lists keys and wants a token.
func TestAListedKey(t *testing.T) {
	t.Parallel()
	server := emulatortest.New(t, func(o *emulatortest.Options) { o.AdminToken, o.Keys = "right", [][]string{{"listed"}} })
	resource := emulatortest.Connect(t, server.PlainURL, func(c *emulatortest.ConnectOptions) { c.Key, c.AdminToken = "listed", "right" })
	create(t, resource)
	resource.AssertRequests(control.Expectation{RequestQuery: operation(createOperation), Exactly: new(1)})
}

// TestResetFails: an emulator that went before the test did is seen.
func TestResetFails(t *testing.T) {
	t.Parallel()
	server := emulatortest.New(t)
	said := record(t, func(tb *recorder) {
		resource := server.Resource(tb)
		resource.Control = broken{resource.Control}
	})
	if len(said) != 1 || !strings.Contains(said[0], "reset at the end of the test: gone") {
		t.Errorf("got %q; want that the reset failed", said)
	}
}

// A broken API is that of an emulator that is gone.
type broken struct{ control.API }

func (broken) Reset(context.Context, control.Reset) (control.Reset, error) {
	return control.Reset{}, errors.New("gone")
}
