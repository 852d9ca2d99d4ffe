package faceliveness_test

import (
	"crypto/rand"
	"crypto/tls"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/testcontainers/testcontainers-go"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	faceliveness "github.com/livenesslabs/face-liveness-emulator/testcontainers"
)

// controlOf returns the control of the resource that a key selects.
func controlOf(t *testing.T, container *faceliveness.Container, key string) *control.Client {
	t.Helper()
	client, err := container.Control(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestWithKeys(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	container := run(t, faceliveness.WithKeys("first+second", "third"))
	first := callerOf(t, container)
	if first.key != "first" {
		t.Errorf("got key %s, want first", first.key)
	}
	id := first.create(t)
	for key, want := range map[string]int{"second": http.StatusOK, "third": http.StatusNotFound, "fourth": http.StatusUnauthorized} {
		c := first
		c.key = key
		if got := c.status(t, id); got != want {
			t.Errorf("key %s: got %d, want %d", key, got, want)
		}
	}
	if _, err := controlOf(t, container, "").Session(t.Context(), id); err != nil {
		t.Errorf("control of the first key: %v", err)
	}
	everything, err := container.ControlAll(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := everything.Report(t.Context()); err != nil {
		t.Errorf("control of all: %v", err)
	}
}

func TestWithAdminToken(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	container := run(t, faceliveness.WithAdminToken("let-me-in"), faceliveness.WithFrozenClock(time.Time{}))
	client := controlOf(t, container, "any")
	if _, err := client.Clock(t.Context()); err != nil {
		t.Errorf("with the token: %v", err)
	}
	client.AdminToken = ""
	_, err := client.Clock(t.Context())
	if refused, is := errors.AsType[*control.Error](err); !is || refused.Kind != control.ErrorRefused {
		t.Errorf("without the token: got %v, want that it is refused", err)
	}
}

func TestWithSeed(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	seed := func(options ...testcontainers.ContainerCustomizer) uint64 {
		container := run(t, append(options, faceliveness.WithScenario("qa", `
name: qa-drawn
description: Any of two.
attempts:
  - oneOf: [{outcome: realface}, {outcome: spoofface}]
`))...)
		id := callerOf(t, container).create(t, "X-Face-Liveness-Scenario", "qa-drawn")
		drawn, err := controlOf(t, container, "").Session(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return drawn.Seed
	}
	if first, second, other := seed(faceliveness.WithSeed(7)), seed(faceliveness.WithSeed(7)), seed(faceliveness.WithSeed(8)); first != second || first == other || first == 0 {
		t.Errorf("got %d and %d with one seed, %d with another; want the first two to be the same", first, second, other)
	}
}

func TestWithStrict(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	const small = `{"livenessOperationMode":"passive","deviceCorrelationId":"d"}`
	if _, got := callerOf(t, run(t)).call(t, http.MethodPost, sessions, small); got != http.StatusOK {
		t.Errorf("without: got %d, want 200", got)
	}
	if _, got := callerOf(t, run(t, faceliveness.WithStrict())).call(t, http.MethodPost, sessions, small); got != http.StatusBadRequest {
		t.Errorf("with: got %d, want 400", got)
	}
}

// TestStopAndStart checks that a container that is started again still has its sessions,
// unless it keeps them in memory.
func TestStopAndStart(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	for name, c := range map[string]struct {
		opts []testcontainers.ContainerCustomizer
		want int
	}{
		"as it is":  {nil, http.StatusOK},
		"ephemeral": {all(faceliveness.WithEphemeral()), http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			container := run(t, c.opts...)
			id := callerOf(t, container).create(t)
			if err := container.Stop(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			if err := container.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := callerOf(t, container).status(t, id); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestWithStateVolume(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	volume := "face-liveness-test-" + strings.ToLower(rand.Text())
	first, err := faceliveness.Run(t.Context(), image(), faceliveness.WithStateVolume(volume))
	testcontainers.CleanupContainer(t, first, testcontainers.RemoveVolumes(volume))
	if err != nil {
		t.Fatal(err)
	}
	app := callerOf(t, first)
	id := app.create(t)
	if err := first.Terminate(t.Context()); err != nil {
		t.Fatal(err)
	}
	second, err := faceliveness.Run(t.Context(), image(), faceliveness.WithStateVolume(volume))
	testcontainers.CleanupContainer(t, second, testcontainers.RemoveVolumes(volume))
	if err != nil {
		t.Fatal(err)
	}
	// The client of the first container works, so the authority is the same.
	if app.base, err = second.HTTPSEndpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := app.status(t, id); got != http.StatusOK {
		t.Errorf("got %d, want 200", got)
	}
}

func TestWithTLSHosts(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	container := run(t, faceliveness.WithTLSHosts("face.example.test", "192.0.2.7"), faceliveness.WithTLSHosts("other.example.test"))
	pool, err := container.CAPool(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	base, err := container.HTTPSEndpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"face.example.test": true, "other.example.test": true, "192.0.2.7": true, "localhost": true, "alias": true,
		"third.example.test": false,
	} {
		dialer := tls.Dialer{Config: &tls.Config{RootCAs: pool, ServerName: name, MinVersion: tls.VersionTLS12}}
		connection, err := dialer.DialContext(t.Context(), "tcp", strings.TrimPrefix(base, "https://"))
		if (err == nil) != want {
			t.Errorf("%s: got %v; want a valid certificate: %v", name, err, want)
		}
		if err == nil {
			_ = connection.Close()
		}
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	start := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	for name, c := range map[string]struct {
		opt  faceliveness.Option
		rate float64
		at   time.Time // zero: now
	}{
		"set":           {faceliveness.WithClock(start), 1, start},
		"frozen":        {faceliveness.WithFrozenClock(start), 0, start},
		"frozen at now": {faceliveness.WithFrozenClock(time.Time{}), 0, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			container := run(t, c.opt)
			got, err := controlOf(t, container, "any").Clock(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got.Rate != c.rate {
				t.Errorf("got rate %v, want %v", got.Rate, c.rate)
			}
			switch passed := got.Now.Sub(start); {
			case c.at.IsZero() && passed < 20*365*24*time.Hour:
				t.Errorf("got %v, want the time of this machine", got.Now)
			case !c.at.IsZero() && (passed < 0 || passed > time.Hour || c.rate == 0 && passed != 0):
				t.Errorf("got %v, want %v", got.Now, c.at)
			}
		})
	}
}

func TestWithSnapshot(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	before := run(t)
	id := callerOf(t, before).create(t)
	file := filepath.Join(t.TempDir(), "before.snapshot")
	snapshot, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY, 0o600) // the emulator reads it nevertheless
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Close()
	everything, err := before.ControlAll(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := everything.Snapshot(t.Context(), snapshot); err != nil {
		t.Fatal(err)
	}
	if got := callerOf(t, run(t, faceliveness.WithSnapshot(file))).status(t, id); got != http.StatusOK {
		t.Errorf("got %d, want 200", got)
	}
}

// TestScenarios checks that sessions can use scenarios from every source, and that the
// default scenario is the configured one.
func TestScenarios(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	text := func(name string) string {
		return "name: " + name + "\ndescription: One of the tests'.\nattempts:\n  - outcome: uncertain\n"
	}
	file := filepath.Join(t.TempDir(), "qa-file.yml")
	if err := os.WriteFile(file, []byte(text("qa-file")), 0o600); err != nil {
		t.Fatal(err)
	}
	container := run(t,
		faceliveness.WithScenario("qa-text", text("qa-text")),
		faceliveness.WithScenarioFiles(file),
		faceliveness.WithScenarioDir("testdata/scenarios"),
		faceliveness.WithScenarioFS(fstest.MapFS{"qa-embedded.yaml": {Data: []byte(text("qa-embedded"))}, "notes.txt": {}}),
		faceliveness.WithDefaultScenario("qa-text"))
	app := callerOf(t, container)
	for named, want := range map[string]string{
		"qa-text": "qa-text", "qa-file": "qa-file", "qa-two-tries": "qa-two-tries", "qa-embedded": "qa-embedded", "": "qa-text",
	} {
		var header []string
		if named != "" {
			header = []string{"X-Face-Liveness-Scenario", named}
		}
		got, err := controlOf(t, container, "").Session(t.Context(), app.create(t, header...))
		if err != nil {
			t.Fatal(err)
		}
		if got.Scenario != want {
			t.Errorf("scenario %q: got %s, want %s", named, got.Scenario, want)
		}
	}
}
