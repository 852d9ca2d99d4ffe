package httpapi_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"image"
	"image/png"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/faceimage"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/httpapi"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/memstore"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/token"
	"github.com/livenesslabs/face-liveness-emulator/schemas"
)

const (
	plainPath  = "/face/v1.2/detectLiveness-sessions"
	verifyPath = "/face/v1.2/detectLivenessWithVerify-sessions"
)

// A surface is the whole handler over a store in memory.
type surface struct {
	tb      testing.TB
	handler http.Handler
	store   liveness.Store
	clock   *clock.Manual
	schemas map[string]*schema.Schema
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
		tb:      tb,
		store:   memstore.New(),
		clock:   clock.NewManual(time.Date(2026, 1, 27, 17, 36, 52, 0, time.UTC)),
		schemas: map[string]*schema.Schema{},
	}
	service := liveness.NewService(liveness.Config{
		Store:  s.store,
		Clock:  s.clock,
		Key:    parsed,
		Images: faceimage.NewChecker(1),
		NewID:  uuid.New,
		Director: func(liveness.Call) (liveness.Direction, error) {
			return liveness.Direction{Script: liveness.Script{Steps: []liveness.Step{{Decision: liveness.DecisionRealFace}}, Then: liveness.ThenRepeatLast}}, nil
		},
	})
	s.handler, err = httpapi.New(httpapi.Config{
		Service:         service,
		Schemas:         schemas.FS,
		Logger:          slog.New(slog.DiscardHandler),
		NewID:           uuid.New,
		Now:             s.clock.Now,
		AttemptsAllowed: 3,
	})
	if err != nil {
		tb.Fatal(err)
	}
	for _, name := range []string{"createLivenessSession", "createLivenessWithVerifySession", "startSession", "detectLiveness", "error"} {
		if s.schemas[name], err = schema.Compile(schemas.FS, "v1.2/"+name+".response.json"); err != nil {
			tb.Fatal(err)
		}
	}
	return s
}

// post sends a body and checks that the answer has one of the statuses and the
// form that the schema of the operation or of errors asks for.
func (s *surface) post(t *testing.T, path, auth, kind, name string, body []byte) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, bytes.NewReader(body))
	header, value, _ := strings.Cut(auth, ": ")
	r.Header.Set(header, value)
	r.Header.Set("Content-Type", kind)
	answer := httptest.NewRecorder()
	s.handler.ServeHTTP(answer, r)
	switch answer.Code {
	case http.StatusOK:
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge:
		name = "error"
	default:
		t.Errorf("got %d %s, want 200, 400 or 413", answer.Code, answer.Body)
	}
	decoded, err := schema.Decode(answer.Body.Bytes())
	if err != nil {
		t.Fatalf("got %s: %v", answer.Body, err)
	}
	for _, problem := range s.schemas[name].Validate(decoded) {
		t.Errorf("got %s: %s", answer.Body, problem.Text)
	}
	return answer
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
func (s *surface) created(t *testing.T, answer *httptest.ResponseRecorder) {
	t.Helper()
	want := 0
	if answer.Code == http.StatusOK {
		want = 1
	}
	if got := s.stored(t); got != want {
		t.Errorf("got %d sessions after %d, want %d", got, answer.Code, want)
	}
}

const anyKey = "Ocp-Apim-Subscription-Key: k"

// FuzzCreateSession sends any body to the operation that takes JSON.
func FuzzCreateSession(f *testing.F) {
	for _, seed := range []string{
		"", "null", "[]", "{}", `{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`,
		`{"livenessOperationMode":"passiveactive","deviceCorrelationIdSetInClient":"true","enableSessionImage":"false"}`,
		`{"livenessOperationMode":"Passive","deviceCorrelationId":"d","authTokenTimeToLiveInSeconds":60.0}`,
		`{"livenessOperationMode":"Passive","deviceCorrelationId":"d","authTokenTimeToLiveInSeconds":1e99,"livenessModelVersion":""}`,
		`{"livenessOperationMode":"Passive","deviceCorrelationId":null,"authTokenTimeToLiveInSeconds":-0}`,
		"\xef\xbb\xbf{\"livenessOperationMode\":\"Passive\",\"deviceCorrelationId\":\"\\ud83d\\ude00\"}",
		`{"a":{"a":{"a":[{"a":1,"a":2}]}}}`,
	} {
		f.Add([]byte(seed), "application/json")
	}
	f.Add([]byte("{}"), "text/plain")
	f.Add([]byte("{}"), "application/json; charset=\"")
	s := newSurface(f)
	f.Fuzz(func(t *testing.T, body []byte, kind string) {
		s.created(t, s.post(t, plainPath, anyKey, kind, "createLivenessSession", body))
	})
}

// smallPicture is an image that is accepted.
func smallPicture() []byte {
	var out bytes.Buffer
	_ = png.Encode(&out, image.NewGray(image.Rect(0, 0, 36, 36))) // into memory, it cannot fail
	return append(out.Bytes(), make([]byte, 1024)...)
}

