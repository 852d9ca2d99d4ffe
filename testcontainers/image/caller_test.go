package image_test

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

const (
	sessions = "/face/v1.2/detectLiveness-sessions"
	passive  = `{"livenessOperationMode":"Passive","deviceCorrelationId":"phone-1"}`
)

// A session has the members of a session that the tests compare.
type session struct {
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

// decision returns the decision of the newest attempt.
func (s session) decision() string {
	if len(s.Results.Attempts) == 0 {
		return ""
	}
	return s.Results.Attempts[0].Result.LivenessDecision
}

// A caller calls the API of a container as an app does.
type caller struct {
	base   string
	client *http.Client
	key    string
}

// base returns the URL of a published port, which changes when the container is started
// again.
func (c container) base(t *testing.T, port string) string {
	t.Helper()
	scheme := map[string]string{"10100": "http", "10101": "https"}[port]
	address, _, _ := strings.Cut(docker(t, "port", c.id, port), "\n")
	return scheme + "://" + address
}

// awaitReady waits for the first response to /readyz and returns a caller.
func (c container) awaitReady(t *testing.T) caller {
	t.Helper()
	a := caller{base: c.base(t, "10100"), client: &http.Client{Timeout: 30 * time.Second}}
	a.awaitReady(t)
	return a
}

func (a caller) awaitReady(t *testing.T) {
	t.Helper()
	until(t, 30*time.Second, func() error {
		answer, err := a.client.Get(a.base + "/readyz")
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("/readyz: got %s, want 200", answer.Status)
		}
		return nil
	})
}

// secure returns a caller over HTTPS that trusts only one CA.
func (c container) secure(t *testing.T, ca string) caller {
	t.Helper()
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM([]byte(ca)) {
		t.Fatalf("got CA %q, want a certificate in PEM", ca)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	return caller{base: c.base(t, "10101"), client: &http.Client{Transport: transport, Timeout: 30 * time.Second}}
}

// call makes a call, which must succeed, and returns the body.
func (a caller) call(t *testing.T, method, path, body string, header ...string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, a.base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Ocp-Apim-Subscription-Key", cmp.Or(a.key, "any-key"))
	request.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	answer, err := a.client.Do(request)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 300 {
		t.Fatalf("%s %s: got %s, %v; want success\n%s", method, path, answer.Status, err, content)
	}
	return string(content)
}

func (a caller) ca(t *testing.T) string {
	t.Helper()
	return a.call(t, http.MethodGet, "/_emulator/ca.pem", "")
}

func (a caller) session(t *testing.T, method, path, body string, header ...string) session {
	t.Helper()
	var s session
	content := a.call(t, method, path, body, header...)
	if err := json.Unmarshal([]byte(content), &s); err != nil {
		t.Fatalf("%s %s: %v: %s", method, path, err, content)
	}
	return s
}

// create creates a session, with a scenario unless it is "".
func (a caller) create(t *testing.T, scenario string) session {
	t.Helper()
	var header []string
	if scenario != "" {
		header = []string{"X-Face-Liveness-Scenario", scenario}
	}
	s := a.session(t, http.MethodPost, sessions, passive, header...)
	if s.SessionID == "" || s.AuthToken == "" {
		t.Fatalf("the created session: got %+v, want an id and a token", s)
	}
	return s
}

// read reads a session and compares its status.
func (a caller) read(t *testing.T, id, status string) session {
	t.Helper()
	s := a.session(t, http.MethodGet, sessions+"/"+id, "")
	if s.Status != status {
		t.Fatalf("session %s: got status %q, want %q", id, s.Status, status)
	}
	return s
}

// play makes an attempt as a device.
func (a caller) play(t *testing.T, token string) {
	t.Helper()
	bearer := []string{"Authorization", "Bearer " + token}
	a.call(t, http.MethodPost, "/face/v1.2/session/start", "", bearer...)
	a.call(t, http.MethodPost, "/face/v1.2/detectLiveness/singleModal", "", bearer...)
}

// works checks that sessions can be created, played and read.
func (a caller) works(t *testing.T) {
	t.Helper()
	s := a.create(t, "")
	a.read(t, s.SessionID, "NotStarted")
	a.play(t, s.AuthToken)
	if got := a.read(t, s.SessionID, "Succeeded").decision(); got != "realface" {
		t.Errorf("the decision: got %q, want realface", got)
	}
}

// leaveWaiting returns when a device call is waiting for the end of an attempt.
func (a caller) leaveWaiting(t *testing.T, token string) {
	t.Helper()
	answers := make(chan int, 2)
	for range 2 {
		go func() {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.base+"/face/v1.2/detectLiveness/singleModal", http.NoBody)
			if err != nil {
				answers <- 0
				return
			}
			request.Header.Set("Authorization", "Bearer "+token)
			answer, err := a.client.Do(request)
			if err != nil {
				answers <- 0 // the response when the emulator ends
				return
			}
			_ = answer.Body.Close()
			answers <- answer.StatusCode
		}()
	}
	// One of the two is refused because the other one waits.
	if got := <-answers; got != http.StatusConflict {
		t.Fatalf("a device call beside another: got %d, want %d", got, http.StatusConflict)
	}
}
