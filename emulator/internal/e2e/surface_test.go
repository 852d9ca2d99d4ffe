package e2e_test

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
)

// TestMetrics checks that metrics count an app's calls, and that they need no admin token
// but are refused to pages of other origins.
func TestMetrics(t *testing.T) {
	t.Parallel()
	e, err := emulator.New(emulator.Options{AdminToken: "let-me-in", State: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	created := do(t, e, http.MethodPost, "/face/v1.2/detectLiveness-sessions", "secret-key", "application/json",
		[]byte(`{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`)).Body.String()
	id, token := firstMatch(created, `"sessionId":"([^"]+)"`), firstMatch(created, `"authToken":"([^"]+)"`)
	do(t, e, http.MethodPost, "/face/v1.2/detectLiveness/singleModal", "Bearer "+token, "", nil)
	do(t, e, http.MethodGet, "/face/v1.2/detectLiveness-sessions/"+id+"x", "secret-key", "", nil)

	scrape := func(origin string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/metrics", http.NoBody)
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		return w
	}
	w := scrape("")
	for _, want := range []string{
		`face_liveness_requests_total{operation="createLivenessSession",status="200",version="v1.2"} 1`,
		`face_liveness_requests_total{operation="getLivenessSessionResult",status="404",version="v1.2"} 1`,
		`face_liveness_attempts_total{outcome="realface"} 1`,
		`face_liveness_sessions{kind="Liveness",state="Succeeded"} 1`,
		"go_goroutines",
	} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("got %d without %s", w.Code, want)
		}
	}
	for _, secret := range []string{"secret-key", id, token} {
		if strings.Contains(w.Body.String(), secret) {
			t.Errorf("the metrics hold %s", secret)
		}
	}
	if w := scrape("https://elsewhere.example"); w.Code != http.StatusForbidden {
		t.Errorf("got %d for a page of another origin, want 403", w.Code)
	}
}

func TestMetricsVersions(t *testing.T) {
	t.Parallel()
	m := openEmulator(t, emulator.Options{}).Metrics
	m.Observe(journal.Entry{Operation: "startSession", Version: "v1.2", Status: 200})
	m.Observe(journal.Entry{Operation: "startSession", Version: "scenario.json", Status: 200})
	families, _ := m.Gatherer().Gather() // whatever the rest says
	got := map[string]float64{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			for _, label := range metric.GetLabel() {
				if family.GetName() == "face_liveness_requests_total" && label.GetName() == "version" {
					got[label.GetValue()] = metric.GetCounter().GetValue()
				}
			}
		}
	}
	if diff := cmp.Diff(map[string]float64{"v1.2": 1, "none": 1}, got); diff != "" {
		t.Errorf("requests by version (-want +got):\n%s", diff)
	}
}

// TestReportForms compares the report as JSON, text and JUnit XML.
func TestReportForms(t *testing.T) {
	t.Parallel()
	e, err := emulator.New(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	created := do(t, e, http.MethodPost, "/face/v1.2/detectLiveness-sessions", "k", "application/json",
		[]byte(`{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`)).Body.String()
	path := "/face/v1.2/detectLiveness-sessions/" + firstMatch(created, `"sessionId":"([^"]+)"`)
	for range 8 {
		do(t, e, http.MethodGet, path, "k", "", nil)
	}
	get := func(query string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/_emulator/report"+query, http.NoBody)
		r.Header.Set(control.KeyHeader, "k")
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		return w
	}
	if w := get(""); !strings.Contains(w.Body.String(), `"rule":"polled-too-fast"`) || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("got %d %s, want the report as JSON", w.Code, w.Body)
	}
	if w := get("?format=text"); !strings.Contains(w.Body.String(), "polled-too-fast") || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
		t.Errorf("got %d %s, want the report as text", w.Code, w.Body)
	}
	w := get("?format=junit")
	var parsed struct {
		XMLName xml.Name
		Inner   string `xml:",innerxml"`
	}
	if err := xml.NewDecoder(bytes.NewReader(w.Body.Bytes())).Decode(&parsed); err != nil || !strings.Contains(parsed.Inner, "<failure") {
		t.Errorf("got %d %s, %v; want JUnit XML with a failure", w.Code, w.Body, err)
	}
	if w := get("?format=pdf"); w.Code != http.StatusBadRequest {
		t.Errorf("got %d for an unknown format, want 400", w.Code)
	}
}
