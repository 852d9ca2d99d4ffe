package httpapi

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
	"github.com/livenesslabs/face-liveness-emulator/schemas"
)

// A journaled handler keeps what it answers.
type journaled struct {
	http.Handler
	config  Config
	service *service.Service
}

func newJournaled(t *testing.T) *journaled {
	t.Helper()
	j := &journaled{service: newTestService(t, testClock())}
	j.config = Config{
		Service: j.service, Resources: j.service.Resources, Schemas: schema.NewFolder(schemas.FS), Logger: slog.New(slog.DiscardHandler), NewID: uuid.New,
		Journal: journal.New(journal.Limits{Entries: 100, Bytes: 1 << 20}), AttemptsAllowed: 3,
		Now: func() time.Time { return time.Unix(1_700_000_000, 0) },
	}
	var err error
	if j.Handler, err = newSurface(j.config, versions(3), allPaths()); err != nil {
		t.Fatal(err)
	}
	return j
}

// kept sends a request and returns its entry.
func (j *journaled) kept(t *testing.T, r *http.Request) *journal.Entry {
	t.Helper()
	j.ServeHTTP(httptest.NewRecorder(), r)
	found, err := j.config.Journal.Find(t.Context(), journal.Query{All: true})
	if err != nil {
		t.Fatal(err)
	}
	entries := found.Entries
	if len(entries) == 0 {
		t.Fatal("got no entry")
	}
	return entries[len(entries)-1]
}

const listPath = "/face/v1.1-preview.1/detectLiveness/singleModal/sessions"

// someToken has the form of a JWT.
const someToken = "eyJhbGciOiJub25lIn0.e30.c2ln"

// TestEntryOfCaller: what an entry says of who has called.
func TestEntryOfCaller(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, url            string
		header               map[string]string
		fromPage, tokenInURL bool
	}{
		{name: "a backend", url: listPath},
		{name: "fetch of Node.js", url: listPath, header: map[string]string{"Sec-Fetch-Mode": "cors"}},
		{name: "an address bar", url: listPath, header: map[string]string{"Sec-Fetch-Site": "none"}},
		{name: "a page", url: listPath, header: map[string]string{"Origin": "https://shop.example"}, fromPage: true},
		{name: "a page of the same origin", url: listPath, header: map[string]string{"Sec-Fetch-Site": "same-origin"}, fromPage: true},
		{name: "a query without secrets", url: listPath + "?top=3&start=eyJ"},
		{name: "an empty token", url: listPath + "?authToken="},
		{name: "a token by its name", url: listPath + "?AUTHTOKEN=x", tokenInURL: true},
		{name: "a key by its name", url: listPath + "?subscription-key=x", tokenInURL: true},
		{name: "a token by its form", url: listPath + "?t=" + someToken, tokenInURL: true},
		{name: "a token behind what is no query", url: listPath + "?%zz&t=" + someToken, tokenInURL: true},
		{name: "a token in the path", url: listPath + "/" + someToken, tokenInURL: true},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, c.url, nil)
		r.Header.Set(keyHeader, "k")
		for name, value := range c.header {
			r.Header.Set(name, value)
		}
		got := newJournaled(t).kept(t, r)
		if got.FromPage != c.fromPage || got.TokenInURL != c.tokenInURL || !got.Keyed {
			t.Errorf("%s: got from a page %v, token in URL %v, keyed %v; want %v, %v, true", c.name, got.FromPage, got.TokenInURL, got.Keyed, c.fromPage, c.tokenInURL)
		}
		if text, err := json.Marshal(got); err != nil || strings.Contains(string(text), someToken) {
			t.Errorf("%s: got %s, %v; want no token", c.name, text, err)
		}
	}
	plain := httptest.NewRequestWithContext(t.Context(), http.MethodGet, listPath, nil)
	if got := newJournaled(t).kept(t, plain); got.Keyed || got.Resource != "" || !got.Clock.IsZero() {
		t.Errorf("got keyed %v, of %q at %v; want nobody's call without a clock", got.Keyed, got.Resource, got.Clock)
	}
}

// TestEntryClock: the time is that of the caller's own clock, also of a call that
// leads nowhere.
func TestEntryClock(t *testing.T) {
	t.Parallel()
	j := newJournaled(t)
	later := time.Unix(1_800_000_000, 0).UTC()
	resource, _ := j.config.ResourceOf("k")
	if _, err := j.service.Resources.ChangeClock(t.Context(), resource, clock.Change{Set: &later}); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{listPath, "/face/v1.2/nowhere"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		r.Header.Set(keyHeader, "k")
		if got := j.kept(t, r); !got.Clock.Equal(later) || got.Resource != string(resource) {
			t.Errorf("%s: got %v of %q; want %v of %q", path, got.Clock, got.Resource, later, resource)
		}
	}
}

