package serve

import (
	"log/slog"
	"net"
	"strings"
	"sync"
)

// maxHandshakeWarnings bounds the memory for the clients of warnings.
const maxHandshakeWarnings = 64

// A serverLog receives the messages of package net/http about connections. It logs them for
// debugging, and warns of failed TLS handshakes, once for each client address and message:
// they are the only trace of a client that does not trust the CA.
type serverLog struct {
	logger *slog.Logger

	mu     sync.Mutex
	warned map[[2]string]bool // by address and message
}

// Write logs one line.
func (l *serverLog) Write(p []byte) (int, error) {
	line := strings.TrimSpace(string(p))
	l.logger.Debug(line)
	rest, handshake := strings.CutPrefix(line, "http: TLS handshake error from ")
	if !handshake {
		return len(p), nil
	}
	client, reason, _ := strings.Cut(rest, ": ")
	if host, _, err := net.SplitHostPort(client); err == nil {
		client = host
	}
	if message := handshakeWarning(reason); message != "" && l.isNew(client, message) {
		l.logger.Warn(message, slog.String("client", client), slog.String("reason", reason))
	}
	return len(p), nil
}

// handshakeWarning returns the warning for a reason, or "".
func handshakeWarning(reason string) string {
	alert, sent := strings.CutPrefix(reason, "remote error: tls: ")
	switch {
	case reason == "EOF", strings.HasSuffix(reason, "i/o timeout"):
		// Probes of the port cause these.
		return ""
	case strings.HasSuffix(reason, net.ErrClosed.Error()):
		return "" // The program is stopping.
	case strings.HasSuffix(reason, "client sent an HTTP request to an HTTPS server"):
		return "a client sent HTTP to the HTTPS address"
	case strings.HasPrefix(reason, "tls: "), sent && !strings.Contains(alert, "certificate"):
		return "a TLS handshake failed"
	}
	return "a TLS client aborted the handshake; it probably does not trust the CA (see the banner)"
}

// isNew reports whether this client gets this warning for the first time, and records it
// if there is room.
func (l *serverLog) isNew(client, message string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := [2]string{client, message}
	if l.warned[key] || len(l.warned) == maxHandshakeWarnings {
		return false
	}
	if l.warned == nil {
		l.warned = map[[2]string]bool{}
	}
	l.warned[key] = true
	return true
}
