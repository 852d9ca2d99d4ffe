// Package emulatortest is httptest for the liveness API: a server in memory for
// one test, with a client that trusts it and a clock that the test advances.
//
// # A server in process
//
// New starts a Server and stops it when the test ends. Point the app under test to
// Server.URL with Server.Key and Server.Client. Choose what happens in a session with
// the header X-Face-Liveness-Scenario, or with the queue of a Resource. The server is
// ready after 13 ms, so every test can have its own.
//
// # A resource, in process or elsewhere
//
// A Resource is a subscription key with its own sessions, clock, scenarios, faults and
// request log. Server.Resource returns one of a server in memory. Connect returns one
// of an emulator that runs elsewhere, such as in a container. A test that uses a
// Resource is the same for both. Tests with different resources do not affect each
// other, also on the same emulator.
//
// A Resource freezes and advances the clock, selects scenarios, sets faults, plays the
// device, and asserts on sessions and on the request log. A failed assertion prints the
// requests that nearly matched. Resource.Control has everything else.
//
// A test in process cannot show restarts, killed processes, lost connections between
// hosts, or HTTPS with a name of a network. Package faceliveness in the folder
// testcontainers runs the emulator in a container for that.
package emulatortest

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
)

// A Server is an emulator that listens for one test.
type Server struct {
	// URL is the base URL over HTTPS, PlainURL the same over HTTP, both without
	// a slash at the end. SDKs send keys over HTTPS only.
	URL, PlainURL string
	// Key is a subscription key that the server accepts.
	Key string
	// Client trusts the emulator's CA. With a certificate of one's own (option
	// CertFile) it trusts what the system does.
	Client *http.Client
	// Clock is the server's time. It stands still at the moment the test
	// began until the test moves it; it is nil when an option has set another
	// clock.
	Clock *emulator.ManualClock
	// Emulator is what serves.
	Emulator *emulator.Emulator
}

// New starts a server and stops it when the test ends. Options edit the
// emulator's options before it starts.
func New(tb testing.TB, options ...func(*emulator.Options)) *Server {
	tb.Helper()
	return NewWrapped(tb, func(h http.Handler) http.Handler { return h }, options...)
}

// NewWrapped is New with a handler in front of the emulator, for tests that watch,
// count or break what goes through.
func NewWrapped(tb testing.TB, wrap func(http.Handler) http.Handler, options ...func(*emulator.Options)) *Server {
	tb.Helper()
	manual := emulator.NewManualClock(clock.System{}.Now())
	o := emulator.Options{Clock: manual}
	for _, edit := range options {
		edit(&o)
	}
	e, err := emulator.New(o)
	if err != nil {
		tb.Fatalf("emulatortest: %v", err)
	}
	s := &Server{Key: emulator.Key1, Emulator: e}
	if o.Clock == emulator.Clock(manual) {
		s.Clock = manual
	}
	if len(o.Keys) > 0 {
		s.Key = o.Keys[0][0]
	}
	tb.Cleanup(func() {
		if err := e.Close(); err != nil {
			tb.Errorf("emulatortest: close: %v", err)
		}
	})
	served := wrap(e)
	plain := httptest.NewServer(served)
	tb.Cleanup(plain.Close)
	s.PlainURL = plain.URL
	s.listenTLS(tb, served)
	// Registered last, so it runs first: device calls that wait would keep the
	// servers from closing.
	tb.Cleanup(e.Stop)
	return s
}

// listenTLS serves HTTPS with the emulator's own certificates, which httptest
// would replace by its built-in one.
func (s *Server) listenTLS(tb testing.TB, served http.Handler) {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("emulatortest: %v", err)
	}
	secure := httptest.NewUnstartedServer(served)
	_ = secure.Listener.Close()
	secure.Listener = tls.NewListener(listener, s.Emulator.TLSConfig())
	secure.Start()
	tb.Cleanup(secure.Close)
	s.URL = "https://" + listener.Addr().String()

	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.Emulator.CA())
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	s.Client = &http.Client{Transport: transport}
	tb.Cleanup(transport.CloseIdleConnections)
}
