package faceliveness_test

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/testcontainers/testcontainers-go"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control/controltest"
	"github.com/livenesslabs/face-liveness-emulator/emulator/emulatortest"
	faceliveness "github.com/livenesslabs/face-liveness-emulator/testcontainers"
)

// TestEndpoints checks that both endpoints answer, and that the client trusts only this
// container.
func TestEndpoints(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	container := run(t)
	secure := callerOf(t, container)
	base, err := container.HTTPEndpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	plain := caller{base: base, client: http.DefaultClient, key: container.Key()}
	id := secure.create(t)
	if got := plain.status(t, id); got != http.StatusOK {
		t.Errorf("what was created over HTTPS: got %d over HTTP, want 200", got)
	}
	if !strings.HasPrefix(base, "http://") || !strings.HasPrefix(secure.base, "https://") {
		t.Errorf("got %s and %s; want http:// and https://", base, secure.base)
	}
	other := callerOf(t, run(t))
	_, err = other.client.Get(secure.base + "/readyz") //nolint:noctx,bodyclose // there is no answer
	if _, is := errors.AsType[*tls.CertificateVerificationError](err); !is {
		t.Errorf("the client of another container: got %v, want that it does not trust this one", err)
	}
}

// TestParallel checks that parallel containers have separate ports and sessions.
func TestParallel(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	const count = 3
	containers, failures := make([]*faceliveness.Container, count), make([]error, count)
	var running sync.WaitGroup
	for i := range count {
		running.Go(func() {
			containers[i], failures[i] = faceliveness.Run(t.Context(), image(), faceliveness.WithEphemeral())
			testcontainers.CleanupContainer(t, containers[i])
		})
	}
	running.Wait()
	if err := errors.Join(failures...); err != nil {
		t.Fatal(err)
	}
	ids := map[string]caller{}
	for _, container := range containers {
		c := callerOf(t, container)
		ids[c.create(t)] = c
	}
	for id, owner := range ids {
		for _, c := range ids {
			want := http.StatusNotFound
			if c == owner {
				want = http.StatusOK
			}
			if got := c.status(t, id); got != want {
				t.Errorf("a session of %s at %s: got %d, want %d", owner.base, c.base, got, want)
			}
		}
	}
}

// TestHostOfTheEngine checks that the certificate covers the engine's host if it is not
// this machine.
func TestHostOfTheEngine(t *testing.T) {
	needsDocker(t)
	host := ownAddress(t)
	t.Setenv("TESTCONTAINERS_HOST_OVERRIDE", host)
	c := callerOf(t, run(t))
	if !strings.HasPrefix(c.base, "https://"+host+":") {
		t.Errorf("got %s, want %s in it", c.base, host)
	}
	c.create(t)
}

// ownAddress returns an IPv4 address of this machine that is not loopback.
func ownAddress(t *testing.T) string {
	t.Helper()
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range addresses {
		if prefix, err := netip.ParsePrefix(address.String()); err == nil && prefix.Addr().Is4() && !prefix.Addr().IsLoopback() {
			return prefix.Addr().String()
		}
	}
	t.Fatal("this machine has no address but loopback")
	return ""
}

// TestControl runs the tests of control.API against a container.
func TestControl(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	controltest.Run(t, func(t *testing.T) controltest.Harness {
		t.Helper()
		container := run(t, faceliveness.WithAdminToken("let-me-in"))
		c := callerOf(t, container)
		return controltest.Harness{
			URL: c.base, Client: c.client,
			Resource: func(key string) control.API {
				api, err := container.Control(t.Context(), key)
				if err != nil {
					t.Fatal(err)
				}
				return api
			},
			All: func() control.API {
				api, err := container.ControlAll(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				return api
			},
		}
	})
}

// TestConnect checks that emulatortest works with a container, over HTTPS and with an
// admin token.
func TestConnect(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	container := run(t, faceliveness.WithAdminToken("let-me-in"))
	ca, err := container.CA(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	base, err := container.HTTPSEndpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	resource := emulatortest.Connect(t, base, func(c *emulatortest.ConnectOptions) {
		c.CA, c.AdminToken = ca, "let-me-in"
	})
	resource.Freeze()
	resource.QueueScenario("spoof", 1)
	app := caller{base: resource.URL, client: resource.Client, key: resource.Key}
	id := app.create(t)
	if played := resource.Play(id); played.Scenario != "spoof" || played.Attempts[0].Decision != "spoofface" {
		t.Errorf("got %s of %s, want spoofface of spoof", played.Attempts[0].Decision, played.Scenario)
	}
	if got := app.status(t, id); got != http.StatusOK {
		t.Errorf("read: got %d, want 200", got)
	}
	resource.AssertStatus(id, "Succeeded")
	resource.AssertRequests(control.Expectation{RequestQuery: control.RequestQuery{Operation: "createLivenessSession"}, Exactly: new(1)})
}
