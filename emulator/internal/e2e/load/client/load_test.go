package client_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/e2e/load/client"
)

// serve starts a server that answers with the path and the body, and returns its address.
func serve(t *testing.T, status int) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "%s %s %s", r.URL, r.Header.Get("Key"), body)
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func first() client.Call { return client.Call{Method: http.MethodGet, Path: "/first"} }

func TestLoadMakesEachCallOnce(t *testing.T) {
	t.Parallel()
	const number = 200
	var mu sync.Mutex
	answers := map[string]bool{}
	outcome, err := client.Load{
		Address: serve(t, http.StatusOK), Connections: 8, Time: time.Minute, Number: number, First: first(),
		Next: func(n int) client.Call {
			return client.Call{Method: http.MethodPost, Path: fmt.Sprintf("/%d", n), Headers: "Key: k\r\n", Body: fmt.Sprint(n)}
		},
		Took: func(n int, body []byte) {
			mu.Lock()
			defer mu.Unlock()
			if want := fmt.Sprintf("/%d k %d", n, n); string(body) != want {
				t.Errorf("call %d: got %q, want %q", n, body, want)
			}
			answers[string(body)] = true
		},
	}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if outcome.Requests != number || len(answers) != number {
		t.Errorf("got %d requests with %d answers, want %d", outcome.Requests, len(answers), number)
	}
	if outcome.P50 <= 0 || outcome.P99 < outcome.P50 || outcome.Elapsed < outcome.P99 {
		t.Errorf("got %+v", outcome)
	}
}

func TestLoadEndsAfterItsTime(t *testing.T) {
	t.Parallel()
	outcome, err := client.Load{
		Address: serve(t, http.StatusOK), Connections: 2, Time: 20 * time.Millisecond, Number: 1 << 40, First: first(),
		Next: func(int) client.Call { return client.Call{Method: http.MethodGet, Path: "/"} },
	}.Run(t.Context())
	if err != nil || outcome.Requests == 0 {
		t.Errorf("got %+v, %v", outcome, err)
	}
}

// TestAnErrorEndsTheLoad checks that an answer other than a 200 is not measured.
func TestAnErrorEndsTheLoad(t *testing.T) {
	t.Parallel()
	_, err := client.Load{
		Address: serve(t, http.StatusTooManyRequests), Connections: 2, Time: time.Minute, Number: 1 << 40, First: first(),
		Next: func(int) client.Call { return client.Call{Method: http.MethodGet, Path: "/x"} },
	}.Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "GET /x: got status 429: /x") {
		t.Errorf("got %v, want the call and its answer", err)
	}
}
