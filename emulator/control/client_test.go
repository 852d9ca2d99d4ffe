package control_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// TestClientAnswerTooLarge: who asks for too much at once learns what to do about it.
func TestClientAnswerTooLarge(t *testing.T) {
	t.Parallel()
	const most = 64 << 20
	for _, test := range []struct {
		size int
		want string // in the error; "": none
	}{
		{most, ""},
		{most + 1, "larger than 64 MiB; ask for less of it at once"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			const around = `{"entries":[]}`
			_, _ = w.Write([]byte(strings.Repeat(" ", test.size-len(around)) + around)) // who has left has seen enough
		}))
		defer server.Close()
		client := control.Client{URL: server.URL, HTTP: server.Client()}
		_, err := client.Requests(t.Context(), control.RequestSearch{})
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%d bytes: got %v, want an error with %q", test.size, err, test.want)
		}
	}
}
