package e2e_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// withFiles returns an emulator with these scenario files besides the built-in ones.
func withFiles(files map[string]string, edits ...func(*emulator.Options)) func(*emulator.Options) {
	folder := fstest.MapFS{}
	for name, text := range files {
		folder[name+".yaml"] = &fstest.MapFile{Data: []byte("name: " + name + "\n" + text)}
	}
	return func(o *emulator.Options) {
		o.Scenarios = append(o.Scenarios, emulator.ScenarioSource{Name: "test", FS: folder})
		for _, edit := range edits {
			edit(o)
		}
	}
}

// pinned creates a session with a scenario and returns its id.
func (s *story) pinned(name string) string {
	s.t.Helper()
	s.do(jsonCreate("Create "+name, "s", `{"livenessOperationMode":"Passive","deviceCorrelationId":"phone-1","userCorrelationId":"u"}`,
		map[string]string{"X-Face-Liveness-Scenario": name}))
	return s.known["{s}"]
}

// TestScriptedMoves plays scenario files over HTTP.
func TestScriptedMoves(t *testing.T) {
	t.Parallel()
	s := newStory(t, "v1.2", withFiles(map[string]string{
		"polled":   "advance: {polls: 2}\nattempts: [{outcome: realface}]\n",
		"later":    "result: {after: 5s}\nattempts: [{outcome: realface}]\n",
		"lost":     "end: {by: lose, when: {beforePoll: 2}}\nattempts: [{outcome: realface}]\n",
		"expires":  "end: {by: expire, when: beforeStart}\nattempts: [{outcome: realface}]\n",
		"deleted":  "end: {by: delete, when: {duringAttempt: 1}}\nattempts: [{outcome: realface}]\n",
		"tampered": "attempts: [{outcome: realface, digest: different}]\n",
		"silent":   "attempts: [{outcome: realface, digest: missing}]\n",
	}))
	status := func(title string) string {
		t.Helper()
		w := s.get(title, "{face}/detectLiveness-sessions/{s}")
		if w.Code != http.StatusOK {
			return fmt.Sprint(w.Code)
		}
		return firstMatch(w.Body.String(), `"status":"(\w+)"`)
	}
	detect := func() (int, string) {
		t.Helper()
		w := s.do(exchange{title: "Detect", method: http.MethodPost, path: "{face}/detectLiveness/singleModal", token: "{s.token}"})
		return w.Code, firstMatch(w.Body.String(), `"digest":"(\w+)"`)
	}
	expect := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %s; want %s", what, got, want)
		}
	}
	s.pinned("polled")
	expect("polled", status("1")+" "+status("2"), "Running Succeeded")

	s.pinned("later")
	detect()
	expect("later, at once", status("1"), "Running")
	s.advance(5 * time.Second)
	expect("later, later", status("2"), "Succeeded")

	s.pinned("lost")
	expect("lost", status("1")+" "+status("2"), "NotStarted 404")
	if code, _ := detect(); code != http.StatusOK {
		t.Errorf("lost: the device got %d; want 200", code)
	}

	s.pinned("expires")
	if code, _ := detect(); code != http.StatusUnauthorized {
		t.Errorf("expires: the device got %d; want 401", code)
	}
	expect("expires", status("1"), "NotStarted")

	s.pinned("deleted")
	if code, _ := detect(); code != http.StatusUnauthorized {
		t.Errorf("deleted: the device got %d; want 401", code)
	}
	expect("deleted", status("1"), "404")

	for _, name := range []string{"tampered", "silent"} {
		s.pinned(name)
		_, told := detect()
		shown := firstMatch(s.get("Read", "{face}/detectLiveness-sessions/{s}").Body.String(), `"digest":"(\w+)"`)
		if told == shown || (told == "") != (name == "silent") || len(shown) != 64 {
			t.Errorf("%s: got %q for the device and %q in the result", name, told, shown)
		}
	}
}

