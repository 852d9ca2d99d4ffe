//go:build unix

package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// readyLine is the line for programs that wait. Its form must not change.
var readyLine = regexp.MustCompile(`^ready http=(https?://\S+)? https=(https://\S+)?$`)

// A process is a running process of the command.
type process struct {
	cmd            *exec.Cmd
	http, https    string // base URLs; "" is off
	stdout, stderr output
	ended          chan struct{} // closed when all output is read and cmd is waited for
}

// An output is a buffer for concurrent use.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// launch starts the command in a folder and returns when it is ready. TestMain has put the
// command into PATH.
func launch(dir string, env, args []string) (*process, error) {
	p := &process{cmd: exec.Command("face-liveness-emulator", args...), ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env, p.cmd.Stderr = dir, env, &p.stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	ready := make(chan []string, 1)
	go func() {
		defer close(p.ended)
		for scanner := bufio.NewScanner(stdout); scanner.Scan(); {
			_, _ = fmt.Fprintln(&p.stdout, scanner.Text())
			if found := readyLine.FindStringSubmatch(scanner.Text()); found != nil {
				ready <- found
			}
		}
		_ = p.cmd.Wait() // The state of the process has the result.
	}()
	select {
	case found := <-ready:
		p.http, p.https = found[1], found[2]
		return p, nil
	case <-p.ended:
		return nil, fmt.Errorf("%q ended before it was ready: %v: %s", p.cmd.Args, p.cmd.ProcessState, &p.stderr)
	}
}

// end sends a signal and returns the exit code, which is -1 after SIGKILL.
// A signal to a process that has ended is ignored.
func (p *process) end(signal os.Signal) int {
	_ = p.cmd.Process.Signal(signal)
	<-p.ended
	return p.cmd.ProcessState.ExitCode()
}

// endWithin is end with a time limit.
func (p *process) endWithin(t *testing.T, signal os.Signal, most time.Duration) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), most)
	defer cancel()
	_ = p.cmd.Process.Signal(signal)
	select {
	case <-p.ended:
	case <-ctx.Done():
		t.Fatalf("%v: the process still runs after %v", signal, most)
	}
	return p.cmd.ProcessState.ExitCode()
}

// start launches the command at free ports, with a separate folder for temporary files,
// until the test ends.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	dir := t.TempDir()
	args = append([]string{"--http-addr", "127.0.0.1:0", "--https-addr", "127.0.0.1:0"}, args...)
	p, err := launch(dir, cleanEnv(dir), args)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.end(syscall.SIGKILL) })
	return p
}

// cleanEnv returns the environment of the tests without variables of the command, and with
// its default folders in dir.
func cleanEnv(dir string) []string {
	env := []string{"HOME=" + dir, "TMPDIR=" + dir, "XDG_STATE_HOME=" + filepath.Join(dir, "state")}
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		switch {
		case strings.HasPrefix(name, "FACE_LIVENESS_"), name == "HOME", name == "TMPDIR", name == "XDG_STATE_HOME":
		default:
			env = append(env, variable)
		}
	}
	return env
}
