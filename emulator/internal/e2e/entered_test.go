package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
)

// Limits of what a create call enters: a newcomer must read this much to follow the call.
const (
	mostEnteredFiles     = 50
	mostEnteredPackages  = 20
	mostEnteredFunctions = 160
)

// TestEntered measures the code that a create call enters, and a detect call after it,
// and compares the create call with the limits. It builds the program with coverage
// counters and compares a run with the call with runs without it.
func TestEntered(t *testing.T) {
	t.Parallel()
	if os.Getenv("CI") != "true" {
		t.Skip("builds the program with coverage counters, which takes a minute; to run it, set CI=true")
	}
	program := coveredProgram(t)
	// Each run begins with a call that is not measured, because the first call also reads
	// what a start leaves for the first use, such as the file of the scenario. It uses
	// another resource.
	first := func(base string) { createPlainSession(t, base, "first") }
	created := func(base string) { first(base); createPlainSession(t, base, "entered") }
	detected := func(base string) { first(base); callDetect(t, base, createPlainSession(t, base, "entered")) }
	// The idle run is the longest, so code that runs every second is not attributed to a
	// call.
	idle := program.run(t, func(base string) {
		first(base)
		_ = clock.System{}.Wait(t.Context(), clock.System{}.Now().Add(5*time.Second))
	})
	once := program.run(t, created)
	twice := program.run(t, detected)

	create := once.since(idle)
	t.Log(create.String("create session"))
	t.Log(twice.since(once, idle).String("detect call"))
	if f, p, n := create.figures(); f > mostEnteredFiles || p > mostEnteredPackages || n > mostEnteredFunctions {
		t.Errorf("a create call enters %d files, %d packages and %d functions; the bounds are %d, %d and %d",
			f, p, n, mostEnteredFiles, mostEnteredPackages, mostEnteredFunctions)
	}
}

// createPlainSession makes a create call with a JSON body and a subscription key, and
// returns the session's token.
func createPlainSession(t *testing.T, base, key string) string {
	t.Helper()
	body := `{"livenessOperationMode":"Passive","deviceCorrelationId":"phone-1"}`
	answer := post(t, base+"/face/v1.2/detectLiveness-sessions", body, "Ocp-Apim-Subscription-Key", key)
	var session struct {
		AuthToken string `json:"authToken"`
	}
	if err := json.Unmarshal(answer, &session); err != nil || session.AuthToken == "" {
		t.Fatalf("create: %s, %v", answer, err)
	}
	return session.AuthToken
}

func callDetect(t *testing.T, base, token string) {
	t.Helper()
	post(t, base+"/face/v1.2/detectLiveness/singleModal", `{}`, "Authorization", "Bearer "+token)
}

func post(t *testing.T, url, body, header, value string) []byte {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set(header, value)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("POST %s: %s: %s, %v", url, response.Status, answer, err)
	}
	return answer
}

// A covered is the program built with coverage counters.
type covered struct {
	binary string
	root   string // root folder of the module
	units  functionTable
}

func coveredProgram(t *testing.T) covered {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	c := covered{binary: filepath.Join(t.TempDir(), "covered"), root: root, units: functionTable{}}
	build := exec.CommandContext(t.Context(), "go", "build", "-cover", "-covermode=count", "-coverpkg=./...",
		"-o", c.binary, "./cmd/face-liveness-emulator")
	build.Dir = root
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", build.Args, err, output)
	}
	return c
}

// run starts the program with an empty state folder, calls do when it is ready, stops it,
// and returns how often each function was entered.
func (c covered) run(t *testing.T, do func(base string)) counts {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	profiles := t.TempDir()
	command := exec.CommandContext(ctx, c.binary,
		"--http-addr", "127.0.0.1:0", "--https-addr", "", "--state", t.TempDir(), "--seed", "1", "--log-format", "json")
	command.Env = append(os.Environ(), "GOCOVERDIR="+profiles)
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(output)
	base := ""
	for base == "" && lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), "ready http="); ok {
			base, _, _ = strings.Cut(rest, " ")
		}
	}
	if base == "" {
		t.Fatal("the program did not print a ready line")
	}
	do(base)
	http.DefaultClient.CloseIdleConnections()
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
		continue // read until the program ends: Wait would close the pipe
	}
	const stopped = 128 + int(syscall.SIGTERM)
	if err := command.Wait(); command.ProcessState.ExitCode() != stopped {
		t.Fatalf("the program ended with %v, want exit code %d", err, stopped)
	}
	text := filepath.Join(profiles, "text")
	convert := exec.CommandContext(ctx, "go", "tool", "covdata", "textfmt", "-i="+profiles, "-o="+text)
	convert.Dir = c.root
	if output, err := convert.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", convert.Args, err, output)
	}
	profile, err := os.ReadFile(text)
	if err != nil {
		t.Fatal(err)
	}
	return c.units.counts(t, c.root, profile)
}

// String lists the entered functions by file, after a line with the totals.
func (e entered) String(call string) string {
	files, packages, functions := e.figures()
	var text bytes.Buffer
	fmt.Fprintf(&text, "%s enters %d files, %d packages, %d functions\n", call, files, packages, functions)
	for _, file := range slices.Sorted(maps.Keys(e)) {
		fmt.Fprintf(&text, "  %s: %s\n", file, strings.Join(e[file], ", "))
	}
	return text.String()
}

func (e entered) figures() (files, packages, functions int) {
	folders := map[string]bool{}
	for file, names := range e {
		folders[path.Dir(file)] = true
		functions += len(names)
	}
	return len(e), len(folders), functions
}
