package faceliveness

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

// Ports of the emulator inside its container, for other containers on its networks.
const (
	HTTPPort  = "10100/tcp"
	HTTPSPort = "10101/tcp"
)

// DefaultKey selects the resource of the development keys in a container without
// WithKeys. It is not a secret.
const DefaultKey = "face0000face0000face0000face0001"

const (
	stateFolder = "/var/lib/face-liveness-emulator"
	mountFolder = "/etc/face-liveness-emulator"

	keysVariable       = "FACE_LIVENESS_KEYS"
	adminTokenVariable = "FACE_LIVENESS_ADMIN_TOKEN"
	tlsHostsVariable   = "FACE_LIVENESS_TLS_HOSTS"
)

// startupTimeout is the longest time until an emulator is ready.
const startupTimeout = time.Minute

// A Container is an emulator in a container. It is safe for concurrent use. Methods with
// a context ask the engine, because published ports change when a container is stopped
// and started again.
type Container struct {
	testcontainers.Container

	key, adminToken string
	plain           *http.Client // over HTTP
}

// Run starts an emulator from an image, such as face-liveness-emulator:latest, and
// returns when it is ready. If the emulator did not start, the error ends with the last
// lines of its log. With an error, the container is nil or has to be terminated.
func Run(ctx context.Context, img string, opts ...testcontainers.ContainerCustomizer) (*Container, error) {
	var set settings
	for _, opt := range opts {
		if opt, ok := opt.(Option); ok {
			if err := opt(&set); err != nil {
				return nil, fmt.Errorf("faceliveness: %w", err)
			}
		}
	}
	moduleOpts := []testcontainers.ContainerCustomizer{
		testcontainers.WithExposedPorts(HTTPPort, HTTPSPort),
		testcontainers.WithWaitStrategy(wait.ForHTTP("/readyz").WithPort(HTTPPort).
			WithForcedIPv4LocalHost().WithPollInterval(50 * time.Millisecond).WithStartupTimeout(startupTimeout)),
	}
	moduleOpts = append(moduleOpts, opts...)
	moduleOpts = append(moduleOpts, certifiedNames(ctx), set.atFirstStart())

	ctr, err := testcontainers.Run(ctx, img, moduleOpts...)
	if ctr == nil {
		return nil, fmt.Errorf("faceliveness: run %s: %w", img, err)
	}
	if err != nil {
		return wrap(ctr), fmt.Errorf("faceliveness: run %s: %w%s", img, err, lastWords(ctx, ctr))
	}
	c := wrap(ctr)
	if err := c.identify(ctx); err != nil {
		return c, fmt.Errorf("faceliveness: run %s: %w", img, err)
	}
	return c, nil
}

func wrap(ctr testcontainers.Container) *Container {
	// Proxy variables of the environment do not apply to containers.
	return &Container{Container: ctr, key: DefaultKey, plain: &http.Client{Transport: &http.Transport{}}}
}

// identify reads the key and the admin token from the container's environment. Options of
// testcontainers-go can set them, too, and a reused container has those it was created
// with.
func (c *Container) identify(ctx context.Context) error {
	inspected, err := c.Inspect(ctx)
	if err != nil {
		return fmt.Errorf("inspect: %w", err)
	}
	for _, variable := range inspected.Config.Env {
		name, value, _ := strings.Cut(variable, "=")
		switch name {
		case keysVariable:
			first, _, _ := strings.Cut(value, ",")
			first, _, _ = strings.Cut(first, "+")
			c.key = strings.TrimSpace(first)
		case adminTokenVariable:
			c.adminToken = value
		}
	}
	return nil
}

// Key returns a subscription key that the emulator accepts: the first of WithKeys, or
// DefaultKey.
func (c *Container) Key() string { return c.key }

// HTTPEndpoint returns the base URL over HTTP as the test reaches it, without a trailing
// slash. Other containers use a network alias and HTTPPort.
func (c *Container) HTTPEndpoint(ctx context.Context) (string, error) {
	return c.endpoint(ctx, "http", HTTPPort)
}

// HTTPSEndpoint returns the base URL over HTTPS as the test reaches it, without a
// trailing slash. Other containers use a network alias and HTTPSPort.
func (c *Container) HTTPSEndpoint(ctx context.Context) (string, error) {
	return c.endpoint(ctx, "https", HTTPSPort)
}

func (c *Container) endpoint(ctx context.Context, scheme, port string) (string, error) {
	host, err := c.Host(ctx)
	if err != nil {
		return "", fmt.Errorf("faceliveness: host of the engine: %w", err)
	}
	if host == "localhost" {
		// On ::1, engines may publish another port, or a port of another container.
		host = "127.0.0.1"
	}
	mapped, err := c.MappedPort(ctx, port)
	if err != nil {
		return "", fmt.Errorf("faceliveness: port %s: %w", port, err)
	}
	return scheme + "://" + net.JoinHostPort(host, mapped.Port()), nil
}

// lastWords returns the last lines of a container's log for an error, or "".
func lastWords(ctx context.Context, ctr testcontainers.Container) string {
	const patience, most = 5 * time.Second, 30
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	text, err := readLog(ctx, ctr)
	text = bytes.TrimSpace(text)
	if err != nil || len(text) == 0 {
		return ""
	}
	lines := strings.Split(string(text), "\n")
	return "; its log ends with:\n" + strings.Join(lines[max(0, len(lines)-most):], "\n")
}

func readLog(ctx context.Context, ctr testcontainers.Container) ([]byte, error) {
	log, err := ctr.Logs(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // read-only
	return io.ReadAll(log)
}
