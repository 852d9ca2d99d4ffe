package recipes_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// appImage has curl, based on an image that the build of the emulator's image has pulled.
const (
	appImage = "face-recipe-app"
	appFile  = "FROM golang:1.26\nRUN command -v curl || { apt-get update -qq && apt-get install -y -qq --no-install-recommends curl; }\n"
)

// TestCompose runs the services until the app's ends successfully.
func TestCompose(t *testing.T) {
	t.Parallel()
	ctx := needEngine(t)
	folder := copyRecipe(t, "compose")
	build := filepath.Join(t.TempDir(), "Dockerfile")
	if err := os.WriteFile(build, []byte(appFile), 0o600); err != nil {
		t.Fatal(err)
	}
	output(ctx, t, "", nil, "docker", "build", "--quiet", "--network", "host", "--tag", appImage, filepath.Dir(build))
	compose := append(composeCommand(ctx, t), "--project-name", fmt.Sprintf("face-recipe-%d", os.Getpid()))
	environment := []string{"FACE_LIVENESS_IMAGE=" + imageName(), "APP_IMAGE=" + appImage}

	output(ctx, t, folder, environment, append(compose, "config", "--quiet")...)
	t.Cleanup(func() {
		// The test's context has ended.
		output(context.Background(), t, folder, environment, append(compose, "down", "--volumes", "--timeout", "5")...)
	})
	written := output(ctx, t, folder, environment, append(compose, "up", "--abort-on-container-exit", "--exit-code-from", "app")...)
	if !strings.Contains(written, `"sessionId"`) {
		t.Errorf("got %s; want the app to have created a session", written)
	}
}

// composeCommand returns the compose plugin of the docker command, or the standalone
// program.
func composeCommand(ctx context.Context, t *testing.T) []string {
	t.Helper()
	if exec.CommandContext(ctx, "docker", "compose", "version").Run() == nil {
		return []string{"docker", "compose"}
	}
	if _, err := exec.LookPath("docker-compose"); err != nil {
		t.Fatalf("neither docker compose nor docker-compose: %v", err)
	}
	return []string{"docker-compose"}
}
