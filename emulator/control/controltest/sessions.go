package controltest

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/controlwire"
)

func listSessions(t *testing.T, w Harness) {
	t.Helper()
	api := w.Resource("mine")
	if none := must(t, with(api.Sessions, control.SessionQuery{})); len(none.Sessions) != 0 || none.Next != "" {
		t.Errorf("got %+v, want no sessions", none)
	}
	var made []string // the newest first
	for range 4 {
		made = append([]string{w.create(t, "mine").SessionID}, made...)
		must(t, with(api.ChangeClock, control.ClockChange{Advance: control.Duration(time.Second)}))
	}
	w.create(t, "other")
	first := must(t, with(api.Sessions, control.SessionQuery{Limit: 2}))
	must(t, with(api.DeleteSession, made[1])) // the next page begins behind it all the same
	rest := must(t, with(api.Sessions, control.SessionQuery{Limit: 2, After: first.Next}))
	var got []string
	for _, s := range append(first.Sessions, rest.Sessions...) {
		got = append(got, s.ID)
		if s.Status != "NotStarted" || s.Kind != "Liveness" || s.Version != "v1.2" || s.Scenario != "happy-path" || s.AttemptsAllowed != 3 {
			t.Errorf("got %+v, want one that was created", s)
		}
	}
	if !slices.Equal(got, made) || rest.Next != "" {
		t.Errorf("got sessions %v and more behind %q, want %v and no more", got, rest.Next, made)
	}
	if all := must(t, with(w.All().Sessions, control.SessionQuery{})); len(all.Sessions) != 4 {
		t.Errorf("got %d sessions of all, want four", len(all.Sessions))
	}
	if done := must(t, with(api.Sessions, control.SessionQuery{Status: "Succeeded"})); len(done.Sessions) != 0 {
		t.Errorf("got %d sessions that are over, want none", len(done.Sessions))
	}
	for _, wrong := range []control.SessionQuery{{Limit: controlwire.MaxSessions + 1}, {After: made[0]}, {After: "_"}} {
		_, err := api.Sessions(t.Context(), wrong)
		wantKind(t, err, control.ErrorInvalid)
	}
	_, err := api.Session(t.Context(), "00000000-0000-4000-8000-000000000000")
	wantKind(t, err, control.ErrorUnknown)
}

func playDevice(t *testing.T, w Harness) {
	t.Helper()
	api := w.Resource("mine")
	id := w.create(t, "mine").SessionID
	play := func(do control.DeviceAction, attempt string) control.Session {
		t.Helper()
		return must(t, with(api.Play, control.Play{Session: id, Action: do, Attempt: attempt}))
	}
	if got := play(control.ActionStart, ""); got.Status != "Running" || got.Started.IsZero() {
		t.Errorf("got %s, started %v; want it running", got.Status, got.Started)
	}
	if got := play(control.ActionAbandon, ""); got.Status != "Running" || len(got.Attempts) != 1 || got.Attempts[0].Decision != "" {
		t.Errorf("got %+v, want an attempt that was given up", got)
	}
	got := play(control.ActionAttempt, `{"error": {"code": "FaceWithMaskDetected", "message": "Mask detected on face image."}}`)
	if len(got.Attempts) != 2 || got.Attempts[1].Error == nil || got.Attempts[1].Error.Code != "FaceWithMaskDetected" {
		t.Errorf("got %+v, want the error that was asked for", got.Attempts)
	}
	got = play(control.ActionAttempt, "outcome: spoofface\n")
	if got.Status != "Succeeded" || got.Attempts[2].Decision != "spoofface" {
		t.Errorf("got %s, %+v; want the spoof that was asked for", got.Status, got.Attempts)
	}
	seen, status := w.call(t, "GET", sessions+"/"+id, "", map[string]string{control.KeyHeader: "mine"})
	if status != 200 || len(seen.Results.Attempts) != 2 || seen.Results.Attempts[0].Result.LivenessDecision != "spoofface" {
		t.Errorf("got %d, %+v; want the API to show the same", status, seen)
	}
	for _, wrong := range []control.Play{
		{Session: id, Action: "dance"},
		{Session: id, Action: control.ActionStart, Attempt: "outcome: realface"},
		{Session: id, Action: control.ActionAttempt, Attempt: "outcome: dance"},
		{Session: id, Action: control.ActionAttempt, Attempt: "{outcome: realface, repeat: 2}"},
	} {
		_, err := api.Play(t.Context(), wrong)
		wantKind(t, err, control.ErrorInvalid)
	}
	_, err := api.Play(t.Context(), control.Play{Session: id, Action: control.ActionAttempt})
	wantKind(t, err, control.ErrorConflict)
	_, err = w.Resource("other").Play(t.Context(), control.Play{Session: id, Action: control.ActionStart})
	wantKind(t, err, control.ErrorUnknown)
}

