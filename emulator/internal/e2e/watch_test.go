package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// TestStoreMaintenance checks that both engines can be compacted and report no damage.
func TestStoreMaintenance(t *testing.T) {
	t.Parallel()
	for engine, state := range map[string]string{"memory": "", "folder": t.TempDir()} {
		store := openEmulator(t, emulator.Options{State: state}).Store
		err := store.Compact(t.Context())
		damages, failed := store.Damaged(t.Context())
		if errors.Join(err, failed) != nil || len(damages) > 0 {
			t.Errorf("%s: got %v and damages %v; want neither", engine, errors.Join(err, failed), damages)
		}
	}
}

// TestFailedChangeIsNotAnEvent checks that a change which the store refuses is not an
// event.
func TestFailedChangeIsNotAnEvent(t *testing.T) {
	t.Parallel()
	s := newStory(t, "v1.2")
	api := s.clockOf(t)
	h := subscribe(t, s.emulator.ControlAll(), moments())
	s.createIn("v1.2")
	s.device("Start", "s", "session/start")
	again := exchange{title: "Start again", method: http.MethodPost, path: "{face}/session/start", token: "{s.token}"}
	if w := s.do(again); w.Code != http.StatusTooManyRequests {
		t.Errorf("start again: got %d, want 429", w.Code)
	}
	unknown := exchange{title: "Delete", method: http.MethodDelete, path: "{face}/detectLiveness-sessions/" + storyID(99).String(), key: storyKey}
	if w := s.do(unknown); w.Code != http.StatusNotFound {
		t.Errorf("delete an unknown session: got %d, want 404", w.Code)
	}
	if _, err := api.ExpireSession(t.Context(), storyID(99).String()); err == nil {
		t.Error("an unknown session has expired")
	}
	if _, err := api.Restore(t.Context(), strings.NewReader("not a snapshot")); err == nil {
		t.Error("what is not a snapshot was restored")
	}
	s.delete()
	h.want("created, token issued, started, deleted")
}

// TestEventsOfARestore checks that a restore reports the replaced sessions as deleted and
// does not repeat earlier events of the restored ones.
func TestEventsOfARestore(t *testing.T) {
	t.Parallel()
	s := newStory(t, "v1.2")
	api := s.clockOf(t)
	s.createIn("v1.2")
	kept := s.known["{s}"]
	changeClock(t, api, control.ClockChange{Rate: new(0.0)})
	var file bytes.Buffer
	if _, err := api.Snapshot(t.Context(), &file); err != nil {
		t.Fatal(err)
	}
	s.createIn("v1.2")
	h := subscribe(t, api, moments())
	changeClock(t, api, control.ClockChange{Advance: control.Duration(24 * time.Hour)})
	h.want("token expired, token expired")
	if _, err := api.Restore(t.Context(), &file); err != nil {
		t.Fatal(err)
	}
	h.wantOf("deleted", s.known["{s}"], "that was not restored")
	if _, err := api.Play(t.Context(), control.Play{Session: kept, Action: control.ActionStart}); err != nil {
		t.Fatal(err)
	}
	h.wantOf("started", kept, "that was restored")
	// Its clock was taken back, so its token expires once more.
	changeClock(t, api, control.ClockChange{Advance: control.Duration(24 * time.Hour)})
	h.want("token expired")
}

// TestEventsOfAnUndo checks that an undo reports the sessions that are gone, and does not
// repeat earlier events of those that are back.
func TestEventsOfAnUndo(t *testing.T) {
	t.Parallel()
	s := newStory(t, "v1.2")
	api := s.clockOf(t)
	s.createIn("v1.2")
	kept := s.known["{s}"]
	changeClock(t, api, control.ClockChange{Rate: new(0.0)})
	h := subscribe(t, api, moments())
	if _, err := api.Reset(t.Context(), control.Reset{Sessions: true}); err != nil {
		t.Fatal(err)
	}
	h.want("deleted")
	s.createIn("v1.2")
	h.want("created, token issued")
	if undone, err := api.Undo(t.Context()); err != nil || undone.Gone != 1 {
		t.Fatalf("got %d gone, %v; want 1", undone.Gone, err)
	}
	h.wantOf("deleted", s.known["{s}"], "that was created since")
	if _, err := api.Play(t.Context(), control.Play{Session: kept, Action: control.ActionStart}); err != nil {
		t.Fatal(err)
	}
	h.wantOf("started", kept, "that is back")
}

