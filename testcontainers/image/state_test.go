package image_test

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func keptIn(volume string) []string { return []string{"--volume", volume + ":" + stateDir} }

// stateWritten is what the emulator says last when it has been stopped.
const stateWritten = "stopped, state written out"

// exitOfTerminated is the exit code of a process that has ended at SIGTERM's
// request; that of one that was killed is 137.
const exitOfTerminated = 143

// TestRestart: whatever ended a container, the next one on its volume knows the
// sessions, has the CA that clients trust, and takes the tokens of devices.
func TestRestart(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	for _, row := range []struct {
		name    string
		options []string
		end     func(*testing.T, container)
	}{
		{name: "stopped", end: func(t *testing.T, c container) { t.Helper(); c.do(t, "stop") }},
		{name: "killed", end: func(t *testing.T, c container) { t.Helper(); c.do(t, "kill"); c.do(t, "wait") }},
		{
			name: "killed, read-only root, any user", options: []string{"--read-only", "--user", "12345:12345"},
			end: func(t *testing.T, c container) { t.Helper(); c.do(t, "kill"); c.do(t, "wait") },
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			options := append(keptIn(volume(t)), row.options...)
			first := start(t, options)
			api := first.awaitReady(t)
			ca := api.ca(t)
			played, waiting := api.create(t, ""), api.create(t, "")
			api.play(t, played.AuthToken)
			last := api.create(t, "")
			row.end(t, first)

			again := func(t *testing.T, c container) {
				t.Helper()
				api := c.awaitReady(t)
				if got := api.ca(t); got != ca {
					t.Errorf("the CA: got another one than before: %s", got)
				}
				secure := c.secure(t, ca)
				if got := secure.read(t, played.SessionID, "Succeeded").decision(); got != "realface" {
					t.Errorf("the decision: got %q, want realface", got)
				}
				secure.read(t, last.SessionID, "NotStarted")
			}
			first.do(t, "start")
			again(t, first)
			row.end(t, first)
			second := start(t, options)
			again(t, second)
			second.secure(t, ca).play(t, waiting.AuthToken)
			second.secure(t, ca).read(t, waiting.SessionID, "Succeeded")
		})
	}
}

// TestSecondOnVolume: two containers cannot work on one volume at once.
func TestSecondOnVolume(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	options := keptIn(volume(t))
	first := start(t, options)
	api := first.awaitReady(t)
	if code, output := exitCode(t, options); code != 4 || !strings.Contains(output, stateDir) {
		t.Errorf("the second: got exit code %d, %q; want 4 and %s", code, output, stateDir)
	}
	api.works(t)
}

// TestStop: the emulator ends at once when it is asked to, long before the engine
// would kill it, and what was answered is kept.
func TestStop(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	for _, row := range []struct {
		name      string
		arguments []string
	}{
		{name: "idle"},
		{name: "in memory", arguments: []string{"--ephemeral"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			kept := !slices.Contains(row.arguments, "--ephemeral")
			c := start(t, nil, row.arguments...)
			api := c.awaitReady(t)
			written := api.create(t, "")
			asked := api.machineTime(t)
			c.do(t, "stop")
			s := c.state(t)
			if s.ExitCode != exitOfTerminated {
				t.Errorf("got exit code %d, want %d", s.ExitCode, exitOfTerminated)
			}
			// The Date of an answer has whole seconds, and both cores may be busy.
			if took := s.FinishedAt.Sub(asked); took > 5*time.Second {
				t.Errorf("docker stop: took %v, want a second", took)
			}
			stdout, stderr := c.logged(t)
			if lines := strings.Split(strings.TrimSpace(stdout), "\n"); kept && lines[len(lines)-1] != stateWritten {
				t.Errorf("the last line: got %q, want %q; %s", lines[len(lines)-1], stateWritten, stderr)
			}
			if kept {
				c.do(t, "start")
				c.awaitReady(t).read(t, written.SessionID, "NotStarted")
			}
		})
	}
}
