// Package controltest has tests that every implementation of control.API must pass.
package controltest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// A Harness gives a test the API of an emulator and the address of its service. The
// emulator accepts every key, and its clock is the system clock.
type Harness struct {
	URL    string // base URL of the API
	Client *http.Client
	// Resource returns the control of the resource that a key selects.
	Resource func(key string) control.API
	// All returns the control of all resources.
	All func() control.API
}

// Run runs the tests. Each calls open, because the clock of all resources affects every
// test.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, Harness){
		"clock":              clock,
		"clock of all":       clockOfAll,
		"clock out of range": clockOutOfRange,
		"default scenario":   defaultScenario,
		"queue":              queue,
		"seed":               seed,
		"faults":             faults,
		"requests":           requests,
		"pages of requests":  pageThrough,
		"waiting":            waiting,
		"mistakes":           mistakes,
		"set for all":        setForAll,
		"report":             reportOfApp,
		"events":             eventsAsTheyCome,
		"sessions":           listSessions,
		"play":               playDevice,
		"end of a session":   endSession,
		"timeline":           timeline,
		"scenario of":        scenarioOfSession,
		"reset":              resetParts,
		"undo":               undoReset,
		"snapshot":           snapshots,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// A session has the members of a session that the tests compare.
type session struct {
	SessionID string `json:"sessionId"`
	AuthToken string `json:"authToken"`
	Status    string `json:"status"`
	Results   struct {
		Attempts []struct {
			Result struct {
				LivenessDecision string `json:"livenessDecision"`
			} `json:"result"`
		} `json:"attempts"`
	} `json:"results"`
}

const sessions = "/face/v1.2/detectLiveness-sessions"

// call makes a call of the API and returns the status.
func (w Harness) call(t *testing.T, method, path, body string, headers map[string]string) (seen session, status int) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, w.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	answer, err := w.Client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	_ = json.Unmarshal(text, &seen) // an error has other members
	return seen, answer.StatusCode
}

func (w Harness) create(t *testing.T, key string) session {
	t.Helper()
	created, status := w.call(t, http.MethodPost, sessions, `{"livenessOperationMode":"Passive","deviceCorrelationId":"d","authTokenTimeToLiveInSeconds":60}`,
		map[string]string{control.KeyHeader: key})
	if status != http.StatusOK {
		t.Fatalf("create: got %d, want 200", status)
	}
	return created
}

// start starts a session as its device and returns the status.
func (w Harness) start(t *testing.T, created session) int {
	t.Helper()
	_, status := w.call(t, http.MethodPost, "/face/v1.2/session/start", "", map[string]string{"Authorization": "Bearer " + created.AuthToken})
	return status
}

// decision plays a session of a key and returns its decision.
func (w Harness) decision(t *testing.T, key string) string {
	t.Helper()
	created := w.create(t, key)
	if _, status := w.call(t, http.MethodPost, "/face/v1.2/detectLiveness/singleModal", "",
		map[string]string{"Authorization": "Bearer " + created.AuthToken}); status != http.StatusOK {
		t.Fatalf("detect: got %d, want 200", status)
	}
	done, status := w.call(t, http.MethodGet, sessions+"/"+created.SessionID, "", map[string]string{control.KeyHeader: key})
	if status != http.StatusOK || len(done.Results.Attempts) != 1 {
		t.Fatalf("read: got %d with %d attempts, want 200 with one", status, len(done.Results.Attempts))
	}
	return done.Results.Attempts[0].Result.LivenessDecision
}

