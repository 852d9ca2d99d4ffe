package e2e_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
)

// faultHeader names the faults that fired at a call.
const faultHeader = "X-Face-Liveness-Fault"

// newFaultStory returns a story with a scenario called faulty that has these faults, or
// none.
func newFaultStory(t *testing.T, faults string, edits ...func(*emulator.Options)) *story {
	t.Helper()
	file := scenarioFile("faulty", "realface")
	if faults != "" {
		file += "faults: " + faults + "\n"
	}
	return newStory(t, "v1.2", append(edits, func(o *emulator.Options) {
		o.Scenarios, o.Scenario = []emulator.ScenarioSource{folderOf("qa", map[string]string{"f.yaml": file})}, "faulty"
	})...)
}

func (s *story) useFaults(faults string) {
	s.t.Helper()
	if _, err := controlOf(s.t, s.emulator, storyKey).UseFaults(s.t.Context(), faults); err != nil {
		s.t.Fatal(err)
	}
}

// reads reads session s n times and returns the statuses.
func (s *story) reads(times int) (statuses []int) {
	s.t.Helper()
	for range times {
		statuses = append(statuses, s.do(exchange{method: http.MethodGet, path: "{face}/detectLiveness-sessions/{s}", key: storyKey}).Code)
	}
	return statuses
}

// TestFaultsOfAResource checks that faults of a resource also fire at
// calls that belong to no session, that name an unknown one, and that are refused anyway,
// but not at calls with another key.
func TestFaultsOfAResource(t *testing.T) {
	t.Parallel()
	s := newStory(t, "v1.2")
	s.do(jsonCreate("create", "mine", plainBody, nil))
	s.do(exchange{
		method: http.MethodPost, path: "{face}/detectLiveness-sessions", key: "other",
		contentType: "application/json", body: []byte(plainBody), as: "theirs",
	})
	const old, monitored = "/face/v1.2-preview.1/detectLiveness/singleModal/sessions", "/face/v1.3-preview.1/settings"
	photo := picture(t, 300, 300)
	formType, formBody := form(t, mode().part(), device().part(), formPart{"verifyImage", "v.png", photo})
	calls := []exchange{
		jsonCreate("create", "", plainBody, nil),
		jsonCreate("create wrongly", "", "{", nil),
		{title: "create with verify", method: http.MethodPost, path: "{face}/detectLivenessWithVerify-sessions", contentType: formType, body: formBody},
		{title: "read", method: http.MethodGet, path: "{face}/detectLiveness-sessions/{s}"},
		{title: "read nothing", method: http.MethodGet, path: "{face}/detectLiveness-sessions/" + uuid.NewString()},
		{title: "delete nothing", method: http.MethodDelete, path: "{face}/detectLivenessWithVerify-sessions/" + uuid.NewString()},
		{title: "image", method: http.MethodGet, path: "{face}/sessionImages/" + uuid.NewString()},
		{title: "face", method: http.MethodPost, path: "{face}/detect", contentType: "application/json", body: []byte(`{"sessionImageId":"x"}`)},
		{title: "list", method: http.MethodGet, path: old},
		{title: "audit", method: http.MethodGet, path: old + "/{s}/audit"},
		{title: "settings", method: http.MethodGet, path: monitored},
		{title: "change settings", method: http.MethodPatch, path: monitored, contentType: "application/json", body: []byte(`{}`)},
		{title: "assets", method: http.MethodGet, path: monitored + "/getClientAssetsAccessToken"},
		{title: "start", method: http.MethodPost, path: "{face}/session/start", token: "{s.token}"},
		{title: "attempt", method: http.MethodPost, path: "{face}/" + detectPath, token: "{s.token}"},
		{title: "end", method: http.MethodPost, path: "{face}/session/attempt/end", token: "{s.token}"},
		{title: "delete", method: http.MethodDelete, path: "{face}/detectLiveness-sessions/{s}"},
	}
	met := func(session, key string) (titles []string) {
		s.known["{s}"], s.known["{s.token}"] = s.known["{"+session+"}"], s.known["{"+session+".token}"]
		for _, x := range calls {
			if x.token == "" {
				x.key = key
			}
			if w := s.do(x); w.Code == http.StatusTeapot && w.Header().Get(faultHeader) != "" {
				titles = append(titles, x.title)
			}
		}
		return titles
	}
	s.useFaults(`[{"error": {"status": 418, "code": "Teapot", "message": "Short."}}]`)
	var all []string
	for _, x := range calls {
		all = append(all, x.title)
	}
	if got := met("mine", storyKey); !slices.Equal(got, all) {
		t.Errorf("got the fault at %q, want it at %q", got, all)
	}
	if got := met("theirs", "other"); got != nil {
		t.Errorf("got the fault at %q of another key", got)
	}
	s.useFaults("")
	if got := met("mine", storyKey); got != nil {
		t.Errorf("got the fault at %q once it was taken away", got)
	}
}

