package metrics_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/metrics"
)

// config is that of an emulator that has done nothing.
func config() metrics.Config {
	return metrics.Config{
		Versions: []string{"v1.2", "v1.3-preview.1"},
		Now:      clock.System{}.Now,
		Sessions: func(context.Context) (map[[2]string]int, error) { return nil, nil },
		Journal:  func(context.Context) (journal.Counts, error) { return journal.Counts{}, nil },
		Logger:   slog.New(slog.DiscardHandler),
	}
}

// wantMetric compares the samples of some metrics, whose comments do not count.
func wantMetric(t *testing.T, m *metrics.Metrics, name, want string) {
	t.Helper()
	got := map[string]bool{}
	for _, line := range strings.Split(text(t, m), "\n") {
		if strings.HasPrefix(line, name) {
			got[line] = true
		}
	}
	lines := strings.Split(strings.TrimSpace(want), "\n")
	for _, line := range lines {
		if line = strings.TrimSpace(line); !got[line] {
			t.Errorf("no line %q among %v", line, got)
		}
	}
	if len(got) != len(lines) {
		t.Errorf("got %d lines of %s, want %d: %v", len(got), name, len(lines), got)
	}
}

// wantLines looks for lines.
func wantLines(t *testing.T, m *metrics.Metrics, want ...string) {
	t.Helper()
	all := text(t, m)
	for _, line := range want {
		if !strings.Contains("\n"+all, "\n"+line+"\n") {
			t.Errorf("no line %q in\n%s", line, all)
		}
	}
}

func text(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	if kind := w.Header().Get("Content-Type"); w.Code != http.StatusOK || !strings.HasPrefix(kind, "text/plain; version=0.0.4") {
		t.Fatalf("got %d %s, want 200 and text of version 0.0.4", w.Code, kind)
	}
	return w.Body.String()
}

func TestRequests(t *testing.T) {
	t.Parallel()
	m := metrics.New(config())
	for _, e := range []journal.Entry{
		{Operation: "startSession", Version: "v1.2", Status: 200, Duration: 3 * time.Millisecond},
		{Operation: "startSession", Version: "v1.2", Status: 200, Duration: -time.Hour},
		{Operation: "startSession", Version: "v1.3-preview.1", Status: 404},
		{Operation: "startSession", Version: "v9.9", Status: 0},
		{Operation: "0123456789abcdef", Version: "secret", Status: 404, Resource: "secret", Session: "secret", Path: "secret"},
		{Status: 599},
		{Status: 598},
		{Status: 42_000},
	} {
		m.Observe(e)
	}
	wantMetric(t, m, "face_liveness_requests_total", `
		face_liveness_requests_total{operation="startSession",status="200",version="v1.2"} 2
		face_liveness_requests_total{operation="startSession",status="404",version="v1.3-preview.1"} 1
		face_liveness_requests_total{operation="startSession",status="none",version="none"} 1
		face_liveness_requests_total{operation="none",status="404",version="none"} 1
		face_liveness_requests_total{operation="none",status="5xx",version="none"} 2
		face_liveness_requests_total{operation="none",status="none",version="none"} 1`)
	wantLines(t, m,
		`face_liveness_request_duration_seconds_bucket{operation="startSession",le="0.0025"} 3`,
		`face_liveness_request_duration_seconds_bucket{operation="startSession",le="0.005"} 4`,
		`face_liveness_request_duration_seconds_sum{operation="startSession"} 0.003`,
		`face_liveness_request_duration_seconds_count{operation="none"} 4`,
	)
}

func TestFaults(t *testing.T) {
	t.Parallel()
	m := metrics.New(config())
	for _, fired := range []string{
		"", "delay 12ms, error unavailable", "rate F0", "error Some Code", "error", "hang", "stale", "delay 1s",
		"body truncated, content type, slow body", "reset during", "reset sideways", "bodysnatchers", "delays",
	} {
		m.Observe(journal.Entry{Fault: fired})
	}
	wantMetric(t, m, "face_liveness_faults_total", `
		face_liveness_faults_total{effect="body empty"} 0
		face_liveness_faults_total{effect="body malformed"} 0
		face_liveness_faults_total{effect="body text"} 0
		face_liveness_faults_total{effect="body truncated"} 1
		face_liveness_faults_total{effect="content type"} 1
		face_liveness_faults_total{effect="delay"} 2
		face_liveness_faults_total{effect="error"} 3
		face_liveness_faults_total{effect="hang"} 1
		face_liveness_faults_total{effect="other"} 3
		face_liveness_faults_total{effect="rate"} 1
		face_liveness_faults_total{effect="reset after"} 0
		face_liveness_faults_total{effect="reset before"} 0
		face_liveness_faults_total{effect="reset during"} 1
		face_liveness_faults_total{effect="slow body"} 1
		face_liveness_faults_total{effect="stale"} 1`)
}

