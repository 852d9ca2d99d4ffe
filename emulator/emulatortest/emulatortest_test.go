package emulatortest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

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
	server := emulatortest.New(t, func(o *emulatortest.Options) {
		o.Keys = [][]string{{"only"}}
		o.Scenario = "uncertain"
	})
	if server.Key != "only" {
		t.Errorf("got key %q; want the listed key", server.Key)
	}
	created := call(t, server, http.MethodPost, "/face/v1.2/detectLiveness-sessions",
		`{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`, "Ocp-Apim-Subscription-Key", server.Key)
	if created.Status != "NotStarted" {
		t.Errorf("got %s; want NotStarted", created.Status)
	}
}

// TestClocks: a server's time is frozen until Advance moves it, and the system's when
// an option says so.
func TestClocks(t *testing.T) {
	t.Parallel()
	now := func(r *emulatortest.Resource) time.Time {
		clock, err := r.Control.Clock(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return clock.Now
	}
	frozen := emulatortest.New(t)
	one, other := frozen.Resource(t), frozen.Resource(t)
	began := now(one)
	frozen.Advance(time.Hour)
	one.Advance(time.Minute)
	if a, b := now(one).Sub(began), now(other).Sub(began); a != time.Hour+time.Minute || b != time.Hour {
		t.Errorf("got %v and %v later, want 1h1m and 1h", a, b)
	}
	if err := frozen.AwaitWaiters(t.Context(), 0); err != nil {
		t.Errorf("got %v, want no wait for no waiters", err)
	}
	if said := record(t, func(tb *recorder) { emulatortest.New(tb).Advance(-1) }); len(said) != 1 || !strings.Contains(said[0], "cannot go backwards") {
		t.Errorf("got %q, want that time cannot go back", said)
	}

	running := emulatortest.New(t, emulatortest.WithSystemClock())
	resource := running.Resource(t)
	for began = now(resource); ; {
		if now(resource).After(began) {
			break
		}
	}
	resource.Freeze()
	if began = now(resource); !now(resource).Equal(began) {
		t.Error("the clock of the resource runs, want it frozen")
	}
	if err := running.AwaitWaiters(t.Context(), 1); err == nil || !strings.Contains(err.Error(), "WithSystemClock") {
		t.Errorf("got %v, want that nothing waits for a frozen time", err)
	}
	said := record(t, func(tb *recorder) { emulatortest.New(tb, emulatortest.WithSystemClock()).Advance(time.Second) })
	if len(said) != 1 || !strings.Contains(said[0], "advance the clock of a Resource") {
		t.Errorf("got %q, want what to do instead", said)
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
		if err := server.AwaitWaiters(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
	})
	<-answered
}