// TestSlowSubscriberMissesEvents checks that a slow subscriber learns how many events it
// missed, and blocks nobody.
func TestSlowSubscriberMissesEvents(t *testing.T) {
	t.Parallel()
	s := newStory(t, "v1.2")
	api := s.clockOf(t)
	s.createIn("v1.2")
	ctx, cancel := context.WithCancel(t.Context())
	busy, goOn := make(chan struct{}), make(chan struct{})
	events := make(chan control.Event, 10_000)
	ended := make(chan error, 1)
	var once sync.Once
	go func() {
		ended <- api.Events(ctx, control.EventQuery{Kind: control.EventRequest}, func(e control.Event) error {
			events <- e
			once.Do(func() { close(busy); <-goOn })
			return nil
		})
	}()
	read := exchange{method: http.MethodGet, path: "{face}/detectLiveness-sessions/{s}", key: storyKey}
	for listens := false; !listens; {
		s.do(read)
		select {
		case <-busy:
			listens = true
		default:
		}
	}
	const many = 1500
	for range many {
		s.do(read)
	}
	close(goOn)
	counted, missed, last := uint64(0), uint64(0), uint64(0)
	for last == 0 || missed == 0 {
		s.do(read)
		e := <-events
		if last != 0 && e.Request.Number != last+1+e.Missed {
			t.Fatalf("got number %d behind %d with %d missed, want them to fit", e.Request.Number, last, e.Missed)
		}
		last, missed, counted = e.Request.Number, missed+e.Missed, counted+1
	}
	if missed < 400 || counted < 1000 {
		t.Errorf("got %d events and %d missed, want about 1024 of %d", counted, missed, many)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the cause of the context", err)
	}
}

// TestSlowSubscriberSeesNewSessions checks that sessions created while a subscriber did
// not read are tracked, and that their next events arrive.
func TestSlowSubscriberSeesNewSessions(t *testing.T) {
	t.Parallel()
	s := newStory(t, "v1.2")
	api := s.clockOf(t)
	const many = 1500
	goOn := make(chan struct{})
	var once sync.Once
	expired := map[string]bool{}
	slow := &slowly{API: api, wait: func() { once.Do(func() { <-goOn }) }}
	h := subscribe(t, slow, moments())
	for range many {
		s.createIn("v1.2")
	}
	close(goOn)
	begun := many
	for missed := uint64(0); missed == 0; {
		s.createIn("v1.2")
		begun++
		for len(h.events) > 0 && missed == 0 {
			missed = h.next().Missed
		}
	}
	// From here on nothing is left out.
	changeClock(t, api, control.ClockChange{Advance: control.Duration(30 * time.Minute)})
	for len(expired) < begun {
		e := h.next()
		if e.Entry.What == control.TimelineTokenExpired {
			if expired[e.Session] {
				t.Fatalf("the token of %s expires twice", e.Session)
			}
			expired[e.Session] = true
		}
	}
}

// slowly is an API whose events are read slowly.
type slowly struct {
	control.API
	wait func()
}

func (s *slowly) Listen(ctx context.Context, query control.EventQuery, alive func() error, each func(control.Event) error) error {
	return s.API.(interface {
		Listen(context.Context, control.EventQuery, func() error, func(control.Event) error) error
	}).Listen(ctx, query, alive, func(e control.Event) error {
		s.wait()
		return each(e)
	})
}

// TestEventIDs checks that an event's id is the position of its request or change in one
// order, also over HTTP, and that an event due by time has none.
func TestEventIDs(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	w := &story{t: t, version: "v1.2", emulator: &testEmulator{Emulator: s.Emulator}, handler: s.Emulator, known: map[string]string{}}
	began := make(chan struct{})
	client := &control.Client{URL: s.PlainURL, Key: storyKey, HTTP: &http.Client{Transport: beginning{s.Client.Transport, began}}}
	ctx, cancel := context.WithCancel(t.Context())
	h := &subscription{t: t, events: make(chan control.Event, 100), leave: cancel, ended: make(chan struct{})}
	ended := make(chan error, 1)
	go func() { ended <- client.Events(ctx, control.EventQuery{}, h.note) }()
	<-began
	w.do(jsonCreate("Create", "s", `{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`, nil))
	changeClock(t, client, control.ClockChange{Advance: control.Duration(24 * time.Hour)})
	w.delete()
	last := uint64(0)
	for _, want := range []struct {
		event string
		hasID bool
	}{
		{"created", false}, // the next event has the same origin
		{"token issued", true},
		{"POST 200", true},
		{"token expired", false},
		{"deleted", true},
		{"DELETE 204", true},
	} {
		event := h.next()
		if told(event) != want.event || (event.ID != 0) != want.hasID || event.ID != 0 && event.ID <= last {
			t.Errorf("got %s with id %d behind %d, want %s, with an id: %v", told(event), event.ID, last, want.event, want.hasID)
		}
		last = max(last, event.ID)
	}
	h.leave()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v at the end, want the cause of the context", err)
	}
}