// TestEntryMistake tells calls that are wrong in themselves from those that only
// come at the wrong time.
func TestEntryMistake(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, method, path, body, want string }{
		{"no such path", http.MethodPost, "/face/v1.2/createLivenessSession", "", "tutorials show this path"},
		{"POST in place of GET", http.MethodPost, listPath + "/0", "{}", "Results are read with GET"},
		{"a body that is none", http.MethodPost, listPath, "{", "JSON"},
		{"a misspelt member", http.MethodPost, listPath, `{"livenessOperationMode":"Passive","deviceCorrelationId":"d","SendResultsToClient":true}`, "case-sensitive"},
		{"a session that is not there", http.MethodGet, listPath + "/0", "", ""},
		{"a fine call", http.MethodGet, listPath, "", ""},
	} {
		r := httptest.NewRequestWithContext(t.Context(), c.method, c.path, strings.NewReader(c.body))
		r.Header.Set(keyHeader, "k")
		r.Header.Set("Content-Type", "application/json")
		got := newJournaled(t).kept(t, r)
		if !strings.Contains(strings.ToLower(got.Mistake), strings.ToLower(c.want)) || (got.Mistake == "") != (c.want == "") {
			t.Errorf("%s: got %q with %d; want %q", c.name, got.Mistake, got.Status, c.want)
		}
	}
}

// TestEntryParts: of a form, texts are kept as they are, images by their hash, and of
// what nobody reads only that it was there.
func TestEntryParts(t *testing.T) {
	t.Parallel()
	const image = "GIF89a, or not"
	part := func(head, content string) string {
		return "--x\r\nContent-Disposition: form-data; " + head + "\r\n\r\n" + content + "\r\n"
	}
	body := part("name=Parameters", `{"livenessOperationMode":"Passive","authToken":"secret"}`) +
		part(`name=VerifyImage; filename=a.gif`, image) + part(`name=verifyImage; filename=b.gif`, image) + "--x--\r\n"
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost,
		"/face/v1.1-preview.1/detectLivenessWithVerify/singleModal/sessions", strings.NewReader(body))
	r.Header.Set(keyHeader, "k")
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	got, err := json.Marshal(newJournaled(t).kept(t, r).Request)
	if err != nil {
		t.Fatal(err)
	}
	const want = `"parts":[{"name":"Parameters","size":56,"text":"{\"livenessOperationMode\":\"Passive\",\"authToken\":\"***\"}"},` +
		`{"name":"VerifyImage","fileName":"a.gif","size":14,"sha256":"`
	if !strings.Contains(string(got), want) || !strings.Contains(string(got), `{"name":"verifyImage","fileName":"b.gif","size":-1}`) ||
		strings.Contains(string(got), image) {
		t.Errorf("got %s; want %s… and no image", got, want)
	}
}

// TestPartsAreBounded: many long texts are kept by their hash.
func TestPartsAreBounded(t *testing.T) {
	t.Parallel()
	c := &call{surface: &surface{Config: Config{Journal: journal.New(journal.Limits{})}}}
	for range 10 {
		c.keepPart(formPart{name: strings.Repeat("n", 1000), content: []byte(strings.Repeat("x", maxKeptBody/3))}, true)
	}
	texts := 0
	for _, part := range c.log.parts {
		texts += len(part.Text)
		if (part.Text == "") != (part.SHA256 != "") || len(part.Name) > maxPartName {
			t.Errorf("got a name of %d bytes, a text of %d and hash %q; want one of these two", len(part.Name), len(part.Text), part.SHA256)
		}
	}
	if len(c.log.parts) != 10 || texts > maxKeptBody || texts == 0 {
		t.Errorf("got %d parts with %d bytes of text; want 10 with at most %d", len(c.log.parts), texts, maxKeptBody)
	}
}

// TestTamperedDigest: an entry knows whether the device was told the truth.
func TestTamperedDigest(t *testing.T) {
	t.Parallel()
	for drill, want := range map[liveness.DigestDrill]bool{
		liveness.DigestEqual: false, liveness.DigestDifferent: true, liveness.DigestMissing: true,
	} {
		j := newJournaled(t)
		j.service.Director = func(context.Context, liveness.Call) (service.Direction, error) {
			return service.Direction{Script: liveness.Script{Steps: []liveness.Step{{Decision: liveness.DecisionRealFace, Digest: drill}}}}, nil
		}
		create := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/face/v1.2/detectLiveness-sessions",
			strings.NewReader(`{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`))
		create.Header.Set(keyHeader, "k")
		create.Header.Set("Content-Type", "application/json")
		var created struct{ AuthToken string }
		if err := json.Unmarshal(j.kept(t, create).Response.Body, &created); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"session/start", "detectLiveness/singleModal"} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/face/v1.2/"+path, strings.NewReader("video"))
			r.Header.Set("Authorization", "Bearer "+created.AuthToken)
			r.Header.Set("Content-Type", "application/octet-stream")
			got := j.kept(t, r)
			isDetect := path != "session/start"
			if got.Status != http.StatusOK || got.Tampered != (want && isDetect) || (got.Request.SHA256 != "") != isDetect {
				t.Errorf("%q, %s: got %d, tampered %v, hash %q; want 200, %v", drill, path, got.Status, got.Tampered, got.Request.SHA256, want && isDetect)
			}
		}
	}
}
