package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
)

// A subscription receives the events of a query.
type subscription struct {
	t      *testing.T
	events chan control.Event
	leave  context.CancelFunc
	ended  chan struct{} // closed when the subscription has ended
	err    error         // the error it ended with
}

// subscribe starts a subscription that lasts until the test ends.
func subscribe(t *testing.T, api control.API, query control.EventQuery) *subscription {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	h := &subscription{t: t, events: make(chan control.Event, 1000), leave: cancel, ended: make(chan struct{})}
	began := make(chan struct{})
	var once sync.Once
	go func() {
		defer close(h.ended)
		h.err = api.(interface {
			Listen(context.Context, control.EventQuery, func() error, func(control.Event) error) error
		}).Listen(ctx, query, func() error { once.Do(func() { close(began) }); return nil }, h.note)
	}()
	select {
	case <-began:
	case <-h.ended:
		t.Fatalf("got %v before it listens", h.err)
	}
	t.Cleanup(func() {
		cancel()
		<-h.ended
		if !errors.Is(h.err, context.Canceled) {
			t.Errorf("got %v at the end, want the cause of the context", h.err)
		}
	})
	return h
}

func (h *subscription) note(e control.Event) error {
	h.events <- e
	return nil
}

// patience is how long a test waits for an event.
const patience = 30 * time.Second

// next returns the next event.
func (h *subscription) next() control.Event {
	h.t.Helper()
	waiting, cancel := context.WithTimeout(h.t.Context(), patience)
	defer cancel()
	select {
	case e := <-h.events:
		return e
	case <-h.ended:
		h.t.Fatalf("got %v, want an event", h.err)
	case <-waiting.Done():
		h.t.Fatalf("no event came in %v", patience)
	}
	return control.Event{}
}

// want compares the next events with a line; each event is a few words.
func (h *subscription) want(line string) {
	h.t.Helper()
	var got []string
	for range strings.Split(line, ", ") {
		got = append(got, told(h.next()))
	}
	if strings.Join(got, ", ") != line {
		h.t.Fatalf("got  %s\nwant %s", strings.Join(got, ", "), line)
	}
}

// wantOf compares the next event, and its session, which the text describes.
func (h *subscription) wantOf(event, session, which string) {
	h.t.Helper()
	if e := h.next(); told(e) != event || e.Session != session {
		h.t.Errorf("got %s of %s, want %s of the session %s, %s", told(e), e.Session, event, session, which)
	}
}

func told(e control.Event) string {
	switch {
	case e.Entry == nil:
		return fmt.Sprint(e.Request.Method, " ", e.Request.Status)
	case e.Entry.Attempt > 0:
		return fmt.Sprint(e.Entry.What, " ", e.Entry.Attempt)
	}
	return string(e.Entry.What)
}

// moments selects timeline entries only.
func moments() control.EventQuery { return control.EventQuery{Kind: control.EventTimeline} }

// delete deletes the story's session.
func (s *story) delete() {
	s.t.Helper()
	if w := s.do(exchange{title: "Delete", method: http.MethodDelete, path: "{face}/detectLiveness-sessions/{s}", key: storyKey}); w.Code != http.StatusNoContent {
		s.t.Fatalf("delete: got %d, want 204", w.Code)
	}
}

// TestEvents checks that all events of a session's life arrive in order, however fast
// they occur.
func TestEvents(t *testing.T) {
	t.Parallel()
	s := newStory(t, "v1.2")
	all := subscribe(t, s.clockOf(t), control.EventQuery{})
	requests := subscribe(t, s.clockOf(t), control.EventQuery{Kind: control.EventRequest})
	only := subscribe(t, s.emulator.ControlAll(), moments())
	s.createIn("v1.2")
	s.device("Start", "s", "session/start")
	s.device("Detect", "s", "detectLiveness/singleModal")
	s.read("Read", "s")
	s.delete()
	s.read("Read what is gone", "s")
	requests.want("POST 200, POST 200, POST 200, GET 200, DELETE 204, GET 404")
	only.want("created, token issued, started, attempt began 1, attempt ended 1, polled, deleted")
	all.want("created, token issued, POST 200, started, POST 200, attempt began 1, attempt ended 1, POST 200, polled, GET 200, deleted, DELETE 204, GET 404")
}

