//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/e2e/load/process"
)

// TestMain lets the test binary be the bare stack, as the program is.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == bareCommand {
		if err := command(context.Background(), os.Args[1:], os.Stdout, os.Stderr); err != nil {
			panic(err)
		}
		return
	}
	m.Run()
}

// small are flags for a run of some seconds.
func small() []string {
	return []string{"-rounds", "1", "-starts", "1", "-time", "50ms", "-connections", "4", "-number", "200", "-warm", "200"}
}

// TestRun measures the bare stack beside itself, and compares it with ratios of a measured
// call and of a call that is not measured, which counts as worse.
func TestRun(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for name, test := range map[string]struct {
		call string // in the file
		want string // part of the error
	}{
		"as good": {call: "read/4"},
		"worse":   {call: "read/5", want: "requests/s of read/5: the ratio was 0.01 and is 0.00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			baseline := filepath.Join(folder, name)
			text := fmt.Sprintf(`{"start":1000,"calls":{%q:{"rate":0.01,"cpu":1000,"p99":1000}}}`, test.call)
			if err := os.WriteFile(baseline, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			settings, err := parse(append(small(), "-bare"), os.Stderr)
			if err != nil {
				t.Fatal(err)
			}
			twin := settings.programs[0]
			twin.Name = "twin"
			settings.programs = []process.Program{twin, settings.programs[0]}
			settings.baseline = baseline
			var stdout, stderr strings.Builder
			err = settings.run(t.Context(), &stdout, &stderr)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got the error %v, want %q; standard error:\n%s", err, test.want, &stderr)
			}
			for _, want := range []string{"| create/4 | twin |", "| read/4 | bare stack |", "| cold start, ms |", "| after load, resident MiB |"} {
				if !strings.Contains(stdout.String(), want) {
					t.Errorf("the output has no %q:\n%s", want, &stdout)
				}
			}
		})
	}
}

func TestRunWithManySessions(t *testing.T) {
	t.Parallel()
	var stdout, stderr strings.Builder
	if err := command(t.Context(), append(small(), "-bare", "-sessions", "1500"), &stdout, &stderr); err != nil {
		t.Fatalf("%v; standard error:\n%s", err, &stderr)
	}
	for _, want := range []string{"| | bare stack, 1000 | bare stack, 1500 |", "| disk, bytes per session |", "| open after a kill, ms |"} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("the output has no %q:\n%s", want, &stdout)
		}
	}
}

func TestInvalidFlags(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"nothing to measure":               {},
		`invalid number of connections "0`: {"-bare", "-connections", "1,0"},
		"-baseline needs":                  {"-bare", "-baseline", "x"},
		"no such file":                     {"-binary", filepath.Join(t.TempDir(), "none")},
		`unexpected argument "x"`:          {"-bare", "x"},
	} {
		var stderr strings.Builder
		if _, err := parse(args, &stderr); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", args, err, want)
		}
	}
}
