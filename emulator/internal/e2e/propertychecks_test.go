package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
)

func fileOf(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

// read reads the session and checks that its state follows from the last one seen.
func (l *life) read() {
	l.Helper()
	answer := l.server("read", http.MethodGet, l.path()+"/"+l.session, "")
	switch {
	case !answer.sound:
		return
	case answer.status == http.StatusNotFound:
		if !l.deleting && !l.endsByItself() {
			l.Errorf("the session is gone, and nobody has deleted it")
		}
		l.gone = true
		return
	case answer.status != http.StatusOK:
		l.Errorf("got %d for a read; want 200 or 404", answer.status)
		return
	case l.gone:
		l.Errorf("the session is there again")
	}
	var seen struct {
		Status  string
		Results struct{ Attempts []json.RawMessage }
		Result  json.RawMessage // of the first previews
	}
	if err := json.Unmarshal(answer.body, &seen); err != nil {
		l.Errorf("%s: %v", answer.body, err)
		return
	}
	ranks := map[string]int{"NotStarted": 0, "Running": 1, "Started": 1, "Succeeded": 2, "Failed": 2, "Canceled": 2, "ResultAvailable": 2}
	rank, known := ranks[seen.Status]
	if !known || rank < l.rank {
		l.Errorf("the session went back to %s", seen.Status)
	}
	l.rank = rank
	attempts := seen.Results.Attempts
	if seen.Result != nil {
		attempts = []json.RawMessage{seen.Result}
	}
	l.checkAttempts(attempts)
}

// endsByItself reports whether the scenario can end the session.
func (l *life) endsByItself() bool {
	return l.scenario.End != nil && l.scenario.End.Kind != liveness.EndExpire
}

// checkAttempts checks the attempts of a response, newest first.
func (l *life) checkAttempts(attempts []json.RawMessage) {
	l.Helper()
	now, newest, before := map[int]bool{}, 0, l.allowed+1
	for _, text := range attempts {
		var attempt struct {
			AttemptID, ID  int // in the first previews
			SessionImageID string
			Result         struct{ SessionImageID string }
		}
		if err := json.Unmarshal(text, &attempt); err != nil {
			l.Errorf("%s: %v", text, err)
			return
		}
		id := max(attempt.AttemptID, attempt.ID)
		if id < 1 || id >= before {
			l.Errorf("got attempt %d before %d, of %d allowed; want 1 or more, newest first", before, id, l.allowed)
		}
		if earlier, known := l.shown[id]; known && earlier != string(text) {
			l.Errorf("attempt %d changed:\n%s\n%s", id, earlier, text)
		}
		l.played++
		l.shown[id], now[id], before, newest = string(text), true, id, max(newest, id)
		if image := attempt.SessionImageID + attempt.Result.SessionImageID; image != "" {
			l.image = image
		}
	}
	for id := range l.shown {
		if !now[id] && (!isSingleModal(l.version) || id > newest) {
			l.Errorf("attempt %d does not show any more", id)
		}
	}
	if !isSingleModal(l.version) {
		l.checkGaps(now, newest)
	}
}

// checkGaps checks that only abandoned attempts are missing.
func (l *life) checkGaps(shown map[int]bool, newest int) {
	l.Helper()
	session, err := l.emulator.Store.Session(l.Context(), liveness.SessionID(l.session))
	if err != nil {
		l.Errorf("a session that can be read: %v", err)
		return
	}
	for _, attempt := range session.At(l.clock.Now()).Session.Attempts {
		if attempt.ID <= newest && attempt.Analysed() != shown[attempt.ID] {
			l.Errorf("attempt %d shows: %v, analysed: %v", attempt.ID, shown[attempt.ID], attempt.Analysed())
		}
	}
}

// checkStored checks the stored session.
func (l *life) checkStored() {
	l.Helper()
	session, err := l.emulator.Store.Session(l.Context(), liveness.SessionID(l.session))
	if errors.Is(err, liveness.ErrNotFound) && (l.deleting || l.endsByItself()) {
		return
	}
	if err != nil {
		l.Errorf("the store: %v", err)
		return
	}
	encoded, err := record.Encode(record.Stored{Session: session})
	decoded, err2 := record.Decode(encoded)
	again, err3 := record.Encode(decoded)
	if err := errors.Join(err, err2, err3); err != nil || !bytes.Equal(again, encoded) {
		l.Errorf("encoded and decoded it differs, %v:\n%s", err, cmp.Diff(session, decoded.Session))
	}
	if len(session.Attempts) > l.allowed || session.Settings.AttemptsAllowed != l.allowed {
		l.Errorf("got %d attempts, of %d allowed; want at most %d", len(session.Attempts), session.Settings.AttemptsAllowed, l.allowed)
	}
	for i, attempt := range session.Attempts {
		last := i == len(session.Attempts)-1
		if attempt.ID != i+1 || attempt.Ends.Before(attempt.Began) || !last && session.Attempts[i+1].Began.Before(attempt.Ends) {
			l.Errorf("got attempt %d at place %d, from %v to %v", attempt.ID, i+1, attempt.Began, attempt.Ends)
		}
	}
}

// restart closes the emulator and opens a new one with the same state.
func (l *life) restart() {
	l.Helper()
	if !l.folder || l.random.IntN(6) > 0 {
		return
	}
	l.trace = append(l.trace, "restart")
	before, lost := l.emulator.Store.Session(l.Context(), liveness.SessionID(l.session))
	l.close()
	l.open()
	after, err := l.emulator.Store.Session(l.Context(), liveness.SessionID(l.session))
	if diff := cmp.Diff(before, after); diff != "" || errors.Is(err, liveness.ErrNotFound) != errors.Is(lost, liveness.ErrNotFound) {
		l.Errorf("the restart changed the session, %v and %v:\n%s", lost, err, diff)
	}
}

// TestReadDeletesRunningSession checks that a read which deletes a session during an attempt
// also ends the device's call. TestLives found that it did not.
func TestReadDeletesRunningSession(t *testing.T) {
	t.Parallel()
	server := newServer(t, withFiles(map[string]string{
		"polled-away": "end: {by: delete, when: {beforePoll: 1}}\nattempts: [{outcome: realface, takes: 1s}]\n",
	}), func(o *emulator.Options) { o.Scenario = "polled-away" })
	a := newApp(t, server, cataloguePlay{}, false)
	a.create("phone-1", "")
	a.detect()
	if got, want := a.story(), "create 200 | read 404 SessionNotFound | slow detect 401 401"; got != want {
		t.Errorf("got %s; want %s", got, want)
	}
}
