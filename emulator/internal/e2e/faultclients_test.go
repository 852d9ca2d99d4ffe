package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/emulatortest"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
)

// scenariosOfFaults has a scenario for every fault effect.
func scenariosOfFaults() emulator.ScenarioSource {
	return emulator.ScenarioSource{Name: "faults", FS: os.DirFS("../../testdata/faults")}
}

// A faultClient is an app that meets faults over one transport. By default it uses a new
// connection for each call, because net/http repeats some calls that fail on a used one.
type faultClient struct {
	base   string
	client *http.Client
	server *emulatortest.Server
}

// eachTransport runs a test over HTTP and over HTTPS.
func eachTransport(t *testing.T, test func(t *testing.T, transport string)) {
	t.Helper()
	for _, transport := range []string{"HTTP", "HTTPS"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			test(t, transport)
		})
	}
}

// unchanged returns the handler unchanged.
func unchanged(next http.Handler) http.Handler { return next }

// newFaultClient starts a server and connects to it over HTTP or HTTPS.
func newFaultClient(t *testing.T, transport string, wrap func(http.Handler) http.Handler) faultClient {
	t.Helper()
	server := emulatortest.New(t, emulatortest.WithMiddleware(func(next http.Handler) http.Handler { return wrap(checked(t, next)) }),
		func(o *emulatortest.Options) { o.Scenarios = []emulator.ScenarioSource{scenariosOfFaults()} })
	c := faultClient{base: server.PlainURL, client: server.Client, server: server}
	if transport == "HTTPS" {
		c.base = server.URL
	}
	of, ok := server.Client.Transport.(*http.Transport)
	if !ok {
		t.Fatalf("got transport %T", server.Client.Transport)
	}
	of.DisableKeepAlives = true
	return c
}

// An observation is what a client sees of a call.
type observation struct {
	err    error
	status int // 0 if no response has begun
	header http.Header
	length int64 // according to Content-Length
	body   string
	took   time.Duration
}

// call sends a request, with the session's token if there is one and otherwise with the
// key, and returns what the client sees.
func (c faultClient) call(ctx context.Context, t *testing.T, x exchange) (seen observation) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, x.method, c.base+x.path, bytes.NewReader(x.body))
	if err != nil {
		t.Fatal(err)
	}
	if x.token != "" {
		r.Header.Set("Authorization", "Bearer "+x.token)
	} else {
		r.Header.Set("Ocp-Apim-Subscription-Key", c.server.Key)
	}
	r.Header.Set("Content-Type", "application/json")
	for name, value := range x.header {
		r.Header.Set(name, value)
	}
	began := clock.System{}.Now()
	defer func() { seen.took = clock.System{}.Now().Sub(began) }()
	res, err := c.client.Do(r)
	if err != nil {
		return observation{err: err}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return observation{err: err, status: res.StatusCode, header: res.Header, length: res.ContentLength, body: string(body)}
}

// A faultSession is a session from the view of its creator.
type faultSession struct {
	ID    string `json:"sessionId"`
	Token string `json:"authToken"`
}

func (s faultSession) path() string { return "/face/v1.2/detectLiveness-sessions/" + s.ID }

// asCreated is the body of a read right after the creation.
func (s faultSession) asCreated() string {
	return `{"sessionId":"` + s.ID + `","authToken":"","status":"NotStarted","results":{"attempts":[]}}`
}

func faultCreate(scenario string) exchange {
	return exchange{
		method: http.MethodPost, path: "/face/v1.2/detectLiveness-sessions", body: []byte(plainBody),
		header: map[string]string{"X-Face-Liveness-Scenario": scenario},
	}
}

func (c faultClient) create(t *testing.T, scenario string) (created faultSession) {
	t.Helper()
	seen := c.call(t.Context(), t, faultCreate(scenario))
	if err := json.Unmarshal([]byte(seen.body), &created); seen.status != 200 || err != nil {
		t.Fatalf("create: got %+v", seen)
	}
	return created
}

func (c faultClient) read(t *testing.T, s faultSession) observation {
	t.Helper()
	return c.call(t.Context(), t, exchange{method: http.MethodGet, path: s.path()})
}

func (c faultClient) device(ctx context.Context, t *testing.T, s faultSession, path string) observation {
	t.Helper()
	return c.call(ctx, t, exchange{method: http.MethodPost, path: "/face/v1.2/" + path, token: s.Token})
}

const detectPath = "detectLiveness/singleModal"

