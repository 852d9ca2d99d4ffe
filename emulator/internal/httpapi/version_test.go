package httpapi

import (
	"encoding/json"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/faceimage"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/memstore"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/token"
	"github.com/livenesslabs/face-liveness-emulator/schemas"
)

// newTestService is a service on an empty store.
func newTestService(t *testing.T) *liveness.Service {
	t.Helper()
	encoded, err := token.NewKey(strings.NewReader(strings.Repeat("seed", 100)))
	if err != nil {
		t.Fatal(err)
	}
	key, err := token.ParseKey(encoded)
	if err != nil {
		t.Fatal(err)
	}
	return liveness.NewService(liveness.Config{
		Store: memstore.New(), Clock: clock.System{}, Key: key, Images: faceimage.NewChecker(1), NewID: uuid.New,
		Director: func(liveness.Call) (liveness.Direction, error) {
			return liveness.Direction{Script: liveness.Script{Steps: []liveness.Step{{Decision: liveness.DecisionRealFace}}}}, nil
		},
	})
}

// TestAVersionIsARow adds a made-up version to the table: other paths, other
// members, another refusal, another answer to DELETE. No handler knows of it.
func TestAVersionIsARow(t *testing.T) {
	t.Parallel()
	table := versions(3)
	old := table[0]
	row := &version{
		Version: liveness.Version{Name: "v9.9", Models: []string{"2099-01-01"}, AttemptsAllowed: 1},
		dialect: old.dialect,
	}
	for _, r := range attemptsRoutes() {
		r.path = strings.Replace(r.path, "detectLiveness-sessions", "checks", 1)
		row.routes = append(row.routes, r)
	}
	row.routes = append(row.routes, deviceRoutes()...)
	row.dialect.fields = append(row.dialect.fields, "userCorrelationId")
	row.dialect.refusals = append(row.dialect.refusals, refusal{"userCorrelationId", liveness.CodeInvalidDeviceCorrelationID})
	row.dialect.deleteStatus = http.StatusOK
	folder := schemasOf(t, old.Name, old.Name, row.Name)
	folder["v9.9/createLivenessSession.request.json"] = &fstest.MapFile{Data: []byte(
		`{"type":"object","required":["livenessOperationMode","userCorrelationId"],"properties":{"userCorrelationId":{"type":"string"}}}`)}

	handler, err := newSurface(Config{
		Service: newTestService(t), Schemas: folder, Logger: slog.New(slog.DiscardHandler), NewID: uuid.New,
		Now: func() time.Time { return time.Unix(0, 0) }, AttemptsAllowed: 3,
	}, append(table, row))
	if err != nil {
		t.Fatal(err)
	}
	call := func(method, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set(keyHeader, "k")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
	const fine = `{"livenessOperationMode":"Passive","deviceCorrelationId":"d","userCorrelationId":"u"}`
	if w := call(http.MethodPost, "/face/v9.9/Checks", `{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`); !strings.Contains(w.Body.String(), "InvalidDeviceCorrelationId") {
		t.Errorf("without its own member: got %d %s; want the row's refusal", w.Code, w.Body)
	}
	if w := call(http.MethodPost, "/face/v1.2/detectLiveness-sessions", `{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`); w.Code != http.StatusOK {
		t.Errorf("the other version: got %d %s; want 200", w.Code, w.Body)
	}
	if w := call(http.MethodPost, "/face/v1.2/checks", fine); w.Code != http.StatusNotFound {
		t.Errorf("the new path in the other version: got %d; want 404", w.Code)
	}
	created := call(http.MethodPost, "/face/v9.9/checks", fine)
	var session struct{ SessionID, ModelVersion string }
	if err := json.Unmarshal(created.Body.Bytes(), &session); err != nil || session.ModelVersion != "2099-01-01" {
		t.Fatalf("got %d %s; want a session of the row's model", created.Code, created.Body)
	}
	if w := call(http.MethodDelete, "/face/v9.9/checks/"+session.SessionID, ""); w.Code != http.StatusOK {
		t.Errorf("delete: got %d; want the row's 200", w.Code)
	}
}

// schemasOf copies the schemas of a version under the names of several.
func schemasOf(t *testing.T, from string, names ...string) fstest.MapFS {
	t.Helper()
	folder := fstest.MapFS{}
	files, err := fs.Glob(schemas.FS, from+"/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("schemas of %s: %d, %v", from, len(files), err)
	}
	for _, file := range files {
		data, err := fs.ReadFile(schemas.FS, file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			folder[strings.Replace(file, from, name, 1)] = &fstest.MapFile{Data: data}
		}
	}
	return folder
}
