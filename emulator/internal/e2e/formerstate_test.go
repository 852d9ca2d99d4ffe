package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
)

// The sessions in the state of a former program: one with a verify image, and one with an
// attempt. Its clock is frozen in their lifetime.
const (
	formerVerified  = "/face/v1.2/detectLivenessWithVerify-sessions/6fcb7b56-e744-4437-a797-2505ff095a47"
	formerAttempted = "/face/v1.2/detectLiveness-sessions/97094897-c6e6-4cce-a6c1-04a5e3632d04"
)

// TestFormerState goes on with the state of a program whose records had another form.
func TestFormerState(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	folder := os.DirFS("../store/badgerstore/testdata/version4/sessions")
	if err := os.CopyFS(filepath.Join(state, "sessions"), folder); err != nil {
		t.Fatal(err)
	}
	var before [2]string
	for round := range 2 { // the second one reads what the first one stored
		e, err := emulator.New(emulator.Options{State: state})
		if err != nil {
			t.Fatal(err)
		}
		for i, path := range []string{formerVerified, formerAttempted} {
			body := formerGet(t, e, path)
			if round > 0 && body != before[i] {
				t.Errorf("got %s after a restart, want %s as before", body, before[i])
			}
			before[i] = body
		}
		if !strings.Contains(before[0], `"NotStarted"`) || !strings.Contains(before[1], `"realface"`) {
			t.Errorf("got %s and %s, want one that has not started and one with a decision", before[0], before[1])
		}
		created := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/face/v1.2/detectLiveness-sessions", strings.NewReader(benchBody))
		created.Header.Set("Content-Type", "application/json")
		formerCall(t, e, created)
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func formerGet(t *testing.T, e *emulator.Emulator, path string) string {
	t.Helper()
	return formerCall(t, e, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
}

func formerCall(t *testing.T, e *emulator.Emulator, r *http.Request) string {
	t.Helper()
	r.Header.Set("Ocp-Apim-Subscription-Key", emulator.Key1)
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("%s %s = %d %s, want 200", r.Method, r.URL.Path, w.Code, w.Body)
	}
	return w.Body.String()
}
