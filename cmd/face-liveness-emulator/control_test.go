package main

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// controlRun runs a control command against a test server, and returns the exit code and
// the error output.
func controlRun(t *testing.T, line string, stdout io.Writer, handler http.HandlerFunc) (code int, stderr string) {
	t.Helper()
	server := httptest.NewServer(handler)
	defer server.Close()
	var errs strings.Builder
	variables := map[string]string{"FACE_LIVENESS_URL": server.URL, "FACE_LIVENESS_ADMIN_TOKEN": "sesame", "FACE_LIVENESS_KEY": "mine"}
	p := program{
		args: strings.Fields(line), lookupEnv: environment(variables), environ: environ(variables),
		stdin: strings.NewReader("[]"), stdout: stdout, stderr: &errs,
	}
	code = p.run(t.Context())
	return code, strings.ReplaceAll(errs.String(), server.URL, "URL")
}

// TestControlFailures: failed calls have their exit code, and messages show no token.
func TestControlFailures(t *testing.T) {
	t.Parallel()
	answer := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	for name, row := range map[string]struct {
		handler http.HandlerFunc
		code    int
		says    string
	}{
		"invalid":      {answer(http.StatusBadRequest, `{"error":"too fast"}`), config.ExitUsage, "too fast\n"},
		"refused":      {answer(http.StatusForbidden, `{"error":"not you"}`), config.ExitUsage, "not you\n"},
		"unknown":      {answer(http.StatusNotFound, `{"error":"no such"}`), config.ExitUsage, "no such\n"},
		"unavailable":  {answer(http.StatusServiceUnavailable, `{"error":"later"}`), config.ExitRuntime, "later\n"},
		"broken":       {answer(http.StatusInternalServerError, `{"error":"broken"}`), config.ExitRuntime, "broken\n"},
		"no emulator":  {answer(http.StatusOK, "<html>"), config.ExitRuntime, "is not a face-liveness-emulator: "},
		"other errors": {answer(http.StatusBadGateway, "<html>"), config.ExitRuntime, "the server answered 502; it is not a face-liveness-emulator\n"},
		"gone":         {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, config.ExitRuntime, "cannot reach the emulator: "},
		"elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/elsewhere" {
				t.Errorf("a redirect was followed, with the token %q", r.Header.Get(control.AdminHeader))
			}
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, config.ExitRuntime, "the server answered 307; it is not a face-liveness-emulator\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, line := range []string{
				"clock", "clock freeze", "clock advance 1s", "scenario use x --output json", "scenario queue x", "faults use -",
				"sessions", "sessions show x", "sessions play x attempt --wait", "sessions delete x y", "sessions export x", "sessions scenario x",
				"reset everything", "restore -", "report --output junit",
			} {
				var stdout strings.Builder
				code, stderr := controlRun(t, line, &stdout, row.handler)
				if code != row.code || !strings.Contains(stderr, row.says) || stdout.Len() > 0 || strings.Contains(stderr, "for usage") {
					t.Errorf("%s: got exit code %d, %q and %q; want %d and %q", line, code, &stdout, stderr, row.code, row.says)
				}
				if strings.Contains(stderr, "sesame") {
					t.Errorf("%s: got %q, want no token in it", line, stderr)
				}
			}
		})
	}
}

// TestControlUnwritable: a full disk has a message, a closed pipe has none, and neither is
// a usage error.
func TestControlUnwritable(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"clock", "scenario current", "faults --output json", "sessions", "reset clock", "sessions scenario x", "report"} {
		for cause, want := range map[error]string{
			errors.New("disk full"): "face-liveness-emulator: disk full\n",
			syscall.EPIPE:           "",
		} {
			reader, stdout := io.Pipe()
			if err := reader.CloseWithError(cause); err != nil {
				t.Fatal(err)
			}
			code, stderr := controlRun(t, line, stdout, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") })
			if code != config.ExitRuntime || stderr != want {
				t.Errorf("%s, %v: got exit code %d and %q; want %d and %q", line, cause, code, stderr, config.ExitRuntime, want)
			}
		}
	}
}
