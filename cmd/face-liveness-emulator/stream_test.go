package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
)

// A streamRun runs a command against a test server.
type streamRun struct {
	line    string
	handler http.HandlerFunc
	signals chan os.Signal
	stdin   string
}

func (r streamRun) run(t *testing.T) (code int, stdout, stderr string) {
	t.Helper()
	server := httptest.NewServer(r.handler)
	defer server.Close()
	var out, errs strings.Builder
	variables := map[string]string{"FACE_LIVENESS_URL": server.URL}
	p := program{
		args: strings.Fields(r.line), lookupEnv: environment(variables), environ: environ(variables),
		stdin: strings.NewReader(r.stdin), stdout: &out, stderr: &errs, signals: r.signals,
	}
	code = p.run(t.Context())
	return code, out.String(), strings.ReplaceAll(errs.String(), server.URL, "URL")
}

const timelineEvent = `data: {"kind":"moment","session":"s","moment":{"what":"attempt ended","at":"2030-01-31T12:00:00.5Z","attempt":2,"detail":"spoofface"},"missed":3}` + "\n\n"

// TestEvents: events are printed as they arrive, and an interrupt ends with exit code 0.
func TestEvents(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		line, stdout, stderr string
		code                 int
		signal, more         bool // after the first event
	}{
		"interrupted": {line: "events", stdout: "(3 events left out)\n12:00:00.500  moment   attempt ended  s  attempt 2  spoofface\n", signal: true, more: true},
		"counted":     {line: "events --count 1 --session s --kind moment", stdout: "(3 events left out)\n12:00:00.500  moment   attempt ended  s  attempt 2  spoofface\n", more: true},
		"JSON":        {line: "events --count 1 --output json", stdout: strings.TrimPrefix(strings.TrimSuffix(timelineEvent, "\n"), "data: "), more: true},
		"ended": {
			line: "events", stdout: "(3 events left out)\n12:00:00.500  moment   attempt ended  s  attempt 2  spoofface\n",
			stderr: "face-liveness-emulator: the emulator ended the event stream\n", code: config.ExitRuntime,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			signals := make(chan os.Signal, 1)
			code, stdout, stderr := streamRun{line: row.line, signals: signals, handler: func(w http.ResponseWriter, r *http.Request) {
				if strings.Contains(row.line, "--session") && r.URL.RawQuery != "kind=moment&session=s" {
					t.Errorf("got the query %s, want the flags", r.URL.RawQuery)
				}
				_, _ = io.WriteString(w, ": hello\n\n"+timelineEvent)
				_ = http.NewResponseController(w).Flush()
				if row.signal {
					signals <- syscall.SIGINT
				}
				if row.more {
					<-r.Context().Done()
				}
			}}.run(t)
			if row.signal { // the event may have been on its way
				stdout = row.stdout
			}
			if code != row.code || stdout != row.stdout || stderr != row.stderr {
				t.Errorf("got exit code %d, %q and %q; want %d, %q and %q", code, stdout, stderr, row.code, row.stdout, row.stderr)
			}
		})
	}
}

// TestSnapshotCut: an incomplete snapshot leaves no file.
func TestSnapshotCut(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		after  func(*http.Request, chan<- os.Signal)
		code   int
		stderr string
	}{
		"no trailer":  {func(*http.Request, chan<- os.Signal) {}, config.ExitRuntime, "face-liveness-emulator: the snapshot is incomplete: the connection ended early\n"},
		"connection":  {func(*http.Request, chan<- os.Signal) { panic(http.ErrAbortHandler) }, config.ExitRuntime, "face-liveness-emulator: unexpected EOF\n"},
		"interrupted": {func(r *http.Request, signals chan<- os.Signal) { signals <- syscall.SIGINT; <-r.Context().Done() }, config.ExitSignal + 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			signals := make(chan os.Signal, 1)
			code, stdout, stderr := streamRun{line: "snapshot " + filepath.Join(dir, "file"), signals: signals, handler: func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.WriteString(w, "half")
				_ = http.NewResponseController(w).Flush()
				row.after(r, signals)
			}}.run(t)
			if code != row.code || stdout != "" || stderr != row.stderr {
				t.Errorf("got exit code %d, %q and %q; want %d and %q", code, stdout, stderr, row.code, row.stderr)
			}
			if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
				t.Errorf("got %v, %v; want no file", entries, err)
			}
		})
	}
}

// TestSignalsReleased: commands that do not handle signals restore their default effect.
func TestSignalsReleased(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{"version": true, "sessions": true, "restore -": true, "events --kind x": false, "snapshot /": false, "serve --log-level x": false} {
		released := false
		variables := map[string]string{"FACE_LIVENESS_URL": "http://127.0.0.1:1"}
		p := program{
			args: strings.Fields(line), lookupEnv: environment(variables), environ: environ(variables),
			stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, release: func() { released = true },
		}
		p.run(t.Context())
		if released != want {
			t.Errorf("%s: got signals released %v, want %v", line, released, want)
		}
	}
}

// TestReportExit: findings are exit code 1 in every format, without a message.
func TestReportExit(t *testing.T) {
	t.Parallel()
	const clean = `{"checks":[{"rule":"polled-too-fast","title":"Polled too fast","advice":"Wait.","findings":[]}]}`
	const dirty = `{"checks":[{"rule":"polled-too-fast","title":"Polled too fast","advice":"Wait.","findings":[{"text":"often"}]}]}`
	for _, output := range []string{"text", "json", "junit"} {
		for body, want := range map[string]int{clean: config.ExitOK, dirty: config.ExitRuntime} {
			code, stdout, stderr := streamRun{line: "report --output " + output, handler: func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, body)
			}}.run(t)
			if code != want || stdout == "" || stderr != "" || strings.Contains(stdout, "often") != (want == config.ExitRuntime) {
				t.Errorf("%s, %s: got exit code %d, %q and %q; want %d", output, body, code, stdout, stderr, want)
			}
		}
	}
}

// TestSeveralSessions: a failed connection ends the command, which prints the sessions
// that it has deleted.
func TestSeveralSessions(t *testing.T) {
	t.Parallel()
	calls := 0
	code, stdout, stderr := streamRun{line: "sessions delete a b c", handler: func(w http.ResponseWriter, _ *http.Request) {
		if calls++; calls > 1 {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, `{"sessionId":"a","status":"Failed"}`)
	}}.run(t)
	if code != config.ExitRuntime || stdout != "a: deleted; status was Failed\n" || !strings.HasPrefix(stderr, "face-liveness-emulator: cannot reach the emulator: ") {
		t.Errorf("got exit code %d, %q and %q; want a deleted and no more", code, stdout, stderr)
	}
}
