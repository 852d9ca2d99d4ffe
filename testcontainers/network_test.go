package faceliveness_test

import (
	"cmp"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/network"
	"github.com/testcontainers/testcontainers-go/wait"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// TestNetwork checks that another container on a network reaches the emulator by its
// aliases over HTTPS, with a valid certificate.
func TestNetwork(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	private, err := network.New(t.Context())
	testcontainers.CleanupNetwork(t, private)
	if err != nil {
		t.Fatal(err)
	}
	aliases := []string{"face", "face.internal.test"}
	container := run(t, network.WithNetwork(aliases, private))
	client := buildClient(t)
	for _, alias := range aliases {
		other, err := testcontainers.Run(t.Context(), cmp.Or(os.Getenv("FACE_LIVENESS_CLIENT_IMAGE"), "golang:1.26"),
			network.WithNetwork(nil, private),
			testcontainers.WithFiles(testcontainers.ContainerFile{HostFilePath: client, ContainerFilePath: "/reach", FileMode: 0o755}),
			testcontainers.WithEntrypoint("/reach", "https://"+alias+":10101"),
			testcontainers.WithWaitStrategy(wait.ForExit().WithExitTimeout(time.Minute)))
		testcontainers.CleanupContainer(t, other)
		if err != nil {
			t.Fatal(err)
		}
		log, err := other.Logs(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer log.Close()
		text, err := io.ReadAll(log)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimSpace(string(text)); got != "200" {
			t.Errorf("%s: got %q, want 200", alias, got)
		}
	}
	found, err := controlOf(t, container, "any").Sessions(t.Context(), control.SessionQuery{DeviceCorrelationID: "another-container"})
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Sessions) != len(aliases) {
		t.Errorf("got %d sessions, want %d", len(found.Sessions), len(aliases))
	}
}

// buildClient builds a program for Linux on this architecture and returns its path.
func buildClient(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "reach")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./testdata/reach")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+runtime.GOARCH)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}
