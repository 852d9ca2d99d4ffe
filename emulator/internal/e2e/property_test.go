package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/lang"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/scenariotest"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/testhook"
)

// A larger number searches longer: go test ./emulator/internal/e2e -run TestLives -lives
// 20000.
var lives = flag.Int("lives", 280, "how many random scenarios TestLives plays")

// TestLives plays random scenarios with random calls, and checks each response without
// faults for what is true of all. Every fourth emulator has a state folder and is
// restarted while sessions are in progress.
func TestLives(t *testing.T) {
	t.Parallel()
	const each = 40 // scenarios per emulator
	for batch := range (*lives + each - 1) / each {
		folder := batch%4 == 3
		t.Run(fmt.Sprintf("seed %d folder=%v", batch, folder), func(t *testing.T) {
			t.Parallel()
			w := &lifeWorld{TB: t, folder: folder, clock: clock.NewManual(raceStart()), photo: picture(t, 200, 200)}
			made := w.prepare(uint64(batch), each)
			for i, s := range made {
				w.life = w.newLife(s, rand.New(rand.NewPCG(uint64(batch), uint64(i))))
				w.life.live()
				if t.Failed() {
					t.Fatalf("seed %d, scenario %d", batch, i)
				}
			}
			if w.sound == 0 || w.broken == 0 || w.played == 0 {
				t.Errorf("got %d sound answers, %d calls that met faults and %d attempts; want some of each", w.sound, w.broken, w.played)
			}
		})
	}
}

// A lifeWorld is an emulator and its scenarios. Its failures say what was played.
type lifeWorld struct {
	testing.TB
	folder  bool
	clock   *clock.Manual
	options emulator.Options
	log     badLog // log lines about defects of the emulator
	photo   string
	files   map[string]string // scenarios by name

	emulator *testEmulator
	handler  http.Handler
	life     *life

	sound, broken, played int // numbers of responses, calls with faults, and attempts seen
}

func (w *lifeWorld) prepare(seed uint64, scenarios int) []scenario.Scenario {
	w.Helper()
	maker := scenariotest.NewMaker(w, seed)
	maker.Playable = true
	folder, images := scenariotest.Images(w)
	made := make([]scenario.Scenario, scenarios)
	w.files = map[string]string{}
	for i := range made {
		made[i] = maker.Scenario()
		file := lang.Print(made[i], images)
		w.files[made[i].Name] = file
		folder[made[i].Name+".yaml"] = fileOf(file)
	}
	w.options = emulator.Options{
		Seed: seed + 1, ReloadInterval: -1,
		Scenarios: []emulator.ScenarioSource{{Name: "made", FS: folder}},
		Logger:    slog.New(slog.NewTextHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelError})),
	}
	if w.folder {
		w.options.State = w.TempDir()
	}
	w.open()
	w.Cleanup(func() { w.close() })
	return made
}

func (w *lifeWorld) open() {
	w.Helper()
	w.emulator = newHooked(w, w.options, testhook.Hooks{Clock: w.clock})
	w.handler = checked(w, w.emulator)
}

func (w *lifeWorld) close() {
	w.Helper()
	if err := w.emulator.Close(); err != nil {
		w.Errorf("close: %v", err)
	}
}

// Errorf adds to a failure what was played.
func (w *lifeWorld) Errorf(format string, args ...any) {
	w.Helper()
	if w.life != nil {
		format += "\nof %s with verify %v:\n%s\nand scenario\n%s"
		args = append(args, w.life.version, w.life.verify, strings.Join(w.life.trace, "\n"), w.files[w.life.scenario.Name])
	}
	w.TB.Errorf(format, args...)
}

// A life is what is known about a session.
type life struct {
	*lifeWorld
	random   *rand.Rand
	scenario scenario.Scenario
	version  string
	verify   bool
	impaired bool // a call may hang until the client gives up
	trace    []string

	session, token, image string
	allowed               int // number of attempts
	rank                  int // rank of the last state seen: not started, running, final
	gone                  bool
	deleting              bool           // a delete call may have been carried out
	shown                 map[int]string // attempts seen, by id
}

