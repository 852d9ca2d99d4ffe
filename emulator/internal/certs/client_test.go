package certs_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/certs"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
)

const day = 24 * time.Hour

// A moving is a clock for Options.Now.
type moving struct{ *clock.Manual }

func newMoving() moving {
	return moving{clock.NewManual(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))}
}

func (m moving) advance(tb testing.TB, d time.Duration) {
	tb.Helper()
	if err := m.Advance(d); err != nil {
		tb.Fatal(err)
	}
}

// logged collects log lines.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *logged) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), text)
}

func (l *logged) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

func open(tb testing.TB, o certs.Options) *certs.Authority {
	tb.Helper()
	a, err := certs.Open(o)
	if err != nil {
		tb.Fatalf("Open: %v", err)
	}
	return a
}

// localConn is a connection that a client has made to address.
type localConn struct {
	net.Conn
	address net.Addr
}

func (c localConn) LocalAddr() net.Addr { return c.address }

// A client is what one handshake is made with. The zero value sends no name and
// checks for localhost.
type client struct {
	name    string // sent, and checked for
	check   string // checked for, if it is not name
	address string // that the connection is made to
	roots   *x509.CertPool
	now     time.Time
}

func closing(tb testing.TB, c io.Closer) {
	tb.Helper()
	if err := c.Close(); err != nil {
		tb.Errorf("Close: %v", err)
	}
}

// shake returns the server certificate, which is not checked, and, as the
// error, what a client that checks it says.
func (c client) shake(tb testing.TB, config *tls.Config) (*x509.Certificate, error) {
	tb.Helper()
	near, far := net.Pipe()
	defer closing(tb, near)
	conn := localConn{far, far.LocalAddr()}
	if c.address != "" {
		conn.address = &net.TCPAddr{IP: net.ParseIP(c.address), Port: 443}
	}
	var serving sync.WaitGroup
	tb.Cleanup(serving.Wait)
	serving.Go(func() {
		defer closing(tb, far)
		_ = tls.Server(conn, config).HandshakeContext(tb.Context()) // The client says what went wrong.
	})
	check := c.check
	if check == "" {
		check = c.name
	}
	if check == "" {
		check = "localhost"
	}
	tlsClient := tls.Client(near, &tls.Config{ServerName: c.name, InsecureSkipVerify: true})
	if err := tlsClient.HandshakeContext(tb.Context()); err != nil {
		tb.Fatalf("handshake: %v", err)
	}
	state := tlsClient.ConnectionState()
	intermediates := x509.NewCertPool()
	for _, cert := range state.PeerCertificates[1:] {
		intermediates.AddCert(cert)
	}
	_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{
		DNSName: check, Roots: c.roots, Intermediates: intermediates, CurrentTime: c.now,
	})
	return state.PeerCertificates[0], err
}

func caOf(tb testing.TB, a *certs.Authority) *x509.Certificate {
	tb.Helper()
	pool, rest := x509.NewCertPool(), a.PEM()
	if !pool.AppendCertsFromPEM(rest) || !pool.Equal(a.Pool()) {
		tb.Fatal("PEM and Pool differ, want the same certificate")
	}
	return parse(tb, rest)
}
