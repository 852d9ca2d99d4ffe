package emulatortest_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/emulatortest"
)

// TestAnAppTriesAgain is a test as an app's own suite may have it: the first call
// meets a gateway that is down, the second gets through.
func TestAnAppTriesAgain(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	server := emulatortest.New(t, emulatortest.WithMiddleware(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if calls.Add(1) == 1 {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			next.ServeHTTP(w, r)
		})
	}), func(o *emulatortest.Options) { o.Scenario = "uncertain" })

	create := func() int {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/face/v1.2/detectLiveness-sessions",
			strings.NewReader(`{"livenessOperationMode":"Passive","deviceCorrelationId":"phone-1"}`))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Ocp-Apim-Subscription-Key", server.Key)
		answer, err := server.Client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		return answer.StatusCode
	}
	if got := create(); got != http.StatusBadGateway {
		t.Errorf("the first call: got %d; want what the wrapper answers", got)
	}
	if got := create(); got != http.StatusOK {
		t.Errorf("the second call: got %d; want the emulator's 200", got)
	}
}

// TestWrapped: whatever goes to either URL goes through the wrapper, which is made
// once and stands in front of the emulator that the server shows; options count as
// they do without it.
func TestWrapped(t *testing.T) {
	t.Parallel()
	var made int
	var overTLS, plain atomic.Int32
	var inner http.Handler
	server := emulatortest.New(t, emulatortest.WithMiddleware(func(next http.Handler) http.Handler {
		made++
		inner = next
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.TLS != nil {
				overTLS.Add(1)
			} else {
				plain.Add(1)
			}
			w.Header().Set("X-Wrapped", "yes")
			next.ServeHTTP(w, r)
		})
	}), func(o *emulatortest.Options) { o.Scenario = "spoof" })
	if frozen := server.AwaitWaiters(t.Context(), 0); made != 1 || inner != http.Handler(server.Emulator) || frozen != nil {
		t.Errorf("got %d wrappers, the emulator in it %v, clock %v; want one, true, and a frozen clock", made, inner == http.Handler(server.Emulator), frozen)
	}
	for _, url := range []string{server.URL, server.PlainURL} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/face/v1.2/detectLiveness-sessions/x", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := server.Client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if err := answer.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode != http.StatusUnauthorized || answer.Header.Get("X-Wrapped") != "yes" {
			t.Errorf("%s: got %d, wrapped %q; want the emulator's 401 through the wrapper", url, answer.StatusCode, answer.Header.Get("X-Wrapped"))
		}
	}
	if overTLS.Load() != 1 || plain.Load() != 1 {
		t.Errorf("got %d calls over TLS and %d without; want 1 each", overTLS.Load(), plain.Load())
	}

	created := call(t, server, http.MethodPost, "/face/v1.2/detectLiveness-sessions",
		`{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`, "Ocp-Apim-Subscription-Key", server.Key)
	call(t, server, http.MethodPost, "/face/v1.2/detectLiveness/singleModal", "", "Authorization", "Bearer "+created.AuthToken)
	done := call(t, server, http.MethodGet, "/face/v1.2/detectLiveness-sessions/"+created.SessionID, "", "Ocp-Apim-Subscription-Key", server.Key)
	if got := done.Results.Attempts[0].Result.LivenessDecision; got != "spoofface" {
		t.Errorf("got %s; want spoofface", got)
	}
	if overTLS.Load() != 4 {
		t.Errorf("got %d calls over TLS; want 4", overTLS.Load())
	}
}

// TestSeveralMiddlewares: the first of several is the outermost.
func TestSeveralMiddlewares(t *testing.T) {
	t.Parallel()
	named := func(name string) func(*emulatortest.Options) {
		return emulatortest.WithMiddleware(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Add("X-Wrapped", name)
				next.ServeHTTP(w, r)
			})
		})
	}
	server := emulatortest.New(t, named("outer"), named("inner"))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/livez", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := server.Client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if got := strings.Join(answer.Header["X-Wrapped"], " "); got != "outer inner" {
		t.Errorf("got %q; want the first outside", got)
	}
}