func endSession(t *testing.T, w Harness) {
	t.Helper()
	api := w.Resource("mine")
	created := w.create(t, "mine")
	if got := must(t, with(api.ExpireSession, created.SessionID)); !got.TokenExpired {
		t.Errorf("got a token that is good, want it expired")
	}
	if got := w.start(t, created); got != 401 {
		t.Errorf("got %d for a device, want 401", got)
	}
	if got := must(t, with(api.DeleteSession, created.SessionID)); got.ID != created.SessionID {
		t.Errorf("got %s, want the session that was deleted", got.ID)
	}
	_, err := api.DeleteSession(t.Context(), created.SessionID)
	wantKind(t, err, control.ErrorUnknown)
	moments := must(t, with(api.Timeline, created.SessionID)).Entries
	if len(moments) == 0 || moments[len(moments)-1].What != control.TimelineDeleted {
		t.Errorf("got %+v, want it to end with the deletion", moments)
	}
	if _, status := w.call(t, "GET", sessions+"/"+created.SessionID, "", map[string]string{control.KeyHeader: "mine"}); status != 404 {
		t.Errorf("got %d for a deleted session, want 404", status)
	}
}

func timeline(t *testing.T, w Harness) {
	t.Helper()
	api := w.Resource("mine")
	w.decision(t, "mine")
	id := must(t, with(api.Sessions, control.SessionQuery{})).Sessions[0].ID
	must(t, with(api.ChangeClock, control.ClockChange{Advance: control.Duration(time.Hour)}))
	whats := func() string {
		t.Helper()
		var whats []string
		for _, moment := range must(t, with(api.Timeline, id)).Entries {
			whats = append(whats, string(moment.What))
		}
		return strings.Join(whats, ", ")
	}
	if got, want := whats(), "created, token issued, started, attempt began, attempt ended, polled, token expired"; got != want {
		t.Errorf("got %s; want %s", got, want)
	}
	if _, status := w.call(t, "DELETE", sessions+"/"+id, "", map[string]string{control.KeyHeader: "mine"}); status != 204 {
		t.Fatalf("delete: got %d, want 204", status)
	}
	if got, want := whats(), "created, token issued, started, attempt began, attempt ended, polled, token expired, deleted"; got != want {
		t.Errorf("got %s of a session that is gone; want %s", got, want)
	}
	before := whats()
	must(t, with(api.Reset, control.Reset{Sessions: true}))
	if got := whats(); got != before {
		t.Errorf("got %s after a reset of the sessions; want %s", got, before)
	}
	_, err := w.Resource("other").Timeline(t.Context(), id)
	wantKind(t, err, control.ErrorUnknown)
}

func scenarioOfSession(t *testing.T, w Harness) {
	t.Helper()
	api := w.Resource("mine")
	id := w.create(t, "mine").SessionID
	must(t, with(api.Play, control.Play{Session: id, Action: control.ActionAttempt, Attempt: "{outcome: uncertain, digest: missing}"}))
	file := must(t, with(api.ScenarioOf, id))
	for _, want := range []string{"name: session-" + id, "outcome: uncertain", "digest: missing", "outcome: realface"} {
		if !strings.Contains(file.Text, want) {
			t.Errorf("got %s, want %s in it", file.Text, want)
		}
	}
	export := must(t, with(api.ExportSession, id))
	if !bytes.Contains(export, []byte(`"decision":"uncertain"`)) || !bytes.Contains(export, []byte(id)) {
		t.Errorf("got %s, want all of the session", export)
	}
}