// FuzzCreateForm sends any body to the operation that takes a form.
func FuzzCreateForm(f *testing.F) {
	const kind = "multipart/form-data; boundary=x"
	part := func(head, content string) string {
		return "--x\r\nContent-Disposition: form-data; " + head + "\r\n\r\n" + content + "\r\n"
	}
	good := part(`name="livenessOperationMode"`, "Passive") + part("name=deviceCorrelationId", "d")
	for _, seed := range []string{
		"", "--x--", good, good + "--x--\r\n", good + "--x--\r\n\r\n", "preamble\r\n" + good + "--x--",
		good + part(`name="verifyImage"; filename="a.png"`, string(smallPicture())) + "--x--\r\n",
		good + part(`name="verifyImage"`, "GIF89a") + "--x--\r\n",
		good + part(`name="authTokenTimeToLiveInSeconds"`, "1e999999999") + "--x--\r\n",
		good + part(`name="verifyConfidenceThreshold"`, "-0") + part(`name="returnVerifyImageHash"`, `"true"`) + "--x--\r\n",
		good + "--x\r\nContent-Disposition form-data\r\n\r\n\r\n--x--\r\n",
		good + "--x \t\r\n\r\n\r\n--x--", good + "--x\r\n\r\n--x\r\n--x--\r\n",
		good + part(`name*=UTF-8''deviceCorrelationId`, "d") + part(`name="a\"b"`, "\xff") + "--x--\r\n",
	} {
		f.Add([]byte(seed), kind)
	}
	f.Add([]byte(good+"--x--"), "multipart/form-data")
	f.Add([]byte(good+"--x--"), `multipart/form-data; boundary="x"; boundary=y`)
	f.Add([]byte(good+"--x--"), "application/json")
	s := newSurface(f)
	f.Fuzz(func(t *testing.T, body []byte, kind string) {
		s.created(t, s.post(t, verifyPath, anyKey, kind, "createLivenessWithVerifySession", body))
	})
}

// FuzzStartSession sends any body to session/start of a session that waits for a
// device correlation id.
func FuzzStartSession(f *testing.F) {
	for _, seed := range []string{
		"", "{}", `{"deviceCorrelationId":"d"}`, `{"deviceCorrelationId":""}`, `{"deviceCorrelationId":7}`, `{"deviceCorrelationId":null}`,
		`{"deviceCorrelationId":"a","deviceCorrelationId":"b"}`, " \n[1]", "deviceCorrelationId=d", "\xef\xbb\xbf{\"deviceCorrelationId\":\"d\"}", "{",
		`{"deviceCorrelationId":"` + strings.Repeat("d", 65) + `"}`,
	} {
		f.Add([]byte(seed), "application/json")
		f.Add([]byte(seed), "application/x-www-form-urlencoded")
	}
	s := newSurface(f)
	f.Fuzz(func(t *testing.T, body []byte, kind string) {
		var session struct {
			SessionID liveness.SessionID
			AuthToken string
		}
		created := s.post(t, plainPath, anyKey, "application/json", "createLivenessSession",
			[]byte(`{"livenessOperationMode":"Passive","deviceCorrelationIdSetInClient":true}`))
		if err := json.Unmarshal(created.Body.Bytes(), &session); err != nil {
			t.Fatal(err)
		}
		answer := s.post(t, "/face/v1.2/session/start", "Authorization: Bearer "+session.AuthToken, kind, "startSession", body)
		stored, err := s.store.Session(t.Context(), session.SessionID)
		if err != nil {
			t.Fatal(err)
		}
		started := !stored.Started.IsZero()
		if started != (answer.Code == http.StatusOK) || started != (stored.DeviceCorrelationID != "") {
			t.Errorf("got %d, started %v, id %q; want all or nothing", answer.Code, started, stored.DeviceCorrelationID)
		}
		s.stored(t)
	})
}

// FuzzDetect sends any body as what a device has filmed.
func FuzzDetect(f *testing.F) {
	f.Add([]byte(""), "")
	f.Add([]byte("\x00\xff"), "video/webm")
	f.Add([]byte("--x\r\nContent-Disposition: form-data; name=VerifyImage\r\n\r\nx\r\n--x--\r\n"), "multipart/form-data; boundary=x")
	f.Add([]byte("--x\r\n"), "multipart/form-data; boundary=x")
	f.Add([]byte("--x\r\n"), "multipart/form-data")
	f.Add([]byte("{"), "application/json")
	s := newSurface(f)
	f.Fuzz(func(t *testing.T, body []byte, kind string) {
		created := s.post(t, plainPath, anyKey, "application/json", "createLivenessSession",
			[]byte(`{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`))
		var session struct {
			SessionID liveness.SessionID
			AuthToken string
		}
		if err := json.Unmarshal(created.Body.Bytes(), &session); err != nil {
			t.Fatal(err)
		}
		answer := s.post(t, "/face/v1.2/detectLiveness/singleModal", "Authorization: Bearer "+session.AuthToken, kind, "detectLiveness", body)
		stored, err := s.store.Session(t.Context(), session.SessionID)
		if err != nil {
			t.Fatal(err)
		}
		if used := len(stored.Attempts) == 1; used != (answer.Code == http.StatusOK) || used == stored.Started.IsZero() {
			t.Errorf("got %d with %d attempts, started %v; want all or nothing", answer.Code, len(stored.Attempts), stored.Started)
		}
		s.stored(t)
	})
}
