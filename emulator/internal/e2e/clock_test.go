package e2e_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/testhook"
)

// clockOf returns the control of the story's resource.
func (s *story) clockOf(t *testing.T) control.API {
	t.Helper()
	api, err := s.emulator.Control(storyKey)
	if err != nil {
		t.Fatal(err)
	}
	return api
}

func changeClock(t *testing.T, api control.API, change control.ClockChange) {
	t.Helper()
	if _, err := api.ChangeClock(t.Context(), change); err != nil {
		t.Fatal(err)
	}
}

// TestAdvanceOneDay advances a day in every version: the token of the resource's session
// expires, and with the second day the session.
func TestAdvanceOneDay(t *testing.T) {
	t.Parallel()
	for _, version := range allVersions(t) {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := newStory(t, version)
			s.createIn(version)
			path := sessionsPath(version) + "/{s}"
			detect := exchange{title: "Detect", method: http.MethodPost, path: "/face/" + version + "/detectLiveness/singleModal", token: "{s.token}"}
			api := s.clockOf(t)

			changeClock(t, api, control.ClockChange{Advance: control.Duration(24 * time.Hour)})
			if w := s.do(detect); w.Code != http.StatusUnauthorized {
				t.Errorf("a device call a day later: got %d, want 401", w.Code)
			}
			if w := s.do(exchange{title: "Read", method: http.MethodGet, path: path, key: storyKey}); w.Code != http.StatusOK {
				t.Errorf("a read a day later: got %d, want 200", w.Code)
			}
			changeClock(t, api, control.ClockChange{Advance: control.Duration(24 * time.Hour)})
			if w := s.do(exchange{title: "Read", method: http.MethodGet, path: path, key: storyKey}); w.Code != http.StatusNotFound {
				t.Errorf("a read two days later: got %d, want 404", w.Code)
			}
			if err := s.emulator.Sweep(t.Context()); err != nil || s.emulator.Stored(t.Context(), storyID(1).String()) {
				t.Errorf("got an expired session that is still stored, %v", err)
			}
		})
	}
}

// TestSlowClockKeepsSessions checks that a session follows the clock of its resource
// only, in every version, in both engines, and after a restart.
func TestSlowClockKeepsSessions(t *testing.T) {
	t.Parallel()
	for name, rate := range map[string]float64{"frozen": 0, "slow": 0.001} {
		for _, engine := range []string{"memory", "folder"} {
			for _, version := range allVersions(t) {
				t.Run(name+"/"+engine+"/"+version, func(t *testing.T) {
					t.Parallel()
					state := ""
					if engine == "folder" {
						state = t.TempDir()
					}
					loseNothing(t, version, state, rate)
				})
			}
		}
	}
}

// loseNothing lets 400 hours pass. A clock with this rate shows 24 minutes of them, or
// none.
func loseNothing(t *testing.T, version, state string, rate float64) {
	t.Helper()
	s := newStory(t, version, func(o *emulator.Options) { o.State = state })
	s.createIn(version)
	changeClock(t, s.clockOf(t), control.ClockChange{Rate: &rate})
	other := jsonCreate("Create", "o", `{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`, nil)
	other.key, other.path = "another-key", "/face/v1.2/detectLiveness-sessions"
	s.do(other)
	if err := s.clock.Advance(400 * time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := s.emulator.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if w := s.do(exchange{title: "Other", method: http.MethodGet, path: "/face/v1.2/detectLiveness-sessions/{o}", key: "another-key"}); w.Code != http.StatusNotFound {
		t.Errorf("another resource: got %d, want its session gone", w.Code)
	}
	if state != "" {
		if err := s.emulator.Close(); err != nil {
			t.Fatal(err)
		}
		s.emulator = openHooked(t, emulator.Options{State: state, Scenarios: []emulator.ScenarioSource{scenariosOfStories()}}, testhook.Hooks{Clock: s.clock})
		s.handler = checked(t, s.emulator)
		if err := s.emulator.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if w := s.do(exchange{title: "Read", method: http.MethodGet, path: sessionsPath(version) + "/{s}", key: storyKey}); w.Code != http.StatusOK {
		t.Errorf("got %d, want the session of a clock at rate %v", w.Code, rate)
	}
	// A token of ten minutes is valid while its clock is frozen, and not after 24
	// minutes.
	w := s.do(exchange{title: "Detect", method: http.MethodPost, path: "/face/" + version + "/detectLiveness/singleModal", token: "{s.token}"})
	if good := w.Code < http.StatusMultipleChoices; good != (rate == 0) || !good && w.Code != http.StatusUnauthorized {
		t.Errorf("got %d for a token at rate %v", w.Code, rate)
	}
}
