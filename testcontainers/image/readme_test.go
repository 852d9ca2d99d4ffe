package image_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// readmeFile is the document with the blocks about Docker.
const readmeFile = "../README.md"

// TestReadme runs the blocks about Docker one after the other in one shell, in a copy of
// the files that the image is built from. Only the ports of this machine are different.
func TestReadme(t *testing.T) {
	needsDocker(t)
	readme, err := os.ReadFile(readmeFile)
	if err != nil {
		t.Fatal(err)
	}
	script := "set -euo pipefail\n"
	blocks := strings.Split(string(readme), "\n```sh docker\n")[1:]
	for _, block := range blocks {
		lines, _, _ := strings.Cut(block, "\n```")
		script += lines + "\n"
	}
	if len(blocks) < 2 {
		t.Fatalf("%s has %d blocks about Docker, want at least 2", readmeFile, len(blocks))
	}
	for _, port := range []string{"10100", "10101"} {
		free := freePort(t)
		script = strings.ReplaceAll(script, "-p "+port+":", "-p "+free+":")
		script = strings.ReplaceAll(script, "localhost:"+port, "localhost:"+free)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for _, name := range []string{"Dockerfile", ".dockerignore", "go.mod", "go.sum", "cmd", "emulator", "scenarios", "schemas"} {
		if output, err := exec.CommandContext(t.Context(), "cp", "-a", filepath.Join(root, name), folder).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, output)
		}
	}
	t.Cleanup(func() { // left by a failed block
		_ = exec.Command("docker", "rm", "-f", "face").Run()
		_ = exec.Command("docker", "volume", "rm", "-f", "face-state").Run()
	})
	run := exec.CommandContext(t.Context(), "bash", "-c", script)
	run.Dir = folder
	if output, err := run.CombinedOutput(); err != nil {
		t.Errorf("%v: %s\n%s", err, output, script)
	}
}

// freePort returns an unused port of this machine.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}
