package faceliveness_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"testing"

	"github.com/testcontainers/testcontainers-go"

	faceliveness "github.com/livenesslabs/face-liveness-emulator/testcontainers"
)

// TestMain leaves out the examples if the tests are skipped, because an example cannot be
// skipped.
func TestMain(m *testing.M) {
	flag.Parse()
	if !hasDocker() {
		skip := "^Example"
		if asked := flag.Lookup("test.skip").Value.String(); asked != "" {
			skip += "|" + asked
		}
		if err := flag.Set("test.skip", skip); err != nil {
			panic(err)
		}
		fmt.Fprintln(os.Stderr, "examples are not run: they need Docker; set CI=true")
	}
	m.Run()
}

func hasDocker() bool { return os.Getenv("CI") == "true" }

// needsDocker skips a test on machines that may have no engine.
func needsDocker(t *testing.T) {
	t.Helper()
	if !hasDocker() {
		t.Skip("needs Docker; set CI=true")
	}
}

// image returns the name of the emulator's image.
func image() string {
	return cmp.Or(os.Getenv("FACE_LIVENESS_IMAGE"), "face-liveness-emulator:latest")
}

// run runs a container until the test ends.
func run(t *testing.T, opts ...testcontainers.ContainerCustomizer) *faceliveness.Container {
	t.Helper()
	container, err := faceliveness.Run(t.Context(), image(), opts...)
	testcontainers.CleanupContainer(t, container)
	if err != nil {
		t.Fatal(err)
	}
	return container
}

const (
	sessions = "/face/v1.2/detectLiveness-sessions"
	passive  = `{"livenessOperationMode":"Passive","deviceCorrelationId":"phone-1"}`
)

// A session has the members of a session that the tests compare.
type session struct {
	SessionID string `json:"sessionId"`
	Status    string `json:"status"`
}

// A caller calls the API of a container as an app does.
type caller struct {
	base   string
	client *http.Client
	key    string
}

// callerOf returns a caller over HTTPS.
func callerOf(t *testing.T, container *faceliveness.Container) caller {
	t.Helper()
	client, err := container.HTTPClient(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	base, err := container.HTTPSEndpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return caller{base: base, client: client, key: container.Key()}
}

// call makes a call and returns its status.
func (c caller) call(t *testing.T, method, path, body string, headers ...string) (seen session, status int) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, c.base+path, bytes.NewBufferString(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Ocp-Apim-Subscription-Key", c.key)
	request.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer, err := c.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	_ = json.Unmarshal(text, &seen) // an error has other members
	return seen, answer.StatusCode
}

// create creates a session. It must succeed.
func (c caller) create(t *testing.T, headers ...string) string {
	t.Helper()
	created, status := c.call(t, http.MethodPost, sessions, passive, headers...)
	if status != http.StatusOK {
		t.Fatalf("create: got %d, want 200", status)
	}
	return created.SessionID
}

// status returns the HTTP status of reading a session.
func (c caller) status(t *testing.T, id string) int {
	t.Helper()
	_, status := c.call(t, http.MethodGet, sessions+"/"+id, "")
	return status
}
