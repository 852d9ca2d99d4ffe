package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// A terminal is a pseudo-terminal for programs, with their output.
type terminal struct {
	program *os.File // its side of the terminal
	text    output
	seen    chan struct{} // closed when the text matches
	ended   chan struct{} // closed when all programs have closed the terminal
}

// newTerminal opens a terminal and watches it for a text.
func newTerminal(t *testing.T, wait *regexp.Regexp) *terminal {
	t.Helper()
	screen, program, err := openTerminal()
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	t.Cleanup(func() { _ = program.Close() }) // It may be closed already.
	term := &terminal{program: program, seen: make(chan struct{}), ended: make(chan struct{})}
	go func() {
		defer close(term.ended)
		defer screen.Close()
		buffer, seen := make([]byte, 4096), false
		for {
			n, err := screen.Read(buffer)
			_, _ = term.text.Write(buffer[:n])
			if !seen && wait.MatchString(term.text.String()) {
				seen = true
				close(term.seen)
			}
			if err != nil {
				return // when the last program has closed its side
			}
		}
	}()
	return term
}

// openTerminal returns both sides of a new terminal.
func openTerminal() (screen, program *os.File, err error) {
	screen, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	raw, err := screen.SyscallConn()
	if err != nil {
		return nil, nil, errors.Join(err, screen.Close())
	}
	var number uint32
	var failed error
	err = raw.Control(func(fd uintptr) {
		if failed = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); failed == nil {
			number, failed = unix.IoctlGetUint32(int(fd), unix.TIOCGPTN)
		}
	})
	if err = errors.Join(err, failed); err == nil {
		program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		return nil, nil, errors.Join(err, screen.Close())
	}
	return screen, program, nil
}

// onScreen returns the content of the screen after a text, and the width of the widest
// line that was overwritten.
func onScreen(text string) (left string, widest int) {
	text = regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(text, "") // colours
	text = strings.ReplaceAll(text, "\r\n", "\n")                          // what a terminal makes of a line end
	lines, column := []string{""}, 0
	for _, c := range text {
		line := &lines[len(lines)-1]
		switch c {
		case '\r':
			widest = max(widest, len(strings.TrimRight(*line, " ")))
			column = 0
		case '\n':
			lines = append(lines, "")
			column = 0
		default:
			*line = (*line)[:column] + string(c) + (*line)[min(column+1, len(*line)):]
			column++
		}
	}
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ") // blanks cannot be seen
	}
	return strings.Join(lines, "\n"), widest
}

// sentFirst is the number of bytes that a slowEmulator transfers before it waits.
const sentFirst = 1_500_000

// sentInfo is the summary that a slowEmulator sends.
func sentInfo() control.SnapshotInfo {
	return control.SnapshotInfo{Version: 1, Release: "0", Taken: time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC), Sessions: 3, Images: 1}
}

// A slowEmulator transfers a part of a snapshot, and the rest when the test continues.
type slowEmulator struct {
	came chan struct{} // one value for each waiting call
	goOn chan struct{} // closed to end the waits
}

// ServeHTTP implements http.Handler.
func (e *slowEmulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	info, err := json.Marshal(sentInfo())
	if err != nil {
		panic(err)
	}
	wait := func() {
		e.came <- struct{}{}
		select {
		case <-e.goOn:
		case <-r.Context().Done():
		}
	}
	// Some tests end the client here.
	switch r.URL.Path {
	case "/_emulator/snapshot":
		w.Header().Set("Trailer", "X-Face-Liveness-Snapshot")
		_, _ = w.Write(make([]byte, sentFirst))
		_ = http.NewResponseController(w).Flush()
		wait()
		w.Header().Set("X-Face-Liveness-Snapshot", string(info))
	case "/_emulator/restore":
		_, _ = io.CopyN(io.Discard, r.Body, sentFirst)
		wait()
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = w.Write(info)
	}
}

