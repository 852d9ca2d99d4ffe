package barestack_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/e2e/load/barestack"
)

// TestCreateAndRead checks that the bare stack does the work that it is the reference
// for.
func TestCreateAndRead(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	folder := t.TempDir()
	go func() { served <- barestack.Serve(ctx, listener, folder) }()
	sessions := "http://" + listener.Addr().String() + "/face/v1.2/detectLiveness-sessions"

	status, body := call(t, http.MethodPost, sessions, `{"livenessOperationMode":"Passive","deviceCorrelationId":"phone-1"}`)
	var created struct{ SessionID, AuthToken, Status string }
	if err := json.Unmarshal([]byte(body), &created); err != nil || status != http.StatusOK || created.Status != "NotStarted" {
		t.Fatalf("create: got %d %s, %v", status, body, err)
	}
	if parts := strings.Split(created.AuthToken, "."); len(parts) != 3 || len(created.AuthToken) < 1000 {
		t.Errorf("create: got the token %q", created.AuthToken)
	}
	status, body = call(t, http.MethodGet, sessions+"/"+created.SessionID, "")
	if want := `{"sessionId":"` + created.SessionID + `","authToken":"","status":"NotStarted"`; status != http.StatusOK || !strings.HasPrefix(body, want) {
		t.Errorf("read: got %d %s", status, body)
	}
	if status, body = call(t, http.MethodPost, sessions, `{"livenessOperationMode":"Active"}`); status != http.StatusBadRequest {
		t.Errorf("create with an unknown mode: got %d %s", status, body)
	}
	if status, body = call(t, http.MethodGet, sessions+"/unknown", ""); status != http.StatusNotFound {
		t.Errorf("read of an unknown session: got %d %s", status, body)
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func call(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}
