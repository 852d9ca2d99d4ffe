package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/faceimage"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/memstore"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/token"
	"github.com/livenesslabs/face-liveness-emulator/schemas"
)

// testClock is a clock that stands still.
func testClock() *clock.Manual { return clock.NewManual(time.Unix(1_700_000_000, 0)) }

// newTestService is a service on an empty store.
func newTestService(t *testing.T, base clock.Clock) *service.Service {
	t.Helper()
	encoded, err := token.NewKey(strings.NewReader(strings.Repeat("seed", 100)))
	if err != nil {
		t.Fatal(err)
	}
	key, err := token.ParseKey(encoded)
	if err != nil {
		t.Fatal(err)
	}
	var ids atomic.Uint32
	store := memstore.New(memstore.Options{})
	resources, err := resource.Open(t.Context(), resource.Config{Store: store, Clock: base})
	if err != nil {
		t.Fatal(err)
	}
	return service.New(service.Config{
		Store: store, Resources: resources, Key: key, Images: faceimage.NewChecker(1),
		NewID: func() uuid.UUID { return uuid.UUID{6: 0x40, 8: 0x80, 15: byte(ids.Add(1))} },
		Director: func(context.Context, liveness.Call) (service.Direction, error) {
			return service.Direction{Script: liveness.Script{Steps: []liveness.Step{{Decision: liveness.DecisionRealFace}}}}, nil
		},
	})
}

