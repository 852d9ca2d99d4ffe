package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/testhook"
)

// A frozenStory is a story of one version with a frozen clock, in a synctest bubble: the
// test decides how real time passes, and knows when a call waits.
type frozenStory struct {
	*story
	api control.API
}

// eachFrozenStory runs a test in every version, with these scenario files.
func eachFrozenStory(t *testing.T, files map[string]string, run func(s *frozenStory), edits ...func(*emulator.Options)) {
	t.Helper()
	for _, version := range allVersions(t) {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newHookedStory(t, version, func(h *testhook.Hooks) { h.Clock = nil },
					append(edits, withFiles(files, func(o *emulator.Options) { o.ReloadInterval = -1 }))...)
				api := s.clockOf(t)
				changeClock(t, api, control.ClockChange{Rate: new(0.0)})
				run(&frozenStory{s, api})
			})
		})
	}
}

// pass lets real time pass, and then advances the frozen clock.
func (s *frozenStory) pass(elsewhere, here time.Duration) {
	s.t.Helper()
	system := clock.System{} // of the bubble
	if err := system.Wait(s.t.Context(), system.Now().Add(elsewhere)); err != nil {
		s.t.Fatal(err)
	}
	synctest.Wait()
	changeClock(s.t, s.api, control.ClockChange{Advance: control.Duration(here)})
	synctest.Wait()
}

// now returns the time of the frozen clock.
func (s *frozenStory) now() time.Time {
	s.t.Helper()
	shows, err := s.api.Clock(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return shows.Now
}

// creates creates a session with a scenario in the story's version.
func (s *frozenStory) creates(scenario, as, key string) {
	s.t.Helper()
	x := jsonCreate("Create", as, `{"livenessOperationMode":"Passive","deviceCorrelationId":"d","userCorrelationId":"u","enableSessionImage":true}`,
		map[string]string{"X-Face-Liveness-Scenario": scenario})
	x.path, x.key = sessionsPath(s.version), key
	if w := s.do(x); w.Code != http.StatusOK {
		s.t.Fatalf("create: got %d %s", w.Code, w.Body)
	}
}

// detects makes a detect call and sends the status to the returned channel.
func (s *frozenStory) detects(session string) <-chan int {
	answered := make(chan int, 1)
	go func() {
		answered <- s.do(exchange{
			title: "Detect", method: http.MethodPost, path: "{face}/detectLiveness/singleModal", token: "{" + session + ".token}",
		}).Code
	}()
	synctest.Wait()
	return answered
}

// answered returns the status of a device call, which must have been answered.
func (s *frozenStory) answered(device <-chan int) int {
	s.t.Helper()
	synctest.Wait()
	select {
	case status := <-device:
		return status
	default:
		s.t.Fatal("the device was not answered, want an answer by now")
		return 0
	}
}

// reads reads a path below the version's sessions.
func (s *frozenStory) reads(path string) *httptest.ResponseRecorder {
	s.t.Helper()
	return s.get("Read", sessionsPath(s.version)+path)
}

// A phase is the state of a session in the words of each version.
type phase struct{ singleModal, attempts string }

func (p phase) in(version string) string {
	if isSingleModal(version) {
		return p.singleModal
	}
	return p.attempts
}

// TestAttemptsFollowTheirClock checks that an attempt ends exactly at its time on the
// resource's clock, whether a device waits for it or the session plays by itself, and
// however much real time passes.
func TestAttemptsFollowTheirClock(t *testing.T) {
	t.Parallel()
	idle, running, done := phase{"NotStarted", "NotStarted"}, phase{"Started", "Running"}, phase{"ResultAvailable", "Succeeded"}
	type step struct {
		elsewhere, here time.Duration
		want            phase
	}
	for scenario, test := range map[string]struct {
		device bool
		steps  []step
	}{
		"lasts": {true, []step{
			{0, 0, running}, {time.Hour, 0, running}, {time.Hour, 5*time.Second - 1, running}, {time.Hour, 0, running}, {0, 1, done},
		}},
		"itself": {false, []step{
			{0, 0, idle},
			{time.Hour, 0, idle},
			{0, 10*time.Second - 1, idle},
			{time.Hour, 1, running},
			{time.Hour, 5*time.Second - 1, running},
			{time.Hour, 0, running},
			{0, 1, done},
		}},
	} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{
				"lasts":  "attempts: [{outcome: realface, takes: 5s}]\n",
				"itself": "advance: {after: 10s}\nattempts: [{outcome: realface, takes: 5s}]\n",
			}
			eachFrozenStory(t, files, func(s *frozenStory) {
				s.creates(scenario, "s", storyKey)
				var device <-chan int
				if test.device {
					device = s.detects("s")
				}
				for i, step := range test.steps {
					s.pass(step.elsewhere, step.here)
					read := s.reads("/{s}").Body.String()
					is, over := firstMatch(read, `"status":"(\w+)"`), strings.Contains(read, `"livenessDecision":"realface"`)
					if want := step.want.in(s.version); is != want || over != (step.want == done) {
						s.t.Errorf("step %d: got %s, decided %v; want %s", i, is, over, want)
					}
					if test.device && (len(device) == 1) != over {
						s.t.Errorf("step %d: got the device answered %v, want %v as the attempt is over", i, len(device) == 1, over)
					}
				}
				if test.device {
					if status := s.answered(device); status >= http.StatusMultipleChoices {
						s.t.Errorf("detect: got %d, want a success", status)
					}
				}
			})
		})
	}
}

