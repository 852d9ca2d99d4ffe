package faceliveness_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/testcontainers/testcontainers-go"

	faceliveness "github.com/livenesslabs/face-liveness-emulator/testcontainers"
)

// A recorder is a testing.TB that keeps its log.
type recorder struct {
	testing.TB
	failed   bool
	cleanups []func()

	mu     sync.Mutex
	logged []string
	more   chan struct{} // lines may have been logged before
}

func newRecorder(t *testing.T) *recorder {
	t.Helper()
	return &recorder{TB: t, more: make(chan struct{}, 1)}
}

func (*recorder) Helper()            {}
func (r *recorder) Failed() bool     { return r.failed }
func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Logf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.logged = append(r.logged, fmt.Sprintf(format, args...))
	select {
	case r.more <- struct{}{}:
	default:
	}
}

// said returns the log.
func (r *recorder) said() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.logged)
}

// end ends the test.
func (r *recorder) end() {
	for _, cleanup := range slices.Backward(r.cleanups) {
		cleanup()
	}
}

// await waits for a line that contains a text, and returns it.
func (r *recorder) await(t *testing.T, text string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		said := r.said()
		if i := slices.IndexFunc(said, func(line string) bool { return strings.Contains(line, text) }); i >= 0 {
			return said[i]
		}
		select {
		case <-r.more:
		case <-ctx.Done():
			t.Fatalf("got %q; want a line with %q", said, text)
		}
	}
}

// TestReportHints checks that a failed test logs the hints of its own calls only, and
// that a passed test logs none.
func TestReportHints(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	container := run(t)
	app := callerOf(t, container)
	refused := func(path string) {
		if _, got := app.call(t, http.MethodGet, path, ""); got != http.StatusNotFound {
			t.Fatalf("got %d, want 404", got)
		}
	}
	refused("/face/v7/before")
	for name, failed := range map[string]bool{"fails": true, "passes": false} {
		t.Run(name, func(t *testing.T) {
			seen := newRecorder(t)
			container.ReportHints(seen)
			refused("/face/v8/during")
			seen.failed = failed
			seen.end()
			said := seen.said()
			if !failed {
				if len(said) != 0 {
					t.Errorf("got %q, want nothing", said)
				}
				return
			}
			if len(said) != 1 {
				t.Fatalf("got %q, want one hint", said)
			}
			for _, want := range []string{"hint of the emulator: GET /face/v8/", "404", "known versions: "} {
				if !strings.Contains(said[0], want) {
					t.Errorf("got %q, want %q in it", said[0], want)
				}
			}
		})
	}
}

// TestReportHintsWithoutContainer checks that an unreachable emulator is reported, not
// taken for one without hints.
func TestReportHintsWithoutContainer(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	container := run(t)
	seen := newRecorder(t)
	container.ReportHints(seen)
	if err := testcontainers.TerminateContainer(container); err != nil {
		t.Fatal(err)
	}
	seen.failed = true
	seen.end()
	if said := seen.said(); len(said) != 1 || !strings.HasPrefix(said[0], "faceliveness: requests of the emulator: ") {
		t.Errorf("got %q, want that the emulator is gone", said)
	}
}

// TestWithTestLog checks that a test logs what the emulator logs, until it ends.
func TestWithTestLog(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	seen, other := newRecorder(t), newRecorder(t)
	app := callerOf(t, run(t, faceliveness.WithTestLog(seen), faceliveness.WithTestLog(other)))
	app.create(t)
	const want = `"operation":"createLivenessSession"`
	if line := seen.await(t, want); !strings.HasPrefix(line, "emulator: {") {
		t.Errorf("got %q, want it to say that it is the emulator's", line)
	}
	seen.end()
	before := len(seen.said())
	app.call(t, http.MethodGet, "/face/v8/after", "")
	other.await(t, "/face/v8/")
	if said := seen.said(); len(said) != before {
		t.Errorf("got %q after the end of the test, want nothing", said[before:])
	}
}

// TestWithLogger checks that the logger gets time, level and attributes of the emulator's
// lines.
func TestWithLogger(t *testing.T) {
	t.Parallel()
	opt := func(handler slog.Handler) testcontainers.LogConsumer {
		var req testcontainers.GenericContainerRequest
		if err := faceliveness.WithLogger(slog.New(handler)).Customize(&req); err != nil {
			t.Fatal(err)
		}
		return req.LogConsumerCfg.Consumers[0]
	}
	var out bytes.Buffer
	consumer := opt(slog.NewJSONHandler(&out, nil))
	for _, part := range []string{
		`{"time":"2026-01-02T03:04:05Z","level":"WARN","msg":"requ`, "est\",\"status\":404,\"hint\":\"mend it\"}\nplain", " words\n",
		`{"time":"2026-01-02T03:04:05Z","level":"DEBUG","msg":"detail"}` + "\n", "cut",
	} {
		consumer.Accept(testcontainers.Log{LogType: testcontainers.StderrLog, Content: []byte(part)})
		consumer.Accept(testcontainers.Log{LogType: testcontainers.StdoutLog, Content: []byte("banner\n")})
	}
	const want = `{"time":"2026-01-02T03:04:05Z","level":"WARN","msg":"request","hint":"mend it","status":404}
{"level":"INFO","msg":"plain words"}
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", &out, want)
	}
}

// TestWithLoggerOfContainer checks that lines arrive while the container runs.
func TestWithLoggerOfContainer(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	seen := newRecorder(t)
	app := callerOf(t, run(t, faceliveness.WithLogger(slog.New(slog.NewJSONHandler(writer{seen}, nil)))))
	app.call(t, http.MethodGet, "/face/v8/x", "")
	var line struct {
		Level, Hint string
		Time        time.Time
	}
	if err := json.Unmarshal([]byte(seen.await(t, "/face/v8/")), &line); err != nil {
		t.Fatal(err)
	}
	if line.Level != "WARN" || !strings.Contains(line.Hint, "known versions") || line.Time.IsZero() {
		t.Errorf("got %+v, want a warning with a hint and a time", line)
	}
}

// A writer writes to the log of a test.
type writer struct{ to *recorder }

func (w writer) Write(line []byte) (int, error) {
	w.to.Logf("%s", line)
	return len(line), nil
}