func (w *lifeWorld) newLife(s scenario.Scenario, random *rand.Rand) *life {
	versions := []string{"v1.1-preview.1", "v1.2-preview.1", "v1.2", "v1.3-preview.1"}
	return &life{
		lifeWorld: w, random: random, scenario: s, shown: map[int]string{},
		version: versions[random.IntN(len(versions))], verify: random.IntN(2) == 0,
		impaired: slices.ContainsFunc(s.Faults, func(f fault.Fault) bool { return f.Hang }),
	}
}

func (l *life) live() {
	l.Helper()
	const mostTries, mostCalls = 5, 16
	for range mostTries {
		if l.create(); l.session != "" {
			break
		}
	}
	if l.session == "" {
		return
	}
	for range mostCalls {
		l.step()
		l.checkStored()
		if l.gone && l.random.IntN(4) == 0 {
			break
		}
	}
	l.delete()
	l.read()
	if text := l.log.String(); text != "" {
		l.Errorf("the emulator reports defects: %s", text)
	}
}

func (l *life) step() {
	l.Helper()
	switch l.random.IntN(14) {
	case 0:
		l.device("start", "session/start")
	case 1, 2, 3:
		l.detect()
	case 4:
		l.device("end", "session/attempt/end")
	case 5, 6, 7:
		l.read()
	case 8:
		l.server("audit", http.MethodGet, l.path()+"/"+l.session+"/audit", "")
	case 9:
		l.server("list", http.MethodGet, l.path(), "")
	case 10:
		l.server("image", http.MethodGet, "/face/"+l.version+l.imagePath()+l.image, "")
	case 11:
		l.server("face", http.MethodPost, "/face/"+l.version+"/detect", fmt.Sprintf(`{"sessionImageId":%q}`, l.image))
	case 12:
		l.restart()
	case 13:
		if l.random.IntN(4) == 0 {
			l.delete()
		}
	}
	if l.random.IntN(3) == 0 {
		l.advance(time.Duration(l.random.Int64N(int64(10 * time.Second))))
	}
}

func (l *life) kind() string {
	return map[bool]string{false: "detectLiveness", true: "detectLivenessWithVerify"}[l.verify]
}

// path returns the path of the sessions.
func (l *life) path() string {
	if isSingleModal(l.version) {
		return "/face/" + l.version + "/" + l.kind() + "/singleModal/sessions"
	}
	return "/face/" + l.version + "/" + l.kind() + "-sessions"
}

func (l *life) imagePath() string {
	if isSingleModal(l.version) {
		return "/session/sessionImages/"
	}
	return "/sessionImages/"
}

// A lifeAnswer is the result of a call.
type lifeAnswer struct {
	status int
	body   []byte
	sound  bool // a response without faults
	lost   bool // no response
}

// call sends a request and waits for the result. It calls meanwhile once the response
// waits for the clock.
func (l *life) call(name string, r *http.Request, meanwhile func(leave func())) lifeAnswer {
	l.Helper()
	ctx, cancel := context.WithCancel(l.Context())
	defer cancel()
	if l.impaired {
		go func() {
			if (clock.System{}).Wait(ctx, clock.System{}.Now().Add(25*time.Millisecond)) == nil {
				cancel()
			}
		}()
	}
	recorder, ended := httptest.NewRecorder(), make(chan any, 1)
	go func() {
		defer func() { ended <- recover() }()
		l.handler.ServeHTTP(recorder, r.WithContext(ctx))
	}()
	var caught any
	if meanwhile == nil {
		caught = <-ended
	} else {
		waiting := make(chan struct{})
		go func() {
			if l.clock.AwaitWaiters(ctx, 1) == nil {
				close(waiting)
			}
		}()
		select {
		case caught = <-ended:
		case <-waiting:
			meanwhile(cancel)
			caught = <-ended
		}
	}
	answer := lifeAnswer{status: recorder.Code, body: recorder.Body.Bytes(), lost: caught != nil || ctx.Err() != nil}
	broken := recorder.Header().Get("X-Face-Liveness-Fault")
	answer.sound = !answer.lost && broken == ""
	l.trace = append(l.trace, fmt.Sprintf("%s: %d %.300s (lost: %v, fault: %q)", name, answer.status, answer.body, answer.lost, broken))
	if err, ok := caught.(error); caught != nil && (!ok || !errors.Is(err, http.ErrAbortHandler)) {
		l.Errorf("got panic %v", caught)
	}
	if answer.sound {
		l.sound++
	} else {
		l.broken++
	}
	if answer.sound && answer.status >= http.StatusInternalServerError {
		l.Errorf("got %d without a fault", answer.status)
	}
	return answer
}

