// Package serve listens, serves an emulator, and announces its addresses.
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

// shutdownTimeout is the time for running requests when the program stops.
const shutdownTimeout = 800 * time.Millisecond

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
	limit := p.limitMemory(s)
	sockets, err := openSockets(ctx, s)
	if err != nil {
		return err
	}
	defer sockets.close()

	// The listeners open before the state, so that probes get answers while it opens.
	opened := newGate(patience)
	servers := newServers(opened, logger)
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
	limit.log(logger)
	for _, listener := range sockets.secure {
		go func() { failed <- servers.secure.Serve(tls.NewListener(listener, e.TLSConfig())) }()
	}
	files := p.announce(&banner{
		settings: s, release: p.Version, keys: s.Keys.Count(), sockets: sockets, ownCA: e.CA() != nil,
		folders: folders, scenarios: len(e.ScenarioNames()),
	})
	if files.err != nil {
		logger.Warn("the health command will not find this process", slog.String("error", files.err.Error()))
	}
	message := "stopped, state written out"
	if s.Ephemeral {
		message = "stopped"
	}
	return p.await(ctx, failed, message, func() error {
		// Before the state is free: the next process on it writes its own files.
		files.remove()
		// Before connections break, so that clients cannot connect again.
		sockets.close()
		return stop(servers, e)
	})
}

// await waits until the program has stopped after a signal, or until a server fails.
func (p *Server) await(ctx context.Context, failed <-chan error, message string, stop func() error) error {
	select {
	case caught := <-p.Signals:
		if err := stop(); err != nil {
			return &config.ExitError{Code: config.ExitRuntime, Err: err}
		}
		_, _ = fmt.Fprintln(p.Stdout, message)
		return &config.ExitError{Code: config.SignalCode(caught)}
	case <-ctx.Done():
		return stop()
	case err := <-failed:
		return &config.ExitError{Code: config.ExitRuntime, Err: errors.Join(fmt.Errorf("serve: %w", err), stop())}
	}
}

// stop ends waiting requests at once, leaves others some time, and closes the state.
func stop(servers servers, e *emulator.Emulator) error {
	e.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
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

// servers are the HTTP servers. HTTPS is limited to HTTP/1.1, so that both send the same
// bytes.
type servers struct {
	plain, secure *http.Server
}

func newServers(handler http.Handler, logger *slog.Logger) servers {
	errorLog := log.New(&serverLog{logger: logger}, "", 0)
	server := func() *http.Server {
		protocols := new(http.Protocols)
		protocols.SetHTTP1(true)
		return &http.Server{
			Handler:           handler,
			Protocols:         protocols,
			ReadHeaderTimeout: 30 * time.Second,
			IdleTimeout:       3 * time.Minute,
			ErrorLog:          errorLog,
		}
	}
	return servers{plain: server(), secure: server()}
}

func (s servers) close() {
	_ = s.plain.Close()
	_ = s.secure.Close()
}

// patience is how long a request waits for the emulator before it is refused. Most starts
// take a tenth of this time, so the first request of a client seldom has to be repeated.
const patience = 200 * time.Millisecond

// A gate is a handler that refuses requests if the emulator does not open in time.
type gate struct {
	emulator atomic.Pointer[emulator.Emulator]
	opened   chan struct{}
	patience time.Duration
}

func newGate(patience time.Duration) *gate {
	return &gate{opened: make(chan struct{}), patience: patience}
}

// open lets requests through. It is called once.
func (g *gate) open(e *emulator.Emulator) {
	g.emulator.Store(e)
	close(g.opened)
}

// ServeHTTP serves the emulator, or before that answers probes.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e := g.emulator.Load()
	if e == nil && r.URL.Path != livePath {
		e = g.await(r.Context())
	}
	if e == nil {
		starting(w, r)
		return
	}
	e.ServeHTTP(w, r)
}

// await returns the emulator, or nil if it does not open in time.
func (g *gate) await(ctx context.Context) *emulator.Emulator {
	ctx, cancel := context.WithTimeout(ctx, g.patience)
	defer cancel()
	select {
	case <-g.opened:
	case <-ctx.Done():
	}
	return g.emulator.Load()
}

// livePath is the path of the probe that the process is alive.
const livePath = "/livez"

// starting answers until the emulator has opened its state: the process is alive, and
// every other request gets 503 with the reason.
func starting(w http.ResponseWriter, r *http.Request) {
	status, body := http.StatusOK, `{"status":"alive"}`
	if r.URL.Path != livePath {
		status, body = http.StatusServiceUnavailable, `{"status":"starting","reason":"the state is being opened"}`
		w.Header().Set("Retry-After", "1")
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // the program ignores that the client has disconnected
}
