package image_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	// repository is the folder with the Dockerfile.
	repository = "../.."
	program    = "/usr/local/bin/face-liveness-emulator"
	stateDir   = "/var/lib/face-liveness-emulator"
	configDir  = "/etc/face-liveness-emulator"
)

// image is the name of the image to test.
func image() string {
	return cmp.Or(os.Getenv("FACE_LIVENESS_IMAGE"), "face-liveness-emulator:latest")
}

// needsDocker skips a test on machines that may have no engine.
func needsDocker(t *testing.T) {
	t.Helper()
	if os.Getenv("CI") != "true" {
		t.Skip("needs Docker; set CI=true")
	}
}

// try runs a docker command and returns its output.
func try(ctx context.Context, arguments ...string) (stdout, stderr string, err error) {
	var out, diagnostics bytes.Buffer
	command := exec.CommandContext(ctx, "docker", arguments...)
	command.Stdout, command.Stderr = &out, &diagnostics
	command.WaitDelay = 5 * time.Second
	err = command.Run()
	return strings.TrimSpace(out.String()), strings.TrimSpace(diagnostics.String()), err
}

// docker runs a docker command, which must succeed, and returns its output.
func docker(t *testing.T, arguments ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	stdout, stderr, err := try(ctx, arguments...)
	if err != nil {
		t.Fatalf("docker %s: %v\n%s\n%s", strings.Join(arguments, " "), err, stdout, stderr)
	}
	return stdout
}

// removed runs a docker command that removes something when the test ends.
func removed(t *testing.T, arguments ...string) {
	t.Helper()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if _, stderr, err := try(ctx, arguments...); err != nil {
			t.Errorf("docker %s: %v: %s", strings.Join(arguments, " "), err, stderr)
		}
	})
}

// created creates a container and returns its id. When the test ends, it is removed; if
// the test failed, its log is shown.
func created(t *testing.T, options []string, imageAndArguments ...string) string {
	t.Helper()
	line := slices.Concat([]string{"create"}, options, imageAndArguments)
	id := docker(t, line...)
	removed(t, "rm", "--force", "--volumes", id)
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		stdout, stderr, err := try(ctx, "logs", "--tail", "40", id)
		t.Logf("the log of %.12s (docker %s), %v:\n%s\n%s", id, strings.Join(line, " "), err, stdout, stderr)
	})
	return id
}

// A container runs the emulator's image.
type container struct{ id string }

// published are the options that publish both ports on free ports.
func published() []string {
	return []string{"--publish", "127.0.0.1::10100", "--publish", "127.0.0.1::10101"}
}

// start starts a container with published ports; the arguments are the emulator's.
func start(t *testing.T, options []string, arguments ...string) container {
	t.Helper()
	c := container{id: created(t, append(published(), options...), append([]string{image()}, arguments...)...)}
	c.do(t, "start")
	return c
}

// do runs a docker command with options for this container.
func (c container) do(t *testing.T, command string, options ...string) string {
	t.Helper()
	return docker(t, slices.Concat([]string{command}, options, []string{c.id})...)
}

// inspected is a part of the engine's description of a container.
func (c container) inspected(t *testing.T, of string) string {
	t.Helper()
	return c.do(t, "inspect", "--format", of)
}

// state is the engine's description of a process.
type state struct {
	Status     string
	ExitCode   int
	StartedAt  time.Time
	FinishedAt time.Time
	Health     struct {
		Status string
		Log    []probe
	}
}

// A probe is one run of the health check.
type probe struct {
	End      time.Time
	ExitCode int
	Output   string
}

func (c container) state(t *testing.T) state {
	t.Helper()
	var s state
	if err := json.Unmarshal([]byte(c.inspected(t, "{{json .State}}")), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// logged returns the container's output, standard error last.
func (c container) logged(t *testing.T) (stdout, stderr string) {
	t.Helper()
	stdout, stderr, err := try(t.Context(), "logs", c.id)
	if err != nil {
		t.Fatalf("docker logs: %v: %s", err, stderr)
	}
	return stdout, stderr
}

// emulator runs the program in the container.
func (c container) emulator(t *testing.T, arguments ...string) string {
	t.Helper()
	return docker(t, append([]string{"exec", c.id, "face-liveness-emulator"}, arguments...)...)
}

// awaitHealth waits for a status of the health check, and returns the engine's
// description at that time.
func (c container) awaitHealth(t *testing.T, want string) state {
	t.Helper()
	var s state
	until(t, time.Minute, func() error {
		s = c.state(t)
		if s.Status != "running" {
			t.Fatalf("the container: got status %q, exit code %d; want it running", s.Status, s.ExitCode)
		}
		if s.Health.Status != want {
			return fmt.Errorf("got health %q, want %q; %+v", s.Health.Status, want, s.Health.Log)
		}
		return nil
	})
	return s
}

// until repeats a check until it returns no error. If that takes too long, it fails the
// test with the last error.
func until(t *testing.T, wait time.Duration, ask func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	for {
		err := ask()
		if err == nil {
			return
		}
		between, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		<-between.Done()
		cancel()
		if ctx.Err() != nil {
			t.Fatalf("after %v: %v", wait, err)
		}
	}
}

// exitCode runs a container until it ends.
func exitCode(t *testing.T, options []string, arguments ...string) (code int, output string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	id := created(t, options, append([]string{image()}, arguments...)...)
	stdout, stderr, err := try(ctx, "start", "--attach", id)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code, err = exit.ExitCode(), nil
	}
	if err != nil {
		t.Fatalf("docker start --attach: %v: %s", err, stderr)
	}
	return code, stdout + "\n" + stderr
}

// volume creates a volume that is removed when the test ends.
func volume(t *testing.T) string {
	t.Helper()
	name := docker(t, "volume", "create")
	removed(t, "volume", "rm", name)
	return name
}
