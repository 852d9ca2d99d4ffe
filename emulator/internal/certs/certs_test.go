package certs_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/certs"
)

func TestHandshake(t *testing.T) {
	t.Parallel()
	now := newMoving()
	a := open(t, certs.Options{
		Now:   now.Now,
		Hosts: []string{"Face.Example.test.", "*.wild.test", "10.1.2.3", "[fd00::7]", "box", "localhost"},
	})
	for _, c := range []client{
		{name: "localhost"},
		{name: "LOCALHOST"},
		{name: "host.docker.internal"},
		{check: "127.0.0.1"},
		{check: "127.0.0.1", address: "127.0.0.1"},
		{check: "[::1]", address: "::1"},
		{check: "127.0.0.1", address: "::ffff:127.0.0.1"},
		{name: "face.example.test"},
		{name: "one.wild.test"},
		{name: "box"},
		{check: "10.1.2.3"},
		{check: "[fd00::7]"},
		// Not configured.
		{name: "emulator"},
		{name: "Face_Emulator-1"},
		{name: "tenant.localhost"},
		{name: strings.Repeat("a", 63)},
		{check: "172.17.0.2", address: "172.17.0.2"},
		{name: "172.17.0.2", address: "172.17.0.2"},
		{check: "[fd00::1]", address: "fd00::1"},
		// A port that is published on another address.
		{check: "127.0.0.1", address: "172.17.0.2"},
		{check: "10.1.2.3", address: "172.17.0.2"},
	} {
		t.Run(c.name+" "+c.check+" "+c.address, func(t *testing.T) {
			t.Parallel()
			c.roots, c.now = a.Pool(), now.Now()
			if _, err := c.shake(t, a.TLSConfig()); err != nil {
				t.Errorf("got %v, want a certificate that the client accepts", err)
			}
		})
	}
}

// What the certificate says is what the picky ones among the clients ask for.
func TestCertificateForm(t *testing.T) {
	t.Parallel()
	now := newMoving()
	a := open(t, certs.Options{Now: now.Now})
	for _, name := range []string{"localhost", "emulator"} {
		got, err := client{name: name, roots: a.Pool(), now: now.Now()}.shake(t, a.TLSConfig())
		if err != nil {
			t.Fatal(err)
		}
		if life := got.NotAfter.Sub(got.NotBefore); life > 397*day {
			t.Errorf("%s: got a life of %v, want at most 397 days", name, life)
		}
		if skew := now.Now().Sub(got.NotBefore); skew != time.Hour {
			t.Errorf("%s: got valid since %v, want an hour", name, skew)
		}
		if len(got.SubjectKeyId) == 0 || len(got.AuthorityKeyId) == 0 || !got.BasicConstraintsValid || got.IsCA ||
			got.KeyUsage != x509.KeyUsageDigitalSignature || len(got.ExtKeyUsage) != 1 || got.ExtKeyUsage[0] != x509.ExtKeyUsageServerAuth {
			t.Errorf("%s: got %+v, want the extensions of a server certificate", name, got)
		}
		if got.SerialNumber.BitLen() < 64 {
			t.Errorf("%s: got serial number %v, want a random one", name, got.SerialNumber)
		}
	}
	got := caOf(t, a)
	if !got.IsCA || !got.MaxPathLenZero || got.KeyUsage != x509.KeyUsageCertSign|x509.KeyUsageCRLSign || len(got.SubjectKeyId) == 0 {
		t.Errorf("CA: got %+v, want the extensions of a CA", got)
	}
	if years := got.NotAfter.Year() - now.Now().Year(); years != 10 {
		t.Errorf("CA: got %d years, want 10", years)
	}
	other := caOf(t, open(t, certs.Options{Now: now.Now}))
	if !strings.Contains(got.Subject.CommonName, "face-liveness-emulator development CA") || got.Subject.String() == other.Subject.String() {
		t.Errorf("got %s and %s, want names that tell two CAs apart", got.Subject, other.Subject)
	}
	if config := a.TLSConfig(); config.MinVersion != tls.VersionTLS12 || len(config.NextProtos) != 1 || config.NextProtos[0] != "http/1.1" {
		t.Errorf("got version %#x and protocols %v, want TLS 1.2 and HTTP/1.1 only", config.MinVersion, config.NextProtos)
	}
}

