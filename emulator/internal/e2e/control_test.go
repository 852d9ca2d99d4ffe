package e2e_test

import (
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control/controltest"
)

// TestControlInProcess runs the tests of control.API in process, and TestControlOverHTTP
// over HTTP.
func TestControlInProcess(t *testing.T) {
	t.Parallel()
	controltest.Run(t, func(t *testing.T) controltest.Harness {
		t.Helper()
		server := newRunningServer(t)
		return controltest.Harness{
			URL: server.PlainURL, Client: server.Client,
			Resource: func(key string) control.API {
				api, err := server.Emulator.Control(key)
				if err != nil {
					t.Fatal(err)
				}
				return api
			},
			All: server.Emulator.ControlAll,
		}
	})
}

func TestControlOverHTTP(t *testing.T) {
	t.Parallel()
	controltest.Run(t, func(t *testing.T) controltest.Harness {
		t.Helper()
		const token = "let-me-in"
		server := newRunningServer(t, func(o *emulator.Options) { o.AdminToken = token })
		return controltest.Harness{
			URL: server.PlainURL, Client: server.Client,
			Resource: func(key string) control.API {
				return &control.Client{URL: server.URL + "/", Key: key, HTTP: server.Client, AdminToken: token}
			},
			All: func() control.API {
				return &control.Client{URL: server.PlainURL, All: true, HTTP: server.Client, AdminToken: token}
			},
		}
	})
}
