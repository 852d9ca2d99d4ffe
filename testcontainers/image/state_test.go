package image_test

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

func keptIn(volume string) []string { return []string{"--volume", volume + ":" + stateDir} }

// stateWritten is the last log message of an emulator that was stopped.
const stateWritten = "stopped, state written out"

// exitOfTerminated is the exit code of a process that ended on SIGTERM. The code of a
// killed process is 137.
const exitOfTerminated = 143

// TestRestart checks that the next container on a volume knows the sessions, the CA and
// the device tokens, however the first one ended.
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

// TestSecondOnVolume checks that two containers cannot use one volume at the same time.
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

// TestStop checks that the emulator ends quickly when it is stopped, even while a device
// call waits, long before the engine would kill it. Answered calls are kept.
func TestStop(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	for _, row := range []struct {
		name      string
		arguments []string
		last      string // line of the output
		waits     bool
	}{
		{name: "idle", last: stateWritten},
		{name: "a device waits", last: stateWritten, waits: true},
		{name: "in memory", arguments: []string{"--ephemeral"}, last: "stopped"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := start(t, nil, row.arguments...)
			api := c.awaitReady(t)
			written := api.create(t, "")
			if row.waits {
				api.leaveWaiting(t, api.create(t, "slow").AuthToken)
			}
			c.do(t, "stop")
			s := c.state(t)
			if s.ExitCode != exitOfTerminated {
				t.Errorf("got exit code %d, want %d", s.ExitCode, exitOfTerminated)
			}
			// It takes a tenth of a second, but other tests may use both cores.
			if took := c.stopping(t, s); took > 2*time.Second {
				t.Errorf("from the signal to the end: took %v, want a second", took)
			}
			stdout, stderr := c.logged(t)
			if lines := strings.Split(strings.TrimSpace(stdout), "\n"); lines[len(lines)-1] != row.last {
				t.Errorf("the last line: got %q, want %q; %s", lines[len(lines)-1], row.last, stderr)
			}
			if row.last == stateWritten {
				c.do(t, "start")
				c.awaitReady(t).read(t, written.SessionID, "NotStarted")
			}
		})
	}
}

// stopping returns the time from the signal to the container's end, as the engine reports
// it.
func (c container) stopping(t *testing.T, s state) time.Duration {
	t.Helper()
	until := s.FinishedAt.Add(time.Second).Format(time.RFC3339Nano)
	moments := strings.Fields(docker(t, "events", "--since", s.StartedAt.Format(time.RFC3339Nano), "--until", until,
		"--filter", "container="+c.id, "--filter", "event=kill", "--filter", "event=die", "--format", "{{.TimeNano}}"))
	if len(moments) != 2 {
		t.Fatalf("the engine's events of a signal and an end: got %v, want two moments", moments)
	}
	var at [2]int64
	for i, moment := range moments {
		var err error
		if at[i], err = strconv.ParseInt(moment, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	return time.Duration(at[1] - at[0])
}
