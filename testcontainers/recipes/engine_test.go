package recipes_test

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// imageName is the image that the recipes are tested with.
func imageName() string {
	return cmp.Or(os.Getenv("FACE_LIVENESS_IMAGE"), "face-liveness-emulator")
}

// needEngine skips the test outside CI, and fails it if the image does not exist. The
// context ends before the test does, so that it can still report and clean up.
func needEngine(t *testing.T) context.Context {
	t.Helper()
	if os.Getenv("CI") != "true" {
		t.Skip("needs Docker and installs packages; set CI=true")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Minute)
	t.Cleanup(cancel)
	if text, err := exec.CommandContext(ctx, "docker", "image", "inspect", imageName()).CombinedOutput(); err != nil {
		t.Fatalf("the image %s, which docker build makes from the Dockerfile of this repository: %v\n%s", imageName(), err, text)
	}
	return ctx
}

// output runs a command, which must succeed, and returns its output.
func output(ctx context.Context, t *testing.T, folder string, environment []string, line ...string) string {
	t.Helper()
	program := line[0]
	if strings.Contains(program, "/") && !filepath.IsAbs(program) {
		program = filepath.Join(folder, program)
	}
	command := exec.CommandContext(ctx, program, line[1:]...)
	command.Dir, command.Env = folder, append(os.Environ(), environment...)
	command.WaitDelay = 5 * time.Second // for children of a killed command
	written, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", line, err, written)
	}
	return string(written)
}

// A container is an emulator that was started as a recipe does it.
type container struct {
	id   string
	http *http.Client
}

// start runs the image with options of "docker run", publishes the ports and waits until
// the image's health check passes.
func start(ctx context.Context, t *testing.T, options, ports []string, arguments ...string) *container {
	t.Helper()
	line := []string{"docker", "run", "--detach"}
	for _, port := range ports {
		line = append(line, "--publish", "127.0.0.1::"+port)
	}
	line = append(append(append(line, options...), imageName()), arguments...)
	c := &container{id: strings.TrimSpace(output(ctx, t, "", nil, line...)), http: &http.Client{Timeout: 10 * time.Second}}
	t.Cleanup(func() {
		// The test's context has ended.
		removal := exec.CommandContext(context.Background(), "docker", "rm", "--force", "--volumes", c.id)
		if text, err := removal.CombinedOutput(); err != nil {
			t.Errorf("removing the container: %v\n%s", err, text)
		}
	})
	limited, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		state := output(limited, t, "", nil, "docker", "inspect", "--format", "{{.State.Status}} {{.State.Health.Status}}", c.id)
		switch strings.TrimSpace(state) {
		case "running healthy":
			return c
		case "running starting", "created starting":
		default:
			t.Fatalf("the container is %swant it healthy\n%s", state, c.log(ctx, t))
		}
	}
}

// log returns the emulator's output.
func (c *container) log(ctx context.Context, t *testing.T) string {
	t.Helper()
	return output(ctx, t, "", nil, "docker", "logs", c.id)
}

// address returns the published address of a container port.
func (c *container) address(ctx context.Context, t *testing.T, port string) string {
	t.Helper()
	return strings.TrimSpace(output(ctx, t, "", nil, "docker", "port", c.id, port+"/tcp"))
}

// get makes a GET request, which must answer 200, and returns the body.
func (c *container) get(ctx context.Context, t *testing.T, url string) string {
	t.Helper()
	return c.call(ctx, t, http.MethodGet, url, "")
}

// call makes a request, which must answer 200, and returns the body. Headers are pairs of
// name and value.
func (c *container) call(ctx context.Context, t *testing.T, method, url, body string, headers ...string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer, err := c.http.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: got %s; want 200\n%s\n%s", method, url, answer.Status, text, c.log(ctx, t))
	}
	return string(text)
}

// hasScenario checks that sessions can use a mounted scenario.
func (c *container) hasScenario(ctx context.Context, t *testing.T, base, name string) {
	t.Helper()
	created := c.call(ctx, t, http.MethodPost, base+"/face/v1.2/detectLiveness-sessions",
		`{"livenessOperationMode":"Passive","deviceCorrelationId":"phone-1"}`,
		"Ocp-Apim-Subscription-Key", "any-key", "Content-Type", "application/json", "X-Face-Liveness-Scenario", name)
	if !strings.Contains(created, `"sessionId"`) {
		t.Errorf("got %s; want a session", created)
	}
}

// isTrusted checks that HTTPS at an address has a certificate of the CA for a name.
func (c *container) isTrusted(ctx context.Context, t *testing.T, plain, secure, name string) {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(c.get(ctx, t, "http://"+plain+"/_emulator/ca.pem"))) {
		t.Fatal("the CA is no certificate")
	}
	dialer := tls.Dialer{Config: &tls.Config{RootCAs: roots, ServerName: name}}
	connection, err := dialer.DialContext(ctx, "tcp", secure)
	if err != nil {
		t.Errorf("HTTPS as %s: %v", name, err)
		return
	}
	if err := connection.Close(); err != nil {
		t.Error(err)
	}
}
