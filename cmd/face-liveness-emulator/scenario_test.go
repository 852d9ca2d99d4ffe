package main

import (
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
)

// TestUnwritable: a full disk has a message, a closed pipe has none, and neither is a
// usage error.
func TestUnwritable(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"list", "list --output json", "show spoof", "explain", "explain --output json", "validate nowhere", "validate nowhere --output json",
	} {
		for cause, want := range map[error]string{
			errors.New("disk full"): "face-liveness-emulator: disk full\n",
			syscall.EPIPE:           "",
		} {
			reader, stdout := io.Pipe()
			if err := reader.CloseWithError(cause); err != nil {
				t.Fatal(err)
			}
			var stderr strings.Builder
			p := program{
				args:      append([]string{"scenario"}, strings.Fields(line)...),
				lookupEnv: environment(nil), environ: environ(nil), stdout: stdout, stderr: &stderr,
			}
			if code := p.run(t.Context()); code != config.ExitRuntime || stderr.String() != want {
				t.Errorf("%s, %v: got exit code %d and %q; want %d and %q", line, cause, code, &stderr, config.ExitRuntime, want)
			}
		}
	}
}
