package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/emulatortest"
)

// An app is a backend and its device. It plays sessions and notes what it sees. It
// repeats calls as the advice of the scenarios says, and notes each call.
type app struct {
	t       *testing.T
	server  *emulatortest.Server
	client  *http.Client
	version string // API version
	verify  bool

	patience time.Duration // timeout of reads; 0 is longer than any read takes
	seen     []string

	session, token string
	told           *string // digest of the last analysis; nil without a response
}

// Behaviour of the app.
const (
	mostTries     = 5
	mostReads     = 8
	betweenReads  = 2 * time.Second
	betweenTries  = 5 * time.Second // the user id, too, which strict emulators require
	catalogueUser = "a-user"
)

// newApp returns an app that uses a new connection for each call. On a used one, Go's
// client silently repeats some calls that fail.
func newApp(t *testing.T, server *emulatortest.Server, play cataloguePlay, verify bool) *app {
	t.Helper()
	a := &app{t: t, server: server, version: "v1.2", verify: verify}
	if play.version != "" {
		a.version = play.version
	}
	a.client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}
	a.patience = play.patience
	return a
}

// An appAnswer has the members that an app reads of a response.
type appAnswer struct {
	status    int // 0 without a response
	fault     string
	retryDate bool
	retry     time.Duration // Retry-After
	noJSON    bool

	SessionID, AuthToken string
	Status               string
	AttemptsAllowed      int
	Digest               string
	Error                struct{ Code string }
	Results              struct {
		Attempts         []appAttempt
		VerifyReferences []struct{ QualityForRecognition string }
	}
}

type appAttempt struct {
	Error  *struct{ Code string }
	Result *struct {
		LivenessDecision string
		Digest           string
		VerifyResult     *struct {
			MatchConfidence float64
			IsIdentical     bool
		}
	}
	AbuseMonitoringResult *struct{ IsAbuseDetected bool }
}

// An appCall is a call of an app.
type appCall struct {
	name, method, path string
	contentType        string
	body               []byte
	token              string // "" for the key
}

func (a *app) base() string { return a.server.PlainURL + "/face/" + a.version + "/" }

func (a *app) kind() string {
	if a.verify {
		return "detectLivenessWithVerify"
	}
	return "detectLiveness"
}

// do makes a call and notes the result.
func (a *app) do(c appCall) appAnswer {
	a.t.Helper()
	answer := a.exchange(a.t.Context(), c)
	a.note(c.name, answer)
	return answer
}

