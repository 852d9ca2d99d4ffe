package emulatortest

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
)

// ConnectOptions are the options of Connect. The zero value of a field is its default.
type ConnectOptions struct {
	// Key is the subscription key of the resource; "": a new key, and so a new resource.
	Key string
	// AdminToken is the admin token of the emulator, if it requires one.
	AdminToken string
	// CA is a certificate in PEM to trust in addition to the system's. An emulator
	// serves its CA at /_emulator/ca.pem.
	CA []byte
	// Patience is how long Connect waits for the emulator to be ready, in real time; 0:
	// 30 seconds.
	Patience time.Duration
	// Keep does not reset the resource when the test ends. Without it, the resource is
	// reset completely, also if Key is set.
	Keep bool
}

// Connect returns a resource of an emulator that runs elsewhere, by its base URL such
// as http://localhost:10100. It waits until the emulator is ready. It fails the test if
// the emulator does not become ready, or refuses the key or the admin token. Options edit
// the ConnectOptions.
// When the test ends, the resource is reset.
func Connect(tb testing.TB, baseURL string, options ...func(*ConnectOptions)) *Resource {
	tb.Helper()
	var c ConnectOptions
	for _, edit := range options {
		edit(&c)
	}
	base, err := url.Parse(baseURL)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		tb.Fatalf("emulatortest: the base URL of an emulator is such as http://localhost:10100, not %q", baseURL)
	}
	baseURL = strings.TrimRight(baseURL, "/")
	client, err := c.client()
	if err != nil {
		tb.Fatalf("emulatortest: %v", err)
	}
	tb.Cleanup(client.CloseIdleConnections)
	if err := c.awaitReady(tb.Context(), client, baseURL); err != nil {
		tb.Fatalf("emulatortest: %v", err)
	}
	key := cmp.Or(c.Key, freshKey())
	api := &control.Client{URL: baseURL, Key: key, AdminToken: c.AdminToken, HTTP: client}
	r := &Resource{URL: baseURL, Key: key, Client: client, Control: api, tb: tb}
	if err := r.admitted(); err != nil {
		tb.Fatalf("emulatortest: %v", err)
	}
	if !c.Keep {
		tb.Cleanup(r.reset)
	}
	return r
}

// client returns a client that trusts the CA.
func (c ConnectOptions) client() (*http.Client, error) {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true}
	if c.CA == nil {
		return &http.Client{Transport: transport}, nil
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("what the system trusts: %w", err)
	}
	if !roots.AppendCertsFromPEM(c.CA) {
		return nil, errors.New("no certificate in PEM form in ConnectOptions.CA")
	}
	transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	return &http.Client{Transport: transport}, nil
}

// awaitReady waits until an emulator is ready.
func (c ConnectOptions) awaitReady(ctx context.Context, client *http.Client, baseURL string) error {
	const usual, interval = 30 * time.Second, 50 * time.Millisecond
	patience := cmp.Or(c.Patience, usual)
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var system clock.System
	var last error
	for {
		err := ready(ctx, client, baseURL)
		switch {
		case err == nil:
			return nil
		case last == nil || ctx.Err() == nil: // else it only says that the time is over
			last = err
		}
		if errors.Is(err, errForeign) || untrusted(err) {
			return err
		}
		if err := system.Wait(ctx, system.Now().Add(interval)); err != nil {
			return fmt.Errorf("no emulator is ready at %s after %v: %w; start one, correct the URL, or give it more ConnectOptions.Patience", baseURL, patience, last)
		}
	}
}

// errForeign: what answers is something else than an emulator.
var errForeign = errors.New("not a face-liveness-emulator")

// untrusted reports whether an error is about the certificate of the server.
func untrusted(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok
}

// ready returns nil if an emulator is ready, else why not.
func ready(ctx context.Context, client *http.Client, baseURL string) error {
	const shown = 300
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, baseURL+"/readyz", http.NoBody)
	if err != nil {
		return err
	}
	answer, err := client.Do(request)
	if untrusted(err) {
		return fmt.Errorf("%w; what %s/_emulator/ca.pem serves can be ConnectOptions.CA", err, baseURL)
	}
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(answer.Body, shown))
	if err != nil {
		return err
	}
	switch {
	case answer.StatusCode != http.StatusOK:
		return fmt.Errorf("GET /readyz: %s: %q", answer.Status, text)
	case answer.Header.Get("X-Face-Liveness-Emulator") == "":
		return fmt.Errorf("%s: %w, which sends X-Face-Liveness-Emulator", baseURL, errForeign)
	}
	return nil
}

// admitted returns an error if the emulator refuses to let the test control the resource.
func (r *Resource) admitted() error {
	ctx, cancel := r.context()
	defer cancel()
	_, err := r.Control.Clock(ctx)
	if refused, ok := errors.AsType[*control.Error](err); ok && refused.Kind == control.ErrorRefused {
		return fmt.Errorf("%s does not let the test in: %w; ConnectOptions.Key is for an emulator that lists keys, ConnectOptions.AdminToken for one that wants a token", r.URL, err)
	}
	return err
}
