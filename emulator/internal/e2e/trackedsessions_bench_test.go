package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/testhook"
)

// A trackedResource is an emulator with a resource whose clock is frozen, and whose
// sessions are stored without calls.
type trackedResource struct {
	*testEmulator
	api      control.API
	resource liveness.ResourceID
	now      time.Time
}

func newTrackedResource(tb testing.TB) *trackedResource {
	tb.Helper()
	e := openHooked(tb, emulator.Options{}, testhook.Hooks{})
	api, err := e.Control(emulator.Key1)
	if err != nil {
		tb.Fatal(err)
	}
	f := &trackedResource{testEmulator: e, api: api}
	f.call(tb, http.MethodPost, "", benchBody)
	found, err := api.Sessions(tb.Context(), control.SessionQuery{})
	if err != nil || len(found.Sessions) != 1 {
		tb.Fatalf("got %d sessions, %v; want one", len(found.Sessions), err)
	}
	f.resource = liveness.ResourceID(found.Sessions[0].Resource)
	if err := e.Store.Delete(tb.Context(), liveness.SessionID(found.Sessions[0].ID)); err != nil {
		tb.Fatal(err)
	}
	f.move(tb, control.ClockChange{Rate: new(0.0)})
	return f
}

// call makes a call, which the request log records.
func (f *trackedResource) call(tb testing.TB, method, path, body string) {
	tb.Helper()
	r := httptest.NewRequestWithContext(tb.Context(), method, "/face/v1.2/detectLiveness-sessions"+path, strings.NewReader(body))
	r.Header.Set("Ocp-Apim-Subscription-Key", emulator.Key1)
	r.Header.Set("Content-Type", "application/json")
	f.ServeHTTP(httptest.NewRecorder(), r)
}

// move changes the clock.
func (f *trackedResource) move(tb testing.TB, change control.ClockChange) {
	tb.Helper()
	moved, err := f.api.ChangeClock(tb.Context(), change)
	if err != nil {
		tb.Fatal(err)
	}
	f.now = moved.Now
}

// create stores the session with a number.
func (f *trackedResource) create(tb testing.TB, n int, created time.Time, tokenTTL time.Duration) liveness.Session {
	tb.Helper()
	session := liveness.Session{
		ID: liveness.SessionID(storyID(uint32(n)).String()), Resource: f.resource, Kind: liveness.KindLiveness, Created: created,
		Settings: liveness.Settings{APIVersion: "v1.2", Mode: liveness.ModePassive, AttemptsAllowed: 3, TokenTTL: tokenTTL},
	}
	hook := f.Parts
	if err := hook.Store.Create(tb.Context(), session); err != nil {
		tb.Fatal(err)
	}
	hook.Publish(tb.Context(), liveness.Change{Resource: f.resource, Session: session.ID, At: f.now, After: &session, Created: true})
	return session
}

// start stores that a session was started.
func (f *trackedResource) start(tb testing.TB, id liveness.SessionID) {
	tb.Helper()
	hook := f.Parts
	session, err := hook.Store.Update(tb.Context(), id, func(s *liveness.Session) error { s.Started = f.now; return nil })
	if err != nil {
		tb.Fatal(err)
	}
	hook.Publish(tb.Context(), liveness.Change{Resource: f.resource, Session: id, At: f.now, After: &session, Started: true})
}

// delete removes a session from the store.
func (f *trackedResource) delete(tb testing.TB, session liveness.Session) {
	tb.Helper()
	hook := f.Parts
	if err := hook.Store.Delete(tb.Context(), session.ID); err != nil {
		tb.Fatal(err)
	}
	hook.Publish(tb.Context(), liveness.Change{Resource: f.resource, Session: session.ID, At: f.now, Before: &session})
}