// A longCommand is a command that takes long, with its expected output.
type longCommand struct {
	name   string
	shows  *regexp.Regexp
	signal os.Signal // sent while it runs; nil: it completes
	code   int
	prints func(file string) string // nil: no output
}

// start starts the command with a file.
func (l longCommand) start(t *testing.T, url, file string, stdout, stderr io.Writer) *exec.Cmd {
	t.Helper()
	const size = 64 << 20 // far more than the buffers of a connection hold
	dir := t.TempDir()
	if name := filepath.Join(dir, file); l.name == "restore" {
		if err := errors.Join(os.WriteFile(name, nil, 0o600), os.Truncate(name, size)); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.CommandContext(t.Context(), "face-liveness-emulator", l.name, file, "--url", url)
	command.Dir, command.Env, command.Stdout, command.Stderr = dir, cleanEnv(dir), stdout, stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill() }) // It has ended, unless the test has failed.
	return command
}

// check compares the exit code and the output of a command.
func (l longCommand) check(t *testing.T, command *exec.Cmd, file, printed string) {
	t.Helper()
	want := ""
	if l.prints != nil {
		want = l.prints(file)
	}
	if code := command.ProcessState.ExitCode(); code != l.code || printed != want {
		t.Errorf("%s: got exit code %d and %q, want %d and %q", file, code, printed, l.code, want)
	}
}

// TestProgressOnTerminal: a terminal shows the progress of a long snapshot or restore, and
// nothing of it at the end. A pipe gets no progress.
func TestProgressOnTerminal(t *testing.T) {
	t.Parallel()
	of := func(string) string {
		return "3 sessions and 1 image of one resource, by version 0 at 2030-01-31T12:00:00Z\n"
	}
	bytesSoFar := regexp.MustCompile(`\rsnapshot: 1\.50 MB`)
	for name, test := range map[string]longCommand{
		"snapshot": {name: "snapshot", shows: bytesSoFar, prints: func(file string) string { return file + ": " + of(file) }},
		"restore": {
			name: "restore", shows: regexp.MustCompile(`\rrestore: \[#* +\] \d+ %, \d+\.\d\d MB of 67\.11 MB`), prints: of,
		},
		"interrupted snapshot": {name: "snapshot", shows: bytesSoFar, signal: syscall.SIGINT, code: 130},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			slow := &slowEmulator{came: make(chan struct{}, 2), goOn: make(chan struct{})}
			server := httptest.NewServer(slow)
			t.Cleanup(server.Close)
			goOn := sync.OnceFunc(func() { close(slow.goOn) })
			t.Cleanup(goOn)
			term := newTerminal(t, test.shows)
			// The command with a pipe waits longer than the one with the terminal.
			var stdout, stderr bytes.Buffer
			piped := test.start(t, server.URL, "piped", &stdout, &stderr)
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			select {
			case <-slow.came:
			case <-ctx.Done():
				t.Fatal("got no call of the command")
			}
			shown := test.start(t, server.URL, "shown", term.program, term.program)
			_ = term.program.Close() // The program has its own.
			select {
			case <-term.seen:
			case <-term.ended:
				t.Fatalf("got %q at the end, want it to show %s before", &term.text, test.shows)
			case <-ctx.Done():
				t.Fatalf("got %q until now, want it to show %s", &term.text, test.shows)
			}
			if test.signal == nil {
				goOn()
			}
			for _, command := range []*exec.Cmd{shown, piped} {
				if test.signal != nil {
					_ = command.Process.Signal(test.signal)
				}
				_ = command.Wait() // The state of the process says the same.
			}
			<-term.ended
			left, widest := onScreen(term.text.String())
			test.check(t, shown, "shown", left)
			test.check(t, piped, "piped", stdout.String())
			if stderr.Len() > 0 {
				t.Errorf("got %q in a pipe, want nothing", &stderr)
			}
			if widest == 0 || widest >= 80 {
				t.Errorf("got a line of %d characters, want one that fits into 80 columns", widest)
			}
		})
	}
}
