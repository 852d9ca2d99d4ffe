package httpapi_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"image"
	"image/png"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/faceimage"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/httpapi"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/memstore"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/token"
	"github.com/livenesslabs/face-liveness-emulator/schemas"
)

// A surface is the whole handler over a store in memory.
type surface struct {
	handler http.Handler
	store   store.Store
	clock   *clock.Manual
	apis    []api
}

// An api is a version of the API as its folder of schemas shows it. No test here
// names one.
type api struct {
	name      string
	responses map[string]*schema.Schema // by operation
}

// apis returns all that there are.
func apis(tb testing.TB) []api {
	tb.Helper()
	files, err := fs.Glob(schemas.FS, "v*/*.response.json")
	if err != nil || len(files) == 0 {
		tb.Fatalf("got %d schemas of responses, %v; want some", len(files), err)
	}
	var all []api
	for _, file := range files {
		compiled, err := schema.Compile(schemas.FS, file)
		if err != nil {
			tb.Fatal(err)
		}
		name := path.Dir(file)
		if len(all) == 0 || all[len(all)-1].name != name {
			all = append(all, api{name: name, responses: map[string]*schema.Schema{}})
		}
		all[len(all)-1].responses[strings.TrimSuffix(path.Base(file), ".response.json")] = compiled
	}
	return all
}

func (a api) has(operation string) bool { return a.responses[operation] != nil }

func (a api) path(below string) string { return "/face/" + a.name + "/" + below }

// sessions returns the path of a kind of sessions.
func (a api) sessions(kind string) string {
	if a.has("getLivenessSessions") {
		return a.path(kind + "/singleModal/sessions")
	}
	return a.path(kind + "-sessions")
}

