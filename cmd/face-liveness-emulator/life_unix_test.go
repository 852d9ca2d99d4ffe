//go:build unix

package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// A life is a session of TestKill, as its answers show it. Only one goroutine uses it at
// a time.
type life struct {
	kind     kind
	id       string
	token    string // "" if the creation was not answered
	fails    bool   // its scenario is the failing one
	hash     string // of the verify image, as results show it
	started  bool
	attempts []string // the digest of each one's result, oldest first; "" is a failure
	deleted  bool
	asked    request // what was asked last and not answered
}

// A request is a kind of request for a session.
type request int

const (
	none request = iota
	create
	begin
	detect
	remove
)

// over reports whether the session has no attempts left.
func (l *life) over() bool {
	return len(l.attempts) > 0 && l.attempts[len(l.attempts)-1] != ""
}

// status returns the status of a session with these answers.
func (l *life) status() string {
	switch {
	case l.over():
		return "Succeeded"
	case l.started:
		return "Running"
	}
	return "NotStarted"
}

// A photo is a verify image.
type photo struct{ content, hash string }

// newPhotos returns images of 6 KB to 360 KB.
func newPhotos(random *rand.Rand) []photo {
	var photos []photo
	for _, side := range []int{40, 60, 80, 120, 300} {
		content := noise(random, side)
		photos = append(photos, photo{content, fmt.Sprintf("%X", sha256.Sum256([]byte(content)))})
	}
	return photos
}

// work is the work of several goroutines until the process is killed.
type work struct {
	caller caller
	photos []photo
	left   atomic.Int64 // answers until the kill
	kill   func()

	mu    sync.Mutex
	lives []*life // the sessions made
}

// run creates sessions and plays new and old ones until the process no longer answers.
func (w *work) run(t *testing.T, random *rand.Rand, old []*life) {
	t.Helper()
	for {
		var l *life
		if len(old) > 0 && random.IntN(3) == 0 {
			l, old = old[0], old[1:]
		} else if l = w.create(t, random); l == nil {
			return
		}
		for range random.IntN(6) {
			if !w.step(t, l, random.IntN(8) == 0) {
				return
			}
		}
	}
}

// ask sends a request for a session, and reports whether it had the expected answer.
func (w *work) ask(t *testing.T, l *life, what request, c call) (answer, bool) {
	t.Helper()
	l.asked = what
	got, err := w.caller.do(t.Context(), c)
	if err != nil {
		return got, false
	}
	want := http.StatusOK
	if what == remove {
		want = http.StatusNoContent
	}
	if got.status != want {
		t.Errorf("%s %s: got %d %s, want %d", c.method, c.path, got.status, got.body, want)
		return got, false
	}
	l.asked = none
	if w.left.Add(-1) == 0 {
		w.kill()
	}
	return got, true
}

// create creates a session. It returns nil without the expected answer.
func (w *work) create(t *testing.T, random *rand.Rand) *life {
	t.Helper()
	l := &life{kind: plainKind, fails: random.IntN(2) == 0}
	picture := w.photos[random.IntN(len(w.photos))]
	if random.IntN(2) == 0 {
		l.kind, l.hash = verifyKind, picture.hash
	}
	scenario := ""
	if l.fails {
		scenario = failing
	}
	got, ok := w.ask(t, l, create, creation(l.kind, scenario, picture.content))
	if !ok {
		return nil
	}
	session, err := got.session()
	if err != nil {
		t.Error(err)
		return nil
	}
	l.id, l.token = session.SessionID, session.AuthToken
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lives = append(w.lives, l)
	return l
}

// step sends the next request for a session, if there is one.
func (w *work) step(t *testing.T, l *life, end bool) bool {
	t.Helper()
	switch {
	case l.deleted:
		return true
	case end:
		_, ok := w.ask(t, l, remove, deletion(l.kind, l.id))
		l.deleted = ok
		return ok
	case l.over() || l.token == "":
		return true
	case !l.started:
		_, ok := w.ask(t, l, begin, starting(l.token))
		l.started = ok
		return ok
	}
	got, ok := w.ask(t, l, detect, detection(l.kind, l.token))
	if ok {
		ok = l.took(t, got)
	}
	return ok
}

