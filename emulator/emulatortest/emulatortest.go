// Package emulatortest is httptest for the liveness API: a server in memory for
// one test, with a client that trusts it and a clock that the test advances.
//
// # A server in process
//
// New starts a Server and stops it when the test ends. Point the app under test to
// Server.URL with Server.Key and Server.Client. Choose what happens in a session with
// the header X-Face-Liveness-Scenario, or with the queue of a Resource. The server is
// ready after half a millisecond, so every test can have its own. Its time is frozen:
// Server.Advance moves it for all resources.
//
// # A resource, in process or elsewhere
//
// A Resource is a subscription key with its own sessions, clock, scenarios, faults and
// request log. Server.Resource returns one of a server in memory. Connect returns one
// of an emulator that runs elsewhere, such as in a container. A test that uses a
// Resource is the same for both. Tests with different resources do not affect each
// other, also on the same emulator.
//
// A Resource freezes and advances its clock, selects scenarios, sets faults, plays the
// device, and asserts on sessions and on the request log. A failed assertion prints the
// requests that nearly matched. Resource.Control has everything else.
//
// A test in process cannot show restarts, killed processes, lost connections between
// hosts, or HTTPS with a name of a network. Package faceliveness in the folder
// testcontainers runs the emulator in a container for that.
package emulatortest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/testhook"
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
	// Emulator is what serves.
	Emulator *emulator.Emulator

	tb    testing.TB
	clock *clock.Manual // nil: the system's
}

// Options are the options of New: those of the emulator, and what WithMiddleware and
// WithSystemClock set.
type Options struct {
	emulator.Options

	middleware  []func(http.Handler) http.Handler
	systemClock bool
}

// WithMiddleware puts a handler in front of the emulator, for tests that observe, count or
// break requests. Of several, the first is the outermost.
func WithMiddleware(wrap func(next http.Handler) http.Handler) func(*Options) {
	return func(o *Options) { o.middleware = append(o.middleware, wrap) }
}

// WithSystemClock makes the server use the system clock, for apps that wait in real time.
// Without it, the time is frozen. A Resource can freeze and advance its clock in both
// cases.
func WithSystemClock() func(*Options) {
	return func(o *Options) { o.systemClock = true }
}

// New starts a server and stops it when the test ends. Options edit the Options before
// it starts, such as
//
//	emulatortest.New(t, func(o *emulatortest.Options) { o.Strict = true })
func New(tb testing.TB, options ...func(*Options)) *Server {
	tb.Helper()
	var o Options
	for _, edit := range options {
		edit(&o)
	}
	s := &Server{Key: emulator.Key1, tb: tb}
	var hooks testhook.Hooks
	if !o.systemClock {
		s.clock = clock.NewManual(clock.System{}.Now())
		hooks.Clock = s.clock
	}
	e, _, err := emulator.NewForTest(o.Options, hooks)
	if err != nil {
		tb.Fatalf("emulatortest: %v", err)
	}
	s.Emulator = e
	if len(o.Keys) > 0 {
		s.Key = o.Keys[0][0]
	}
	tb.Cleanup(func() {
		if err := e.Close(); err != nil {
			tb.Errorf("emulatortest: close: %v", err)
		}
	})
	var served http.Handler = e
	for _, wrap := range slices.Backward(o.middleware) {
		served = wrap(served)
	}
	plain := httptest.NewServer(served)
	tb.Cleanup(plain.Close)
	s.PlainURL = plain.URL
	s.listenTLS(served)
	// Registered last, so it runs first: device calls that wait would keep the
	// servers from closing.
	tb.Cleanup(e.Stop)
	return s
}

// Advance moves the time of the server on, and so the clocks of all its resources,
// except those that a Resource or the control API has frozen. It is for tests that use
// the server without a Resource. Resource.Advance moves the clock of one resource alone
// and works on every emulator.
func (s *Server) Advance(d time.Duration) {
	s.tb.Helper()
	if s.clock == nil {
		s.tb.Fatalf("emulatortest: advance the time: a server with WithSystemClock follows the system; advance the clock of a Resource")
	}
	if err := s.clock.Advance(d); err != nil {
		s.tb.Fatalf("emulatortest: advance the time: %v", err)
	}
}

// AwaitWaiters waits until at least n calls wait for the frozen time of the server to
// be advanced, such as device calls of attempts that take time. It returns the cause of
// ctx when ctx ends before.
func (s *Server) AwaitWaiters(ctx context.Context, n int) error {
	if s.clock == nil {
		return errors.New("emulatortest: await waiters: a server with WithSystemClock follows the system")
	}
	return s.clock.AwaitWaiters(ctx, n)
}

// listenTLS serves HTTPS with the emulator's own certificates, which httptest
// would replace by its built-in one.
func (s *Server) listenTLS(served http.Handler) {
	tb := s.tb
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