// TestFaultsCombine checks that faults of the resource come before those of the scenario,
// that delays add up, and that the first fault decides what an answer has only once.
func TestFaultsCombine(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		resource, scenario string
		fired              string
		status             int
		least              time.Duration
	}{
		{"[{delay: 10ms}]", "[{on: read, delay: 20ms}]", "delay 10ms, delay 20ms", 200, 30 * time.Millisecond},
		{"[{error: conflict}, {error: internal}]", "", "error conflict", 409, 0},
		{"[{error: conflict}]", "[{on: read, error: internal}]", "error conflict", 409, 0},
		{"[{delay: 10ms, error: conflict}]", "[{on: read, error: internal, delay: 20ms}]", "delay 10ms, error conflict, delay 20ms", 409, 30 * time.Millisecond},
		{"[{on: delete, error: conflict}]", "[{on: read, error: internal}]", "error internal", 500, 0},
		{"[{on: read, rate: {calls: 1, per: 1s}}]", "[{on: read, error: internal}]", "error internal", 500, 0},
		{"[{on: read, body: malformed}]", "[{on: read, body: empty, contentType: text/html}]", "body malformed, content type", 200, 0},
	} {
		s := newFaultStory(t, test.scenario)
		s.do(jsonCreate("create", "s", plainBody, nil))
		s.useFaults(test.resource)
		began := clock.System{}.Now()
		w := s.do(exchange{method: http.MethodGet, path: "{face}/detectLiveness-sessions/{s}", key: storyKey})
		took := clock.System{}.Now().Sub(began)
		if got := w.Header().Get(faultHeader); got != test.fired || w.Code != test.status || took < test.least {
			t.Errorf("%s and %s: got %q, %d in %v; want %q, %d in %v", test.resource, test.scenario, got, w.Code, took, test.fired, test.status, test.least)
		}
	}
}

// TestFaultsAcrossARestart checks that counts of a session survive a restart, and counts
// of a resource do not.
func TestFaultsAcrossARestart(t *testing.T) {
	t.Parallel()
	state := func(folder string) func(*emulator.Options) {
		return func(o *emulator.Options) { o.State = folder }
	}
	folder := t.TempDir()
	const ofScenario = "[{on: read, calls: {to: 2}, error: internal}]"
	first := newFaultStory(t, ofScenario, state(folder))
	first.do(jsonCreate("create", "s", plainBody, nil))
	if got, want := first.reads(1), []int{500}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v of the scenario", got, want)
	}
	first.useFaults("- on: read\n  calls: {to: 2}\n  error: conflict\n")
	if got, want := first.reads(3), []int{409, 409, 200}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v: twice of the resource, and once more of the scenario below", got, want)
	}
	if err := first.emulator.Close(); err != nil {
		t.Fatal(err)
	}
	second := newFaultStory(t, ofScenario, state(folder))
	second.known = first.known
	if got, want := second.reads(4), []int{409, 409, 200, 200}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v once it was started again", got, want)
	}
	second.useFaults("[]")
	if err := second.emulator.Close(); err != nil {
		t.Fatal(err)
	}
	third := newFaultStory(t, ofScenario, state(folder))
	third.known = first.known
	if got, want := third.reads(2), []int{200, 200}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v of faults that were taken away before", got, want)
	}
}

// TestProbability0NeverFires checks probability 0, and that 1 always fires.
func TestProbability0NeverFires(t *testing.T) {
	t.Parallel()
	const never, always = "[{on: read, probability: 0, error: internal}]", "[{on: read, probability: 1, error: internal}]"
	for _, test := range []struct {
		resource, scenario string
		want               int
	}{{never, never, 200}, {always, never, 500}, {never, always, 500}} {
		s := newFaultStory(t, test.scenario)
		s.do(jsonCreate("create", "s", plainBody, nil))
		s.useFaults(test.resource)
		if got := s.reads(300); slices.ContainsFunc(got, func(status int) bool { return status != test.want }) {
			t.Errorf("%s and %s: got %v, want %d only", test.resource, test.scenario, got, test.want)
		}
	}
}

