//go:build unix

package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestLog: both formats have one line for each request and none for probes, without keys,
// tokens, bodies, paths and images.
func TestLog(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"json", "text", "auto"} {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			p := start(t, "--state", t.TempDir(), "--log-level", "debug", "--log-format", form, "--keys", "open-sesame")
			api := p.caller(t)
			api.key = "open-sesame"
			foreign := api
			foreign.key = "wrong-sesame"
			image := noise(rand.New(rand.NewPCG(3, 4)), 64)
			session, err := api.must(t, http.StatusOK, creation(verifyKind, "", image)).session()
			if err != nil {
				t.Fatal(err)
			}
			token := session.AuthToken
			spoiled := creation(verifyKind, "", image[:1500])
			calls := []struct {
				as     caller
				status int
				call   call
			}{
				{api, http.StatusBadRequest, spoiled},
				{api, http.StatusBadRequest, call{
					method: http.MethodPost, path: "/face/v1.2/detectLiveness-sessions",
					contentType: "application/json", body: `{"livenessOperationMode":"` + token + `"}`,
				}},
				{api, http.StatusNotFound, call{method: http.MethodGet, path: "/secret-path/" + token + "?key=open-sesame"}},
				{foreign, http.StatusUnauthorized, reading(verifyKind, session.SessionID)},
				{api, http.StatusOK, starting(token)},
				{api, http.StatusUnauthorized, starting(token[:len(token)-9] + "AAAAAAAAA")},
				{api, http.StatusOK, detection(verifyKind, token)},
				{api, http.StatusOK, reading(verifyKind, session.SessionID)},
				{api, http.StatusNoContent, deletion(verifyKind, session.SessionID)},
				{api, http.StatusNotFound, reading(verifyKind, session.SessionID)},
			}
			for _, c := range calls {
				c.as.must(t, c.status, c.call)
				for _, path := range []string{"/livez", "/readyz", "/_emulator/ca.pem"} {
					c.as.must(t, http.StatusOK, call{method: http.MethodGet, path: path})
				}
			}
			if code := p.end(syscall.SIGTERM); code != 143 {
				t.Errorf("got exit code %d, want 143", code)
			}
			log := p.stderr.String()
			// The creation, and a download of the CA beside each call.
			if got, want := requestLines(t, form, log), 1+2*len(calls); got != want {
				t.Errorf("got %d lines for requests, want %d:\n%s", got, want, log)
			}
			parts := strings.Split(token, ".")
			for name, secret := range map[string]string{
				"key": "sesame", "token": token, "claims of the token": parts[1], "signature of the token": parts[2],
				"image": image[100:120], "image, encoded": base64.StdEncoding.EncodeToString([]byte(image[99:120])),
				"body": "phone-1", "path": "secret-path",
			} {
				if strings.Contains(log, secret) {
					t.Errorf("the log holds a %s (%q):\n%s", name, secret, log)
				}
			}
			if got := p.stdout.String(); strings.Contains(got, "sesame") {
				t.Errorf("the banner holds a key:\n%s", got)
			}
		})
	}
}

// requestLines counts the lines for requests and checks the format of all lines.
func requestLines(t *testing.T, form, log string) int {
	t.Helper()
	count := 0
	for line := range strings.Lines(log) {
		var message string
		if form == "text" {
			if !strings.HasPrefix(line, "time=") || !strings.Contains(line, " level=") {
				t.Errorf("got %q, want a line of text", line)
			}
			_, message, _ = strings.Cut(line, " msg=")
			message, _, _ = strings.Cut(message, " ")
		} else {
			var fields struct {
				Time       time.Time
				Level, Msg string
				Status     int
			}
			if err := json.Unmarshal([]byte(line), &fields); err != nil || fields.Time.IsZero() || fields.Level == "" {
				t.Errorf("got %q, %v; want a line of JSON", line, err)
			}
			if message = fields.Msg; message == "request" && fields.Status == 0 {
				t.Errorf("got %q, want the status of the request", line)
			}
		}
		if message == "request" {
			count++
		}
	}
	return count
}

// TestLogLevel: messages below the level are not written.
func TestLogLevel(t *testing.T) {
	t.Parallel()
	p := start(t, "--ephemeral", "--log-level", "error")
	api := p.caller(t)
	api.create(t, plainKind, "")
	api.must(t, http.StatusNotFound, reading(plainKind, "no-session"))
	p.end(syscall.SIGTERM)
	if got := p.stderr.String(); got != "" {
		t.Errorf("got %q, want nothing", got)
	}
}

