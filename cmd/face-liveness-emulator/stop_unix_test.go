//go:build unix

package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
)

// prompt is the time limit for a stop that waits for nothing, on a busy machine. It is far
// below the time of the slow scenario.
const prompt = 5 * time.Second

// TestSignals: each signal ends the process with its exit code after the state was
// written, and the next process with this folder has all of it.
func TestSignals(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		signal os.Signal
		code   int
	}{{syscall.SIGINT, 130}, {syscall.SIGTERM, 143}} {
		t.Run(row.signal.String(), func(t *testing.T) {
			t.Parallel()
			state := filepath.Join(t.TempDir(), "state")
			first := start(t, "--state", state)
			api := first.caller(t)
			plain, verify := api.create(t, plainKind, ""), api.create(t, verifyKind, "")
			api.must(t, http.StatusOK, starting(verify.AuthToken))
			api.must(t, http.StatusOK, detection(verifyKind, verify.AuthToken))
			before := api.must(t, http.StatusOK, reading(verifyKind, verify.SessionID))
			if got := first.endWithin(t, row.signal, prompt); got != row.code {
				t.Fatalf("got exit code %d, want %d; stderr: %s", got, row.code, &first.stderr)
			}
			if _, err := os.Stat(filepath.Join(state, "runtime.json")); !os.IsNotExist(err) {
				t.Errorf("the file for the health command: got %v, want that it is gone", err)
			}

			second := start(t, "--state", state)
			api = second.caller(t)
			if after := api.must(t, http.StatusOK, reading(verifyKind, verify.SessionID)); after != before {
				t.Errorf("after the restart: got %s, want %s", after.body, before.body)
			}
			api.must(t, http.StatusOK, reading(plainKind, plain.SessionID))
			api.must(t, http.StatusOK, starting(plain.AuthToken))
			api.must(t, http.StatusOK, detection(plainKind, plain.AuthToken))
		})
	}
}

// TestStopWithoutReader: a closed output changes neither the exit code nor the state.
func TestStopWithoutReader(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	command := exec.CommandContext(t.Context(), "face-liveness-emulator",
		"--state", filepath.Join(folder, "state"), "--http-addr", "127.0.0.1:0", "--https-addr=")
	command.Env, command.Stdout = cleanEnv(folder), writer
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	_ = writer.Close() // The process has its own.
	ready := false
	for scanner := bufio.NewScanner(reader); !ready && scanner.Scan(); {
		ready = readyLine.MatchString(scanner.Text())
	}
	_ = reader.Close()
	_ = command.Process.Signal(syscall.SIGTERM)
	_ = command.Wait() // The state of the process has the result.
	if got := command.ProcessState.ExitCode(); !ready || got != 143 {
		t.Errorf("got ready %v and exit code %d (%v), want 143", ready, got, command.ProcessState)
	}
}

// TestStopEndsWaits: a stop answers a device call at once that waits eight seconds for the
// end of its attempt, and the attempt is not lost.
func TestStopEndsWaits(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "state")
	p := start(t, "--state", state)
	api := p.caller(t)
	session := api.create(t, plainKind, "slow")
	api.must(t, http.StatusOK, starting(session.AuthToken))

	// One of the two begins the attempt. Once the other one is refused because an
	// attempt is running, the first one waits for certain.
	answers := make(chan answer, 2)
	for range 2 {
		go func() {
			got, err := api.do(t.Context(), detection(plainKind, session.AuthToken))
			if err != nil {
				got.body = err.Error()
			}
			answers <- got
		}()
	}
	if got := <-answers; got.status != http.StatusConflict {
		t.Fatalf("a detect call beside another: got %d %s, want 409", got.status, got.body)
	}
	if code := p.endWithin(t, syscall.SIGTERM, prompt); code != 143 {
		t.Errorf("got exit code %d, want 143; stderr: %s", code, &p.stderr)
	}
	if got := <-answers; got.status != http.StatusServiceUnavailable {
		t.Errorf("the waiting call: got %d %s, want 503", got.status, got.body)
	}
	after := start(t, "--state", state).caller(t).must(t, http.StatusOK, reading(plainKind, session.SessionID))
	if s, err := after.session(); err != nil || s.Status != "Running" {
		t.Errorf("after the restart: got %s, %v; want that the attempt still runs", after.body, err)
	}
}