// TestSeeds checks that equal seeds give equal outcomes in any order of sessions, and
// different seeds different ones.
func TestSeeds(t *testing.T) {
	t.Parallel()
	outcomes := func(seed uint64, reversed bool) string {
		t.Helper()
		s := newStory(t, "v1.2", withFiles(map[string]string{
			"now-and-then": "attempts: [{oneOf: [{outcome: realface}, {outcome: spoofface}, {error: {code: FaceWithMaskDetected, message: Mask.}}]}]\n",
		}), func(o *emulator.Options) { o.Seed = seed })
		const sessions = 24
		got := make([]string, sessions)
		for i := range sessions {
			if reversed {
				i = sessions - 1 - i
			}
			s.do(jsonCreate("Create", "s", fmt.Sprintf(`{"livenessOperationMode":"Passive","deviceCorrelationId":"phone-%d"}`, i),
				map[string]string{"X-Face-Liveness-Scenario": "now-and-then"}))
			s.device("Detect", "s", "detectLiveness/singleModal")
			read := s.read("Read", "s")
			got[i] = firstMatch(read, `"livenessDecision":"(\w+)"`)
		}
		return strings.Join(got, ",")
	}
	one := outcomes(1, false)
	if again := outcomes(1, false); again != one {
		t.Errorf("the same seed: got %s, then %s", one, again)
	}
	if reversed := outcomes(1, true); reversed != one {
		t.Errorf("the same seed in another order: got %s; want %s", reversed, one)
	}
	if other := outcomes(2, false); other == one {
		t.Errorf("another seed: got %s again", one)
	}
	for _, want := range []string{"realface", "spoofface", ",,"} {
		if !strings.Contains(one, want) {
			t.Errorf("got %s; want %q among them", one, want)
		}
	}
}