// TestFaultsFromTheClient reads a session of every scenario.
func TestFaultsFromTheClient(t *testing.T) {
	t.Parallel()
	eachTransport(t, func(t *testing.T, transport string) {
		t.Helper()
		c := newFaultClient(t, transport, unchanged)
		for name, sees := range map[string]func(seen observation, undisturbed string) bool{
			"fault-reset-before": func(seen observation, _ string) bool {
				return seen.status == 0 && errors.Is(seen.err, syscall.ECONNRESET)
			},
			"fault-reset-after": func(seen observation, _ string) bool {
				return seen.status == 0 && errors.Is(seen.err, syscall.ECONNRESET)
			},
			"fault-reset-during": func(seen observation, undisturbed string) bool {
				return seen.status == 200 && errors.Is(seen.err, syscall.ECONNRESET) && cut(seen, undisturbed)
			},
			"fault-body-truncated": func(seen observation, undisturbed string) bool {
				return seen.status == 200 && errors.Is(seen.err, io.ErrUnexpectedEOF) && cut(seen, undisturbed)
			},
			"fault-body-malformed": func(seen observation, undisturbed string) bool {
				return answered(seen, 200) && seen.body == "{broken:"+undisturbed[1:] && !json.Valid([]byte(seen.body))
			},
			"fault-body-empty": func(seen observation, _ string) bool {
				return answered(seen, 200) && seen.body == "" && strings.HasPrefix(seen.header.Get("Content-Type"), "application/json")
			},
			"fault-body-html": func(seen observation, _ string) bool {
				return answered(seen, 200) && strings.HasPrefix(seen.body, "<html>") && seen.header.Get("Content-Type") == "text/html"
			},
			"fault-content-type": func(seen observation, undisturbed string) bool {
				return answered(seen, 200) && seen.body == undisturbed && seen.header.Get("Content-Type") == "text/html"
			},
			"fault-delay": func(seen observation, undisturbed string) bool {
				return answered(seen, 200) && seen.body == undisturbed && seen.took >= 200*time.Millisecond
			},
			"fault-slow-body": func(seen observation, undisturbed string) bool {
				return answered(seen, 200) && seen.body == undisturbed && seen.took >= time.Duration(len(undisturbed))*time.Second/140
			},
			"fault-error-named": func(seen observation, _ string) bool {
				return answered(seen, 409) && strings.Contains(seen.body, `"code":"ConcurrentOperationConflict"`)
			},
			"fault-error-other": func(seen observation, _ string) bool {
				return answered(seen, 418) && seen.body == `{"error":{"code":"Teapot","message":"Short and stout."}}` &&
					seen.header.Get("X-Pot") == "tea"
			},
			"fault-retry-after-seconds": func(seen observation, _ string) bool {
				return answered(seen, 429) && seen.header.Get("Retry-After") == "1"
			},
			"fault-retry-after-date": func(seen observation, _ string) bool {
				until, err := http.ParseTime(seen.header.Get("Retry-After"))
				ahead := until.Sub(clock.System{}.Now())
				return answered(seen, 429) && err == nil && ahead > -time.Minute && ahead <= 2*time.Second
			},
			"fault-outage": func(seen observation, _ string) bool { return answered(seen, 502) },
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				session := c.create(t, name)
				seen := c.read(t, session)
				if !sees(seen, session.asCreated()) {
					t.Errorf("got %+v of %s", seen, session.asCreated())
				}
				if seen.status != 0 && seen.header.Get("X-Face-Liveness-Fault") == "" {
					t.Errorf("got headers %v, want the fault named", seen.header)
				}
			})
		}
	})
}

// answered checks that a complete response arrived.
func answered(seen observation, status int) bool {
	return seen.err == nil && seen.status == status && seen.length == int64(len(seen.body))
}

// cut checks that half of the body arrived, after a header with its full length.
func cut(seen observation, undisturbed string) bool {
	return seen.length == int64(len(undisturbed)) && seen.body == undisturbed[:len(undisturbed)/2]
}