func TestForeignCAIsNotTrusted(t *testing.T) {
	t.Parallel()
	now := newMoving()
	a, other := open(t, certs.Options{Now: now.Now}), open(t, certs.Options{Now: now.Now})
	_, err := client{name: "localhost", roots: other.Pool(), now: now.Now()}.shake(t, a.TLSConfig())
	if unknown := new(x509.UnknownAuthorityError); !errors.As(err, unknown) {
		t.Errorf("got %v, want an unknown authority", err)
	}
}

func TestUnknownName(t *testing.T) {
	t.Parallel()
	now := newMoving()
	var log logged
	a := open(t, certs.Options{Now: now.Now, Logger: log.logger(), Hosts: []string{"*.wild.test"}})
	for range 3 {
		for _, name := range []string{"face.example.test", "two.below.wild.test"} {
			got, err := client{name: name, roots: a.Pool(), now: now.Now()}.shake(t, a.TLSConfig())
			if wrong := new(x509.HostnameError); !errors.As(err, wrong) {
				t.Errorf("%s: got %v, want a wrong host name", name, err)
			}
			if got.VerifyHostname("localhost") != nil {
				t.Errorf("%s: got a certificate for %v, want the default one", name, got.DNSNames)
			}
		}
	}
	for _, name := range []string{"face.example.test", "two.below.wild.test"} {
		if got := log.count("name=" + name); got != 1 {
			t.Errorf("%s: got %d log lines, want 1", name, got)
		}
	}
	if log.count("TLS hosts") != 2 {
		t.Errorf("got no hint at the TLS hosts in %s", log.text.String())
	}
	for i := range 200 {
		if _, err := certificate(a, fmt.Sprintf("n%d.example.test", i)); err != nil {
			t.Fatal(err)
		}
	}
	if got := log.count("\n"); got != 64 {
		t.Errorf("got %d log lines after many names, want 64", got)
	}
}

// certificate asks for the certificate for a name without a connection.
func certificate(a *certs.Authority, name string) (*tls.Certificate, error) {
	return a.TLSConfig().GetCertificate(&tls.ClientHelloInfo{ServerName: name})
}

func TestEachNameIsMadeOnce(t *testing.T) {
	t.Parallel()
	a := open(t, certs.Options{})
	names := []string{"one", "two", "localhost", "x.localhost"}
	var mu sync.Mutex
	serials := make(map[string]map[string]bool)
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			name := names[i%len(names)]
			got, err := certificate(a, name)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				return
			}
			a.PEM()
			mu.Lock()
			defer mu.Unlock()
			if serials[name] == nil {
				serials[name] = make(map[string]bool)
			}
			serials[name][got.Leaf.SerialNumber.String()] = true
		})
	}
	all.Wait()
	for name, got := range serials {
		if len(got) != 1 {
			t.Errorf("%s: got %d certificates, want 1", name, len(got))
		}
	}
}

func TestManyNames(t *testing.T) {
	t.Parallel()
	now := newMoving()
	a := open(t, certs.Options{Now: now.Now})
	serial := func(name string) string {
		t.Helper()
		now.advance(t, time.Second)
		got, err := certificate(a, name)
		if err != nil {
			t.Fatal(err)
		}
		return got.Leaf.SerialNumber.String()
	}
	usual, first, second := serial("localhost"), serial("first"), serial("second")
	for i := range 61 {
		serial(fmt.Sprintf("n%d", i))
	}
	if serial("second") != second {
		t.Error("64 names: got another certificate for one of them, want it kept")
	}
	for i := range 40 {
		serial(fmt.Sprintf("m%d", i))
	}
	if serial("first") == first {
		t.Error("more names: the one unused for longest was kept, want it gone")
	}
	if serial("second") != second {
		t.Error("more names: got another certificate for one in use, want it kept")
	}
	if serial("localhost") != usual {
		t.Error("more names: got another default certificate, want it kept")
	}
}

