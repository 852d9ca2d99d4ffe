package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// TestTwoHundredSuites shares one emulator between two hundred test suites. Each has a
// key, clock, scenario and faults of its own, and must not see the others.
func TestTwoHundredSuites(t *testing.T) {
	t.Parallel()
	server := newRunningServer(t)
	t.Run("at once", func(t *testing.T) {
		var group sync.WaitGroup
		defer group.Wait()
		for i := range 200 {
			group.Go(func() {
				// t.Parallel would run only as many at once as there are processors.
				t.Run(fmt.Sprint(i), func(t *testing.T) {
					key := fmt.Sprintf("suite-%d", i)
					api, err := server.Emulator.Control(key)
					if err != nil {
						t.Fatal(err)
					}
					playSuite(t, server.Emulator, api, key, i)
				})
			})
		}
	})
}

// TestJournalReadBesideCalls reads the request log while responses are being sent, for
// the race detector.
func TestJournalReadBesideCalls(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	const callers, calls = 4, 25
	var group sync.WaitGroup
	for range callers {
		group.Go(func() {
			for range calls {
				request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/face/v1.2/detectLiveness-sessions/none", http.NoBody)
				if err != nil {
					t.Error(err)
					return
				}
				answer, err := server.Client.Do(request)
				if err != nil {
					t.Error(err)
					return
				}
				_ = answer.Body.Close() // not read
			}
		})
	}
	defer group.Wait()
	all := server.Emulator.ControlAll()
	for seen := uint64(0); seen < callers*calls; {
		found, err := all.Requests(t.Context(), control.RequestSearch{
			RequestQuery: control.RequestQuery{After: seen}, Count: 1, Timeout: control.Duration(control.MaxWait),
		})
		if err != nil || len(found.Entries) == 0 {
			t.Fatalf("got %d requests behind number %d, %v", len(found.Entries), seen, err)
		}
		seen = found.Last
	}
}

// playSuite plays the i-th suite: its clock is i hours ahead, its scenario differs from
// the previous suite's, and it has i faults.
func playSuite(t *testing.T, e *emulator.Emulator, api control.API, key string, i int) {
	t.Helper()
	scenario := []string{"spoof", "uncertain", "happy-path"}[i%3]
	decision := []string{"spoofface", "uncertain", "realface"}[i%3]
	ahead := time.Duration(i) * time.Hour
	before, err := api.ChangeClock(t.Context(), control.ClockChange{Rate: new(0.0)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := api.ChangeClock(t.Context(), control.ClockChange{Advance: control.Duration(ahead)}); err != nil {
		t.Fatal(err)
	}
	if _, err := api.ChangeSelection(t.Context(), control.SelectionChange{Default: &scenario}); err != nil {
		t.Fatal(err)
	}
	failures := i % 4
	if _, err := api.UseFaults(t.Context(), fmt.Sprintf("[{on: read, calls: {to: %d}, error: unavailable}]", max(failures, 1))); err != nil {
		t.Fatal(err)
	}
	if failures == 0 {
		if _, err := api.UseFaults(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
	}
	call := func(method, path, body, name, value string) string {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set(name, value)
		w := httptest.NewRecorder()
		checked(t, e).ServeHTTP(w, r)
		return fmt.Sprint(w.Code, " ", w.Body)
	}
	created := call(http.MethodPost, "/face/v1.2/detectLiveness-sessions",
		`{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`, control.KeyHeader, key)
	id, token := firstMatch(created, `"sessionId":"([^"]+)"`), firstMatch(created, `"authToken":"([^"]+)"`)
	if got := call(http.MethodPost, "/face/v1.2/detectLiveness/singleModal", "", "Authorization", "Bearer "+token); !strings.HasPrefix(got, "200 ") {
		t.Fatalf("detect: got %s", got)
	}
	for n := range failures {
		if got := call(http.MethodGet, "/face/v1.2/detectLiveness-sessions/"+id, "", control.KeyHeader, key); !strings.HasPrefix(got, "503 ") {
			t.Errorf("read %d of %d that fail: got %s", n+1, failures, got)
		}
	}
	if got := call(http.MethodGet, "/face/v1.2/detectLiveness-sessions/"+id, "", control.KeyHeader, key); !strings.Contains(got, `"livenessDecision":"`+decision+`"`) {
		t.Errorf("got %s, want %s", got, decision)
	}
	if got, err := api.Clock(t.Context()); err != nil || !got.Now.Equal(before.Now.Add(ahead)) {
		t.Errorf("got clock %v, %v; want %v", got, err, before.Now.Add(ahead))
	}
	all, err := api.Requests(t.Context(), control.RequestSearch{})
	if err != nil || len(all.Entries) != 3+failures {
		t.Errorf("got %d requests, %v; want the %d of this suite", len(all.Entries), err, 3+failures)
	}
}
