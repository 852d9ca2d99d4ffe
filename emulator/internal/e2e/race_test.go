package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/testhook"
)

// A raceServer is an emulator that many goroutines call concurrently.
type raceServer struct {
	t        *testing.T
	emulator *testEmulator
	handler  http.Handler
	key      string
	scenario string
}

func newRaceServer(t *testing.T, base clock.Clock, options emulator.Options) *raceServer {
	t.Helper()
	e := openHooked(t, options, testhook.Hooks{Clock: base})
	return &raceServer{t: t, emulator: e, handler: checked(t, e), key: "race", scenario: "three-failures"}
}

// raceStores runs a test with each engine.
func raceStores(t *testing.T, run func(t *testing.T, s *raceServer)) {
	t.Helper()
	for _, engine := range []string{"memory", "folder"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			var o emulator.Options
			if engine == "folder" {
				o.State = t.TempDir()
			}
			run(t, newRaceServer(t, clock.NewManual(raceStart()), o))
		})
	}
}

// A raceSession is a session from the view of its creator.
type raceSession struct{ id, token, path string }

func (s *raceServer) call(method, path, auth, kind, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(s.t.Context(), method, path, strings.NewReader(body))
	if name, value, ok := strings.Cut(auth, ": "); ok {
		r.Header.Set(name, value)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	r.Header.Set("X-Face-Liveness-Scenario", s.scenario)
	answer := httptest.NewRecorder()
	s.handler.ServeHTTP(answer, r)
	return answer
}

func (s *raceServer) keyed(method, path string) *httptest.ResponseRecorder {
	return s.call(method, path, "Ocp-Apim-Subscription-Key: "+s.key, "", "")
}

func (s *raceServer) device(path string, session raceSession) int {
	return s.call(http.MethodPost, path, "Authorization: Bearer "+session.token, "", "").Code
}

// create creates a session with or without verify. It may be called in any goroutine.
func (s *raceServer) create(path string) raceSession {
	kind, body := "application/json", `{"livenessOperationMode":"Passive","deviceCorrelationId":"d","enableSessionImage":true}`
	if path == badVerify {
		kind, body = "multipart/form-data; boundary="+badBoundary, badFields(badFile("verifyImage", badSized(badPNG(36), 1024)))
	}
	answer := s.call(http.MethodPost, path, "Ocp-Apim-Subscription-Key: "+s.key, kind, body)
	if answer.Code != http.StatusOK {
		s.t.Errorf("create: got %d %s, want 200", answer.Code, answer.Body)
	}
	return raceSession{
		id:    firstMatch(answer.Body.String(), `"sessionId":"([^"]+)"`),
		token: firstMatch(answer.Body.String(), `"authToken":"([^"]+)"`),
		path:  path,
	}
}

func (r raceSession) detectPath() string {
	if r.path == badVerify {
		return badDetectVerify
	}
	return badDetect
}

// A raceView has the members of a session that the tests compare.
type raceView struct {
	Status  string
	Results struct {
		Attempts []struct{ AttemptID int }
	}
}

// read returns a session, or nil if it is deleted, and checks that its values are
// possible.
func (s *raceServer) read(session raceSession) *raceView {
	answer := s.keyed(http.MethodGet, session.path+"/"+session.id)
	if answer.Code == http.StatusNotFound {
		return nil
	}
	if answer.Code != http.StatusOK {
		s.t.Errorf("GET: got %d %s, want 200 or 404", answer.Code, answer.Body)
		return nil
	}
	var view raceView
	if err := json.Unmarshal(answer.Body.Bytes(), &view); err != nil {
		s.t.Error(err)
	}
	// An abandoned attempt has a number and is not shown.
	last := 4
	for _, attempt := range view.Results.Attempts {
		if attempt.AttemptID >= last || attempt.AttemptID < 1 {
			s.t.Errorf("GET: got %s, want numbers from 3 to 1, newest first", answer.Body)
		}
		last = attempt.AttemptID
	}
	return &view
}

// A raceTally counts responses by call and status.
type raceTally struct {
	mu     sync.Mutex
	counts map[string]int
}

func (n *raceTally) add(call string, status int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.counts == nil {
		n.counts = map[string]int{}
	}
	n.counts[fmt.Sprint(call, " ", status)]++
}

// only checks that all responses to a call have one of these statuses.
func (n *raceTally) only(t *testing.T, call string, statuses ...int) {
	t.Helper()
	for answer, times := range n.counts {
		name, status, _ := strings.Cut(answer, " ")
		if name == call && !slices.ContainsFunc(statuses, func(s int) bool { return fmt.Sprint(s) == status }) {
			t.Errorf("got %s %d times, want only %v", answer, times, statuses)
		}
	}
}

// raceAll runs each call in separate goroutines, times times, all concurrently.
func raceAll(times int, calls ...func()) {
	var done sync.WaitGroup
	begin := make(chan struct{})
	for range times {
		for _, call := range calls {
			done.Go(func() {
				<-begin
				call()
			})
		}
	}
	close(begin)
	done.Wait()
}

// TestRaceOnOneSession runs starts, attempts, ends, reads and deletes of one session
// concurrently.
func TestRaceOnOneSession(t *testing.T) {
	t.Parallel()
	raceStores(t, func(t *testing.T, s *raceServer) {
		t.Helper()
		for round := range 10 {
			session := s.create([]string{badPlain, badVerify}[round%2])
			playAtOnce(t, s, session)
			deleteAtOnce(t, s, session)
		}
	})
}

// playAtOnce runs all calls except deletes.
func playAtOnce(t *testing.T, s *raceServer, session raceSession) {
	t.Helper()
	var tally raceTally
	calls := []func(){
		func() { tally.add("start", s.device(badStart, session)) },
		func() { tally.add("detect", s.device(session.detectPath(), session)) },
		func() { tally.add("end", s.device(badEnd, session)) },
		func() { s.read(session) },
	}
	raceAll(4, calls...)
	tally.only(t, "start", 200, 429)
	tally.only(t, "detect", 200, 429, 409)
	tally.only(t, "end", 204, 429, 409)
	if got := tally.counts["start 200"]; got > 1 {
		t.Errorf("got %d successful starts, want 1 at most", got)
	}
	detected, ended := tally.counts["detect 200"], tally.counts["end 204"]
	if ended > 3 || detected > 3 {
		t.Errorf("got %d attempts and %d ends, want 3 at most of each", detected, ended)
	}
	stored, err := s.emulator.Store.Session(t.Context(), liveness.SessionID(session.id))
	if err != nil {
		t.Fatal(err)
	}
	if len(stored.Attempts) > 3 || len(stored.Attempts) < detected {
		t.Errorf("got %d attempts in the store after %d detect calls, want as many to 3", len(stored.Attempts), detected)
	}
	for i, attempt := range stored.Attempts {
		if attempt.ID != i+1 {
			t.Errorf("got attempt %d as number %d", attempt.ID, i+1)
		}
	}
	// Four detect calls were made, so no attempt is left.
	view := s.read(session)
	if view == nil || len(stored.Attempts) != 3 || view.Status != "Failed" && view.Status != "Canceled" {
		t.Errorf("got %+v with %d attempts used, want a session that is over", view, len(stored.Attempts))
	}
}

// deleteAtOnce runs deletes and all other calls.
func deleteAtOnce(t *testing.T, s *raceServer, session raceSession) {
	t.Helper()
	var tally raceTally
	raceAll(3,
		func() { tally.add("delete", s.keyed(http.MethodDelete, session.path+"/"+session.id).Code) },
		func() { tally.add("start", s.device(badStart, session)) },
		func() { tally.add("detect", s.device(session.detectPath(), session)) },
		func() { tally.add("end", s.device(badEnd, session)) },
		func() { s.read(session) },
	)
	tally.only(t, "delete", 204, 404)
	tally.only(t, "start", 401, 429)
	tally.only(t, "detect", 401, 429)
	tally.only(t, "end", 204, 401, 429)
	if got := tally.counts["delete 204"]; got != 1 {
		t.Errorf("got %d successful deletes, want 1", got)
	}
	for _, path := range []string{badStart, session.detectPath(), badEnd} {
		if got := s.device(path, session); got != http.StatusUnauthorized {
			t.Errorf("%s after delete: got %d, want 401", path, got)
		}
	}
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		if got := s.keyed(method, session.path+"/"+session.id).Code; got != http.StatusNotFound {
			t.Errorf("%s after delete: got %d, want 404", method, got)
		}
	}
}

