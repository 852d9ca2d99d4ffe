package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
	"github.com/livenesslabs/face-liveness-emulator/schemas"
)

// A faulty is a server whose sessions have faults, and one of its sessions.
type faulty struct {
	*httptest.Server
	service *service.Service
	clock   *clock.Manual // of the resources
	handler http.Handler
	id      string
	log     *strings.Builder
	waited  []time.Duration
	leave   func() // is what the client does while it waits
}

// newFaulty starts a server. Its waits take no time, but are written down.
func newFaulty(t *testing.T, start func(http.Handler) *httptest.Server, faults ...fault.Fault) *faulty {
	t.Helper()
	for i := range faults {
		faults[i].Probability = 1
	}
	f := &faulty{clock: testClock(), log: new(strings.Builder)}
	f.service = newTestService(t, f.clock)
	f.service.Director = func(context.Context, liveness.Call) (service.Direction, error) {
		return service.Direction{Script: liveness.Script{
			Scenario: "faulty", Steps: []liveness.Step{{Decision: liveness.DecisionRealFace}}, Faults: faults,
		}}, nil
	}
	now := time.Unix(1_700_000_000, 0)
	var err error
	f.handler, err = newSurface(Config{
		Service: f.service, Resources: f.service.Resources, Schemas: schema.NewFolder(schemas.FS), Logger: slog.New(slog.NewTextHandler(f.log, nil)), NewID: uuid.New,
		Now: func() time.Time { return now },
		Wait: func(ctx context.Context, until time.Time) error {
			f.waited = append(f.waited, until.Sub(now))
			if f.leave != nil {
				f.leave()
			}
			return context.Cause(ctx)
		},
		AttemptsAllowed: 3,
	}, versions(3), allPaths())
	if err != nil {
		t.Fatal(err)
	}
	f.Server = start(f.handler)
	t.Cleanup(f.Close)
	status, body := f.call(t, http.MethodPost, "/face/v1.2/detectLiveness-sessions", `{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`)
	var created struct {
		SessionID string `json:"sessionId"`
	}
	if err := json.Unmarshal([]byte(body), &created); status != 200 || err != nil {
		t.Fatalf("create: got %d %s", status, body)
	}
	f.id = created.SessionID
	return f
}

func (f *faulty) request(t *testing.T, method, path, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, f.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Ocp-Apim-Subscription-Key", "k")
	r.Header.Set("Content-Type", "application/json")
	return r
}

// A sight is what a client sees of an answer.
type sight struct {
	status int
	header http.Header
	length int64 // that was announced
	body   string
}

// do makes a call. With an error, there is a status if the answer had begun.
func (f *faulty) do(r *http.Request) (sight, error) {
	res, err := f.Client().Do(r)
	if err != nil {
		return sight{}, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	return sight{res.StatusCode, res.Header, res.ContentLength, string(raw)}, err
}

func (f *faulty) call(t *testing.T, method, path, body string) (status int, text string) {
	t.Helper()
	seen, err := f.do(f.request(t, method, path, body))
	if err != nil {
		t.Fatal(err)
	}
	return seen.status, seen.body
}

func (f *faulty) path() string { return "/face/v1.2/detectLiveness-sessions/" + f.id }

// read reads the session.
func (f *faulty) read(t *testing.T) (sight, error) {
	t.Helper()
	return f.do(f.request(t, http.MethodGet, f.path(), ""))
}

// logged ends the server, because a call is logged behind its answer.
func (f *faulty) logged() string {
	f.Close()
	return f.log.String()
}

// useFaults gives the resource faults.
func (f *faulty) useFaults(t *testing.T, faults ...fault.Fault) {
	t.Helper()
	for i := range faults {
		faults[i].Probability = 1
	}
	if err := f.service.Resources.UseFaults(t.Context(), resourceOf("key", "k"), faults, ""); err != nil {
		t.Fatal(err)
	}
}

func onRead(f fault.Fault) fault.Fault {
	f.Operations = []string{"getLivenessSessionResult"}
	return f
}

// transports are the two ways to a server.
func transports() map[string]func(http.Handler) *httptest.Server {
	return map[string]func(http.Handler) *httptest.Server{"HTTP": httptest.NewServer, "HTTPS": httptest.NewTLSServer}
}

// TestBrokenConnections: what a Go client sees of connections that break.
func TestBrokenConnections(t *testing.T) {
	t.Parallel()
	for transport, start := range transports() {
		for _, c := range []struct {
			name  string
			fault fault.Fault
			begun bool // the client gets a status and half of the body
			reset bool
		}{
			{"reset before", fault.Fault{Reset: fault.ResetBefore}, false, true},
			{"reset during the body", fault.Fault{Reset: fault.ResetDuring}, true, true},
			{"reset after", fault.Fault{Reset: fault.ResetAfter}, false, true},
			{"truncated", fault.Fault{Body: fault.BodyTruncated}, true, false},
		} {
			t.Run(transport+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				f := newFaulty(t, start, onRead(c.fault))
				seen, err := f.read(t)
				if err == nil {
					t.Fatalf("got %d %s, want a broken connection", seen.status, seen.body)
				}
				if c.begun != (seen.status == http.StatusOK) {
					t.Fatalf("got %+v and %v, want an answer begun: %v", seen, err, c.begun)
				}
				if c.begun && seen.length/2 != int64(len(seen.body)) {
					t.Errorf("got %d bytes, want half of the %d that were announced", len(seen.body), seen.length)
				}
				if c.reset && !errors.Is(err, syscall.ECONNRESET) {
					t.Errorf("got %v, want a reset", err)
				}
				if !c.reset && !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("got %v, want an end before the announced one", err)
				}
			})
		}
	}
}