// TestFaultsThatHeal makes series of reads of a session, or of create calls.
func TestFaultsThatHeal(t *testing.T) {
	t.Parallel()
	eachTransport(t, func(t *testing.T, transport string) {
		t.Helper()
		c := newFaultClient(t, transport, unchanged)
		for name, want := range map[string][]int{
			"fault-reset-once":          {0, 200, 200},
			"fault-outage":              {502, 502, 200},
			"fault-retry-after-seconds": {429, 200},
			"fault-rate":                {200, 200, 429, 429},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				session := c.create(t, name)
				var got []int
				for range want {
					got = append(got, c.read(t, session).status)
				}
				if !slices.Equal(got, want) {
					t.Errorf("got %v, want %v", got, want)
				}
			})
		}
		t.Run("create", func(t *testing.T) {
			t.Parallel()
			for name, want := range map[string][]int{
				"fault-create-outage":       {504, 504, 200, 504},
				"fault-create-reset-before": {0, 200, 0, 200},
			} {
				var got []int
				for range want {
					got = append(got, c.call(t.Context(), t, faultCreate(name)).status)
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s: got %v, want %v", name, got, want)
				}
			}
		})
	})
}

// TestHangsEndWithTheClient checks that a call without an answer lasts exactly until
// its client gives up.
func TestHangsEndWithTheClient(t *testing.T) {
	t.Parallel()
	eachTransport(t, func(t *testing.T, transport string) {
		t.Helper()
		over := make(chan any, 10)
		c := newFaultClient(t, transport, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer func() {
					caught := recover()
					over <- caught
					if caught != nil {
						panic(caught)
					}
				}()
				next.ServeHTTP(w, r)
			})
		})
		session := c.create(t, "fault-hang")
		attempting := c.create(t, "fault-detect-hang")
		for range 2 {
			<-over
		}
		for name, call := range map[string]func(context.Context) observation{
			"read": func(ctx context.Context) observation {
				return c.call(ctx, t, exchange{method: http.MethodGet, path: session.path()})
			},
			"detect": func(ctx context.Context) observation { return c.device(ctx, t, attempting, detectPath) },
		} {
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			if seen := call(ctx); !errors.Is(seen.err, context.DeadlineExceeded) {
				t.Errorf("%s: got %+v, want the client's own timeout", name, seen)
			}
			cancel()
			if caught := <-over; caught != http.ErrAbortHandler { //nolint:errorlint // The panic is this very value.
				t.Errorf("%s: got %v in the server, want it to end the call without an answer", name, caught)
			}
		}
		if seen := c.read(t, attempting); seen.body != attempting.asCreated() {
			t.Errorf("got %+v, want a session without an attempt", seen)
		}
	})
}

// TestUsedConnections checks that net/http repeats a read on a new connection if it
// breaks on a used one, so that an app does not see the first fault.
func TestUsedConnections(t *testing.T) {
	t.Parallel()
	eachTransport(t, func(t *testing.T, transport string) {
		t.Helper()
		c := newFaultClient(t, transport, unchanged)
		of, _ := c.client.Transport.(*http.Transport)
		of.DisableKeepAlives = false
		if seen := c.read(t, c.create(t, "fault-reset-once")); !answered(seen, 200) || seen.header.Get("X-Face-Liveness-Fault") != "" {
			t.Errorf("got %+v, want the answer to the second call", seen)
		}
		if seen := c.read(t, c.create(t, "fault-reset-before")); !errors.Is(seen.err, syscall.ECONNRESET) {
			t.Errorf("got %+v, want the second call broken, too", seen)
		}
	})
}

// TestInProcessFaults checks that http.ErrAbortHandler stands for a reset if there is no
// connection.
func TestInProcessFaults(t *testing.T) {
	t.Parallel()
	s := newStory(t, "v1.2", func(o *emulator.Options) { o.Scenarios = []emulator.ScenarioSource{scenariosOfFaults()} })
	for name, half := range map[string]bool{
		"fault-reset-before": false, "fault-reset-during": true, "fault-reset-after": false, "fault-hang": false,
	} {
		s.do(jsonCreate("create", "s", plainBody, map[string]string{"X-Face-Liveness-Scenario": name}))
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/face/v1.2/detectLiveness-sessions/"+s.known["{s}"], nil)
		r.Header.Set("Ocp-Apim-Subscription-Key", storyKey)
		w := httptest.NewRecorder()
		if caught := panicOf(func() { s.emulator.ServeHTTP(w, r) }); caught != http.ErrAbortHandler { //nolint:errorlint // The panic is this very value.
			t.Errorf("%s: got panic %v, want http.ErrAbortHandler", name, caught)
		}
		cancel()
		if whole := (faultSession{ID: s.known["{s}"]}).asCreated(); half && w.Body.String() != whole[:len(whole)/2] || !half && w.Body.Len() > 0 {
			t.Errorf("%s: got body %q of %s, want half of it: %v", name, w.Body, whole, half)
		}
	}
}

func panicOf(f func()) (caught any) {
	defer func() { caught = recover() }()
	f()
	return nil
}