// TestEventsDueByTime checks that changes which follow from the time are reported when
// they are due, with their time.
func TestEventsDueByTime(t *testing.T) {
	t.Parallel()
	s := newStory(t, "v1.2")
	api := s.clockOf(t)
	s.createIn("v1.2") // before the subscription
	created := s.clock.Now()
	h := subscribe(t, api, moments())
	changeClock(t, api, control.ClockChange{Rate: new(0.0)})
	s.advance(time.Hour) // a frozen clock does not notice
	changeClock(t, api, control.ClockChange{Advance: control.Duration(24 * time.Hour)})
	for _, want := range []struct {
		what control.TimelineKind
		at   time.Time
	}{
		{control.TimelineTokenExpired, created.Add(10 * time.Minute)},
		{control.TimelineExpired, created.Add(48 * time.Hour)},
	} {
		e := h.next()
		if e.Entry.What != want.what || !e.Entry.At.Equal(want.at) || e.Session != s.known["{s}"] || e.Resource == "" {
			t.Errorf("got %+v %+v, want %s at %v", e, e.Entry, want.what, want.at)
		}
		changeClock(t, api, control.ClockChange{Advance: control.Duration(24 * time.Hour)})
	}
	// No event is repeated, whatever the clock does.
	changeClock(t, api, control.ClockChange{Set: &created, Force: true})
	s.createIn("v1.2")
	h.want("created, token issued")
}

// TestEventsOfAutomaticSessions checks that the events of a session that plays by itself
// arrive as it plays.
func TestEventsOfAutomaticSessions(t *testing.T) {
	t.Parallel()
	s := newStory(t, "v1.2", withFiles(map[string]string{
		"itself": "advance: {after: 10s}\nattempts: [{error: {code: FaceWithMaskDetected, message: Mask.}, takes: 2s}, {outcome: realface, takes: 5s}]\n",
	}))
	h := subscribe(t, s.clockOf(t), moments())
	s.pinned("itself")
	h.want("created, token issued")
	for _, step := range []struct {
		advance time.Duration
		want    string
	}{
		{10 * time.Second, "started, attempt began 1"},
		{2 * time.Second, "attempt ended 1"},
		{time.Minute, "attempt began 2, attempt ended 2"},
		{48 * time.Hour, "token expired, expired"},
	} {
		s.advance(step.advance)
		h.want(step.want)
	}
}

// TestEventsOfASlowAttempt checks that an attempt's end is reported before its call is
// answered.
func TestEventsOfASlowAttempt(t *testing.T) {
	t.Parallel()
	s := newStory(t, "v1.2", withFiles(map[string]string{"lasts": "attempts: [{outcome: realface, takes: 5s}]\n"}))
	h := subscribe(t, s.clockOf(t), control.EventQuery{})
	s.pinned("lasts")
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		s.device("Detect", "s", "detectLiveness/singleModal")
	}()
	h.want("created, token issued, POST 200, started, attempt began 1")
	s.advance(5 * time.Second)
	<-answered
	h.want("attempt ended 1, POST 200")
	s.advance(time.Hour) // not before: entries that are due meanwhile do not wait for the response
	h.want("token expired")
}

// TestEventsOfEarlyEnds checks that an early end is reported with its time.
func TestEventsOfEarlyEnds(t *testing.T) {
	t.Parallel()
	s := newStory(t, "v1.2", withFiles(map[string]string{
		"expires": "end: {by: expire, when: {after: 5s}}\nattempts: [{outcome: realface}]\n",
		"goes":    "end: {by: delete, when: {after: 5s}}\nattempts: [{outcome: realface}]\n",
	}))
	api := s.clockOf(t)
	h := subscribe(t, api, moments())
	for name, want := range map[string]string{"expires": "token expired", "goes": "deleted"} {
		s.pinned(name)
		h.want("created, token issued")
		due := s.clock.Now().Add(5 * time.Second)
		s.advance(time.Minute)
		if e := h.next(); told(e) != want || !e.Entry.At.Equal(due) {
			t.Errorf("%s: got %s at %v, want %s at %v", name, told(e), e.Entry.At, want, due)
		}
		s.advance(time.Second)
	}
	id := s.pinned("as-recorded")
	h.want("created, token issued")
	s.advance(time.Second)
	if _, err := api.ExpireSession(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	h.want("token expired")
	if _, err := api.Reset(t.Context(), control.Reset{Sessions: true}); err != nil {
		t.Fatal(err)
	}
	s.createIn("v1.2")
	h.want("deleted, deleted, created, token issued")
}

// TestEventsOfOtherResources checks which subscriptions receive an event: those of its resource
// and of all resources, and among those of one session only its own. The clocks of other
// resources have no effect.
func TestEventsOfOtherResources(t *testing.T) {
	t.Parallel()
	s := newStory(t, "v1.2")
	theirs, err := s.emulator.Control("another-key")
	if err != nil {
		t.Fatal(err)
	}
	ours, all := subscribe(t, s.clockOf(t), moments()), subscribe(t, s.emulator.ControlAll(), moments())
	other := jsonCreate("Create", "o", `{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`, nil)
	other.key = "another-key"
	s.do(other)
	s.createIn("v1.2")
	of := subscribe(t, s.emulator.ControlAll(), control.EventQuery{Session: strings.ToUpper(s.known["{s}"])})
	changeClock(t, theirs, control.ClockChange{Advance: control.Duration(time.Hour)})
	all.want("created, token issued, created, token issued, token expired")
	s.read("Read", "s")
	ours.want("created, token issued, polled")
	of.want("polled, GET 200")
	changeClock(t, s.clockOf(t), control.ClockChange{Advance: control.Duration(time.Hour)})
	all.want("polled, token expired")
	of.want("token expired")
	if _, err := s.emulator.ControlAll().Reset(t.Context(), control.Reset{Sessions: true}); err != nil {
		t.Fatal(err)
	}
	all.want("deleted, deleted")
	of.want("deleted")
	ours.want("token expired, deleted")
}

// TestEventsOverHTTP checks that a client receives the same events as soon as its stream
// has begun.
func TestEventsOverHTTP(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	began := make(chan struct{})
	client := &control.Client{URL: s.PlainURL, Key: storyKey, HTTP: &http.Client{Transport: beginning{s.Client.Transport, began}}}
	ctx, cancel := context.WithCancel(t.Context())
	h := &subscription{t: t, events: make(chan control.Event, 100), leave: cancel, ended: make(chan struct{})}
	ended := make(chan error, 2)
	go func() { ended <- client.Events(ctx, moments(), h.note) }()
	<-began
	w := &story{t: t, version: "v1.2", emulator: &testEmulator{Emulator: s.Emulator}, handler: s.Emulator, known: map[string]string{}}
	w.do(jsonCreate("Create", "s", `{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`, nil))
	h.want("created, token issued")
	changeClock(t, client, control.ClockChange{Advance: control.Duration(24 * time.Hour)})
	h.want("token expired")
	w.delete()
	h.want("deleted")
	h.leave()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v at the end, want the cause of the context", err)
	}

	client.HTTP = s.Client
	go func() { ended <- client.Events(t.Context(), control.EventQuery{}, h.note) }()
	go s.Emulator.Stop()
	if refused, is := errors.AsType[*control.Error](<-ended); !is || refused.Kind != control.ErrorUnavailable {
		t.Errorf("got %v, want the error that the emulator stops", refused)
	}
	err := client.Events(t.Context(), control.EventQuery{Session: "1"}, h.note)
	if refused, is := errors.AsType[*control.Error](err); !is || refused.Kind != control.ErrorInvalid {
		t.Errorf("got %v for what is no session, want it refused", err)
	}
}

