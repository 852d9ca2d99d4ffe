package serve

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
)

// TestServerLog: each client that aborts a handshake causes one warning; other messages
// are for debugging.
func TestServerLog(t *testing.T) {
	t.Parallel()
	const distrust, failed, plain = "it probably does not trust the CA", "a TLS handshake failed", "a client sent HTTP"
	for _, row := range []struct {
		name  string
		lines []string
		want  []string // parts of the warnings, in their order
	}{
		{"alert", []string{"127.0.0.1:1: remote error: tls: unknown certificate authority"}, []string{distrust}},
		{"again", []string{"127.0.0.1:1: remote error: tls: bad certificate", "127.0.0.1:2: remote error: tls: bad certificate"}, []string{distrust}},
		{"another address", []string{"127.0.0.1:1: remote error: tls: bad certificate", "[::1]:2: remote error: tls: bad certificate"}, []string{distrust, `"client":"::1"`}},
		{"reset", []string{"10.0.0.1:1: read tcp 10.0.0.2:1->10.0.0.1:1: read: connection reset by peer"}, []string{distrust}},
		{"probe", []string{"127.0.0.1:1: EOF", "127.0.0.1:1: read tcp 127.0.0.1:1->127.0.0.1:2: i/o timeout"}, nil},
		{"stopping", []string{"127.0.0.1:1: read tcp 127.0.0.1:1->127.0.0.1:2: use of closed network connection"}, nil},
		{"HTTP, then TLS", []string{
			"127.0.0.1:1: client sent an HTTP request to an HTTPS server",
			"127.0.0.1:2: remote error: tls: unknown certificate authority",
		}, []string{plain, distrust}},
		{"version", []string{"127.0.0.1:1: tls: client offered only unsupported versions: [301]"}, []string{failed}},
		{"version, says the client", []string{"127.0.0.1:1: remote error: tls: protocol version not supported"}, []string{failed}},
		{"malformed", []string{"nonsense"}, []string{distrust}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			l := &serverLog{logger: slog.New(slog.NewJSONHandler(&log, nil))}
			for _, line := range row.lines {
				_, _ = fmt.Fprintf(l, "http: TLS handshake error from %s\n", line)
			}
			warnings := strings.Split(strings.TrimSpace(log.String()), "\n")
			if log.Len() == 0 {
				warnings = nil
			}
			if len(warnings) != len(row.want) {
				t.Fatalf("got %q, want %d warnings", warnings, len(row.want))
			}
			for i, want := range row.want {
				if !strings.Contains(warnings[i], `"WARN"`) || !strings.Contains(warnings[i], want) {
					t.Errorf("got %s, want a warning with %q", warnings[i], want)
				}
			}
		})
	}
}

// TestServerLogBound: the memory for clients is bounded, and other messages are for
// debugging.
func TestServerLogBound(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	l := &serverLog{logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	const clients = 2 * maxHandshakeWarnings
	for i := range clients {
		_, _ = fmt.Fprintf(l, "http: TLS handshake error from 10.0.0.%d:1: remote error: tls: bad certificate\n", i)
	}
	_, _ = io.WriteString(l, "http: response.WriteHeader on hijacked connection\n")
	if got := strings.Count(log.String(), "level=WARN"); got != maxHandshakeWarnings || len(l.warned) != got {
		t.Errorf("got %d warnings and %d clients remembered, want %d", got, len(l.warned), maxHandshakeWarnings)
	}
	if got := strings.Count(log.String(), "level=DEBUG"); got != clients+1 {
		t.Errorf("got %d lines for debugging, want %d", got, clients+1)
	}
}
