package e2e_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
)

// TestStalledBody checks that a client which announces a body and does not send it gets a
// refusal, and that its connection is closed.
func TestStalledBody(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	for name, test := range map[string]struct {
		path, header string
		want         int
	}{
		"without a key":      {"/face/v1.2/detectLiveness-sessions", "", http.StatusUnauthorized},
		"without a token":    {"/face/v1.2/session/start", "", http.StatusUnauthorized},
		"unknown path":       {"/face/v1.2/x", "", http.StatusNotFound},
		"wrong content type": {"/face/v1.2/detectLiveness-sessions", "Ocp-Apim-Subscription-Key: k\r\nContent-Type: text/plain\r\n", http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", strings.TrimPrefix(server.PlainURL, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			// Much longer than the call should take, so a hang is a failure.
			if err := conn.SetDeadline(clock.System{}.Now().Add(20 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if _, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: 100\r\n\r\n{", test.path, test.header); err != nil {
				t.Fatal(err)
			}
			answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			if answer.StatusCode != test.want || !answer.Close {
				t.Errorf("got %d, connection closed %v; want %d and closed", answer.StatusCode, answer.Close, test.want)
			}
		})
	}
}