// TestEveryEffect holds the list of effects to what faults really say.
func TestEveryEffect(t *testing.T) {
	t.Parallel()
	tier := fault.Rate{Calls: 0, Window: time.Minute, Tier: "a, b"}
	for name, f := range map[string]fault.Fault{
		"rate":    {Rate: &tier},
		"delay":   {Delay: fault.Delay{Shape: fault.Fixed, Base: time.Second}},
		"hang":    {Hang: true},
		"before":  {Reset: fault.ResetBefore},
		"during":  {Reset: fault.ResetDuring},
		"after":   {Reset: fault.ResetAfter},
		"error":   {Answer: &fault.Answer{Error: "unavailable"}},
		"code":    {Answer: &fault.Answer{Code: "Two Words"}},
		"none":    {Answer: &fault.Answer{Status: 503}},
		"stale":   {Stale: true},
		"shaped":  {Body: fault.BodyEmpty, ContentType: "a/b", Throughput: 1},
		"cut":     {Body: fault.BodyTruncated},
		"broken":  {Body: fault.BodyMalformed},
		"another": {Body: fault.BodyText},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := metrics.New(config())
			f.Probability = 1
			var memory fault.Memory
			var verdict fault.Verdict
			memory.Meet([]fault.Fault{f}, fault.Call{Operation: "startSession"}, &verdict)
			if !verdict.Given() {
				t.Fatal("the fault did not fire")
			}
			for _, effect := range verdict.Fired {
				m.Fault(effect)
			}
			wantLines(t, m, `face_liveness_faults_total{effect="other"} 0`)
		})
	}
}

func TestAttempts(t *testing.T) {
	t.Parallel()
	m := metrics.New(config())
	for _, a := range []liveness.Attempt{
		{Decision: liveness.DecisionRealFace},
		{Decision: liveness.DecisionRealFace},
		{Decision: liveness.DecisionSpoofFace},
		{Decision: liveness.DecisionUncertain},
		{Error: &liveness.AttemptError{Code: "FaceNotFound"}},
		{},
		{Decision: "new"},
	} {
		m.Attempt(metrics.Outcome(a))
	}
	wantMetric(t, m, "face_liveness_attempts_total", `
		face_liveness_attempts_total{outcome="abandoned"} 1
		face_liveness_attempts_total{outcome="error"} 1
		face_liveness_attempts_total{outcome="other"} 1
		face_liveness_attempts_total{outcome="realface"} 2
		face_liveness_attempts_total{outcome="spoofface"} 1
		face_liveness_attempts_total{outcome="uncertain"} 1`)
}