func resetParts(t *testing.T, w Harness) {
	t.Helper()
	mine, other := w.Resource("mine"), w.Resource("other")
	for _, key := range []string{"mine", "other"} {
		api := w.Resource(key)
		must(t, with(api.QueueScenario, control.QueueItem{Scenario: "spoof", Sessions: 5}))
		w.create(t, key)
		must(t, with(api.UseFaults, "[{on: read, error: unavailable}]"))
		must(t, with(api.ChangeClock, control.ClockChange{Advance: control.Duration(time.Hour), Rate: new(0.0)}))
	}
	count := func(api control.API) int {
		t.Helper()
		return len(must(t, with(api.Sessions, control.SessionQuery{})).Sessions)
	}
	_, err := mine.Reset(t.Context(), control.Reset{})
	wantKind(t, err, control.ErrorInvalid)
	must(t, with(mine.Reset, control.Reset{Sessions: true}))
	if count(mine) != 0 || count(other) != 1 || len(must(t, mine.Selection).Queue) != 1 || must(t, mine.Faults) == "" {
		t.Errorf("got %d sessions, %d of the other; want mine gone and nothing else", count(mine), count(other))
	}
	if done := must(t, with(mine.Reset, control.ResetAll())); done != control.ResetAll() {
		t.Errorf("got %+v, want everything", done)
	}
	if clock := must(t, mine.Clock); clock.Rate != 1 || len(must(t, mine.Selection).Queue) != 0 || must(t, mine.Faults) != "" ||
		len(must(t, with(mine.Requests, control.RequestSearch{})).Entries) != 0 {
		t.Errorf("got %+v and more, want nothing left", clock)
	}
	if clock := must(t, other.Clock); clock.Rate != 0 || count(other) != 1 || len(must(t, other.Selection).Queue) != 1 || must(t, other.Faults) == "" {
		t.Errorf("got %+v, %d sessions; want all of the other's", clock, count(other))
	}
	must(t, with(w.All().Reset, control.ResetAll()))
	if clock := must(t, other.Clock); clock.Rate != 1 || count(other) != 0 || must(t, other.Faults) != "" {
		t.Errorf("got %+v, %d sessions; want nothing of anybody's", clock, count(other))
	}
}

// setForAll checks that a setting for all resources applies to each, unless a resource
// has its own.
func setForAll(t *testing.T, w Harness) {
	t.Helper()
	all := w.All()
	must(t, with(all.ChangeSelection, control.SelectionChange{Default: new("uncertain")}))
	must(t, with(w.Resource("mine").ChangeSelection, control.SelectionChange{Default: new("spoof")}))
	if mine, other := w.decision(t, "mine"), w.decision(t, "other"); mine != "spoofface" || other != "uncertain" {
		t.Errorf("got %s and %s, want my own and everybody's", mine, other)
	}
	must(t, with(all.QueueScenario, control.QueueItem{Scenario: "happy-path", Sessions: 1}))
	if first, second := w.decision(t, "mine"), w.decision(t, "mine"); first != "realface" || second != "spoofface" {
		t.Errorf("got %s and %s, want one session with the queued scenario", first, second)
	}
	must(t, with(all.UseFaults, "[{on: read, error: unavailable}]"))
	for _, key := range []string{"mine", "other"} {
		id := w.create(t, key).SessionID
		if _, status := w.call(t, "GET", sessions+"/"+id, "", map[string]string{control.KeyHeader: key}); status != 503 {
			t.Errorf("%s: got %d, want everybody's fault", key, status)
		}
	}
	if own := must(t, w.Resource("mine").Faults); own != "" {
		t.Errorf("got %q of my own, want none", own)
	}
	must(t, with(all.Reset, control.Reset{Faults: true, Scenarios: true}))
	if got := w.decision(t, "mine"); got != "realface" {
		t.Errorf("got %s after the reset, want the emulator's", got)
	}
}

