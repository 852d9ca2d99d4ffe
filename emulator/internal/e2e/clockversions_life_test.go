package e2e_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// images returns the path of a version's session images; "" if it shows none.
func (s *frozenStory) images() string {
	switch {
	case strings.HasPrefix(s.version, "v1.1-"):
		return ""
	case isSingleModal(s.version):
		return "{face}/session/sessionImages/"
	default:
		return "{face}/sessionImages/"
	}
}

// TestFrozenClockKeepsSessions checks that after 400 hours of real time a session with
// a frozen clock is the same, and its device can continue.
func TestFrozenClockKeepsSessions(t *testing.T) {
	t.Parallel()
	eachFrozenStory(t, map[string]string{"plain": "attempts: [{outcome: realface}]\n"}, func(s *frozenStory) {
		s.creates("plain", "fresh", storyKey)
		s.creates("plain", "s", storyKey)
		s.answered(s.detects("s"))
		s.useFaults("[{on: delete, error: conflict}]")
		s.known["{image}"] = s.sessionImage()
		before := s.everything()
		s.pass(400*time.Hour, 0)
		after := s.everything()
		for where, want := range before {
			if got := after[where]; got != want || want == "" {
				s.t.Errorf("%s: got %.2000q; want %.2000q", where, got, want)
			}
		}
		if status := s.answered(s.detects("fresh")); status >= http.StatusMultipleChoices {
			s.t.Errorf("the device of the other session: got %d, want a success", status)
		}
		if w := s.do(exchange{title: "Delete", method: http.MethodDelete, path: sessionsPath(s.version) + "/{s}", key: storyKey}); w.Code != http.StatusConflict {
			s.t.Errorf("delete: got %d, want the fault that was set", w.Code)
		}
	})
}

// everything returns all that can be read of session s, by path.
func (s *frozenStory) everything() map[string]string {
	s.t.Helper()
	all := map[string]string{"read": s.reads("/{s}").Body.String()}
	if isSingleModal(s.version) {
		all["audit"], all["list"] = s.reads("/{s}/audit").Body.String(), s.reads("").Body.String()
	}
	if s.images() != "" {
		all["image"] = s.get("Image", s.images()+"{image}").Body.String()
	}
	exported, err := s.api.ExportSession(s.t.Context(), s.known["{s}"])
	if err != nil {
		s.t.Error(err)
	}
	all["export"] = string(exported)
	settings, err := s.api.Faults(s.t.Context())
	if err != nil {
		s.t.Error(err)
	}
	all["faults"] = settings
	calls, err := json.Marshal(s.requests(control.RequestQuery{Method: http.MethodPost}))
	if err != nil {
		s.t.Error(err)
	}
	all["journal"] = string(calls)
	return all
}

// sessionImage returns the id of the image of session s, in any version.
func (s *frozenStory) sessionImage() string {
	s.t.Helper()
	session, err := s.api.Session(s.t.Context(), s.known["{s}"])
	if err != nil || len(session.Attempts) != 1 {
		s.t.Fatalf("got %+v, %v; want a session with an attempt", session, err)
	}
	return session.Attempts[0].SessionImage
}

// TestAdvanceOneDayByVersion checks how each version shows a session whose token has
// expired. With the second day only that session is deleted.
func TestAdvanceOneDayByVersion(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	eachFrozenStory(t, map[string]string{"plain": "attempts: [{outcome: realface}]\n"}, func(s *frozenStory) {
		s.creates("plain", "s", storyKey)
		s.creates("plain", "fresh", storyKey)
		s.creates("plain", "theirs", "another-key")
		s.answered(s.detects("s"))
		s.known["{image}"] = s.sessionImage()
		s.expired(false, http.StatusOK)
		s.pass(0, 10*time.Minute-1)
		s.expired(false, http.StatusOK)
		s.pass(0, 1)
		s.expired(true, http.StatusOK)
		s.pass(0, day-10*time.Minute)
		s.expired(true, http.StatusOK)
		s.creates("plain", "later", storyKey)
		s.pass(0, day-1)
		s.expired(true, http.StatusOK)
		s.pass(0, 1)
		s.expired(true, http.StatusNotFound)
		s.pass(time.Hour, 0) // wait for the upkeep
		for session, want := range map[string]bool{"s": false, "later": true, "theirs": true} {
			if got := s.emulator.Stored(s.t.Context(), s.known["{"+session+"}"]); got != want {
				s.t.Errorf("%s: got it in the store %v, want %v", session, got, want)
			}
		}
		if w := s.reads("/{later}"); w.Code != http.StatusOK {
			s.t.Errorf("a session of the second day: got %d, want 200", w.Code)
		}
	})
}

// expired compares the results of each call on session s with whether its token has
// expired and with the status of a read. The device is the one the session began with,
// and may have used all its calls.
func (s *frozenStory) expired(token bool, status int) {
	s.t.Helper()
	if w := s.do(exchange{title: "Start", method: http.MethodPost, path: "{face}/session/start", token: "{fresh.token}"}); (w.Code == http.StatusUnauthorized) != token {
		s.t.Errorf("%v: start: got %d, want it refused for its token %v", s.now(), w.Code, token)
	}
	read := s.reads("/{s}")
	if read.Code != status {
		s.t.Errorf("%v: read: got %d, want %d", s.now(), read.Code, status)
	}
	found := status == http.StatusOK
	if session, err := s.api.Session(s.t.Context(), s.known["{s}"]); (err == nil) != found || found && session.TokenExpired != token {
		s.t.Errorf("%v: control: got token expired %v, %v; want %v, found %v", s.now(), session.TokenExpired, err, token, found)
	}
	if s.images() != "" {
		if w := s.get("Image", s.images()+"{image}"); w.Code != status {
			s.t.Errorf("%v: image: got %d, want %d", s.now(), w.Code, status)
		}
	}
	if !isSingleModal(s.version) {
		return
	}
	if w := s.reads("/{s}/audit"); w.Code != status {
		s.t.Errorf("%v: audit: got %d, want %d", s.now(), w.Code, status)
	}
	want := map[bool]string{false: "false", true: "true"}[token]
	listed := s.reads("").Body.String()
	if got := firstMatch(listed, `"id":"`+s.known["{s}"]+`".*?"sessionExpired":(\w+)`); got != want && found || strings.Contains(listed, s.known["{s}"]) != found {
		s.t.Errorf("%v: list: got %s, want session expired %s, in it %v", s.now(), listed, want, found)
	}
	if got := firstMatch(read.Body.String(), `"sessionExpired":(\w+)`); found && got != want {
		s.t.Errorf("%v: read: got session expired %q, want %s", s.now(), got, want)
	}
}
