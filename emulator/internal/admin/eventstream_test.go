package admin_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/admin"
)

// A teller is an API with one event, which ends with an error.
type teller struct {
	control.API // nil: what is not asked here
	err         error
	asked       *control.EventQuery
}

func (p teller) Events(_ context.Context, query control.EventQuery, each func(control.Event) error) error {
	*p.asked = query
	return errors.Join(each(control.Event{Kind: control.EventTimeline, Entry: &control.TimelineEntry{What: control.TimelineStarted}}), p.err)
}

// A listener is a teller that says when it listens, if it does.
type listener struct {
	teller
	refused error
}

func (p listener) Listen(ctx context.Context, query control.EventQuery, alive func() error, each func(control.Event) error) error {
	if p.refused != nil {
		return p.refused
	}
	return errors.Join(alive(), p.Events(ctx, query, each), alive())
}

func stream(t *testing.T, api control.API, method, query string) (w *httptest.ResponseRecorder, log string) {
	t.Helper()
	var lines bytes.Buffer
	handler := admin.NewHandler(admin.HandlerConfig{
		Logger: slog.New(slog.NewTextHandler(&lines, nil)),
		API:    func(string, bool) (control.API, error) { return api, nil },
	})
	w = httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, "http://localhost/_emulator/events"+query, nil))
	return w, lines.String()
}

func TestStreamOfEvents(t *testing.T) {
	t.Parallel()
	const event = "event: moment\ndata: " + `{"kind":"moment","moment":{"what":"started","at":"0001-01-01T00:00:00Z"}}` + "\n\n"
	const alive = ": listening\n\n"
	const id = "5e551000-0000-4000-8000-000000000001"
	stopping := &control.Error{Kind: control.ErrorUnavailable, Text: "stopping"}
	broken := errors.New("the disk is full")
	var asked control.EventQuery
	for _, c := range []struct {
		name, method, query string
		api                 control.API
		status              int
		want, hint          string
	}{
		{"a plain API", "GET", "?kind=moment&session=" + id + "&all=false", teller{asked: &asked, err: stopping}, 200, alive + event, ""},
		{"one that says when it listens", "GET", "", listener{teller: teller{asked: &control.EventQuery{}, err: stopping}}, 200, alive + event + alive, ""},
		{"what breaks", "GET", "", listener{teller: teller{asked: &control.EventQuery{}, err: broken}}, 200, alive + event + alive, "disk is full"},
		{"refused", "GET", "", listener{refused: stopping}, 503, `{"error":"stopping"}`, "stopping"},
		{"failed", "GET", "", listener{refused: broken}, 500, "its log says why", "disk is full"},
		{"headers only", "HEAD", "", listener{refused: broken}, 200, "", ""},
	} {
		w, log := stream(t, c.api, c.method, c.query)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) || c.status == 200 && w.Body.String() != c.want {
			t.Errorf("%s: got %d %q, want %d %q", c.name, w.Code, w.Body, c.status, c.want)
		}
		if got := w.Header().Get("Content-Type"); c.status == 200 && (got != "text/event-stream" || c.want != "" && !w.Flushed) {
			t.Errorf("%s: got type %q, flushed %v; want a stream of events that leaves at once", c.name, got, w.Flushed)
		}
		if !strings.Contains(log, c.hint) || c.hint == "" && strings.Contains(log, "hint") {
			t.Errorf("%s: got the log %s, want the hint %q", c.name, log, c.hint)
		}
	}
	if want := (control.EventQuery{Session: id, Kind: control.EventTimeline}); asked != want {
		t.Errorf("got %+v asked, want %+v", asked, want)
	}
}

func TestEventQueries(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"?kind=all":                  "kind is request or moment",
		"?kind=moment&kind=moment":   "kind is given once",
		"?session=1":                 "which has 36 characters",
		"?session=&session=":         "session is given once",
		"?after=3":                   `unknown parameter \"after\"; use all=true, session, kind`,
		"?all=maybe":                 "all is true or false",
		"?kind=%zz":                  "the query is malformed",
		"?session=" + "5e551000;a=b": "the query is malformed",
	} {
		w, _ := stream(t, listener{teller: teller{asked: &control.EventQuery{}}}, http.MethodGet, query)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: got %d %s, want 400 with %q", query, w.Code, w.Body, want)
		}
	}
}

// FuzzEventQuery: whatever the query is, it is refused in words or means something.
func FuzzEventQuery(f *testing.F) {
	for _, seed := range []string{"", "kind=moment", "session=5e551000-0000-4000-8000-000000000001&kind=request", "all=true&kind=", "kind=%zz", "a=b;c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		var asked control.EventQuery
		handler := admin.NewHandler(admin.HandlerConfig{
			Logger: slog.New(slog.DiscardHandler),
			API:    func(string, bool) (control.API, error) { return teller{asked: &asked}, nil },
		})
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/_emulator/events", nil)
		r.URL.RawQuery = query
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		meant := (asked.Kind == "" || asked.Kind == control.EventTimeline || asked.Kind == control.EventRequest) && (asked.Session == "" || len(asked.Session) == 36)
		if w.Code != http.StatusOK && w.Code != http.StatusBadRequest || w.Code == http.StatusOK && !meant {
			t.Errorf("%q: got %d and %+v", query, w.Code, asked)
		}
	})
}