func TestLeafRenewal(t *testing.T) {
	t.Parallel()
	now := newMoving()
	a := open(t, certs.Options{Now: now.Now})
	roots := a.Pool()
	var before string
	for i := range 40 { // more than three years
		c := client{name: [2]string{"localhost", "emulator"}[i%2], roots: roots, now: now.Now()}
		if _, err := c.shake(t, a.TLSConfig()); err != nil {
			t.Fatalf("%s: got %v, want a valid certificate", now.Now(), err)
		}
		got, err := certificate(a, "localhost")
		if err != nil {
			t.Fatal(err)
		}
		if left := got.Leaf.NotAfter.Sub(now.Now()); left < 30*day {
			t.Errorf("%s: got %v left, want at least a third of the life", now.Now(), left)
		}
		if serial := got.Leaf.SerialNumber.String(); i%2 == 1 && serial != before {
			t.Errorf("%s: got a new certificate after 30 days, want it after 60", now.Now())
		} else {
			before = serial
		}
		now.advance(t, 30*day)
	}
}

func TestServesHTTP(t *testing.T) {
	t.Parallel()
	a := open(t, certs.Options{Keep: certs.Folder(t.TempDir())})
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		var config net.ListenConfig
		listener, err := config.Listen(t.Context(), "tcp", address)
		if err != nil {
			if strings.HasPrefix(address, "[") {
				continue // A machine without IPv6.
			}
			t.Fatal(err)
		}
		server := &http.Server{
			Handler:           http.NotFoundHandler(),
			ReadHeaderTimeout: time.Minute,
		}
		go server.Serve(tls.NewListener(listener, a.TLSConfig())) //nolint:errcheck // It ends by Close.
		t.Cleanup(func() { closing(t, server) })
		httpClient := &http.Client{Transport: &http.Transport{
			TLSClientConfig:   &tls.Config{RootCAs: a.Pool()},
			ForceAttemptHTTP2: true,
		}}
		t.Cleanup(httpClient.CloseIdleConnections)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+listener.Addr().String(), nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := httpClient.Do(request)
		if err != nil {
			t.Fatalf("%s: %v", address, err)
		}
		if err := response.Body.Close(); err != nil {
			t.Error(err)
		}
		if response.Proto != "HTTP/1.1" {
			t.Errorf("%s: got %s, want HTTP/1.1", address, response.Proto)
		}
	}
}

func TestHosts(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"", " ", "*", "*.", "a..b", ".a", "-a", "a-", "a b", "https://a", "a:443", "127.0.0.1:443", "a/b", "*.*.a", "x*.a", "büro",
		strings.Repeat("a", 64), strings.Repeat("a.", 127) + "a",
	} {
		if _, err := certs.Open(certs.Options{Hosts: []string{bad}}); !errors.Is(err, certs.ErrHost) {
			t.Errorf("%q: got %v, want %v", bad, err, certs.ErrHost)
		}
	}
}

func TestOpenWithoutLogger(t *testing.T) {
	t.Parallel()
	a := open(t, certs.Options{})
	if _, err := certificate(a, "not.covered.test"); err != nil {
		t.Errorf("got %v, want the default certificate", err)
	}
}

func ExampleAuthority_TLSConfig() {
	dir, err := os.MkdirTemp("", "certs")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir) //nolint:errcheck // An example has nobody to tell.
	authority, err := certs.Open(certs.Options{Keep: certs.Folder(dir), Hosts: []string{"face.example.test"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	server, clientConn := net.Pipe()
	go tls.Server(server, authority.TLSConfig()).HandshakeContext(context.Background()) //nolint:errcheck // The client tells.
	conn := tls.Client(clientConn, &tls.Config{RootCAs: authority.Pool(), ServerName: "face.example.test"})
	fmt.Println(conn.HandshakeContext(context.Background()))
	_, err = os.Stat(filepath.Join(dir, "ca.pem"))
	fmt.Println(err)
	// Output:
	// <nil>
	// <nil>
}

func BenchmarkCertificate(b *testing.B) {
	a := open(b, certs.Options{})
	for _, name := range []string{"localhost", "emulator"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := certificate(a, name); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