func (a *app) exchange(ctx context.Context, c appCall) appAnswer {
	r, err := http.NewRequestWithContext(ctx, c.method, a.base()+c.path, bytes.NewReader(c.body))
	if err != nil {
		a.t.Error(err)
		return appAnswer{}
	}
	if c.contentType != "" {
		r.Header.Set("Content-Type", c.contentType)
	}
	if c.token == "" {
		r.Header.Set("Ocp-Apim-Subscription-Key", a.server.Key)
	} else {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	got, err := a.client.Do(r)
	if err != nil {
		return appAnswer{}
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		return appAnswer{}
	}
	answer := appAnswer{status: got.StatusCode, fault: got.Header.Get("X-Face-Liveness-Fault")}
	if after := got.Header.Get("Retry-After"); after != "" {
		answer.retry, answer.retryDate = a.retryAfter(after, got.Header.Get("Date"))
	}
	if len(body) > 0 && json.Unmarshal(body, &answer) != nil {
		answer.noJSON = true
	}
	return answer
}

// retryAfter reads both forms of the header. A date is compared with the service's date
// of the response.
func (a *app) retryAfter(after, date string) (wait time.Duration, isDate bool) {
	if seconds, err := strconv.Atoi(after); err == nil {
		return time.Duration(seconds) * time.Second, false
	}
	until, err := http.ParseTime(after)
	now, err2 := http.ParseTime(date)
	if err != nil || err2 != nil || !until.After(now) {
		a.t.Errorf("Retry-After %q, at %q: want a date to come", after, date)
	}
	return until.Sub(now), true
}

// note notes headers and status of a response.
func (a *app) note(name string, answer appAnswer, more ...string) {
	words := []string{name}
	switch {
	case answer.status == 0:
		words = append(words, "lost")
	case answer.noJSON:
		words = append(words, strconv.Itoa(answer.status), "no JSON")
	case answer.Error.Code != "":
		words = append(words, strconv.Itoa(answer.status), answer.Error.Code)
	case len(more) == 0:
		words = append(words, strconv.Itoa(answer.status))
	}
	switch {
	case answer.retryDate:
		words = append(words, "retry at a date")
	case answer.retry > 0:
		words = append(words, "retry after "+answer.retry.String())
	}
	if strings.Contains(answer.fault, "delay") {
		words = append(words, "late")
	}
	a.seen = append(a.seen, strings.Join(append(words, more...), " "))
}

// again reports whether the app repeats a call after this response. It waits as long as
// the response says.
func (a *app) again(answer appAnswer) bool {
	a.t.Helper()
	if answer.status != http.StatusTooManyRequests && answer.status < http.StatusInternalServerError {
		return false
	}
	a.wait(max(answer.retry, time.Second))
	return true
}

func (a *app) wait(d time.Duration) {
	a.t.Helper()
	a.server.Advance(d)
}

// create creates a session, selected by the id and the file name, and reports whether it
// exists. It does not repeat a call that was refused or not answered.
func (a *app) create(id, fileName string) bool {
	a.t.Helper()
	call := appCall{name: "create", method: http.MethodPost, path: a.kind() + "-sessions", contentType: "application/json"}
	fields := []formPart{{"livenessOperationMode", "", "Passive"}, {"deviceCorrelationId", "", id}}
	if a.version == newestVersion {
		fields = append(fields, formPart{"userCorrelationId", "", catalogueUser})
	}
	members := map[string]string{}
	for _, field := range fields {
		members[field.name] = field.text
	}
	call.body, _ = json.Marshal(members) // strings can always be encoded
	if a.verify {
		call.contentType, call.body = form(a.t, append(fields, formPart{"verifyImage", fileName, verifyBitmap()})...)
	}
	for range mostTries {
		answer := a.do(call)
		if answer.status == http.StatusOK && !answer.noJSON {
			a.session, a.token = answer.SessionID, answer.AuthToken
			return true
		}
		if !a.again(answer) {
			return false
		}
	}
	return false
}

// device starts the session and plays attempts until one has a result. It reports whether
// the service still accepted its calls.
func (a *app) device() bool {
	a.t.Helper()
	started := a.tryDevice("start", "session/start")
	if started.status != http.StatusOK {
		return false
	}
	analysed := false
	for range started.AttemptsAllowed {
		answer := a.detect()
		if answer.status == 0 {
			return true // the session shows whether the attempt counts
		}
		if answer.status >= http.StatusBadRequest {
			return false
		}
		analysed = answer.status == http.StatusOK
		if analysed && answer.Error.Code == "" {
			a.told = &answer.Digest
			break
		}
		a.wait(betweenTries)
	}
	if analysed {
		a.tryDevice("end", "session/attempt/end")
	}
	return true
}

func (a *app) tryDevice(name, path string) appAnswer {
	a.t.Helper()
	var answer appAnswer
	for range mostTries {
		answer = a.do(appCall{name: name, method: http.MethodPost, path: path, token: a.token})
		if !a.again(answer) {
			break
		}
	}
	return answer
}

// detect plays an attempt. While it runs, the app reads the session.
func (a *app) detect() appAnswer {
	a.t.Helper()
	ctx, cancel := context.WithCancel(a.t.Context())
	defer cancel()
	answered, waiting := make(chan appAnswer, 1), make(chan struct{})
	go func() {
		answered <- a.exchange(ctx, appCall{method: http.MethodPost, path: a.kind() + "/singleModal", token: a.token})
	}()
	go func() {
		if a.server.AwaitWaiters(ctx, 1) == nil {
			close(waiting)
		}
	}()
	var answer appAnswer
	select {
	case answer = <-answered:
		a.note("detect", answer)
	case <-waiting:
		a.read()
		a.wait(time.Minute)
		answer = <-answered
		a.note("slow detect", answer)
	}
	return answer
}

func (a *app) delete() {
	a.t.Helper()
	for range mostTries {
		if !a.again(a.do(appCall{name: "delete", method: http.MethodDelete, path: a.kind() + "-sessions/" + a.session})) {
			return
		}
	}
}

// monitor switches abuse monitoring on.
func (a *app) monitor() {
	a.t.Helper()
	answer := a.exchange(a.t.Context(), appCall{
		method: http.MethodPatch, path: "settings", contentType: "application/json",
		body: []byte(`{"livenessAbuseMonitoring":{"enabled":true}}`),
	})
	if answer.status != http.StatusOK {
		a.t.Fatalf("switch monitoring on: got %d", answer.status)
	}
}