// BenchmarkTrackedSessions measures the life of one session, whose four changes a
// subscriber receives, beside other sessions that the feed tracks. With 10,000 of them it
// takes about as long as with ten, also when the request log is full.
func BenchmarkTrackedSessions(b *testing.B) {
	for _, beside := range []struct{ sessions, calls int }{{10, 0}, {10_000, 0}, {10, 10_000}} {
		b.Run(fmt.Sprintf("sessions=%d/calls=%d", beside.sessions, beside.calls), func(b *testing.B) {
			f := newTrackedResource(b)
			for n := range beside.sessions {
				f.create(b, n+1, f.now, 24*time.Hour+time.Duration(n))
			}
			for range beside.calls {
				f.call(b, http.MethodGet, "/"+storyID(0).String(), "")
			}
			told, leave := listen(b, f.api)
			b.ReportAllocs()
			for b.Loop() {
				f.live(b, told)
			}
			leave()
		})
	}
}

// listen returns what is told from its return on, until leave is called.
func listen(b *testing.B, api control.API) (told <-chan control.TimelineKind, leave func()) {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	moments, began, ended := make(chan control.TimelineKind, 10), make(chan struct{}, 1), make(chan struct{})
	go func() {
		defer close(ended)
		alive := func() error {
			select {
			case began <- struct{}{}:
			default:
			}
			return nil
		}
		_ = api.(interface {
			Listen(context.Context, control.EventQuery, func() error, func(control.Event) error) error
		}).Listen(ctx, control.EventQuery{Kind: control.EventTimeline}, alive, func(e control.Event) error {
			moments <- e.Entry.What
			return nil
		})
	}()
	<-began
	return moments, func() {
		cancel()
		<-ended
	}
}

// live creates, starts, expires and deletes a session, and waits for the events.
func (f *trackedResource) live(b *testing.B, told <-chan control.TimelineKind) {
	b.Helper()
	await := func(want ...control.TimelineKind) {
		b.Helper()
		for _, want := range want {
			if got := <-told; got != want {
				b.Fatalf("got %s, want %s", got, want)
			}
		}
	}
	session := f.create(b, 0, f.now, time.Millisecond)
	await(control.TimelineCreated, control.TimelineTokenIssued)
	f.start(b, session.ID)
	await(control.TimelineStarted)
	f.move(b, control.ClockChange{Advance: control.Duration(time.Millisecond)})
	await(control.TimelineTokenExpired)
	f.delete(b, session)
	await(control.TimelineDeleted)
}

// TestTrackedSessionsExpireInOrder checks that the events of ten thousand sessions arrive
// once and in order when a day is advanced. All tokens expire in that day, and half of
// the sessions do.
func TestTrackedSessionsExpireInOrder(t *testing.T) {
	t.Parallel()
	const sessions = 10_000
	f := newTrackedResource(t)
	now := f.now
	type due struct {
		session string
		what    control.TimelineKind
		at      time.Time
	}
	want := make([]due, 0, 2*sessions)
	for n := range sessions {
		shuffled := time.Duration(n*7919%sessions+1) * time.Second // 7919 is a prime, so each number occurs once
		created, tokenTTL := now, shuffled
		if n%2 == 1 { // its token expires halfway, at a moment of its own
			created, tokenTTL = now.Add(shuffled-liveness.SessionLife), liveness.SessionLife-shuffled/2+time.Second/4
		}
		session := f.create(t, n+1, created, tokenTTL)
		want = append(want, due{string(session.ID), control.TimelineTokenExpired, session.TokenExpires()})
		if n%2 == 1 {
			want = append(want, due{string(session.ID), control.TimelineExpired, session.Expires()})
		}
	}
	slices.SortFunc(want, func(a, b due) int { return a.at.Compare(b.at) })

	h := subscribe(t, f.api, moments())
	f.move(t, control.ClockChange{Advance: control.Duration(24 * time.Hour)})
	for i, want := range want {
		event := h.next()
		if event.Session != want.session || event.Entry.What != want.what || !event.Entry.At.Equal(want.at) || event.Missed != 0 {
			t.Fatalf("event %d: got %s of %s at %v, %d missed; want %s of %s at %v", i,
				event.Entry.What, event.Session, event.Entry.At, event.Missed, want.what, want.session, want.at)
		}
	}
	f.create(t, 0, f.now, time.Hour)
	h.want("created, token issued") // and nothing of the others
}
