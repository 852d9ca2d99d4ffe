package image_test

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"debug/elf"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	builtVersion  = "9.8.7-test"
	builtRevision = "0123456789abcdef0123456789abcdef01234567"
)

// TestBuild builds the image with the classic builder and with BuildKit, for both
// platforms, and compares the binaries of both builders byte for byte. It runs before the
// tests that share the machine.
func TestBuild(t *testing.T) {
	needsDocker(t)
	for _, platform := range []struct {
		name    string
		machine elf.Machine
		classic []string
	}{
		{"amd64", elf.EM_X86_64, nil},
		{"arm64", elf.EM_AARCH64, []string{"--build-arg", "TARGETARCH=arm64"}},
	} {
		t.Run(platform.name, func(t *testing.T) {
			classic := fmt.Sprintf("face-liveness-emulator-test:%d-%s-classic", os.Getpid(), platform.name)
			modern := fmt.Sprintf("face-liveness-emulator-test:%d-%s-buildkit", os.Getpid(), platform.name)
			output := classicBuilder().build(t, classic, platform.classic...)
			checkContext(t, output)
			forgetStage(t, output)
			buildKit(t).build(t, modern, "--platform", "linux/"+platform.name)
			var sums [2]string
			for i, name := range []string{classic, modern} {
				binary := binaryOf(t, name)
				checkStatic(t, binary, platform.machine)
				sums[i] = fmt.Sprintf("%x", sha256.Sum256(binary))
				checkStamps(t, name)
			}
			// The classic builder builds an image from scratch for its own platform only.
			if got := described(t, modern).Architecture; got != platform.name {
				t.Errorf("architecture by BuildKit: got %q, want %q", got, platform.name)
			}
			t.Logf("sha256 of the binary for %s: %s", platform.name, sums[0])
			if sums[0] != sums[1] {
				t.Errorf("sha256 of the binary: got %s by BuildKit and %s by the classic builder, want the same", sums[1], sums[0])
			}
		})
	}
}

// checkStamps compares the build arguments with what the image and its binary report.
func checkStamps(t *testing.T, name string) {
	t.Helper()
	d := described(t, name)
	for label, want := range map[string]string{"version": builtVersion, "revision": builtRevision} {
		if got := d.Config.Labels["org.opencontainers.image."+label]; got != want {
			t.Errorf("%s, label %s: got %q, want %q", name, label, got, want)
		}
	}
	if !strings.Contains(name, docker(t, "version", "--format", "{{.Server.Arch}}")) {
		return // This engine may not be able to run the other platform.
	}
	said := docker(t, "run", "--rm", "--network", "none", name, "version")
	if !strings.Contains(said, builtVersion) || !strings.Contains(said, builtRevision) {
		t.Errorf("%s version: got %q, want it to say %s and %s", name, said, builtVersion, builtRevision)
	}
}

// A builder is a docker command that builds images, and the variable that it needs.
type builder struct {
	command  []string
	variable string
}

// build builds an image and returns the builder's output. The tag is removed when the
// test ends.
func (b builder) build(t *testing.T, tag string, options ...string) string {
	t.Helper()
	line := slices.Concat(b.command, options, []string{
		"--build-arg", "VERSION=" + builtVersion, "--build-arg", "REVISION=" + builtRevision, "--tag", tag, repository,
	})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, line[0], line[1:]...)
	command.Env = append(os.Environ(), b.variable)
	command.WaitDelay = 5 * time.Second
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", b.variable, line, err, output)
	}
	removed(t, "image", "rm", tag)
	return string(output)
}

func classicBuilder() builder {
	return builder{command: []string{"docker", "build"}, variable: "DOCKER_BUILDKIT=0"}
}

// buildKit returns a docker command that builds with BuildKit: with the plugin buildx, or
// as docker did before it was a plugin.
func buildKit(t *testing.T) builder {
	t.Helper()
	if _, _, err := try(t.Context(), "buildx", "version"); err == nil {
		return builder{command: []string{"docker", "buildx", "build", "--load"}, variable: "DOCKER_BUILDKIT=1"}
	}
	for _, folder := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/bin") {
		command := filepath.Join(folder, "docker")
		version, err := exec.CommandContext(t.Context(), command, "version", "--format", "{{.Client.Version}}").Output()
		if err != nil {
			continue
		}
		release, _, _ := strings.Cut(string(version), ".")
		if number, err := strconv.Atoi(release); err == nil && number < 23 {
			return builder{command: []string{command, "build"}, variable: "DOCKER_BUILDKIT=1"}
		}
	}
	t.Fatal("no docker command here builds with BuildKit: install the plug-in buildx")
	return builder{}
}

// checkContext compares the size of the build context, as the classic builder reports it,
// with a limit.
func checkContext(t *testing.T, output string) {
	t.Helper()
	units := map[string]float64{"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}
	sent := regexp.MustCompile(`Sending build context to Docker daemon\s+([0-9.]+)(B|kB|MB|GB)`).FindAllStringSubmatch(output, -1)
	if len(sent) == 0 {
		t.Fatalf("the output does not tell the size of the build context:\n%s", output)
	}
	last := sent[len(sent)-1]
	size, err := strconv.ParseFloat(last[1], 64)
	if err != nil || size*units[last[2]] >= 5e6 {
		t.Errorf("the build context: got %s%s (%v), want less than 5MB", last[1], last[2], err)
	}
	t.Logf("the build context has %s%s", last[1], last[2])
}

// forgetStage removes the unnamed image of the classic builder's first stage.
func forgetStage(t *testing.T, output string) {
	t.Helper()
	before, _, found := strings.Cut(output, ": FROM scratch")
	layers := regexp.MustCompile(`(?m)^ ---> ([0-9a-f]{12})$`).FindAllStringSubmatch(before, -1)
	if !found || len(layers) < 2 {
		t.Fatalf("the output does not tell the layers of the first stage:\n%s", output)
	}
	removed(t, "image", "rm", layers[len(layers)-1][1])
}

// binaryOf extracts the program from an image.
func binaryOf(t *testing.T, name string) []byte {
	t.Helper()
	id := created(t, []string{"--platform", "linux/" + described(t, name).Architecture}, name)
	var binary []byte
	eachFile(t, []string{"cp", id + ":" + program, "-"}, func(_ *tar.Header, content io.Reader) error {
		var err error
		binary, err = io.ReadAll(content)
		return err
	})
	return binary
}