// A flaky is an emulator with random faults: reads fail with 409 because of the resource,
// and with 500 because of the scenario.
type flaky struct {
	ofOptions, ofResource       uint64 // seeds
	state                       string
	sessions, reads, atSameTime int
}

// statuses returns the statuses of all reads by session.
func (f flaky) statuses(t *testing.T) [][]int {
	t.Helper()
	const resource, scenario = "[{on: read, probability: 0.3, error: conflict}]", "faults: [{on: read, probability: 0.3, error: internal}]\n"
	e := openEmulator(t, emulator.Options{
		Seed: f.ofOptions, Scenario: "flaky-reads", State: f.state,
		Scenarios: []emulator.ScenarioSource{folderOf("qa", map[string]string{"f.yaml": scenarioFile("flaky-reads", "realface") + scenario})},
	})
	selected := controlOf(t, e, "k")
	if _, err := selected.UseFaults(t.Context(), resource); err != nil {
		t.Fatal(err)
	}
	if _, err := selected.ChangeSelection(t.Context(), control.SelectionChange{Seed: &f.ofResource}); err != nil {
		t.Fatal(err)
	}
	call := func(method, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, "/face/v1.2/detectLiveness-sessions"+path, strings.NewReader(body))
		r.Header.Set("Ocp-Apim-Subscription-Key", "k")
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		return w
	}
	all := make([][]int, f.sessions)
	free := make(chan bool, f.atSameTime)
	var group sync.WaitGroup
	for i := range all {
		body := fmt.Sprintf(`{"livenessOperationMode":"Passive","deviceCorrelationId":"d%d"}`, i)
		free <- true
		group.Go(func() {
			path := "/" + firstMatch(call(http.MethodPost, "", body).Body.String(), `"sessionId":"([^"]+)"`)
			for range f.reads {
				all[i] = append(all[i], call(http.MethodGet, path, "").Code)
			}
			<-free
		})
	}
	group.Wait()
	return all
}

// TestEqualSeedsGiveEqualFaults checks that equal seeds give equal faults for each
// session, whatever the order of sessions.
func TestEqualSeedsGiveEqualFaults(t *testing.T) {
	t.Parallel()
	first := flaky{ofOptions: 7, sessions: 10, reads: 40, atSameTime: 1}
	want := first.statuses(t)
	for i, statuses := range want {
		if !slices.Contains(statuses, 200) || !slices.Contains(statuses, 409) || !slices.Contains(statuses, 500) {
			t.Errorf("session %d: got %v, want some of each", i, statuses)
		}
		if i > 0 && slices.Equal(statuses, want[0]) {
			t.Errorf("got the same for sessions 0 and %d: %v", i, statuses)
		}
	}
	for name, test := range map[string]struct {
		flaky
		same bool
	}{
		"again":                    {first, true},
		"all at once":              {flaky{ofOptions: 7, sessions: 10, reads: 40, atSameTime: 10}, true},
		"all at once, in a folder": {flaky{ofOptions: 7, state: t.TempDir(), sessions: 10, reads: 40, atSameTime: 10}, true},
		"a seed of the resource":   {flaky{ofOptions: 8, ofResource: 7, sessions: 10, reads: 40, atSameTime: 10}, true},
		"another seed":             {flaky{ofOptions: 8, sessions: 10, reads: 40, atSameTime: 1}, false},
		"another of the resource":  {flaky{ofOptions: 7, ofResource: 8, sessions: 10, reads: 40, atSameTime: 1}, false},
	} {
		got := test.statuses(t)
		if slices.EqualFunc(got, want, slices.Equal) != test.same {
			t.Errorf("%s: got %v, and %v with the first one; want the same: %v", name, got, want, test.same)
		}
	}
}

