package e2e_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/controlwire"
)

// FuzzControl checks that every control call is carried out or refused with JSON, and
// that a refused one changes nothing.
func FuzzControl(f *testing.F) {
	for _, seed := range []struct{ method, path, body string }{
		{"PATCH", "clock", `{"set":"2040-02-29T12:00:00Z","advance":"-1h","rate":1e308,"force":true}`},
		{"PATCH", "scenario", `{"default":null,"seed":18446744073709551616}`},
		{"POST", "scenario/queue", `{"scenario":"spoof","sessions":-1}`},
		{"PUT", "faults", `{"faults":"- {on: read, probability: 0.5}"}`},
		{"GET", "clock?all=%zz", ""},
		{"POST", "requests/find", `{"after":18446744073709551615,"faulty":true}`},
		{"GET", "requests?after=1&limit=1", ""},
		{"POST", "requests/verify", `{"expect":[{"operation":"x","atMost":-1}],"order":[{}]}`},
		{"POST", "sessions/find", `{"limit":1,"after":"2026-01-01T00:00:00Z_f"}`},
		{"POST", "sessions/play", `{"session":"SESSION","do":"attempt","attempt":"{outcome: uncertain}"}`},
		{"POST", "sessions/play", `{"session":"SESSION","do":"start","wait":false}`},
		{"GET", "sessions/SESSION/export", ""},
		{"POST", "sessions/SESSION/expire?all=true", ""},
		{"DELETE", "sessions/SESSION", ""},
		{"POST", "reset", `{"sessions":true,"settings":true}`},
		{"POST", "undo", ""},
		{"POST", "restore", "\x1f\x8b\x08"},
		{"GET", "report?format=junit", ""},
	} {
		f.Add(seed.method, seed.path, seed.body)
	}
	f.Fuzz(func(t *testing.T, method, path, body string) {
		e, err := emulator.New(emulator.Options{ReloadInterval: -1})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = e.Close() }()
		created := do(t, e, http.MethodPost, "/face/v1.2/detectLiveness-sessions", emulator.Key1, "application/json",
			[]byte(`{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`)).Body.String()
		id := firstMatch(created, `"sessionId":"([^"]+)"`)
		path, body = strings.ReplaceAll(path, "SESSION", id), strings.ReplaceAll(body, "SESSION", id)
		r, err := http.NewRequestWithContext(t.Context(), method, "http://localhost/_emulator/"+path, strings.NewReader(body))
		if err != nil || strings.Contains(r.URL.Path, "/events") || strings.Contains(body, "timeout") || strings.Contains(body, "wait") {
			return // these calls wait
		}
		r.Header.Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/restore") {
			r.Header.Set("Content-Type", controlwire.SnapshotType)
		}
		before := stateOf(t, e, id)
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		switch refused := w.Code >= http.StatusBadRequest; {
		case w.Code >= http.StatusInternalServerError:
			t.Errorf("%s %s %s: got %d %s", method, path, body, w.Code, w.Body)
		case refused && method != http.MethodHead && !json.Valid(w.Body.Bytes()):
			t.Errorf("%s %s %s: got %d and no JSON: %s", method, path, body, w.Code, w.Body)
		case refused && stateOf(t, e, id) != before:
			t.Errorf("%s %s %s: it was refused, and has changed something", method, path, body)
		}
	})
}

// stateOf returns the state that a refused call must not change.
func stateOf(t *testing.T, e *emulator.Emulator, id string) string {
	t.Helper()
	api, err := e.Control("")
	if err != nil {
		t.Fatal(err)
	}
	var state bytes.Buffer
	put := func(value any, err error) {
		text, failed := json.Marshal(value)
		if failed != nil {
			t.Fatal(failed)
		}
		state.Write(text)
		if err != nil {
			state.WriteString(err.Error())
		}
	}
	choice, err := api.Selection(t.Context())
	put(choice, err)
	faults, err := api.Faults(t.Context())
	put(faults, err)
	clock, err := api.Clock(t.Context())
	put(clock.Rate, err)
	session, err := api.Session(t.Context(), id)
	put(session, err)
	return state.String()
}
