package serve

import (
	"log/slog"
	"net"
	"net/http"
	"testing"

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
	var opened gate
	servers := newServers(&opened, slog.New(slog.DiscardHandler))
	go func() { _ = servers.plain.Serve(listener) }()
	t.Cleanup(servers.close)

	const session = "/face/v1.2/detectLiveness-sessions/5c1e6e5c-0000-4000-8000-000000000000"
	check := func(moment, path string, want int) http.Header {
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
		return answer.Header
	}
	check("starting", "/livez", http.StatusOK)
	for _, path := range []string{"/readyz", session, "/_emulator/ca.pem"} {
		if header := check("starting", path, http.StatusServiceUnavailable); header.Get("Retry-After") == "" {
			t.Errorf("starting: GET %s: got no Retry-After, want one", path)
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