// TestAVersionIsARow adds a made-up version to the table: other paths, other
// members, another refusal, another answer to DELETE. No handler knows of it.
func TestAVersionIsARow(t *testing.T) {
	t.Parallel()
	table := versions(3)
	old := newestOf(table)
	row := &version{
		Version: service.Version{Name: "v9.9", Models: []string{"2099-01-01"}, AttemptsAllowed: 1},
		dialect: old.dialect,
	}
	for _, r := range attemptsRoutes() {
		r.path = strings.Replace(r.path, "detectLiveness-sessions", "checks", 1)
		row.routes = append(row.routes, r)
	}
	row.routes = append(row.routes, deviceRoutes()...)
	row.dialect.refusals = append(row.dialect.refusals, refusal{"tenantId", liveness.CodeInvalidDeviceCorrelationID})
	row.dialect.deleteStatus = http.StatusOK
	folder := schemasOf(t, namesOf(table)...)
	maps.Copy(folder, renamed(schemasOf(t, old.Name), old.Name, row.Name))
	folder["v9.9/createLivenessSession.request.json"] = &fstest.MapFile{Data: []byte(
		`{"type":"object","required":["livenessOperationMode","tenantId"],"properties":{"tenantId":{"type":"string"}}}`)}

	service := newTestService(t, testClock())
	handler, err := newSurface(Config{
		Service: service, Resources: service.Resources, Schemas: schema.NewFolder(folder), Logger: slog.New(slog.DiscardHandler), NewID: uuid.New,
		Now: func() time.Time { return time.Unix(0, 0) }, AttemptsAllowed: 3,
	}, append(table, row), newRouter(append(table, row)))
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
	const fine = `{"livenessOperationMode":"Passive","deviceCorrelationId":"d","tenantId":"t"}`
	if w := call(http.MethodPost, "/face/v9.9/Checks", `{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`); !strings.Contains(w.Body.String(), "InvalidDeviceCorrelationId") {
		t.Errorf("without its own member: got %d %s; want the row's refusal", w.Code, w.Body)
	}
	if w := call(http.MethodPost, "/face/"+old.Name+"/detectLiveness-sessions", `{"livenessOperationMode":"Passive","deviceCorrelationId":"d","userCorrelationId":"u"}`); w.Code != http.StatusOK {
		t.Errorf("the other version: got %d %s; want 200", w.Code, w.Body)
	}
	if w := call(http.MethodPost, "/face/"+old.Name+"/checks", fine); w.Code != http.StatusNotFound {
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

// named returns the version of a name.
func named(t *testing.T, table []*version, name string) *version {
	t.Helper()
	i := slices.IndexFunc(table, func(v *version) bool { return v.Name == name })
	if i < 0 {
		t.Fatalf("the table has no %s", name)
	}
	return table[i]
}

func namesOf(table []*version) []string {
	var names []string
	for _, v := range table {
		names = append(names, v.Name)
	}
	return names
}

// schemasOf copies the schemas of some versions.
func schemasOf(t *testing.T, names ...string) fstest.MapFS {
	t.Helper()
	folder := fstest.MapFS{}
	for _, name := range names {
		files, err := fs.Glob(schemas.FS, name+"/*.json")
		if err != nil || len(files) == 0 {
			t.Fatalf("schemas of %s: %d, %v", name, len(files), err)
		}
		for _, file := range files {
			data, err := fs.ReadFile(schemas.FS, file)
			if err != nil {
				t.Fatal(err)
			}
			folder[file] = &fstest.MapFile{Data: data}
		}
	}
	return folder
}

// renamed moves schemas to the folder of another version.
func renamed(folder fstest.MapFS, from, to string) fstest.MapFS {
	moved := fstest.MapFS{}
	for file, content := range folder {
		moved[strings.Replace(file, from, to, 1)] = content
	}
	return moved
}

// TestAVersionCanBeRemoved takes each version out of the table and its schemas out
// of the folder. Every other version answers as before, byte for byte, and the one
// that is gone is not found.
func TestAVersionCanBeRemoved(t *testing.T) {
	t.Parallel()
	whole := playAll(t, namesOf(versions(3)))
	for _, gone := range namesOf(versions(3)) {
		t.Run(gone, func(t *testing.T) {
			t.Parallel()
			left := slices.DeleteFunc(namesOf(versions(3)), func(name string) bool { return name == gone })
			answers := playAll(t, left)
			for _, name := range left {
				if got, want := answers[name], whole[name]; got != want {
					t.Errorf("%s: got\n%s\nwant, as with %s in the table,\n%s", name, got, gone, want)
				}
			}
		})
	}
}

// playAll plays one session of each kind in every version of a table that has these
// versions only, and returns what each version answered.
func playAll(t *testing.T, names []string) map[string]string {
	t.Helper()
	answers := map[string]string{}
	for _, name := range names {
		table := slices.DeleteFunc(versions(3), func(v *version) bool { return !slices.Contains(names, v.Name) })
		var ids uint32
		service := newTestService(t, testClock())
		handler, err := newSurface(Config{
			Service: service, Resources: service.Resources, Schemas: schema.NewFolder(schemasOf(t, names...)), Logger: slog.New(slog.DiscardHandler),
			NewID: func() uuid.UUID { ids++; return uuid.UUID{15: byte(ids)} },
			Now:   func() time.Time { return time.Unix(0, 0) }, AttemptsAllowed: 3, StrictVersions: true,
		}, table, newRouter(table))
		if err != nil {
			t.Fatal(err)
		}
		answers[name] = playEverything(t, handler, named(t, table, name))
	}
	return answers
}

// playEverything calls every operation of a version once for each kind of session,
// successfully, and returns what it answered.
func playEverything(t *testing.T, handler http.Handler, v *version) string {
	t.Helper()
	var out strings.Builder
	for _, of := range []struct{ kind, detect string }{
		{"LivenessSession", pathDetect}, {"LivenessWithVerifySession", pathDetectWithVerify},
	} {
		p := player{t: t, handler: handler, version: v, out: &out, known: map[string]string{}}
		for _, matches := range []func(route) bool{
			func(r route) bool { return r.name == "create"+of.kind },
			func(r route) bool { return r.device == pathStart || r.device == of.detect },
			func(r route) bool { return r.device == pathEndAttempt },
			func(r route) bool { return strings.Contains(r.name, of.kind) && r.method == http.MethodGet },
			func(r route) bool { return r.device == "" && !strings.Contains(r.path, "essions") }, // of no session alone
			func(r route) bool { return strings.Contains(r.path, "{sessionImageId}") },
			func(r route) bool { return r.name == "delete"+of.kind },
		} {
			for _, r := range v.routes {
				if matches(r) {
					p.call(r)
				}
			}
		}
	}
	return out.String()
}

// A player plays one session of a version.
type player struct {
	t       *testing.T
	handler http.Handler
	version *version
	out     *strings.Builder
	known   map[string]string // member of an answer to its newest value
}

func (p player) call(r route) {
	p.t.Helper()
	path := strings.NewReplacer("{sessionId}", p.known["sessionId"], "{sessionImageId}", p.known["sessionImageId"]).Replace(r.path)
	body, contentType := p.body(r)
	request := httptest.NewRequestWithContext(p.t.Context(), r.method, "/face/"+p.version.Name+"/"+path, strings.NewReader(body))
	request.Header.Set("Content-Type", contentType)
	if r.device == "" {
		request.Header.Set(keyHeader, "k")
	} else {
		request.Header.Set("Authorization", "Bearer "+p.known["authToken"])
	}
	answer := httptest.NewRecorder()
	p.handler.ServeHTTP(answer, request)
	if answer.Code >= http.StatusMultipleChoices {
		p.t.Errorf("%s %s: got %d %s; want a success", r.method, path, answer.Code, answer.Body)
	}
	for _, member := range []string{"sessionId", "authToken", "sessionImageId"} {
		_, value, found := strings.Cut(answer.Body.String(), `"`+member+`":"`)
		if value, _, _ = strings.Cut(value, `"`); found && value != "" {
			p.known[member] = value
		}
	}
	fmt.Fprintf(p.out, "%s %s %d %s\n", r.method, path, answer.Code, answer.Body)
}

// body is what a route takes: a form where a with-verify call has nothing else.
func (p player) body(r route) (body, contentType string) {
	switch {
	case r.path == "detect":
		return `{"sessionImageId":"` + p.known["sessionImageId"] + `"}`, "application/json"
	case !strings.HasPrefix(r.name, "create"):
		return "{}", "application/json"
	case strings.Contains(r.name, "WithVerify") && !p.version.dialect.form.jsonToo:
		var form strings.Builder
		for _, part := range []string{"livenessOperationMode\"\r\n\r\nPassive", "deviceCorrelationId\"\r\n\r\nd", "userCorrelationId\"\r\n\r\nu", "enableSessionImage\"\r\n\r\ntrue", "verifyImage\"; filename=\"a.png\"\r\n\r\n" + noisePNG(p.t)} {
			form.WriteString("--b\r\nContent-Disposition: form-data; name=\"" + part + "\r\n")
		}
		return form.String() + "--b--\r\n", "multipart/form-data; boundary=b"
	case strings.Contains(r.name, "WithVerify"):
		return "--b\r\nContent-Disposition: form-data; name=\"Parameters\"\r\n\r\n" + playedSession + "\r\n" +
			"--b\r\nContent-Disposition: form-data; name=\"VerifyImage\"; filename=\"a.png\"\r\n\r\n" + noisePNG(p.t) + "\r\n--b--\r\n", "multipart/form-data; boundary=b"
	}
	return playedSession, "application/json"
}

const playedSession = `{"livenessOperationMode":"Passive","deviceCorrelationId":"d","userCorrelationId":"u","enableSessionImage":true}`

// noisePNG is a picture that is large enough for a verify image.
func noisePNG(t *testing.T) string {
	t.Helper()
	drawn := image.NewGray(image.Rect(0, 0, 64, 64))
	rand.NewChaCha8([32]byte{1}).Read(drawn.Pix) //nolint:errcheck // It never fails.
	var out bytes.Buffer
	if err := png.Encode(&out, drawn); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