// TestTrust: a client that trusts the CA can use HTTPS by every name of this machine, and
// a restart keeps the CA.
func TestTrust(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "state")
	first := start(t, "--state", state, "--tls-hosts", "face.test")
	ca := first.caller(t).must(t, http.StatusOK, call{method: http.MethodGet, path: "/_emulator/ca.pem"}).body
	inFile, err := os.ReadFile(filepath.Join(state, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	if string(inFile) != ca {
		t.Errorf("got a CA of %d bytes over HTTP and one of %d in the state folder, want the same", len(ca), len(inFile))
	}
	first.end(syscall.SIGTERM)

	second := start(t, "--state", state, "--tls-hosts", "face.test")
	if again := second.caller(t).must(t, http.StatusOK, call{method: http.MethodGet, path: "/_emulator/ca.pem"}).body; again != ca {
		t.Errorf("after a restart: got the CA\n%s, want\n%s", again, ca)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(ca)) {
		t.Fatalf("got no certificate: %q", ca)
	}
	u, err := url.Parse(second.https)
	if err != nil {
		t.Fatal(err)
	}
	hosts := []string{"localhost", "127.0.0.1", "face.test", "compose-alias"}
	if conn, err := net.Dial("tcp", net.JoinHostPort("::1", u.Port())); err == nil {
		_ = conn.Close()
		hosts = append(hosts, "::1")
	} else if listener, err := net.Listen("tcp6", "[::1]:0"); err == nil {
		_ = listener.Close()
		t.Error("the machine has ::1, but the emulator does not listen there")
	}
	for _, host := range hosts {
		config := &tls.Config{RootCAs: roots, ServerName: host, MinVersion: tls.VersionTLS12}
		address := net.JoinHostPort("127.0.0.1", u.Port())
		if host == "::1" {
			address = net.JoinHostPort("::1", u.Port())
		}
		conn, err := tls.Dial("tcp", address, config)
		if err != nil {
			t.Errorf("HTTPS at %s: %v", host, err)
			continue
		}
		if got := conn.ConnectionState().NegotiatedProtocol; got == "h2" {
			t.Errorf("HTTPS at %s: got HTTP/2, want only HTTP/1.1", host)
		}
		_ = conn.Close()
	}
	api := second.caller(t)
	api.base = second.https
	api.client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}}
	t.Cleanup(api.client.CloseIdleConnections)
	session := api.create(t, verifyKind, "")
	api.must(t, http.StatusOK, starting(session.AuthToken))
	if _, err := (&tls.Dialer{}).DialContext(t.Context(), "tcp", net.JoinHostPort("127.0.0.1", u.Port())); err == nil {
		t.Error("got a connection without trusting the CA, want none")
	}
}

// TestOwnCertificate: with a certificate from files there is no CA to download.
func TestOwnCertificate(t *testing.T) {
	t.Parallel()
	// The CA of another emulator is the certificate.
	state := filepath.Join(t.TempDir(), "state")
	start(t, "--state", state).end(syscall.SIGTERM)
	own := filepath.Join(state, "ca.pem")
	p := start(t, "--ephemeral", "--tls-cert", own, "--tls-key", filepath.Join(state, "ca-key.pem"))
	p.caller(t).must(t, http.StatusNotFound, call{method: http.MethodGet, path: "/_emulator/ca.pem"})
	conn, err := tls.Dial("tcp", strings.TrimPrefix(p.https, "https://"), &tls.Config{
		InsecureSkipVerify: true, MinVersion: tls.VersionTLS12, // It is compared below.
	})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	want, err := os.ReadFile(own)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(want)
	shown := x509.NewCertPool()
	shown.AddCert(conn.ConnectionState().PeerCertificates[0])
	if !pool.Equal(shown) {
		t.Errorf("got the certificate of %s, want the one of %s", conn.ConnectionState().PeerCertificates[0].Subject, own)
	}
}

// TestDistrust: a client that does not trust the CA causes one warning for its address.
func TestDistrust(t *testing.T) {
	t.Parallel()
	p := start(t, "--ephemeral")
	address := strings.Replace(strings.TrimPrefix(p.https, "https://"), "localhost", "127.0.0.1", 1)
	for range 3 {
		if conn, err := tls.Dial("tcp", address, &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}); err == nil {
			_ = conn.Close()
			t.Error("got a connection, want that the certificate is not trusted")
		}
	}
	p.end(syscall.SIGTERM)
	const want = `"level":"WARN","msg":"a TLS client aborted the handshake; it probably does not trust the CA (see the banner)","client":"127.0.0.1"`
	if got := p.stderr.String(); strings.Count(got, want) != 1 {
		t.Errorf("got %q, want once %q", got, want)
	}
}

// TestNeighbours: two processes are independent, and one goes on when the other ends.
func TestNeighbours(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "state")
	one, two, three := start(t, "--state", state), start(t, "--state", t.TempDir()), start(t, "--ephemeral")
	callers := []caller{one.caller(t), two.caller(t), three.caller(t)}
	var sessions []sessionBody
	for _, api := range callers {
		sessions = append(sessions, api.create(t, verifyKind, ""))
	}
	for i, api := range callers {
		for j, session := range sessions {
			want, mayStart := http.StatusNotFound, http.StatusUnauthorized
			if i == j {
				want, mayStart = http.StatusOK, http.StatusOK
			}
			api.must(t, want, reading(verifyKind, session.SessionID))
			api.must(t, mayStart, starting(session.AuthToken))
		}
	}
	one.end(syscall.SIGKILL)
	two.end(syscall.SIGTERM)
	callers[2].must(t, http.StatusOK, detection(verifyKind, sessions[2].AuthToken))
	start(t, "--state", state).caller(t).must(t, http.StatusOK, detection(verifyKind, sessions[0].AuthToken))
}