func reportOfApp(t *testing.T, w Harness) {
	t.Helper()
	api := w.Resource("mine")
	found := func() (rules []string) {
		t.Helper()
		for _, check := range must(t, api.Report).Checks {
			if len(check.Findings) > 0 {
				rules = append(rules, check.Rule)
			}
		}
		return rules
	}
	if rules := found(); len(rules) != 0 {
		t.Errorf("got %v of an app that has done nothing", rules)
	}
	if _, status := w.call(t, "GET", sessions+"/none?access_token=eyJhbGciOiJub25lIn0.e30.", "", map[string]string{control.KeyHeader: "mine"}); status != 404 {
		t.Fatalf("read: got %d, want 404", status)
	}
	if rules := found(); !slices.Contains(rules, "token-in-url") {
		t.Errorf("got %v, want the token that was in a URL", rules)
	}
	if other := must(t, w.Resource("other").Report); !other.Clean() {
		t.Errorf("got %+v of another app, want it clean", other)
	}
}

func eventsAsTheyCome(t *testing.T, w Harness) {
	t.Helper()
	api := w.Resource("mine")
	came := make(chan control.Event, 1)
	enough := errors.New("enough")
	ended := make(chan error, 1)
	go func() {
		ended <- api.Events(t.Context(), control.EventQuery{Kind: control.EventTimeline}, func(e control.Event) error {
			came <- e
			return enough
		})
	}()
	// The test cannot know when the stream has begun, so it creates sessions until one is
	// reported.
	var err error
	for over := false; !over; {
		w.create(t, "mine")
		select {
		case err = <-ended:
			over = true
		default:
		}
	}
	if !errors.Is(err, enough) {
		t.Fatalf("got %v at the end, want the caller's", err)
	}
	if e := <-came; e.Entry == nil || e.Entry.What != control.TimelineCreated && e.Entry.What != control.TimelineTokenIssued || e.Session == "" {
		t.Errorf("got %+v, want the beginning of a session", e)
	}
}

func snapshots(t *testing.T, w Harness) {
	t.Helper()
	api := w.Resource("mine")
	must(t, with(api.ChangeClock, control.ClockChange{Rate: new(0.0)}))
	w.decision(t, "mine")
	must(t, with(api.UseFaults, "[{on: delete, error: unavailable}]"))
	before := must(t, with(api.Sessions, control.SessionQuery{}))
	clock := must(t, api.Clock)
	var file bytes.Buffer
	if taken, err := api.Snapshot(t.Context(), &file); err != nil || taken.Sessions != 1 || taken.All {
		t.Fatalf("snapshot: got %+v, %v; want one session", taken, err)
	}
	must(t, with(api.Reset, control.ResetAll()))
	w.create(t, "mine")
	w.create(t, "other")
	whole := bytes.Clone(file.Bytes())
	cut, altered := whole[:len(whole)-9], bytes.Clone(whole)
	altered[len(altered)/2] ^= 1
	for _, wrong := range [][]byte{cut, altered, []byte("something else"), nil} {
		_, err := api.Restore(t.Context(), bytes.NewReader(wrong))
		wantKind(t, err, control.ErrorInvalid)
	}
	if now := must(t, with(api.Sessions, control.SessionQuery{})); len(now.Sessions) != 1 || now.Sessions[0].ID == before.Sessions[0].ID {
		t.Errorf("got %+v after what was refused, want nothing changed", now)
	}
	if _, err := api.Restore(t.Context(), bytes.NewReader(whole)); err != nil {
		t.Fatal(err)
	}
	after := must(t, with(api.Sessions, control.SessionQuery{}))
	if len(after.Sessions) != 1 || after.Sessions[0].ID != before.Sessions[0].ID || after.Sessions[0].Attempts[0].Digest != before.Sessions[0].Attempts[0].Digest {
		t.Errorf("got %+v, want %+v", after, before)
	}
	if got := must(t, api.Clock); got != clock || must(t, api.Faults) == "" {
		t.Errorf("got %+v, want the clock and the faults of the snapshot: %+v", got, clock)
	}
	if _, status := w.call(t, "DELETE", sessions+"/"+before.Sessions[0].ID, "", map[string]string{control.KeyHeader: "mine"}); status != 503 {
		t.Errorf("got %d, want the fault of the snapshot", status)
	}
	if left := must(t, with(w.Resource("other").Sessions, control.SessionQuery{})); len(left.Sessions) != 1 {
		t.Errorf("got %d sessions of the other, want its one", len(left.Sessions))
	}
	_, err := w.All().Restore(t.Context(), bytes.NewReader(whole))
	wantKind(t, err, control.ErrorConflict)
}