func (l *life) request(method, path, contentType string, body []byte) *http.Request {
	r := httptest.NewRequestWithContext(l.Context(), method, path, bytes.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	r.Header.Set("Ocp-Apim-Subscription-Key", storyKey)
	return r
}

func (l *life) server(name, method, path, body string) lifeAnswer {
	l.Helper()
	return l.call(name, l.request(method, path, "application/json", []byte(body)), nil)
}

func (l *life) deviceRequest(path string) *http.Request {
	r := l.request(http.MethodPost, "/face/"+l.version+"/"+path, "", nil)
	r.Header.Del("Ocp-Apim-Subscription-Key")
	r.Header.Set("Authorization", "Bearer "+l.token)
	return r
}

func (l *life) device(name, path string) {
	l.Helper()
	l.checkDevice(l.call(name, l.deviceRequest(path), nil))
}

func (l *life) checkDevice(answer lifeAnswer) {
	l.Helper()
	deleted := l.gone && (l.scenario.End == nil || l.scenario.End.Kind != liveness.EndLose)
	if answer.sound && deleted && answer.status < http.StatusBadRequest {
		l.Errorf("got %d for the device of a session that is gone; want a refusal", answer.status)
	}
}

func (l *life) create() {
	l.Helper()
	attempts := l.random.IntN(4)
	fields := []field{
		{"livenessOperationMode", `"Passive"`, "Passive"},
		{"deviceCorrelationId", fmt.Sprintf("%q", l.scenario.Name), l.scenario.Name},
		{"enableSessionImage", "true", "true"},
	}
	l.allowed = 3
	if l.version == monitored {
		fields = append(fields, user(`"u"`, "u"), field{"numberOfClientAttemptsAllowed", fmt.Sprint(attempts), fmt.Sprint(attempts)})
		l.allowed = max(attempts, 1)
	}
	text, _ := jsonBody(fields)
	contentType, body := "application/json", []byte(text)
	if l.verify {
		parts, _ := formParts(fields)
		if isSingleModal(l.version) {
			parts = []formPart{{"Parameters", "", text}}
		}
		contentType, body = form(l, append(parts, formPart{"VerifyImage", "v.png", l.photo})...)
	}
	r := l.request(http.MethodPost, l.path(), contentType, body)
	r.Header.Set("X-Face-Liveness-Scenario", l.scenario.Name)
	answer := l.call("create", r, nil)
	if answer.sound && answer.status != http.StatusOK {
		l.Errorf("got %d for a new session; want 200", answer.status)
	}
	var created struct{ SessionID, AuthToken string }
	if answer.lost || answer.status != http.StatusOK || json.Unmarshal(answer.body, &created) != nil {
		return
	}
	l.session, l.token = created.SessionID, created.AuthToken
}

// detect plays an attempt. While it runs, time passes, the session is read or the client
// disconnects.
func (l *life) detect() {
	l.Helper()
	what := l.random.IntN(4)
	answer := l.call("detect", l.deviceRequest(l.kind()+"/singleModal"), func(leave func()) {
		switch what {
		case 0:
			leave()
			return
		case 1:
			l.read()
		}
		l.advance(time.Minute)
	})
	l.checkDevice(answer)
}

func (l *life) delete() {
	l.Helper()
	answer := l.server("delete", http.MethodDelete, l.path()+"/"+l.session, "")
	if answer.sound && answer.status < http.StatusBadRequest && l.gone {
		l.Errorf("deleted a session that was gone")
	}
	l.deleting = true
	l.gone = l.gone || answer.sound
}

func (l *life) advance(by time.Duration) {
	l.Helper()
	l.trace = append(l.trace, "the clock goes on by "+by.String())
	if err := l.clock.Advance(by); err != nil {
		l.Fatal(err)
	}
}
