package image_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	suites = repository + "/emulator/testdata/sdk"
	faults = repository + "/emulator/testdata/faults"
	key    = "face0000face0000face0000face0001"
)

// suiteOptions are the scenarios of the SDK suites, and suiteArguments their keys: two of
// one resource, and a separate resource for each suite's tests that need one.
func suiteOptions(t *testing.T) []string {
	t.Helper()
	scenarios, err := filepath.Abs(faults)
	if err != nil {
		t.Fatal(err)
	}
	return mount(scenarios, "scenarios.d")
}

func suiteArguments() []string {
	keys := key + "+face0000face0000face0000face0002"
	for _, suite := range []string{"javascript", "python", "java"} {
		keys += ",sdk-" + suite + "-list,sdk-" + suite + "-settings"
	}
	return []string{"--keys", keys}
}

// TestSDKsFromHost runs the SDK suites against the published ports.
func TestSDKsFromHost(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	c := start(t, suiteOptions(t), suiteArguments()...)
	c.awaitReady(t)
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Minute)
	defer cancel()
	names := []string{"TestJavaScriptSDK", "TestPythonSDK", "TestJavaLibraries"}
	command := exec.CommandContext(ctx, "go", "test", "-count=1", "-v", "-run", "^("+strings.Join(names, "|")+")$", "./emulator/internal/e2e")
	command.Dir = repository
	command.WaitDelay = 5 * time.Second
	command.Env = append(os.Environ(),
		"FACE_LIVENESS_SDK_ENDPOINT="+c.base(t, "10101"), "FACE_LIVENESS_SDK_PLAIN_ENDPOINT="+c.base(t, "10100"),
		// Calls of a published port come from the network's gateway.
		"FACE_CLIENT_ADDRESS="+c.inspected(t, "{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}"))
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", command.Args, err, output)
	}
	for _, name := range names {
		if !strings.Contains(string(output), "--- PASS: "+name) {
			t.Errorf("%s: got no pass in %s", name, output)
		}
	}
	for _, count := range regexp.MustCompile(`\d+ tests passed`).FindAllString(string(output), -1) {
		t.Log(count)
	}
}

// TestSDKsFromNetwork runs the SDK suites in another container, which reaches the
// emulator by an alias on an internal network.
func TestSDKsFromNetwork(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	const alias = "face"
	suite := buildSuites(t)
	network := docker(t, "network", "create", "--internal", filepath.Base(filepath.Dir(t.TempDir())))
	removed(t, "network", "rm", network)
	c := container{id: created(t, slices.Concat(suiteOptions(t), []string{"--network", network, "--network-alias", alias}),
		append([]string{image()}, suiteArguments()...)...)}
	c.do(t, "start")
	c.awaitHealth(t, "healthy")
	ca := filepath.Join(folder(t), "ca.pem")
	docker(t, "cp", c.id+":"+stateDir+"/ca.pem", ca)

	plain, secure := "http://"+alias+":10100", "https://"+alias+":10101"
	for _, row := range []struct{ name, run, passed string }{
		{
			name: "JavaScript", passed: `(?m)^# tests ([1-9]\d*)\n(?:# .*\n)*?# pass (\d+)$`,
			run: "cd /suites/javascript && node --version >&2 && node --test --test-reporter=tap",
		},
		{
			name: "Python", passed: `(?m)^(([1-9]\d*)) passed in .*$`,
			run: "cd /suites/python && .venv/bin/python -m pytest -q -p no:cacheprovider",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			id := created(t, []string{
				"--network", network, "--volume", ca + ":/suites/ca.pem:ro",
				"--env", "FACE_ENDPOINT=" + secure, "--env", "FACE_PLAIN_ENDPOINT=" + plain, "--env", "FACE_APIKEY=" + key,
				"--env", "IDENTITY_ENDPOINT=" + plain + "/_emulator/identity", "--env", "IDENTITY_HEADER=face-liveness-emulator",
			}, suite, "sh", "-c", `export FACE_CLIENT_ADDRESS="$(hostname -i)"; `+row.run)
			output := docker(t, "start", "--attach", id)
			found := regexp.MustCompile(row.passed).FindStringSubmatch(output)
			if found == nil || found[1] != found[2] {
				t.Fatalf("want all tests to run and pass, got\n%s", output)
			}
			t.Logf("%s tests passed", found[1])
		})
	}
}

// buildSuites builds an image from a copy of the suites, without their installed
// packages, and returns its id.
func buildSuites(t *testing.T) string {
	t.Helper()
	contents := folder(t)
	for _, suite := range []string{"javascript", "python"} {
		copyTree(t, filepath.Join(suites, suite), filepath.Join(contents, suite))
	}
	const tag = "face-liveness-emulator-sdk-suites"
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Minute)
	defer cancel()
	install := exec.CommandContext(ctx, "npm", "ci", "--prefer-offline", "--loglevel=error")
	install.Dir = filepath.Join(contents, "javascript")
	if output, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", install.Args, err, output)
	}
	// The layers with packages stay cached as long as the lock files are the same.
	stdout, stderr, err := try(ctx, "build", "--network", "host", "--tag", tag, "--file", "testdata/sdk.Dockerfile", contents)
	if err != nil {
		t.Fatalf("docker build: %v\n%s\n%s", err, stdout, stderr)
	}
	return tag
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(name string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			switch entry.Name() {
			case "node_modules", ".venv", "__pycache__", ".pytest_cache":
				return filepath.SkipDir
			}
			return nil
		}
		relative, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		write(t, content, to, relative)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
