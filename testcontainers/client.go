package faceliveness

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// CA returns the certificate of the emulator's authority in PEM, for example for
// emulatortest.ConnectOptions or a file for another process.
func (c *Container) CA(ctx context.Context) ([]byte, error) {
	const most = 1 << 20
	base, err := c.HTTPEndpoint(ctx)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/_emulator/ca.pem", http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("faceliveness: CA: %w", err)
	}
	answer, err := c.plain.Do(request)
	if err != nil {
		return nil, fmt.Errorf("faceliveness: CA: %w", err)
	}
	defer func() { _ = answer.Body.Close() }() // read-only
	pem, err := io.ReadAll(io.LimitReader(answer.Body, most))
	if err != nil {
		return nil, fmt.Errorf("faceliveness: CA: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("faceliveness: CA: GET /_emulator/ca.pem: %s: %.300q", answer.Status, pem)
	}
	return pem, nil
}

// CAPool returns a pool with only the emulator's authority, for RootCAs of a tls.Config.
func (c *Container) CAPool(ctx context.Context) (*x509.CertPool, error) {
	pem, err := c.CA(ctx)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("faceliveness: CA: the emulator serves something that is not a certificate")
	}
	return pool, nil
}

// HTTPClient returns a client that trusts only the emulator at HTTPSEndpoint. It sends no
// key by itself and uses no proxy. It is valid until the container stops.
func (c *Container) HTTPClient(ctx context.Context) (*http.Client, error) {
	pool, err := c.CAPool(ctx)
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
	}}, nil
}

// Control returns the control of the resource that a key selects; "" means Key. It sends
// the container's admin token and is valid until the container stops.
func (c *Container) Control(ctx context.Context, key string) (*control.Client, error) {
	base, err := c.HTTPEndpoint(ctx)
	if err != nil {
		return nil, err
	}
	if key == "" {
		key = c.key
	}
	return &control.Client{URL: base, Key: key, AdminToken: c.adminToken, HTTP: c.plain}, nil
}

// ControlAll returns the control of all resources.
func (c *Container) ControlAll(ctx context.Context) (*control.Client, error) {
	all, err := c.Control(ctx, "") // an emulator with configured keys requires one here, too
	if err != nil {
		return nil, err
	}
	all.All = true
	return all, nil
}