// must returns the result of a call, which must succeed.
func must[T any](t *testing.T, do func(context.Context) (T, error)) T {
	t.Helper()
	out, err := do(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// with binds the argument of a control call.
func with[In, Out any](do func(context.Context, In) (Out, error), in In) func(context.Context) (Out, error) {
	return func(ctx context.Context) (Out, error) { return do(ctx, in) }
}

func wantKind(t *testing.T, err error, want control.ErrorKind) {
	t.Helper()
	if refused, ok := errors.AsType[*control.Error](err); !ok || refused.Kind != want || refused.Text == "" {
		t.Errorf("got %v, want an Error of kind %s with a text", err, want)
	}
}

func clock(t *testing.T, w Harness) {
	t.Helper()
	mine, other := w.Resource("mine"), w.Resource("other")
	if got := must(t, mine.Clock); got.Rate != 1 {
		t.Errorf("got rate %v, want 1", got.Rate)
	}
	ours, theirs := w.create(t, "mine"), w.create(t, "other")
	before := must(t, mine.Clock)
	after := must(t, with(mine.ChangeClock, control.ClockChange{Advance: control.Duration(time.Minute), Rate: new(0.0)}))
	if moved := after.Now.Sub(before.Now); moved < time.Minute || moved > 2*time.Minute || after.Rate != 0 {
		t.Errorf("got the clock %v further at rate %v, want a minute and frozen", moved, after.Rate)
	}
	if got := must(t, mine.Clock); !got.Now.Equal(after.Now) {
		t.Errorf("got %v, want the frozen %v", got.Now, after.Now)
	}
	if got := w.start(t, ours); got != http.StatusUnauthorized {
		t.Errorf("got %d with a token of 60 s a minute later, want 401", got)
	}
	if got := w.start(t, theirs); got != http.StatusOK {
		t.Errorf("got %d for another resource, want 200", got)
	}
	if got := must(t, other.Clock); got.Rate != 1 || got.Now.Sub(before.Now) > 30*time.Second {
		t.Errorf("got %v for another resource, want its clock untouched", got)
	}
	day := after.Now.Add(24 * time.Hour)
	if got := must(t, with(mine.ChangeClock, control.ClockChange{Set: &day})); !got.Now.Equal(day) || got.Rate != 0 {
		t.Errorf("got %v, want %v and still frozen", got, day)
	}
	if got := must(t, with(mine.ChangeClock, control.ClockChange{Rate: new(60.0)})); got.Rate != 60 {
		t.Errorf("got rate %v, want 60", got.Rate)
	}
}

func clockOfAll(t *testing.T, w Harness) {
	t.Helper()
	mine := w.create(t, "mine")
	must(t, with(w.Resource("own").ChangeClock, control.ClockChange{Advance: control.Duration(time.Hour)}))
	_, err := w.All().ChangeClock(t.Context(), control.ClockChange{Advance: control.Duration(time.Minute)})
	wantKind(t, err, control.ErrorInvalid) // the clock of a resource is ahead
	all := must(t, with(w.All().ChangeClock, control.ClockChange{Advance: control.Duration(time.Minute), Rate: new(0.0), Force: true}))
	for _, key := range []string{"mine", "own", "new"} {
		if got := must(t, w.Resource(key).Clock); !got.Now.Equal(all.Now) || got.Rate != 0 {
			t.Errorf("%s: got %v, want that of all, %v", key, got, all)
		}
	}
	if got := w.start(t, mine); got != http.StatusUnauthorized {
		t.Errorf("got %d with a token of 60 s a minute later, want 401", got)
	}
}

func clockOutOfRange(t *testing.T, w Harness) {
	t.Helper()
	api := w.Resource("mine")
	before := must(t, with(api.ChangeClock, control.ClockChange{Rate: new(0.0)}))
	past := before.Now.Add(-time.Hour)
	for _, change := range []control.ClockChange{{Set: &past}, {Advance: control.Duration(-time.Second)}, {Rate: new(-1.0)}, {Rate: new(1e9)}} {
		_, err := api.ChangeClock(t.Context(), change)
		wantKind(t, err, control.ErrorInvalid)
	}
	if got := must(t, api.Clock); !got.Now.Equal(before.Now) {
		t.Errorf("got %v after refusals, want %v", got.Now, before.Now)
	}
	if got := must(t, with(api.ChangeClock, control.ClockChange{Set: &past, Force: true})); !got.Now.Equal(past) {
		t.Errorf("got %v, want %v by force", got.Now, past)
	}
}

func defaultScenario(t *testing.T, w Harness) {
	t.Helper()
	api := w.Resource("mine")
	if got := must(t, with(api.ChangeSelection, control.SelectionChange{Default: new("spoof")})); got.Default != "spoof" {
		t.Errorf("got default %q, want spoof", got.Default)
	}
	if mine, other := w.decision(t, "mine"), w.decision(t, "other"); mine != "spoofface" || other != "realface" {
		t.Errorf("got %s, and %s for another resource; want spoofface and realface", mine, other)
	}
	must(t, with(api.ChangeSelection, control.SelectionChange{Default: new("")}))
	if got := w.decision(t, "mine"); got != "realface" {
		t.Errorf("got %s, want the emulator's default again", got)
	}
}

func queue(t *testing.T, w Harness) {
	t.Helper()
	api := w.Resource("mine")
	must(t, with(api.QueueScenario, control.QueueItem{Scenario: "spoof", Sessions: 1}))
	queued := must(t, with(api.QueueScenario, control.QueueItem{Scenario: "uncertain", Sessions: 2}))
	if len(queued.Queue) != 2 || queued.Queue[1] != (control.QueueItem{Scenario: "uncertain", Sessions: 2}) {
		t.Errorf("got queue %v, want spoof and twice uncertain", queued.Queue)
	}
	for i, want := range []string{"spoofface", "uncertain"} {
		if got := w.decision(t, "mine"); got != want {
			t.Errorf("session %d: got %s, want %s", i+1, got, want)
		}
	}
	if got := w.decision(t, "other"); got != "realface" {
		t.Errorf("got %s for another resource, want realface", got)
	}
	if got := must(t, api.ClearQueue); len(got.Queue) != 0 {
		t.Errorf("got queue %v, want none", got.Queue)
	}
	if got := w.decision(t, "mine"); got != "realface" {
		t.Errorf("got %s, want realface without a queue", got)
	}
}

func seed(t *testing.T, w Harness) {
	t.Helper()
	api := w.Resource("mine")
	must(t, with(api.ChangeSelection, control.SelectionChange{Seed: new(uint64(42)), Default: new("spoof")}))
	must(t, with(api.ChangeSelection, control.SelectionChange{}))
	if got := must(t, api.Selection); got.Seed != 42 || got.Default != "spoof" || got.Queue == nil {
		t.Errorf("got %+v, want what was set", got)
	}
}

func faults(t *testing.T, w Harness) {
	t.Helper()
	api := w.Resource("mine")
	const list = `[{"on":"read","calls":{"to":1},"error":"unavailable"}]`
	if got := must(t, with(api.UseFaults, list)); got != list {
		t.Errorf("got %q, want %q", got, list)
	}
	status := func(key string) int {
		_, status := w.call(t, http.MethodGet, sessions+"/none", "", map[string]string{control.KeyHeader: key})
		return status
	}
	if other, mine := status("other"), status("mine"); mine != http.StatusServiceUnavailable || other != http.StatusNotFound {
		t.Errorf("got %d, and %d for another resource; want 503 and 404", mine, other)
	}
	if got := status("mine"); got != http.StatusNotFound {
		t.Errorf("got %d, want it healed", got)
	}
	must(t, with(api.UseFaults, list))
	must(t, with(api.UseFaults, ""))
	if got := must(t, api.Faults); got != "" || status("mine") != http.StatusNotFound {
		t.Errorf("got faults %q, want none", got)
	}
}

func mistakes(t *testing.T, w Harness) {
	t.Helper()
	api := w.Resource("mine")
	_, err := api.ChangeSelection(t.Context(), control.SelectionChange{Default: new("sproof"), Seed: new(uint64(1))})
	wantKind(t, err, control.ErrorUnknown)
	_, err = api.QueueScenario(t.Context(), control.QueueItem{Scenario: "sproof", Sessions: 1})
	wantKind(t, err, control.ErrorUnknown)
	_, err = api.QueueScenario(t.Context(), control.QueueItem{Scenario: "spoof"})
	wantKind(t, err, control.ErrorInvalid)
	_, err = api.UseFaults(t.Context(), "[{on: raed, hang: true}]")
	wantKind(t, err, control.ErrorInvalid)
	_, err = w.All().UseFaults(t.Context(), "[{on: raed, hang: true}]")
	wantKind(t, err, control.ErrorInvalid)
	if got := must(t, api.Selection); got.Default != "" || got.Seed != 0 || len(got.Queue) != 0 {
		t.Errorf("got %+v, want nothing changed by what was refused", got)
	}
}
