// Package serve listens, serves an emulator and says where it can be found.
package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/emulator"
)

// grace is how long requests may still take once the program was asked to stop.
const grace = 800 * time.Millisecond

// Run listens, opens the emulator and serves until a signal comes or a server
// fails.
func (p *Server) Run(ctx context.Context, s *config.Settings) error {
	logger, err := config.NewLogger(s, p.Stderr)
	if err != nil {
		return err
	}
	if err := s.Check(); err != nil {
		return err
	}
	options, err := s.Options(logger)
	if err != nil {
		return err
	}
	options.Version = p.Version
	s.WarnVariables(p.Environ(), logger)
	s.WarnConfigDir(logger)
	s.LogOverridden(logger)
	folders := s.CountScenarios(logger)
	sockets, err := openSockets(ctx, s)
	if err != nil {
		return err
	}
	defer sockets.close()

	// The listeners are open before the state is: a probe gets an answer at
	// once, and the two take their time side by side.
	var opened gate
	servers := newServers(&opened, logger)
	failed := make(chan error, len(sockets.plain)+len(sockets.secure))
	for _, listener := range sockets.plain {
		go func() { failed <- servers.plain.Serve(listener) }()
	}
	e, err := emulator.New(options)
	if err != nil {
		servers.close()
		return s.Failure(err)
	}
	opened.open(e)
	for _, listener := range sockets.secure {
		go func() { failed <- servers.secure.Serve(tls.NewListener(listener, e.TLSConfig())) }()
	}
	running := p.announce(&banner{
		settings: s, release: p.Version, keys: s.Keys.Count(), sockets: sockets, ownCA: e.CA() != nil,
		folders: folders, scenarios: len(e.ScenarioNames()),
	})
	if running.err != nil {
		logger.Warn("the health command will not find this process", slog.String("error", running.err.Error()))
	}
	farewell := "stopped, state written out"
	if s.Ephemeral {
		farewell = "stopped"
	}
	return p.await(ctx, failed, farewell, func() error {
		// While the state is still ours: the next process on it writes its own.
		running.remove()
		// First, so that a client that asks again when its connection breaks finds
		// nobody.
		sockets.close()
		return stop(servers, e)
	})
}

// await returns when the program has been asked to stop and has stopped, or when
// a server failed.
func (p *Server) await(ctx context.Context, failed <-chan error, farewell string, stop func() error) error {
	select {
	case caught := <-p.Signals:
		if err := stop(); err != nil {
			return &config.ExitError{Code: config.ExitRuntime, Err: err}
		}
		_, _ = fmt.Fprintln(p.Stdout, farewell)
		return &config.ExitError{Code: config.SignalCode(caught)}
	case <-ctx.Done():
		return stop()
	case err := <-failed:
		return &config.ExitError{Code: config.ExitRuntime, Err: errors.Join(fmt.Errorf("serve: %w", err), stop())}
	}
}

// stop ends waits at once, gives other requests their grace, and closes the
// state.
func stop(servers servers, e *emulator.Emulator) error {
	e.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	done := make(chan struct{}, 2)
	for _, server := range []*http.Server{servers.plain, servers.secure} {
		go func() {
			if server.Shutdown(ctx) != nil {
				_ = server.Close()
			}
			done <- struct{}{}
		}()
	}
	<-done
	<-done
	return e.Close()
}

// sockets are the open listeners.
type sockets struct {
	plain, secure []net.Listener
}

func openSockets(ctx context.Context, s *config.Settings) (sockets, error) {
	var open sockets
	var err error
	if open.plain, err = listen(ctx, s, "http-addr", s.HTTPAddr); err != nil {
		return open, err
	}
	if open.secure, err = listen(ctx, s, "https-addr", s.HTTPSAddr); err != nil {
		open.close()
		return open, err
	}
	return open, nil
}

func (s sockets) close() {
	for _, listener := range append(s.plain, s.secure...) {
		_ = listener.Close() // closed already when its server was
	}
}

// servers are the HTTP servers. HTTPS offers HTTP/1.1 only, like HTTP, so that
// both show the same bytes.
type servers struct {
	plain, secure *http.Server
}

func newServers(handler http.Handler, logger *slog.Logger) servers {
	complaints := log.New(&serverLog{logger: logger}, "", 0)
	server := func() *http.Server {
		protocols := new(http.Protocols)
		protocols.SetHTTP1(true)
		return &http.Server{
			Handler:           handler,
			Protocols:         protocols,
			ReadHeaderTimeout: 30 * time.Second,
			IdleTimeout:       3 * time.Minute,
			ErrorLog:          complaints,
		}
	}
	return servers{plain: server(), secure: server()}
}

func (s servers) close() {
	_ = s.plain.Close()
	_ = s.secure.Close()
}

// A gate is a handler that turns requests away until the emulator is there.
type gate struct {
	emulator atomic.Pointer[emulator.Emulator]
}

func (g *gate) open(e *emulator.Emulator) { g.emulator.Store(e) }

// ServeHTTP serves the emulator, or before that answers probes.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if e := g.emulator.Load(); e != nil {
		e.ServeHTTP(w, r)
		return
	}
	starting(w, r)
}

// starting answers until the emulator has opened its state: the process is alive, and
// every other request gets 503 with the reason.
func starting(w http.ResponseWriter, r *http.Request) {
	status, body := http.StatusOK, `{"status":"alive"}`
	if r.URL.Path != "/livez" {
		status, body = http.StatusServiceUnavailable, `{"status":"starting","reason":"the state is being opened"}`
		w.Header().Set("Retry-After", "1")
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // a client that has gone away is no failure of the program
}
