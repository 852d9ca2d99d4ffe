package e2e_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/testhook"
)

// A badWorld is the emulator of one case, and what is known about it.
type badWorld struct {
	t        *testing.T
	emulator *testEmulator
	handler  http.Handler
	clock    *clock.Manual
	log      *badLog
	names    map[string]string // values of the {names} in a case
	tokens   []string
	sessions []liveness.SessionID // the expected sessions
}

// A badLog collects log lines.
type badLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *badLog) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *badLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *badLog) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Reset()
}

func newBadWorld(t *testing.T, edit func(*emulator.Options)) *badWorld {
	t.Helper()
	w := &badWorld{
		t:     t,
		clock: clock.NewManual(time.Date(2026, 1, 27, 17, 36, 52, 0, time.UTC)),
		log:   &badLog{},
		names: map[string]string{},
	}
	o := emulator.Options{
		Logger: slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if edit != nil {
		edit(&o)
	}
	w.emulator = openHooked(t, o, testhook.Hooks{Clock: w.clock})
	w.handler = checked(t, w.emulator)
	return w
}

// expand replaces {names} by their values.
func (w *badWorld) expand(text string) string {
	for name, value := range w.names {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return text
}

// request builds the call of a case.
func (w *badWorld) request(c badCase) *http.Request {
	w.t.Helper()
	path := c.path
	if path == "" {
		path = badPlain
	}
	method := c.method
	if method == "" {
		method = http.MethodPost
	}
	body := w.expand(c.body)
	if c.big != nil {
		body = c.big()
	}
	var reader io.Reader = strings.NewReader(body)
	if c.chunked {
		reader = io.MultiReader(reader) // hides the length from the client
	}
	r := httptest.NewRequestWithContext(w.t.Context(), method, w.expand(path), reader)
	lines := slices.Clone(c.header)
	if auth := badAuthOf(c.auth, path); auth != "none" {
		lines = append(lines, auth)
	}
	if kind := badTypeOf(c, path); kind != "none" {
		lines = append(lines, "Content-Type: "+kind)
	}
	for _, line := range lines {
		name, value, ok := strings.Cut(w.expand(line), ": ")
		if !ok {
			w.t.Fatalf("header line %q has no colon", line)
		}
		r.Header.Add(name, value)
	}
	return r
}

func badAuthOf(auth, path string) string {
	switch {
	case auth != "":
		return auth
	case badIsDevice(path):
		return "Authorization: Bearer {a.token}"
	default:
		return "Ocp-Apim-Subscription-Key: " + badKey
	}
}

func badTypeOf(c badCase, path string) string {
	switch {
	case c.contentType != "":
		return c.contentType
	case c.body == "" && c.big == nil && path != badPlain && path != badVerify:
		return "none"
	case path == badVerify || strings.HasSuffix(path, "/singleModal"):
		return "multipart/form-data; boundary=" + badBoundary
	default:
		return "application/json"
	}
}

func badIsDevice(path string) bool {
	return slices.Contains([]string{badStart, badEnd, badDetect, badDetectVerify}, path)
}

func (w *badWorld) send(c badCase) *httptest.ResponseRecorder {
	w.t.Helper()
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, w.request(c))
	return answer
}

// must makes a call, which must succeed.
func (w *badWorld) must(c badCase) []byte {
	w.t.Helper()
	answer := w.send(c)
	if answer.Code != http.StatusOK && answer.Code != http.StatusNoContent {
		w.t.Fatalf("%s %s before the case: got %d %s, want success", c.method, c.path, answer.Code, answer.Body)
	}
	return answer.Body.Bytes()
}

// create creates a session that the case calls {name}, with the token {name.token}.
func (w *badWorld) create(name string, c badCase) {
	w.t.Helper()
	var created struct{ SessionID, AuthToken string }
	if err := json.Unmarshal(w.must(c), &created); err != nil {
		w.t.Fatal(err)
	}
	w.names[name], w.names[name+".token"] = created.SessionID, created.AuthToken
	w.tokens = append(w.tokens, created.AuthToken)
	w.sessions = append(w.sessions, liveness.SessionID(created.SessionID))
}

// delete deletes a session.
func (w *badWorld) delete(name, path string) {
	w.t.Helper()
	w.must(badCase{method: http.MethodDelete, path: path + "/{" + name + "}"})
	w.sessions = slices.DeleteFunc(w.sessions, func(id liveness.SessionID) bool { return string(id) == w.names[name] })
}

func (w *badWorld) advance(d time.Duration) {
	w.t.Helper()
	if err := w.clock.Advance(d); err != nil {
		w.t.Fatal(err)
	}
}

// image plays session {a} and sets {image} to the id of its image.
func (w *badWorld) image() {
	w.t.Helper()
	w.must(badCase{path: badDetect})
	var session struct {
		Results struct {
			Attempts []struct {
				Result struct{ SessionImageID string }
			}
		}
	}
	read := w.must(badCase{method: http.MethodGet, path: badPlain + "/{a}"})
	if err := json.Unmarshal(read, &session); err != nil || len(session.Results.Attempts) != 1 {
		w.t.Fatalf("got %s, want a session with an attempt", read)
	}
	w.names["image"] = session.Results.Attempts[0].Result.SessionImageID
}

// stored returns the expected sessions as the store has them.
func (w *badWorld) stored() []liveness.Session {
	w.t.Helper()
	var sessions []liveness.Session
	for _, id := range w.sessions {
		session, err := w.emulator.Store.Session(w.t.Context(), id)
		if err != nil {
			session = liveness.Session{} // It has expired and was swept.
		}
		sessions = append(sessions, session)
	}
	return sessions
}

// count returns the number of sessions in the store, for all resources. It sweeps them
// all.
func (w *badWorld) count() int {
	w.t.Helper()
	farFuture := w.clock.Now().Add(24 * 365 * time.Hour)
	removed, err := w.emulator.Store.Sweep(w.t.Context(), func(liveness.ResourceID) time.Time { return farFuture })
	if err != nil {
		w.t.Fatal(err)
	}
	return removed
}

// checkSecrets looks for keys, tokens and body contents in the response and the log.
func (w *badWorld) checkSecrets(answer *httptest.ResponseRecorder) {
	w.t.Helper()
	log := w.log.String()
	for _, secret := range append(slices.Clone(w.tokens), badMarker, badKey) {
		if strings.Contains(log, secret) {
			w.t.Errorf("the log holds %q: %s", secret, log)
		}
		if strings.Contains(answer.Body.String(), secret) {
			w.t.Errorf("the answer holds %q: %s", secret, answer.Body)
		}
	}
}

// badForm returns a multipart body of complete parts.
func badForm(parts ...string) string {
	var body strings.Builder
	for _, part := range parts {
		body.WriteString("--" + badBoundary + "\r\n" + part + "\r\n")
	}
	return body.String() + "--" + badBoundary + "--\r\n"
}

// badField returns a part with a text.
func badField(name, text string) string {
	return "Content-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + text
}

// badFile returns a part with a file.
func badFile(name, content string) string {
	return "Content-Disposition: form-data; name=\"" + name + "\"; filename=\"face.png\"\r\n" +
		"Content-Type: image/png\r\n\r\n" + content
}

// badFields returns a with-verify body with further parts.
func badFields(more ...string) string {
	return badForm(append([]string{badField("livenessOperationMode", "Passive"), badField("deviceCorrelationId", badMarker)}, more...)...)
}

// A valid body without verify, with further members.
func badMembers(more string) string {
	return `{"livenessOperationMode":"Passive","deviceCorrelationId":"` + badMarker + `"` + more + `}`
}

// badSized appends bytes to a file, which decoders ignore.
func badSized(file string, size int) string { return file + strings.Repeat("\x00", size-len(file)) }
