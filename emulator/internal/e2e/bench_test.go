package e2e_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
)

// benchmarkStores runs a benchmark with both engines, through the whole handler but
// without a connection.
func benchmarkStores(b *testing.B, run func(b *testing.B, e *emulator.Emulator)) {
	b.Helper()
	for name, state := range map[string]func() string{
		"memory": func() string { return "" },
		"folder": b.TempDir,
	} {
		b.Run(name, func(b *testing.B) {
			e, err := emulator.New(emulator.Options{State: state()})
			if err != nil {
				b.Fatal(err)
			}
			defer e.Close()
			b.ReportAllocs()
			run(b, e)
		})
	}
}

const benchBody = `{"livenessOperationMode":"Passive","deviceCorrelationId":"6cfd50d3-3723-456c-b2dc-dc0ab271bb57","enableSessionImage":true}`

func benchCreate(b *testing.B, e http.Handler) *httptest.ResponseRecorder {
	b.Helper()
	r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/face/v1.2/detectLiveness-sessions", bytes.NewReader([]byte(benchBody)))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Ocp-Apim-Subscription-Key", emulator.Key1)
	return benchCall(b, e, r)
}

func benchCall(b *testing.B, e http.Handler, r *http.Request) *httptest.ResponseRecorder {
	b.Helper()
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		b.Fatalf("got %d %s", w.Code, w.Body)
	}
	return w
}

func BenchmarkCreate(b *testing.B) {
	benchmarkStores(b, func(b *testing.B, e *emulator.Emulator) {
		for b.Loop() {
			benchCreate(b, e)
		}
	})
}

var benchFields = regexp.MustCompile(`"sessionId":"([^"]+)","authToken":"([^"]+)"`)

func BenchmarkGet(b *testing.B) {
	benchmarkStores(b, benchGet)
}

func benchGet(b *testing.B, e *emulator.Emulator) {
	b.Helper()
	id := benchFields.FindStringSubmatch(benchCreate(b, e).Body.String())[1]
	for b.Loop() {
		r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/face/v1.2/detectLiveness-sessions/"+id, http.NoBody)
		r.Header.Set("Ocp-Apim-Subscription-Key", emulator.Key1)
		benchCall(b, e, r)
	}
}

// BenchmarkGetBesideFaults is BenchmarkGet with faults: of another resource, and of the
// same resource for other calls. The first measures what every call pays for looking up
// faults.
func BenchmarkGetBesideFaults(b *testing.B) {
	for _, of := range []struct{ name, key string }{{"of another resource", "another"}, {"of other calls", emulator.Key1}} {
		b.Run(of.name, func(b *testing.B) {
			benchmarkStores(b, func(b *testing.B, e *emulator.Emulator) {
				if _, err := controlOf(b, e, of.key).UseFaults(b.Context(), "[{on: delete, hang: true}]"); err != nil {
					b.Fatal(err)
				}
				benchGet(b, e)
			})
		})
	}
}

// BenchmarkAttempt measures a device call; creating its session is not measured.
func BenchmarkAttempt(b *testing.B) {
	benchmarkStores(b, func(b *testing.B, e *emulator.Emulator) {
		for b.Loop() {
			b.StopTimer()
			token := benchFields.FindStringSubmatch(benchCreate(b, e).Body.String())[2]
			r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/face/v1.2/detectLiveness/singleModal", http.NoBody)
			r.Header.Set("Authorization", "Bearer "+token)
			b.StartTimer()
			benchCall(b, e, r)
		}
	})
}