// TestRateOfATier checks that a rate follows the sessions' clock, except for a
// Retry-After that is a date.
func TestRateOfATier(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	s := newStory(t, "v1.2", func(o *emulator.Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	s.do(jsonCreate("create", "s", plainBody, nil))
	s.useFaults("[{on: read, rate: F0}]")
	read := exchange{method: http.MethodGet, path: "{face}/detectLiveness-sessions/{s}", key: storyKey}
	passes := func() {
		t.Helper()
		if got := s.reads(20); slices.ContainsFunc(got, func(status int) bool { return status != http.StatusOK }) {
			t.Errorf("got %v, want 20 calls let through", got)
		}
	}
	refuses := func(after string, hint string) {
		t.Helper()
		log.Reset()
		w := s.do(read)
		text := "Face F0 pricing tier. Please retry after " + after + " seconds."
		if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != after || !strings.Contains(w.Body.String(), text) {
			t.Errorf("got %d, Retry-After %q, %s; want 429 and %s seconds", w.Code, w.Header().Get("Retry-After"), w.Body, after)
		}
		const early = " before its Retry-After had passed"
		if got := firstMatch(log.String(), `the client retried (\S+)`+early); got != hint {
			t.Errorf("got %q in the log %s, want %q", got, &log, hint)
		}
	}
	passes()
	refuses("60", "")
	s.advance(30500 * time.Millisecond)
	refuses("30", "29.5s")
	s.advance(29500 * time.Millisecond)
	log.Reset()
	passes()
	if strings.Contains(log.String(), "hint=") {
		t.Errorf("got log %s, want no hint to a client that has waited", &log)
	}
	read.path = "{face}/detectLiveness-sessions/" + uuid.NewString()
	refuses("60", "") // another session of the same resource

	s.useFaults("[{on: read, rate: {tier: F0, retryAfter: date}}]")
	passes()
	until, err := http.ParseTime(s.do(read).Header().Get("Retry-After"))
	if ahead := until.Sub(clock.System{}.Now()); err != nil || ahead < 30*time.Second || ahead > 61*time.Second {
		t.Errorf("got a date %v ahead, %v; want the minute of sessions in real time", ahead, err)
	}
}

// TestUseFaultsDuringCalls checks that no fault fires after faults were removed,
// whatever calls are running.
func TestUseFaultsDuringCalls(t *testing.T) {
	t.Parallel()
	e := openEmulator(t, emulator.Options{})
	resource := controlOf(t, e, emulator.Key1)
	read := func() int {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/face/v1.2/detectLiveness-sessions/"+uuid.NewString(), nil)
		r.Header.Set("Ocp-Apim-Subscription-Key", emulator.Key2)
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		return w.Code
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 100 {
				if got := read(); got != 404 && got != 409 {
					t.Errorf("got %d, want the fault or what is there without it", got)
				}
			}
		})
	}
	for range 25 {
		for _, now := range []struct {
			faults string
			want   int
		}{{"[{error: conflict}]", 409}, {"", 404}} {
			if _, err := resource.UseFaults(t.Context(), now.faults); err != nil {
				t.Error(err)
			}
			if got := read(); got != now.want {
				t.Errorf("with faults %q: got %d, want %d", now.faults, got, now.want)
			}
		}
	}
	group.Wait()
}

func TestUseFaultsRefuses(t *testing.T) {
	t.Parallel()
	s := newStory(t, "v1.2", func(o *emulator.Options) { o.Keys = [][]string{{storyKey}} })
	s.useFaults("[{error: conflict}]")
	for name, test := range map[string]struct {
		faults string
		says   []string
	}{
		"bad fault": {"- on: read\n  delay: 200\n", []string{"invalid scenario: ", "2:10: delay has no unit"}},
		"no list":   {"on: read", []string{"invalid scenario: ", "list"}},
		"too long":  {strings.Repeat("# ", 40_000), []string{"invalid option: ", "80000 bytes"}},
	} {
		_, err := controlOf(t, s.emulator, storyKey).UseFaults(t.Context(), test.faults)
		for _, says := range test.says {
			wantRefusal(t, name, err, control.ErrorInvalid, says)
		}
	}
	if _, err := s.emulator.Control("nobody"); !errors.Is(err, emulator.ErrUnknownKey) {
		t.Errorf("unknown key: got %v, want %v", err, emulator.ErrUnknownKey)
	}
	s.known["{s}"] = uuid.NewString()
	if got := s.reads(1); !slices.Equal(got, []int{409}) {
		t.Errorf("got %v, want the faults from before", got)
	}
}