// TestRaceDeleteWhilePlaying deletes new sessions while they are played.
func TestRaceDeleteWhilePlaying(t *testing.T) {
	t.Parallel()
	raceStores(t, func(t *testing.T, s *raceServer) {
		t.Helper()
		for range 10 {
			session := s.create(badPlain)
			var tally raceTally
			raceAll(2,
				func() { tally.add("start", s.device(badStart, session)) },
				func() { tally.add("detect", s.device(badDetect, session)) },
				func() { s.read(session) },
				func() { tally.add("delete", s.keyed(http.MethodDelete, session.path+"/"+session.id).Code) },
				func() { tally.add("detect", s.device(badDetect, session)) },
			)
			tally.only(t, "start", 200, 401, 429)
			tally.only(t, "detect", 200, 401, 409, 429)
			tally.only(t, "delete", 204, 404)
			if s.read(session) != nil {
				t.Error("got a session that was deleted, want 404")
			}
			if _, err := s.emulator.Store.Session(t.Context(), liveness.SessionID(session.id)); err == nil {
				t.Error("got a deleted session in the store")
			}
		}
	})
}

// TestRaceOnManySessions plays sessions concurrently. No call may see or change another
// session.
func TestRaceOnManySessions(t *testing.T) {
	t.Parallel()
	raceStores(t, func(t *testing.T, s *raceServer) {
		t.Helper()
		var mu sync.Mutex
		seen := map[string]bool{}
		raceAll(12, func() {
			session := s.create(badPlain)
			mu.Lock()
			if seen[session.id] {
				t.Errorf("session id %s was given twice", session.id)
			}
			seen[session.id] = true
			mu.Unlock()
			if got := s.device(badStart, session); got != http.StatusOK {
				t.Errorf("start: got %d, want 200", got)
			}
			for n := 1; n <= 3; n++ {
				if got := s.device(badDetect, session); got != http.StatusOK {
					t.Errorf("detect: got %d, want 200", got)
				}
				if view := s.read(session); view == nil || len(view.Results.Attempts) != n || view.Results.Attempts[0].AttemptID != n {
					t.Errorf("got %+v, want %d attempts, the newest of this number first", view, n)
				}
			}
			if got := s.keyed(http.MethodDelete, session.path+"/"+session.id).Code; got != http.StatusNoContent {
				t.Errorf("delete: got %d, want 204", got)
			}
			if s.read(session) != nil {
				t.Error("got a deleted session, want 404")
			}
		})
	})
}
