package serve

import (
	"log/slog"
	"net"
	"strings"
	"sync"
)

// maxHandshakeWarnings bounds the memory for clients that were warned of.
const maxHandshakeWarnings = 64

// A serverLog takes what package net/http has to say of connections. It is for
// debugging, but for broken TLS handshakes: a client that does not trust the CA
// leaves no other trace here. Of those it warns once for each remote IP address
// and kind.
type serverLog struct {
	logger *slog.Logger

	mu     sync.Mutex
	warned map[[2]string]bool // by address and message
}

// Write takes one line.
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
	if message := handshakeWarning(reason); message != "" && l.first(client, message) {
		l.logger.Warn(message, slog.String("client", client), slog.String("reason", reason))
	}
	return len(p), nil
}

// handshakeWarning is "" if it is nothing to warn of.
func handshakeWarning(reason string) string {
	alert, sent := strings.CutPrefix(reason, "remote error: tls: ")
	switch {
	case reason == "EOF", strings.HasSuffix(reason, "i/o timeout"):
		// So look probes that only try whether the port is open.
		return ""
	case strings.HasSuffix(reason, net.ErrClosed.Error()):
		return "" // We are stopping.
	case strings.HasSuffix(reason, "client sent an HTTP request to an HTTPS server"):
		return "a client speaks HTTP to the HTTPS address"
	case strings.HasPrefix(reason, "tls: "), sent && !strings.Contains(alert, "certificate"):
		return "a TLS handshake failed"
	}
	return "a TLS client broke off the handshake; it probably does not trust the CA (see the banner)"
}

// first reports whether this is the first warning of its kind and there is room
// to remember it.
func (l *serverLog) first(client, message string) bool {
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
