package emulatortest_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/emulatortest"
)

// A check is what an app remembers of a session.
type check struct {
	SessionID string `json:"sessionId"`
	AuthToken string `json:"authToken"`
	Status    string `json:"status"`
	Results   struct {
		Attempts []struct {
			Result struct {
				LivenessDecision string `json:"livenessDecision"`
			} `json:"result"`
		} `json:"attempts"`
	} `json:"results"`
}

// TestSpoofIsFound is a test as an app's own suite may have it: create a
// session, play the device, read the result.
func TestSpoofIsFound(t *testing.T) {
	t.Parallel()
	server := emulatortest.New(t)

	created := call(t, server, http.MethodPost, "/face/v1.2/detectLiveness-sessions",
		`{"livenessOperationMode":"Passive","deviceCorrelationId":"phone-1"}`,
		"Ocp-Apim-Subscription-Key", server.Key, "X-Face-Liveness-Scenario", "spoof")

	call(t, server, http.MethodPost, "/face/v1.2/detectLiveness/singleModal", "",
		"Authorization", "Bearer "+created.AuthToken)

	done := call(t, server, http.MethodGet, "/face/v1.2/detectLiveness-sessions/"+created.SessionID, "",
		"Ocp-Apim-Subscription-Key", server.Key)
	if got := done.Results.Attempts[0].Result.LivenessDecision; got != "spoofface" {
		t.Errorf("got %s; want spoofface", got)
	}
}

// TestExpiredTokenIsRefused moves the clock instead of sleeping.
func TestExpiredTokenIsRefused(t *testing.T) {
	t.Parallel()
	server := emulatortest.New(t)
	created := call(t, server, http.MethodPost, "/face/v1.2/detectLiveness-sessions",
		`{"livenessOperationMode":"Passive","deviceCorrelationId":"phone-1","authTokenTimeToLiveInSeconds":60}`,
		"Ocp-Apim-Subscription-Key", server.Key)

	server.Advance(time.Minute)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/face/v1.2/session/start", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+created.AuthToken)
	answer, err := server.Client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("got %s; want 401", answer.Status)
	}
}

// TestOutageIsSurvived lets the first two reads fail, as an app's own suite would
// to see that it tries again.
func TestOutageIsSurvived(t *testing.T) {
	t.Parallel()
	server := emulatortest.New(t)
	resource := server.Resource(t)
	created := call(t, server, http.MethodPost, "/face/v1.2/detectLiveness-sessions",
		`{"livenessOperationMode":"Passive","deviceCorrelationId":"phone-1"}`,
		"Ocp-Apim-Subscription-Key", resource.Key)

	resource.UseFaults(`
      - on: read
        calls: {to: 2}
        error: {name: unavailable, retryAfter: 1s}
    `)
	var statuses []int
	for range 3 {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
			server.URL+"/face/v1.2/detectLiveness-sessions/"+created.SessionID, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Ocp-Apim-Subscription-Key", resource.Key)
		answer, err := server.Client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		statuses = append(statuses, answer.StatusCode)
	}
	if want := []int{503, 503, 200}; !slices.Equal(statuses, want) {
		t.Errorf("got %v; want %v", statuses, want)
	}
}

// call sends a request and decodes the answer, which must be a success.
func call(t *testing.T, server *emulatortest.Server, method, path, body string, headers ...string) check {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer, err := server.Client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var decoded check
	if err := json.NewDecoder(answer.Body).Decode(&decoded); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s, %v", method, path, answer.Status, err)
	}
	return decoded
}
