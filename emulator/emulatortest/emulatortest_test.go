package emulatortest_test

import (
	"net/http"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/emulatortest"
)

func TestServersAreApart(t *testing.T) {
	t.Parallel()
	a, b := emulatortest.New(t), emulatortest.New(t)
	created := call(t, a, http.MethodPost, "/face/v1.2/detectLiveness-sessions",
		`{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`, "Ocp-Apim-Subscription-Key", a.Key)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.URL+"/face/v1.2/detectLiveness-sessions/"+created.SessionID, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Ocp-Apim-Subscription-Key", b.Key)
	answer, err := b.Client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusNotFound {
		t.Errorf("got %s; want 404", answer.Status)
	}
	if _, err := http.Get(a.URL); err == nil { //nolint:noctx,bodyclose // It must not get as far as a body.
		t.Error("a client without the CA trusts the server")
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	server := emulatortest.New(t, func(o *emulator.Options) {
		o.Keys = [][]string{{"only"}}
		o.Scenario = "uncertain"
		o.Clock = nil
	})
	if server.Key != "only" || server.Clock != nil {
		t.Errorf("got key %q and clock %v; want the listed key and no clock", server.Key, server.Clock)
	}
	created := call(t, server, http.MethodPost, "/face/v1.2/detectLiveness-sessions",
		`{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`, "Ocp-Apim-Subscription-Key", server.Key)
	if created.Status != "NotStarted" {
		t.Errorf("got %s; want NotStarted", created.Status)
	}
}

// TestCleanUpWithAWaitingDevice: a test may end while a device call waits for a
// clock that nobody moves any more.
func TestCleanUpWithAWaitingDevice(t *testing.T) {
	t.Parallel()
	answered := make(chan struct{})
	t.Run("a test that ends early", func(t *testing.T) {
		server := emulatortest.New(t)
		created := call(t, server, http.MethodPost, "/face/v1.2/detectLiveness-sessions",
			`{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`,
			"Ocp-Apim-Subscription-Key", server.Key, "X-Face-Liveness-Scenario", "slow")
		request, err := http.NewRequest(http.MethodPost, server.URL+"/face/v1.2/detectLiveness/singleModal", http.NoBody) //nolint:noctx // It outlives the test on purpose.
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+created.AuthToken)
		go func() {
			defer close(answered)
			if answer, err := server.Client.Do(request); err == nil {
				_ = answer.Body.Close()
			}
		}()
		if err := server.Clock.AwaitWaiters(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
	})
	<-answered
}
