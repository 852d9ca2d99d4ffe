package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
)

func raceStart() time.Time { return time.Date(2026, 1, 27, 17, 36, 52, 0, time.UTC) }

// TestRaceTwoEmulators checks that two emulators in a process share no sessions, keys,
// tokens, clocks, scenarios and settings.
func TestRaceTwoEmulators(t *testing.T) {
	t.Parallel()
	ones := clock.NewManual(raceStart())
	one := newRaceServer(t, ones, emulator.Options{Version: "one", Scenario: "spoof"})
	two := newRaceServer(t, clock.NewManual(raceStart()), emulator.Options{Version: "two", Keys: [][]string{{"race"}}, Strict: true})
	first, second := one.create(badPlain), two.create(badPlain)

	if two.read(first) != nil || one.read(second) != nil {
		t.Error("got a session of the other emulator, want 404")
	}
	if a, b := two.device(badStart, first), one.device(badStart, second); a != http.StatusUnauthorized || b != a {
		t.Errorf("start with the other's token: got %d and %d, want 401", a, b)
	}
	keys := func(s *raceServer) string { return s.keyed(http.MethodGet, "/_emulator/jwks.json").Body.String() }
	if a, b := keys(one), keys(two); a == b || !strings.Contains(a, `"kid":"key1"`) {
		t.Errorf("got keys %s and %s, want two of their own", a, b)
	}
	if a, b := string(one.emulator.CA()), string(two.emulator.CA()); a == b {
		t.Error("got the same authority twice, want two")
	}
	for want, s := range map[string]*raceServer{"one": one, "two": two} {
		if got := s.keyed(http.MethodGet, "/").Header().Get("X-Face-Liveness-Emulator"); got != want {
			t.Errorf("got release %q, want %q", got, want)
		}
	}
	other := func(s *raceServer) int {
		return s.call(http.MethodGet, badPlain+"/"+badUnknownID, "Ocp-Apim-Subscription-Key: other", "", "").Code
	}
	if a, b := other(one), other(two); a != http.StatusNotFound || b != http.StatusUnauthorized {
		t.Errorf("with a key that only one lists: got %d and %d, want 404 and 401", a, b)
	}

	if err := ones.Advance(48 * time.Hour); err != nil {
		t.Fatal(err)
	}
	if one.read(first) != nil {
		t.Error("got a session after 48 hours on its clock, want 404")
	}
	if two.read(second) == nil {
		t.Error("got 404 for a session on whose clock nothing has passed, want it")
	}
	if got := two.device(badStart, second); got != http.StatusOK {
		t.Errorf("start: got %d, want 200", got)
	}
	if err := one.emulator.Close(); err != nil {
		t.Fatal(err)
	}
	if two.read(second) == nil {
		t.Error("got 404 after the other emulator was closed, want the session")
	}
}

// TestRaceDeleteOfRunningAttempt deletes a session during its attempt: at the end, the
// device call answers that the token is invalid.
func TestRaceDeleteOfRunningAttempt(t *testing.T) {
	t.Parallel()
	base := clock.NewManual(raceStart())
	s := newRaceServer(t, base, emulator.Options{Scenarios: []emulator.ScenarioSource{{Name: "race", FS: fstest.MapFS{
		"slow.yaml": {Data: []byte("name: race-slow\nattempts:\n  - outcome: realface\n    takes: 1s\n")},
	}}}})
	s.scenario = "race-slow"
	session := s.create(badPlain)
	answers := make(chan int)
	go func() { answers <- s.device(badDetect, session) }()
	if err := base.AwaitWaiters(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if view := s.read(session); view == nil || view.Status != "Running" || len(view.Results.Attempts) != 0 {
		t.Errorf("got %+v while the attempt runs, want Running without an attempt", view)
	}
	if got := s.keyed(http.MethodDelete, session.path+"/"+session.id).Code; got != http.StatusNoContent {
		t.Errorf("delete: got %d, want 204", got)
	}
	if err := base.Advance(time.Second); err != nil {
		t.Fatal(err)
	}
	if got := <-answers; got != http.StatusUnauthorized {
		t.Errorf("detect: got %d, want 401", got)
	}
	if s.read(session) != nil {
		t.Error("got the session back after its attempt was over, want 404")
	}
}