// TestResetAfterDeletes: the call has been carried out when the connection breaks,
// and has not when it breaks before.
func TestResetAfterDeletes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		moment fault.Reset
		want   int
	}{{fault.ResetBefore, 200}, {fault.ResetAfter, 404}} {
		f := newFaulty(t, httptest.NewServer, fault.Fault{Operations: []string{"deleteLivenessSession"}, Reset: c.moment})
		if seen, err := f.do(f.request(t, http.MethodDelete, f.path(), "")); err == nil {
			t.Errorf("%s: got %d, want a broken connection", c.moment, seen.status)
		}
		if status, body := f.call(t, http.MethodGet, f.path(), ""); status != c.want {
			t.Errorf("%s: got %d %s, want %d", c.moment, status, body, c.want)
		}
	}
}

// TestHang: no answer, until the client gives up or the emulator stops.
func TestHang(t *testing.T) {
	t.Parallel()
	for transport, start := range transports() {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			f := newFaulty(t, start)
			f.useFaults(t, fault.Fault{Operations: []string{"createLivenessSession"}, Hang: true})
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			r := f.request(t, http.MethodPost, "/face/v1.2/detectLiveness-sessions", `{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`)
			if seen, err := f.do(r.WithContext(ctx)); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %+v, %v; want the client's own timeout", seen, err)
			}
			f.service.Stop()
			if _, err := f.do(r); err == nil {
				t.Error("got an answer, want a broken connection once the emulator stops")
			}
		})
	}
}

// TestInProcess: without a connection to break, net/http's own panic stands for it.
func TestInProcess(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault fault.Fault
		half  bool
	}{
		{fault.Fault{Reset: fault.ResetBefore}, false},
		{fault.Fault{Reset: fault.ResetDuring}, true},
		{fault.Fault{Reset: fault.ResetAfter}, false},
		{fault.Fault{Body: fault.BodyTruncated}, true},
	} {
		f := newFaulty(t, httptest.NewServer, onRead(c.fault))
		w := httptest.NewRecorder()
		func() {
			defer func() {
				if caught := recover(); caught != http.ErrAbortHandler { //nolint:errorlint // The panic is this very value.
					t.Errorf("%s: got panic %v, want http.ErrAbortHandler", c.fault.Reset, caught)
				}
			}()
			f.handler.ServeHTTP(w, f.request(t, http.MethodGet, f.path(), ""))
		}()
		if got := w.Body.Len() > 0; got != c.half {
			t.Errorf("%s: got body %q, want half of it: %v", c.fault.Reset, w.Body, c.half)
		}
	}
}

func TestShapedAnswers(t *testing.T) {
	t.Parallel()
	plain, err := newFaulty(t, httptest.NewServer).read(t)
	if err != nil || plain.header.Get(faultHeader) != "" {
		t.Fatalf("got %v, %v; want an undisturbed answer without the header of faults", err, plain.header)
	}
	want := plain.body
	for _, c := range []struct {
		name  string
		fault fault.Fault
		check func(body string) bool
		kind  string
	}{
		{"empty", fault.Fault{Body: fault.BodyEmpty}, func(body string) bool { return body == "" }, jsonType},
		{"malformed", fault.Fault{Body: fault.BodyMalformed}, func(body string) bool {
			return len(body) > len(want) && !json.Valid([]byte(body))
		}, jsonType},
		{"text", fault.Fault{Body: fault.BodyText, Text: "<html>", ContentType: "text/html"}, func(body string) bool { return body == "<html>" }, "text/html"},
		{"content type", fault.Fault{ContentType: "text/plain"}, func(body string) bool { return len(body) == len(want) }, "text/plain"},
		{"slow", fault.Fault{Throughput: 100}, func(body string) bool { return len(body) == len(want) }, jsonType},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFaulty(t, httptest.NewServer, onRead(c.fault))
			seen, err := f.read(t)
			if err != nil || seen.status != 200 || !c.check(seen.body) || seen.header.Get("Content-Type") != c.kind {
				t.Errorf("got %v, %+v", err, seen)
			}
			if log := f.logged(); seen.header.Get(faultHeader) == "" || !strings.Contains(log, "fault=") {
				t.Errorf("got headers %v and log %s, want both to name the fault", seen.header, log)
			}
		})
	}
}

// TestSlowness: delays hold the whole answer back, and a slow body comes in pieces
// that take as long as their bytes.
func TestSlowness(t *testing.T) {
	t.Parallel()
	f := newFaulty(t, httptest.NewServer, onRead(fault.Fault{
		Delay: fault.Delay{Shape: fault.Fixed, Base: 3 * time.Second}, Throughput: 50,
	}))
	seen, err := f.read(t)
	f.Close()
	if err != nil || len(f.waited) < 3 || f.waited[0] != 3*time.Second {
		t.Fatalf("got %v after %v, want three seconds first", err, f.waited)
	}
	var slow time.Duration
	for _, waited := range f.waited[1:] {
		slow += waited
		if waited > 100*time.Millisecond {
			t.Errorf("got a pause of %v, want a tenth of a second at most", waited)
		}
	}
	if want := time.Duration(len(seen.body)) * time.Second / 50; slow != want {
		t.Errorf("got %d bytes in %v, want %v", len(seen.body), slow, want)
	}
}
