package serve

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
)

// TestGate: while the state is being opened the program is alive but not ready,
// and turns requests away; afterwards the emulator answers.
func TestGate(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	opened := newGate(0)
	servers := newServers(opened, slog.New(slog.DiscardHandler))
	go func() { _ = servers.plain.Serve(listener) }()
	t.Cleanup(servers.close)

	const session = "/face/v1.2/detectLiveness-sessions/5c1e6e5c-0000-4000-8000-000000000000"
	check := func(moment, path string, want int) (http.Header, string) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+listener.Addr().String()+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Ocp-Apim-Subscription-Key", emulator.Key1)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("%s: GET %s: got %d, want %d", moment, path, answer.StatusCode, want)
		}
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.Header, string(body)
	}
	reason, err := os.ReadFile("testdata/starting.json")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]struct {
		status           int
		retryAfter, body string
	}{
		"/livez":            {http.StatusOK, "", `{"status":"alive"}`},
		"/readyz":           {http.StatusServiceUnavailable, "1", strings.TrimSpace(string(reason))},
		session:             {http.StatusServiceUnavailable, "1", strings.TrimSpace(string(reason))},
		"/_emulator/ca.pem": {http.StatusServiceUnavailable, "1", strings.TrimSpace(string(reason))},
	} {
		header, body := check("starting", path, want.status)
		if got := header.Get("Retry-After"); got != want.retryAfter {
			t.Errorf("starting: GET %s: got Retry-After %q, want %q", path, got, want.retryAfter)
		}
		if got := header.Get("Content-Type"); got != "application/json" || body != want.body {
			t.Errorf("starting: GET %s: got %s %s, want application/json %s", path, got, body, want.body)
		}
		delete(header, "Date")
		delete(header, "Retry-After")
		if len(header) != 2 || header.Get("Content-Length") != strconv.Itoa(len(want.body)) {
			t.Errorf("starting: GET %s: got headers %v, want the length and the type of the body only", path, header)
		}
	}
	e, err := emulator.New(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	opened.open(e)
	check("serving", "/livez", http.StatusOK)
	check("serving", "/readyz", http.StatusOK)
	check("serving", session, http.StatusNotFound)
}

// TestGateWaits: a request that comes while the state is being opened waits for the
// emulator, and a probe of liveness does not.
func TestGateWaits(t *testing.T) {
	t.Parallel()
	opening := newGate(time.Hour)
	ask := func(path string) int {
		w := httptest.NewRecorder()
		opening.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
		return w.Code
	}
	if got := ask("/livez"); got != http.StatusOK {
		t.Errorf("GET /livez: got %d, want 200", got)
	}
	answered := make(chan int, 1)
	go func() { answered <- ask("/readyz") }()
	e, err := emulator.New(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	select {
	case got := <-answered:
		t.Errorf("GET /readyz: got %d before the emulator was there", got)
	default:
	}
	opening.open(e)
	if got := <-answered; got != http.StatusOK {
		t.Errorf("GET /readyz: got %d, want 200", got)
	}
}