func TestSessions(t *testing.T) {
	t.Parallel()
	machine := clock.NewManual(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	c := config()
	c.Now = machine.Now
	calls := 0
	c.Sessions = func(ctx context.Context) (map[[2]string]int, error) {
		if _, bounded := ctx.Deadline(); !bounded {
			t.Error("the count has no deadline")
		}
		calls++
		return map[[2]string]int{{"Running", "Liveness"}: calls, {"secret", "more"}: 1, {"new", "Liveness"}: 7}, nil
	}
	m := metrics.New(c)
	want := func(running string) {
		t.Helper()
		wantMetric(t, m, "face_liveness_sessions", strings.ReplaceAll(`
			face_liveness_sessions{kind="Liveness",state="Canceled"} 0
			face_liveness_sessions{kind="Liveness",state="Failed"} 0
			face_liveness_sessions{kind="Liveness",state="NotStarted"} 0
			face_liveness_sessions{kind="Liveness",state="Running"} RUNNING
			face_liveness_sessions{kind="Liveness",state="Succeeded"} 0
			face_liveness_sessions{kind="Liveness",state="none"} 7
			face_liveness_sessions{kind="LivenessWithVerify",state="Canceled"} 0
			face_liveness_sessions{kind="LivenessWithVerify",state="Failed"} 0
			face_liveness_sessions{kind="LivenessWithVerify",state="NotStarted"} 0
			face_liveness_sessions{kind="LivenessWithVerify",state="Running"} 0
			face_liveness_sessions{kind="LivenessWithVerify",state="Succeeded"} 0
			face_liveness_sessions{kind="none",state="none"} 1`, "RUNNING", running))
	}
	want("1")
	if err := machine.Advance(10*time.Second - 1); err != nil {
		t.Fatal(err)
	}
	want("1")
	if err := machine.Advance(1); err != nil {
		t.Fatal(err)
	}
	want("2")
}

// TestSessionsFail: an error hides only the sessions, and does not lead to more counts.
func TestSessionsFail(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	c := config()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c.Now = func() time.Time { return now }
	c.Logger = slog.New(slog.NewTextHandler(&logged, nil))
	calls := 0
	c.Sessions = func(context.Context) (map[[2]string]int, error) {
		calls++
		return map[[2]string]int{{"Running", "Liveness"}: 1}, errors.New("no such luck")
	}
	m := metrics.New(c)
	for range 2 {
		if got := text(t, m); strings.Contains(got, "face_liveness_sessions{") || !strings.Contains(got, "face_liveness_state_bytes 0\n") {
			t.Errorf("want no sessions and all the rest, got\n%s", got)
		}
	}
	if calls != 1 || strings.Count(logged.String(), "no such luck") != 2 || strings.Count(logged.String(), "\n") != 2 {
		t.Errorf("got %d calls and the log %s, want 1 and a line each scrape", calls, &logged)
	}
	now = now.Add(-time.Hour) // the machine's clock was put right
	text(t, m)
	if calls != 2 {
		t.Errorf("got %d calls after the clock went back, want 2", calls)
	}
}

func TestJournalAndFolder(t *testing.T) {
	t.Parallel()
	c := config()
	c.Journal = func(context.Context) (journal.Counts, error) { return journal.Counts{Kept: 12, Dropped: 34}, nil }
	c.Folder = t.TempDir()
	if err := os.Mkdir(filepath.Join(c.Folder, "below"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "below/b"} {
		if err := os.WriteFile(filepath.Join(c.Folder, filepath.FromSlash(name)), make([]byte, 100_000), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m := metrics.New(c)
	wantLines(t, m, "face_liveness_journal_entries 12", "face_liveness_journal_evicted_total 34")
	families, err := m.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() != "face_liveness_state_bytes" {
			continue
		}
		// Disks have blocks, and some compress.
		if got := family.GetMetric()[0].GetGauge().GetValue(); got <= 0 || got > 400_000 {
			t.Errorf("got %v bytes, want about 200000", got)
		}
		return
	}
	t.Error("the size of the folder is missing")
}

func TestFolderGone(t *testing.T) {
	t.Parallel()
	c := config()
	c.Folder = filepath.Join(t.TempDir(), "gone")
	wantLines(t, metrics.New(c), "face_liveness_state_bytes 0")
}

// TestTwo is for two emulators in one process.
func TestTwo(t *testing.T) {
	t.Parallel()
	one, two := metrics.New(config()), metrics.New(config())
	one.Attempt("realface")
	wantLines(t, one, `face_liveness_attempts_total{outcome="realface"} 1`)
	wantLines(t, two, `face_liveness_attempts_total{outcome="realface"} 0`)
}

func TestNames(t *testing.T) {
	t.Parallel()
	m := metrics.New(config())
	m.Observe(journal.Entry{Operation: "startSession", Version: "v1.2", Status: 200})
	problems, err := testutil.GatherAndLint(m.Gatherer())
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems {
		if strings.HasPrefix(problem.Metric, "face_liveness") {
			t.Errorf("%s: %s", problem.Metric, problem.Text)
		}
	}
	if all := text(t, m); !strings.Contains(all, "\ngo_goroutines ") {
		t.Error("the Go runtime is missing")
	}
}

// TestConcurrent is for the race detector.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	m := metrics.New(config())
	const routines, each = 8, 200
	var all sync.WaitGroup
	for n := range routines {
		all.Go(func() {
			for i := range each {
				m.Observe(journal.Entry{Operation: "startSession", Version: "v1.2", Status: 200 + i%10, Fault: "delay 1s, hang"})
				m.Attempt("spoofface")
				if i%50 == n {
					text(t, m)
				}
			}
		})
	}
	all.Wait()
	wantLines(t, m,
		`face_liveness_request_duration_seconds_count{operation="startSession"} 1600`,
		`face_liveness_requests_total{operation="startSession",status="200",version="v1.2"} 160`,
		`face_liveness_faults_total{effect="hang"} 1600`,
		`face_liveness_attempts_total{outcome="spoofface"} 1600`,
	)
}