// TestRatesFollowTheirClock checks that Retry-After and the windows of a rate follow the
// frozen clock, for faults of the resource and of the scenario.
func TestRatesFollowTheirClock(t *testing.T) {
	t.Parallel()
	type step struct {
		elsewhere, here time.Duration
		after           string // Retry-After; "" for an admitted call
	}
	for name, test := range map[string]struct {
		rate       string
		ofScenario bool
		calls      int
		window     time.Duration
		steps      []step
	}{
		"free tier": {"F0", false, 20, time.Minute, []step{
			{0, 0, "60"}, {time.Hour, 0, "60"}, {0, 30500 * time.Millisecond, "30"}, {time.Hour, 29500*time.Millisecond - 1, "1"}, {0, 1, ""},
		}},
		"standard tier": {"S0", true, 10, time.Second, []step{{0, 0, "1"}, {time.Hour, time.Second - 1, "1"}, {0, 1, ""}}},
		"own":           {"{calls: 3, per: 10s}", true, 3, 10 * time.Second, []step{{time.Hour, 0, "10"}, {time.Hour, 4 * time.Second, "6"}, {0, 6 * time.Second, ""}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			faults := "[{on: read, rate: " + test.rate + "}]"
			files := map[string]string{"plain": "attempts: [{outcome: realface}]\n", "limited": "faults: " + faults + "\nattempts: [{outcome: realface}]\n"}
			eachFrozenStory(t, files, func(s *frozenStory) {
				scenario := "limited"
				if !test.ofScenario {
					scenario = "plain"
					s.useFaults(faults)
				}
				s.creates(scenario, "s", storyKey)
				left := test.window
				for call := range test.calls {
					s.limited(call, "", 0)
				}
				for i, step := range test.steps {
					s.pass(step.elsewhere, step.here)
					left -= step.here
					early := left
					if i == 0 { // no Retry-After before
						early = 0
					}
					s.limited(test.calls+i, step.after, early)
				}
				for call := range test.calls - 1 {
					s.limited(-call, "", 0)
				}
				s.limited(0, test.steps[0].after, 0)
			})
		})
	}
}

// TestTokenRatesFollowTheirClock checks that a strict emulator applies the rates of a token
// on the frozen clock.
func TestTokenRatesFollowTheirClock(t *testing.T) {
	t.Parallel()
	files := map[string]string{"masked": "attempts: [{error: {code: FaceWithMaskDetected, message: Mask.}}, {outcome: realface}]\n"}
	strict := func(o *emulator.Options) { o.Strict = true }
	eachFrozenStory(t, files, func(s *frozenStory) {
		body := `{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`
		if s.version == monitored {
			body = strings.Replace(monitoredBody, `Allowed":0`, `Allowed":3`, 1)
		}
		x := jsonCreate("Create", "s", body, map[string]string{"X-Face-Liveness-Scenario": "masked"})
		x.path = sessionsPath(s.version)
		s.do(x)
		for i, step := range []struct {
			elsewhere, here time.Duration
			after           string
		}{{0, 0, ""}, {0, 0, "5"}, {time.Hour, 0, "5"}, {time.Hour, 2 * time.Second, "3"}, {time.Hour, 3*time.Second - 1, "1"}, {0, 1, ""}} {
			s.pass(step.elsewhere, step.here)
			w := s.do(exchange{title: "Detect", method: http.MethodPost, path: "{face}/detectLiveness/singleModal", token: "{s.token}"})
			if got := w.Header().Get("Retry-After"); got != step.after || (w.Code < http.StatusMultipleChoices) != (got == "") {
				s.t.Errorf("step %d: got %d, Retry-After %q; want %q", i, w.Code, got, step.after)
			}
		}
	}, strict)
}

// limited reads the session and compares Retry-After, which is "" for an admitted call,
// and how much too early the call came according to the request log.
func (s *frozenStory) limited(call int, after string, early time.Duration) {
	s.t.Helper()
	w := s.reads("/{s}")
	status := http.StatusOK
	if after != "" {
		status = http.StatusTooManyRequests
	}
	if got := w.Header().Get("Retry-After"); w.Code != status || got != after {
		s.t.Errorf("read %d: got %d, Retry-After %q; want %d, %q", call, w.Code, got, status, after)
	}
	entries := s.requests(control.RequestQuery{Method: http.MethodGet})
	if got := entries[len(entries)-1].Early; got != early {
		s.t.Errorf("read %d: got %v too early in the journal, want %v", call, got, early)
	}
}