func newSurface(tb testing.TB) *surface {
	tb.Helper()
	key, err := token.NewKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	parsed, err := token.ParseKey(key)
	if err != nil {
		tb.Fatal(err)
	}
	s := &surface{
		store: memstore.New(memstore.Options{}),
		clock: clock.NewManual(time.Date(2026, 1, 27, 17, 36, 52, 0, time.UTC)),
		apis:  apis(tb),
	}
	resources, err := resource.Open(tb.Context(), resource.Config{Store: s.store, Clock: s.clock})
	if err != nil {
		tb.Fatal(err)
	}
	service := service.New(service.Config{
		Store:     s.store,
		Resources: resources,
		Key:       parsed,
		Images:    faceimage.NewChecker(1),
		NewID:     uuid.New,
		Director: func(context.Context, liveness.Call) (service.Direction, error) {
			return service.Direction{Script: liveness.Script{Steps: []liveness.Step{{Decision: liveness.DecisionRealFace}}, AfterLast: liveness.AfterLastRepeat}}, nil
		},
	})
	s.handler, err = httpapi.New(httpapi.Config{
		Service:         service,
		Resources:       resources,
		Schemas:         schema.NewFolder(schemas.FS),
		Logger:          slog.New(slog.DiscardHandler),
		NewID:           uuid.New,
		Now:             s.clock.Now,
		AttemptsAllowed: 3,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// A sent request is of an operation of a version.
type sent struct {
	api
	operation           string
	method, path, query string
	auth                string // a header
	kind                string // Content-Type, or ""
	body                []byte
}

// do sends a request and checks that the answer is a success or has one of the
// other statuses, in the form that the schema of the operation or of errors asks
// for.
func (s *surface) do(tb testing.TB, c sent, others ...int) *httptest.ResponseRecorder {
	tb.Helper()
	r := httptest.NewRequestWithContext(tb.Context(), c.method, c.path, bytes.NewReader(c.body))
	r.URL.RawQuery = c.query
	header, value, _ := strings.Cut(c.auth, ": ")
	r.Header.Set(header, value)
	if c.kind != "" {
		r.Header.Set("Content-Type", c.kind)
	}
	answer := httptest.NewRecorder()
	s.handler.ServeHTTP(answer, r)
	name := c.operation
	switch {
	case answer.Code == http.StatusOK:
	case slices.Contains(others, answer.Code):
		name = "error"
	default:
		tb.Fatalf("%s %s: got %d %s, want 200 or one of %v", c.name, c.operation, answer.Code, answer.Body, others)
	}
	decoded, err := schema.Decode(answer.Body.Bytes())
	if err != nil {
		tb.Fatalf("%s %s: got %s: %v", c.name, c.operation, answer.Body, err)
	}
	for _, problem := range c.responses[name].Validate(decoded) {
		tb.Errorf("%s %s: got %s: %s", c.name, c.operation, answer.Body, problem.Text)
	}
	return answer
}

// post sends a body and checks that it is taken, or refused as malformed or too
// large.
func (s *surface) post(tb testing.TB, c sent) *httptest.ResponseRecorder {
	tb.Helper()
	c.method = http.MethodPost
	return s.do(tb, c, http.StatusBadRequest, http.StatusRequestEntityTooLarge)
}

// create sends the body of a create call.
func (s *surface) create(tb testing.TB, a api, verify bool, kind string, body []byte) *httptest.ResponseRecorder {
	tb.Helper()
	if verify {
		return s.post(tb, sent{api: a, operation: "createLivenessWithVerifySession", path: a.sessions("detectLivenessWithVerify"), auth: anyKey, kind: kind, body: body})
	}
	return s.post(tb, sent{api: a, operation: "createLivenessSession", path: a.sessions("detectLiveness"), auth: anyKey, kind: kind, body: body})
}

// A session is what its creator is told of it.
type session struct {
	SessionID liveness.SessionID
	AuthToken string
}

func (s session) bearer() string { return "Authorization: Bearer " + s.AuthToken }

// begun makes a session of which a device can be played. One with verify waits for
// its image.
func (s *surface) begun(tb testing.TB, a api, verify bool, members string) session {
	tb.Helper()
	body := "{" + members + "}"
	kind := "application/json"
	if verify {
		body, kind = asForm(members), formKind
	}
	answer := s.create(tb, a, verify, kind, []byte(body))
	var created session
	if err := json.Unmarshal(answer.Body.Bytes(), &created); err != nil || created.AuthToken == "" {
		tb.Fatalf("%s: got %d %s, %v; want a session", a.name, answer.Code, answer.Body, err)
	}
	return created
}

const formKind = "multipart/form-data; boundary=x"

func formPart(head, content string) string {
	return "--x\r\nContent-Disposition: form-data; " + head + "\r\n\r\n" + content + "\r\n"
}

// asForm sends members of a JSON object in both forms that versions have. Each
// version skips the parts of the other.
func asForm(members string) string {
	form := formPart("name=Parameters", "{"+members+"}")
	for member := range strings.SplitSeq(members, ",") {
		name, value, _ := strings.Cut(member, ":")
		form += formPart("name="+name, value)
	}
	return form + "--x--\r\n"
}

// stored returns how many sessions there are, and removes them.
func (s *surface) stored(t *testing.T) int {
	t.Helper()
	farFuture := s.clock.Now().Add(1000 * time.Hour)
	removed, err := s.store.Sweep(t.Context(), func(liveness.ResourceID) time.Time { return farFuture })
	if err != nil {
		t.Fatal(err)
	}
	return removed
}

// created checks that a call that succeeded has stored a session, and a refused
// one has not.
func (s *surface) created(t *testing.T, a api, answer *httptest.ResponseRecorder) {
	t.Helper()
	want := 0
	if answer.Code == http.StatusOK {
		want = 1
	}
	if got := s.stored(t); got != want {
		t.Errorf("%s: got %d sessions after %d, want %d", a.name, got, answer.Code, want)
	}
}

const anyKey = "Ocp-Apim-Subscription-Key: k"

// FuzzCreateSession sends any body to the operations that take JSON: in some
// versions those with verify too.
func FuzzCreateSession(f *testing.F) {
	for _, seed := range []string{
		"", "null", "[]", "{}", `{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`,
		`{"livenessOperationMode":"passiveactive","deviceCorrelationIdSetInClient":"true","enableSessionImage":"false"}`,
		`{"livenessOperationMode":"Passive","deviceCorrelationId":"d","authTokenTimeToLiveInSeconds":60.0}`,
		`{"livenessOperationMode":"Passive","deviceCorrelationId":"d","authTokenTimeToLiveInSeconds":1e99,"livenessModelVersion":""}`,
		`{"livenessOperationMode":"Passive","deviceCorrelationId":null,"authTokenTimeToLiveInSeconds":-0}`,
		"\xef\xbb\xbf{\"livenessOperationMode\":\"Passive\",\"deviceCorrelationId\":\"\\ud83d\\ude00\"}",
		`{"a":{"a":{"a":[{"a":1,"a":2}]}}}`,
		`{"livenessOperationMode":"Passive","sendResultsToClient":true,"deviceCorrelationId":"d","livenessSingleModalModel":"2023-12-20-preview.06"}`,
		`{"livenessOperationMode":"Passive","sendResultsToClient":"true","deviceCorrelationId":"d","VerifyImage":{"size":1},"verifyImage":{"size":1}}`,
		`{"livenessOperationMode":"Passive","deviceCorrelationId":"d","verifyConfidenceThreshold":1.5,"returnVerifyImageHash":"TRUE"}`,
		`{"livenessOperationMode":"Passive","deviceCorrelationId":"d","userCorrelationId":"u","numberOfClientAttemptsAllowed":0,"expectedClientIpAddress":"2001:db8::/32"}`,
		`{"livenessOperationMode":"Passive","deviceCorrelationId":"d","userCorrelationIdSetInClient":true,"numberOfClientAttemptsAllowed":3,"expectedClientIpAddress":"203.0.113.7"}`,
		`{"livenessOperationMode":"Passive","deviceCorrelationId":"d","userCorrelationId":"","userCorrelationIdSetInClient":"yes"}`,
		`{"livenessOperationMode":"Passive","deviceCorrelationId":"d","userCorrelationId":7,"numberOfClientAttemptsAllowed":4,"expectedClientIpAddress":"?"}`,
		`{"livenessOperationMode":"Passive","deviceCorrelationId":"d","userCorrelationId":"` + strings.Repeat("u", 65) + `","numberOfClientAttemptsAllowed":1e0}`,
	} {
		f.Add([]byte(seed), "application/json")
	}
	f.Add([]byte("{}"), "text/plain")
	f.Add([]byte("{}"), "application/json; charset=\"")
	s := newSurface(f)
	f.Fuzz(func(t *testing.T, body []byte, kind string) {
		for _, a := range s.apis {
			s.created(t, a, s.create(t, a, false, kind, body))
			s.created(t, a, s.create(t, a, true, kind, body))
		}
	})
}

// smallPicture is an image that is accepted.
func smallPicture() []byte {
	var out bytes.Buffer
	_ = png.Encode(&out, image.NewGray(image.Rect(0, 0, 36, 36))) // into memory, it cannot fail
	return append(out.Bytes(), make([]byte, 1024)...)
}

// FuzzCreateForm sends any body to the operations that take a form.
func FuzzCreateForm(f *testing.F) {
	good := formPart(`name="livenessOperationMode"`, "Passive") + formPart("name=deviceCorrelationId", "d")
	users := good + formPart("name=userCorrelationId", "u")
	parameters := formPart("name=Parameters", `{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`)
	for _, seed := range []string{
		"", "--x--", good, good + "--x--\r\n", good + "--x--\r\n\r\n", "preamble\r\n" + good + "--x--",
		good + formPart(`name="verifyImage"; filename="a.png"`, string(smallPicture())) + "--x--\r\n",
		good + formPart(`name="verifyImage"`, "GIF89a") + "--x--\r\n",
		good + formPart(`name="authTokenTimeToLiveInSeconds"`, "1e999999999") + "--x--\r\n",
		good + formPart(`name="verifyConfidenceThreshold"`, "-0") + formPart(`name="returnVerifyImageHash"`, `"true"`) + "--x--\r\n",
		good + "--x\r\nContent-Disposition form-data\r\n\r\n\r\n--x--\r\n",
		good + "--x \t\r\n\r\n\r\n--x--", good + "--x\r\n\r\n--x\r\n--x--\r\n",
		good + formPart(`name*=UTF-8''deviceCorrelationId`, "d") + formPart(`name="a\"b"`, "\xff") + "--x--\r\n",
		users + formPart(`name="verifyImage"; filename="a.png"`, string(smallPicture())) + "--x--\r\n",
		users + formPart("name=numberOfClientAttemptsAllowed", "0") + formPart("name=expectedClientIpAddress", "203.0.113.0/24") + "--x--\r\n",
		users + formPart("name=numberOfClientAttemptsAllowed", "4") + formPart("name=expectedClientIpAddress", "") + "--x--\r\n",
		good + formPart("name=userCorrelationIdSetInClient", "true") + formPart("name=userCorrelationId", "") + "--x--\r\n",
		parameters + "--x--\r\n", parameters + parameters + "--x--\r\n", parameters + users + "--x--\r\n", parameters,
		parameters + formPart(`name="VerifyImage"; filename="blob"`, string(smallPicture())) + "--x--\r\n",
		formPart(`name="VerifyImage"`, string(smallPicture())) + parameters + "--x--\r\n",
		parameters + formPart(`name="VerifyImage"`, "GIF89a") + formPart("name=VerifyImage", "") + "--x--\r\n",
		formPart("name=parameters", "{}") + formPart("name=verifyimage", "x") + "--x--\r\n",
		formPart("name=Parameters", `{"livenessOperationMode":"Passive","deviceCorrelationId":"d","VerifyImage":{"size":1e9},"verifyConfidenceThreshold":2}`) + "--x--\r\n",
		formPart("name=Parameters", "[]") + "--x--\r\n", formPart("name=Parameters", "") + "--x--\r\n", formPart("name=Parameters", "{\"a\":\"\xff\"}") + "--x--\r\n",
	} {
		f.Add([]byte(seed), formKind)
	}
	f.Add([]byte(good+"--x--"), "multipart/form-data")
	f.Add([]byte(good+"--x--"), `multipart/form-data; boundary="x"; boundary=y`)
	f.Add([]byte(good+"--x--"), "application/json")
	f.Add([]byte(`{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`), "application/json")
	s := newSurface(f)
	f.Fuzz(func(t *testing.T, body []byte, kind string) {
		for _, a := range s.apis {
			s.created(t, a, s.create(t, a, true, kind, body))
		}
	})
}