// TestPinnedSeed checks that the seed in the log of a session repeats its choices in a
// session with other ids.
func TestPinnedSeed(t *testing.T) {
	t.Parallel()
	var log badLog
	s := newStory(t, "v1.2", withFiles(map[string]string{
		"dice": "attempts: [{oneOf: [{outcome: realface}, {outcome: spoofface}, {outcome: uncertain}]}]\n",
	}), func(o *emulator.Options) { o.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
	outcome := func(phone, seed string) string {
		t.Helper()
		s.do(jsonCreate("Create", "s", `{"livenessOperationMode":"Passive","deviceCorrelationId":"`+phone+`"}`,
			map[string]string{"X-Face-Liveness-Scenario": "dice", "X-Face-Liveness-Seed": seed}))
		s.device("Detect", "s", "detectLiveness/singleModal")
		return firstMatch(s.read("Read", "s"), `"livenessDecision":"(\w+)"`)
	}
	seen := map[string]bool{}
	for i := range 12 {
		drawn := outcome(fmt.Sprintf("phone-%d", i), "")
		logged := regexp.MustCompile(`"operation":"createLivenessSession".*"seed":(\d+)`).FindAllStringSubmatch(log.String(), -1)
		if again := outcome("another phone", logged[len(logged)-1][1]); again != drawn {
			t.Errorf("got %s with the seed of a session that drew %s", again, drawn)
		}
		seen[drawn] = true
	}
	if len(seen) < 2 {
		t.Errorf("got %v only, want more than one outcome", seen)
	}
	for _, bad := range []string{"x", "0", "-1", "18446744073709551616"} {
		w := s.do(jsonCreate("Create", "", `{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`, map[string]string{"X-Face-Liveness-Seed": bad}))
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "X-Face-Liveness-Seed") {
			t.Errorf("seed %s: got %d %s, want 400", bad, w.Code, w.Body)
		}
	}
}

// TestResourceScenarios sets the queue and the default of a resource in process.
func TestResourceScenarios(t *testing.T) {
	t.Parallel()
	s := newStory(t, "v1.2")
	decision := func(key string) string {
		t.Helper()
		x := jsonCreate("Create", "s", `{"livenessOperationMode":"Passive","deviceCorrelationId":"phone-1"}`, nil)
		x.key = key
		s.do(x)
		s.device("Detect", "s", "detectLiveness/singleModal")
		w := s.do(exchange{title: "Read", method: http.MethodGet, path: "{face}/detectLiveness-sessions/{s}", key: key})
		return firstMatch(w.Body.String(), `"livenessDecision":"(\w+)"`)
	}
	resource := controlOf(t, s.emulator, storyKey)
	use := func(of control.API, scenario string) error {
		_, err := of.ChangeSelection(t.Context(), control.SelectionChange{Default: &scenario})
		return err
	}
	queue := func(scenario string, sessions int) error {
		_, err := resource.QueueScenario(t.Context(), control.QueueItem{Scenario: scenario, Sessions: sessions})
		return err
	}
	if err := errors.Join(use(resource, "uncertain"), queue("spoof", 2)); err != nil {
		t.Fatal(err)
	}
	got := []string{decision(storyKey), decision("another-key"), decision(storyKey), decision(storyKey)}
	if want := "spoofface realface spoofface uncertain"; strings.Join(got, " ") != want {
		t.Errorf("got %v; want %s", got, want)
	}
	if err := use(resource, ""); err != nil {
		t.Fatal(err)
	}
	if got := decision(storyKey); got != "realface" {
		t.Errorf("without a default: got %s; want realface", got)
	}
	wantRefusal(t, "queue an unknown scenario", queue("none", 1), control.ErrorUnknown, `"none"`)
	wantRefusal(t, "queue for no session", queue("spoof", 0), control.ErrorInvalid, "invalid option: 0 sessions")
	wantRefusal(t, "queue for too many", queue("spoof", 10_001), control.ErrorInvalid, "invalid option: 10001 sessions")
	wantRefusal(t, "use an unknown scenario", use(resource, "none"), control.ErrorUnknown, `"none"`)
	if err := queue("spoof", 10_000); err != nil {
		t.Errorf("queue after these: got %v; want none of them queued", err)
	}

	only := openEmulator(t, emulator.Options{Keys: [][]string{{"listed"}}})
	for _, key := range []string{"another", ""} { // "" is Key1, which is not configured
		if _, err := only.Control(key); !errors.Is(err, emulator.ErrUnknownKey) {
			t.Errorf("key %q: got %v; want %v", key, err, emulator.ErrUnknownKey)
		}
	}
	if err := use(controlOf(t, only, "listed"), "spoof"); err != nil {
		t.Errorf("a key that is listed: got %v", err)
	}
}

// TestDeletedScenarios checks that a queued or default scenario that does not exist any more
// is skipped, and that an unknown name in a call is refused.
func TestDeletedScenarios(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	was := openEmulator(t, emulator.Options{State: state, Scenarios: []emulator.ScenarioSource{{
		Name: "qa", FS: fstest.MapFS{"gone.yaml": {Data: []byte("name: gone\nattempts: [{outcome: spoofface}]\n")}},
	}}})
	resource := controlOf(t, was, storyKey)
	for _, scenario := range []string{"gone", "uncertain"} {
		if _, err := resource.QueueScenario(t.Context(), control.QueueItem{Scenario: scenario, Sessions: 1}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := resource.ChangeSelection(t.Context(), control.SelectionChange{Default: new("gone")})
	if err := errors.Join(err, was.Close()); err != nil {
		t.Fatal(err)
	}
	var log badLog
	is := openEmulator(t, emulator.Options{State: state, Logger: slog.New(slog.NewJSONHandler(&log, nil))})
	for i, want := range []string{"happy-path", "uncertain", "happy-path"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/face/v1.2/detectLiveness-sessions",
			strings.NewReader(`{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Ocp-Apim-Subscription-Key", storyKey)
		w := httptest.NewRecorder()
		log.reset()
		is.ServeHTTP(w, r)
		if w.Code != http.StatusOK || !strings.Contains(log.String(), `"scenario":"`+want+`"`) {
			t.Errorf("session %d: got %d %s with log %s, want %s", i+1, w.Code, w.Body, log.String(), want)
		}
		if gone := strings.Contains(log.String(), "configured scenario not found"); gone != (i != 1) {
			t.Errorf("session %d: got log %s", i+1, log.String())
		}
	}
}

// TestScenarioWarnings checks that the log has warnings about keys without effect, with
// their position.
func TestScenarioWarnings(t *testing.T) {
	t.Parallel()
	var log badLog
	newStory(t, "v1.2", withFiles(map[string]string{
		"long": "attempts:\n  - {outcome: uncertain, repeat: 3}\n  - outcome: realface\n",
	}), func(o *emulator.Options) { o.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
	if got := log.String(); !strings.Contains(got, "test/long.yaml:4:5: warning: this entry is never played: it would be attempt 4") {
		t.Errorf("the log says %s; want the attempt that never plays", got)
	}
}