// TestStopOnHangUp: the end of the terminal stops the program cleanly.
func TestStopOnHangUp(t *testing.T) {
	t.Parallel()
	// Children inherit ignored signals, as under nohup, but not caught ones.
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(caught) })
	p := start(t, "--state", filepath.Join(t.TempDir(), "state"))
	if code := p.endWithin(t, syscall.SIGHUP, prompt); code != 129 {
		t.Errorf("got exit code %d, want 129; stderr: %s", code, &p.stderr)
	}
	if !strings.Contains(p.stdout.String(), "\nstopped, state written out\n") {
		t.Errorf("got %q, want that the state was written out", p.stdout.String())
	}
}

// TestStopEndsHangs: a call that hangs by a fault does not delay the stop.
func TestStopEndsHangs(t *testing.T) {
	t.Parallel()
	p := start(t, "--ephemeral")
	api := p.caller(t)
	session := api.create(t, plainKind, "no-answer")
	// The first of the reads hangs. It does when the other one has its answer.
	answers := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := api.do(t.Context(), reading(plainKind, session.SessionID))
			answers <- err
		}()
	}
	if err := <-answers; err != nil {
		t.Fatalf("a read beside the one that hangs: got %v, want an answer", err)
	}
	if code := p.endWithin(t, syscall.SIGTERM, prompt); code != 143 {
		t.Errorf("got exit code %d, want 143; stderr: %s", code, &p.stderr)
	}
	if err := <-answers; err == nil {
		t.Error("the read that hung: got an answer, want a broken connection")
	}
}

// TestStopFinishesRequests: a stop completes running requests and refuses new connections.
// A request that never ends does not delay it.
func TestStopFinishesRequests(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "state")
	p := start(t, "--state", state)
	address := strings.TrimPrefix(p.http, "http://")
	finishing, stuck := halfSent(t, address), halfSent(t, address)
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for refused := false; !refused; {
		conn, err := net.Dial("tcp", address)
		refused = err != nil
		if err == nil {
			_ = conn.Close()
		}
	}
	got := finishing.finish(t)
	if got.status != http.StatusOK {
		t.Fatalf("the request under way: got %d %s, want 200", got.status, got.body)
	}
	if code := p.endWithin(t, syscall.SIGTERM, prompt); code != 143 {
		t.Errorf("got exit code %d, want 143; stderr: %s", code, &p.stderr)
	}
	if rest, err := io.ReadAll(stuck.answers); err == nil && len(rest) > 0 {
		t.Errorf("the request that does not end: got %q, want nothing", rest)
	}
	session, err := got.session()
	if err != nil {
		t.Fatal(err)
	}
	start(t, "--state", state).caller(t).must(t, http.StatusOK, reading(plainKind, session.SessionID))
}

// A halfCall is a request with a part of its body.
type halfCall struct {
	conn    net.Conn
	answers *bufio.Reader
	rest    string
}

// halfSent sends half a create call and returns when the program asks for its body.
func halfSent(t *testing.T, address string) halfCall {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	c, half := creation(plainKind, "", ""), 20
	_, err = fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: %s\r\nOcp-Apim-Subscription-Key: %s\r\nContent-Type: %s\r\n"+
		"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n", c.method, c.path, address, emulator.Key1, c.contentType, len(c.body))
	if err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewReader(conn)
	for _, want := range []string{"HTTP/1.1 100 Continue\r\n", "\r\n"} {
		if line, err := answers.ReadString('\n'); line != want {
			t.Fatalf("half a request: got %q, %v; want %q", line, err, want)
		}
	}
	if _, err := io.WriteString(conn, c.body[:half]); err != nil {
		t.Fatal(err)
	}
	return halfCall{conn: conn, answers: answers, rest: c.body[half:]}
}

// finish sends the rest and returns the answer.
func (c halfCall) finish(t *testing.T) answer {
	t.Helper()
	if _, err := io.WriteString(c.conn, c.rest); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, string(body)}
}
