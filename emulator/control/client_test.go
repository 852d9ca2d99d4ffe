package control_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// TestClientAnswerTooLarge checks that the error for an answer over the size limit says
// what to do.
func TestClientAnswerTooLarge(t *testing.T) {
	t.Parallel()
	const most = 64 << 20
	for _, test := range []struct {
		size int
		want string // in the error; "" for none
	}{
		{most, ""},
		{most + 1, "larger than 64 MiB; request less at once"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			const around = `{"entries":[]}`
			_, _ = w.Write([]byte(strings.Repeat(" ", test.size-len(around)) + around)) // the client may have disconnected
		}))
		defer server.Close()
		client := control.Client{URL: server.URL, HTTP: server.Client()}
		_, err := client.Requests(t.Context(), control.RequestSearch{})
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%d bytes: got %v, want an error with %q", test.size, err, test.want)
		}
	}
}