func (s *frozenStory) requests(query control.RequestQuery) []control.Request {
	s.t.Helper()
	found, err := s.api.Requests(s.t.Context(), control.RequestSearch{RequestQuery: query})
	if err != nil || len(found.Entries) == 0 {
		s.t.Fatalf("got %d requests, %v; want some", len(found.Entries), err)
	}
	return found.Entries
}

// TestTimesFollowTheirClock checks that all times of a session are those of its clock: in
// responses of the previews, in control calls and in the request log.
func TestTimesFollowTheirClock(t *testing.T) {
	t.Parallel()
	eachFrozenStory(t, map[string]string{"lasts": "attempts: [{outcome: realface, takes: 5s}]\n"}, func(s *frozenStory) {
		const elsewhere, here = 7 * time.Hour, 3 * time.Minute
		created := s.now()
		s.creates("lasts", "s", storyKey)
		s.pass(elsewhere, here)
		s.device("Start", "s", "session/start")
		s.pass(elsewhere, here)
		device := s.detects("s")
		s.pass(elsewhere, 5*time.Second)
		s.answered(device)
		started, began := created.Add(here), created.Add(2*here)
		ended := began.Add(5 * time.Second)
		read := s.reads("/{s}").Body.String()

		if isSingleModal(s.version) {
			s.shows("read", read, map[string]time.Time{"createdDateTime": created, "sessionStartDateTime": started, "receivedDateTime": began})
			audit := s.reads("/{s}/audit").Body.String()
			s.shows("audit", audit, map[string]time.Time{"receivedDateTime": began})
			if got := firstMatch(audit, `"latencyInMilliseconds":(\d+)`); got != "5000" {
				s.t.Errorf("audit: got a latency of %s ms, want 5000", got)
			}
			s.shows("list", s.reads("").Body.String(), map[string]time.Time{"createdDateTime": created, "sessionStartDateTime": started})
		}
		if s.version == monitored {
			s.assetsByTheirClock()
		}
		session, err := s.api.Session(s.t.Context(), s.known["{s}"])
		if err != nil || len(session.Attempts) != 1 || !session.Created.Equal(created) || !session.Started.Equal(started) ||
			!session.Attempts[0].Began.Equal(began) || !session.Attempts[0].Ends.Equal(ended) {
			s.t.Errorf("got %+v, %v; want it created at %v, started at %v, with an attempt from %v to %v", session, err, created, started, began, ended)
		}
		s.linesByTheirClock(map[control.TimelineKind]time.Time{
			control.TimelineCreated: created, control.TimelineStarted: started, control.TimelineAttemptBegan: began,
			control.TimelineAttemptEnded: ended, control.TimelinePolled: ended,
		})
	})
}

// shows compares times in a response with those of the clock.
func (s *frozenStory) shows(title, answer string, want map[string]time.Time) {
	s.t.Helper()
	for name, at := range want {
		if got, err := time.Parse(time.RFC3339, firstMatch(answer, `"`+name+`":"([^"]+)"`)); err != nil || !got.Equal(at.Truncate(100*time.Nanosecond)) {
			s.t.Errorf("%s: got %s %v, %v; want %v", title, name, got, err, at)
		}
	}
}

// assetsByTheirClock checks the times of a client assets token.
func (s *frozenStory) assetsByTheirClock() {
	s.t.Helper()
	var expiries [2]time.Time
	for i := range expiries {
		answer := s.get("Assets", "{face}/settings/getClientAssetsAccessToken").Body.String()
		var err error
		if expiries[i], err = time.Parse(time.RFC3339, firstMatch(answer, `"expiry":"([^"]+)"`)); err != nil {
			s.t.Error(err)
		}
		s.pass(time.Hour, 0)
	}
	if !expiries[0].After(s.now()) || !expiries[1].Equal(expiries[0]) {
		s.t.Errorf("got tokens for client assets until %v, want the same moment after %v", expiries, s.now())
	}
}

// linesByTheirClock compares the timeline and the request log with the times of a
// session.
func (s *frozenStory) linesByTheirClock(want map[control.TimelineKind]time.Time) {
	s.t.Helper()
	line, err := s.api.Timeline(s.t.Context(), s.known["{s}"])
	if err != nil {
		s.t.Fatal(err)
	}
	seen := map[control.TimelineKind]bool{}
	for _, moment := range line.Entries {
		at, known := want[moment.What]
		seen[moment.What] = true
		if known && !moment.At.Equal(at) {
			s.t.Errorf("timeline: got %s at %v, want %v", moment.What, moment.At, at)
		}
	}
	for what := range want {
		if !seen[what] {
			s.t.Errorf("timeline: got %+v, want %s in it", line.Entries, what)
		}
	}
	calls := s.requests(control.RequestQuery{Method: http.MethodPost})
	for i, what := range []control.TimelineKind{control.TimelineCreated, control.TimelineStarted, control.TimelineAttemptBegan} {
		if i >= len(calls) || !calls[i].Clock.Equal(want[what]) {
			s.t.Fatalf("journal: got the calls %+v, want number %d at %v", calls, i, want[what])
		}
	}
}