// took records the answer to a detect call.
func (l *life) took(t *testing.T, got answer) bool {
	t.Helper()
	var result struct{ Digest string }
	if err := json.Unmarshal([]byte(got.body), &result); err != nil {
		t.Errorf("%v in %q", err, got.body)
		return false
	}
	l.attempts = append(l.attempts, result.Digest)
	if fails := l.fails && len(l.attempts) < 3; fails != (result.Digest == "") {
		t.Errorf("attempt %d: got %s; want a failure: %v", len(l.attempts), got.body, fails)
		return false
	}
	return true
}

// unanswered returns the sessions that were created by the log, but without an answer.
func unanswered(log string, lives []*life) []*life {
	known := map[string]bool{}
	for _, l := range lives {
		known[l.id] = true
	}
	var found []*life
	for line := range strings.Lines(log) {
		var fields struct {
			Operation, Session string
			Status             int
		}
		// The last line may be incomplete.
		if json.Unmarshal([]byte(line), &fields) != nil || fields.Status != http.StatusOK || known[fields.Session] {
			continue
		}
		switch fields.Operation {
		case "createLivenessSession":
			found = append(found, &life{kind: plainKind, id: fields.Session, asked: create})
		case "createLivenessWithVerifySession":
			found = append(found, &life{kind: verifyKind, id: fields.Session, asked: create})
		}
	}
	return found
}

// checkLives compares sessions with their answers. A request without an answer must have
// been done completely or not at all.
func checkLives(t *testing.T, api caller, lives []*life) {
	t.Helper()
	images := 2 // to read; drawing one takes long
	for _, l := range lives {
		got, err := api.do(t.Context(), reading(l.kind, l.id))
		if err != nil {
			t.Fatal(err)
		}
		if got.status == http.StatusNotFound && (l.asked == remove || l.asked == create) {
			l.deleted = true
		}
		if l.deleted {
			l.checkGone(t, api, got)
			continue
		}
		session, err := got.session()
		if err != nil || got.status != http.StatusOK {
			t.Errorf("session %s: got %d %s, %v; want it", l.id, got.status, got.body, err)
			continue
		}
		if !l.settle(session) {
			t.Errorf("session %s: got %s; answered were attempts %q, started %v, deleted %v; not answered was %d",
				l.id, got.body, l.attempts, l.started, l.deleted, l.asked)
		}
		l.asked = none
		if attempts := session.Results.Attempts; l.over() && images > 0 {
			images--
			api.must(t, http.StatusOK, call{method: http.MethodGet, path: "/face/v1.2/sessionImages/" + attempts[0].Result.SessionImageID})
		}
	}
}

// checkGone checks that nothing is left of a deleted session.
func (l *life) checkGone(t *testing.T, api caller, got answer) {
	t.Helper()
	if got.status != http.StatusNotFound {
		t.Errorf("session %s: got %d %s, want that it is gone", l.id, got.status, got.body)
	}
	if l.token != "" {
		api.must(t, http.StatusUnauthorized, starting(l.token))
	}
}

// settle records a request that was done without an answer, and reports whether the
// session matches it.
func (l *life) settle(session sessionBody) bool {
	attempts := session.Results.Attempts // newest first
	if l.asked == begin && session.Status == "Running" {
		l.started = true
	}
	if l.asked == detect && len(attempts) == len(l.attempts)+1 {
		digest := ""
		if result := attempts[0].Result; result != nil {
			digest = result.Digest
		}
		l.attempts = append(l.attempts, digest)
	}
	if session.Status != l.status() || len(attempts) != len(l.attempts) {
		return false
	}
	if references := session.Results.VerifyReferences; (l.kind == verifyKind) != (len(references) == 1) {
		return false
	}
	for i, attempt := range attempts {
		digest := l.attempts[len(attempts)-1-i]
		if (digest == "") != (attempt.AttemptStatus == "Failed") || (digest == "") != (attempt.Result == nil) {
			return false
		}
		if digest != "" && (attempt.Result.Digest != digest || attempt.Result.VerifyImageHash != l.hash) {
			return false
		}
	}
	return true
}

// playAll plays all sessions to their end, because their tokens must still be valid.
func playAll(t *testing.T, api caller, lives []*life) {
	t.Helper()
	for _, l := range lives {
		if l.deleted || l.token == "" {
			continue
		}
		if !l.started {
			api.must(t, http.StatusOK, starting(l.token))
			l.started = true
		}
		for !l.over() {
			if !l.took(t, api.must(t, http.StatusOK, detection(l.kind, l.token))) {
				return
			}
		}
	}
}