// A beginning is a transport that signals the first response.
type beginning struct {
	http.RoundTripper
	began chan struct{}
}

func (a beginning) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := a.RoundTripper.RoundTrip(r)
	select {
	case <-a.began:
	default:
		close(a.began)
	}
	return response, err
}

// TestEventsEnd checks that nothing keeps running after a stream has ended for any
// reason.
func TestEventsEnd(t *testing.T) {
	t.Parallel()
	errEnough := errors.New("enough")
	for name, c := range map[string]struct {
		end   func(e *emulator.Emulator, cancel context.CancelCauseFunc)
		stops bool // the error says so, and is errEnough otherwise
	}{
		"the caller":   {func(_ *emulator.Emulator, cancel context.CancelCauseFunc) { cancel(errEnough) }, false},
		"the emulator": {func(e *emulator.Emulator, _ context.CancelCauseFunc) { e.Stop() }, true},
		"each": {func(e *emulator.Emulator, _ context.CancelCauseFunc) {
			w := &story{t: t, version: "v1.2", emulator: &testEmulator{Emulator: e}, handler: e, known: map[string]string{}}
			w.do(jsonCreate("Create", "s", `{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`, nil))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e, err := emulator.New(emulator.Options{ReloadInterval: -1})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancelCause(t.Context())
				ended := make(chan error, 1)
				beats := 0
				go func() {
					listener := e.ControlAll().(interface {
						Listen(context.Context, control.EventQuery, func() error, func(control.Event) error) error
					})
					ended <- listener.Listen(ctx, control.EventQuery{},
						func() error { beats++; return nil }, func(control.Event) error { return errEnough })
				}()
				system := clock.System{} // of the bubble
				if err := system.Wait(t.Context(), system.Now().Add(31*time.Second)); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if beats != 3 {
					t.Errorf("got %d signs of life in 31 seconds, want one at once and every 15 seconds", beats)
				}
				c.end(e, cancel)
				err = <-ended
				if refused, is := errors.AsType[*control.Error](err); is != c.stops || is && refused.Kind != control.ErrorUnavailable || !is && !errors.Is(err, errEnough) {
					t.Errorf("got %v, want that it stops: %v", err, c.stops)
				}
				if err := e.Close(); err != nil {
					t.Error(err)
				}
			}) // fails if a goroutine is left
		})
	}
	api := newStory(t, "v1.2").clockOf(t)
	err := api.Events(t.Context(), control.EventQuery{Kind: "all"}, func(control.Event) error { return nil })
	if refused, is := errors.AsType[*control.Error](err); !is || refused.Kind != control.ErrorInvalid {
		t.Errorf("got %v for an unknown kind, want an error", err)
	}
}
