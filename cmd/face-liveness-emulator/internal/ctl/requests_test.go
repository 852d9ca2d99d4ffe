package ctl

import (
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// TestRequestsText: a partial list says so, and how to continue.
func TestRequestsText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		found control.Requests
		want  string
	}{
		{control.Requests{}, "no requests\n"},
		{control.Requests{Last: 9}, "no requests\n"},
		{control.Requests{Next: 7, Last: 9}, "no requests\nMore requests: use --after 7\n"},
		{control.Requests{Next: 7, Gone: 2}, "no requests\nMore requests: use --after 7\n2 older requests were dropped.\n"},
	} {
		if got := requestsText(test.found); got != test.want {
			t.Errorf("%+v: got %q, want %q", test.found, got, test.want)
		}
	}
}
