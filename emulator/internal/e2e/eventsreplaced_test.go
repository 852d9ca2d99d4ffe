package e2e_test

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// snapshotOf returns a snapshot of a resource.
func snapshotOf(t *testing.T, api control.API) []byte {
	t.Helper()
	var taken bytes.Buffer
	if _, err := api.Snapshot(t.Context(), &taken); err != nil {
		t.Fatal(err)
	}
	return taken.Bytes()
}

func restoreTo(t *testing.T, api control.API, taken []byte) {
	t.Helper()
	if _, err := api.Restore(t.Context(), bytes.NewReader(taken)); err != nil {
		t.Fatal(err)
	}
}

// TestEventsOfASessionGoneAtOnce checks the events of a session that ends when it is
// created.
func TestEventsOfASessionGoneAtOnce(t *testing.T) {
	t.Parallel()
	s := newStory(t, "v1.2", withFiles(map[string]string{
		"never": "end: {by: delete, when: beforeStart}\nattempts: [{outcome: realface}]\n",
	}))
	h := subscribe(t, s.clockOf(t), moments())
	s.pinned("never")
	h.want("created, token issued, deleted")
}

// TestEventsOfASlowListener checks that a listener that is busy while sessions are replaced
// receives the same events as a fast one.
func TestEventsOfASlowListener(t *testing.T) {
	t.Parallel()
	hours := func(t *testing.T, api control.API) {
		t.Helper()
		changeClock(t, api, control.ClockChange{Advance: control.Duration(time.Hour)})
	}
	for name, c := range map[string]struct {
		do   func(t *testing.T, api control.API, create func())
		want string
	}{
		"reset and restore": {func(t *testing.T, api control.API, create func()) {
			t.Helper()
			create()
			taken := snapshotOf(t, api)
			if _, err := api.Reset(t.Context(), control.Reset{Sessions: true}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait() // the reset is noticed, the listener is busy
			restoreTo(t, api, taken)
			hours(t, api)
			create()
		}, "created, token issued, deleted, token expired, created, token issued"},
		// What would have been due until the time of the second snapshot counts as received.
		"a later clock": {func(t *testing.T, api control.API, create func()) {
			t.Helper()
			create()
			early := snapshotOf(t, api)
			hours(t, api)
			late := snapshotOf(t, api)
			restoreTo(t, api, early)
			synctest.Wait()
			restoreTo(t, api, late)
			create()
		}, "created, token issued, created, token issued"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { receiveSlowly(t, c.do, c.want) })
		})
	}
}

// receiveSlowly compares the events of a listener that is busy until all is done.
func receiveSlowly(t *testing.T, do func(t *testing.T, api control.API, create func()), want string) {
	t.Helper()
	e, err := emulator.New(emulator.Options{ReloadInterval: -1})
	if err != nil {
		t.Fatal(err)
	}
	api, err := e.Control(storyKey)
	if err != nil {
		t.Fatal(err)
	}
	changeClock(t, api, control.ClockChange{Rate: new(0.0)})
	ctx, cancel := context.WithCancel(t.Context())
	h := &subscription{t: t, events: make(chan control.Event, 100), leave: cancel, ended: make(chan struct{})}
	began, busy := make(chan struct{}), make(chan struct{})
	defer func() {
		cancel()
		<-h.ended
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	go func() {
		defer close(h.ended)
		var once sync.Once
		h.err = api.(interface {
			Listen(context.Context, control.EventQuery, func() error, func(control.Event) error) error
		}).Listen(ctx, moments(), func() error { once.Do(func() { close(began) }); return nil }, func(e control.Event) error {
			<-busy
			return h.note(e)
		})
	}()
	<-began
	w := &story{t: t, version: "v1.2", emulator: &testEmulator{Emulator: e}, handler: e, known: map[string]string{}}
	do(t, api, func() {
		w.do(jsonCreate("Create", "s", `{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`, nil))
		synctest.Wait()
	})
	close(busy)
	h.want(want)
	synctest.Wait()
	select {
	case e := <-h.events:
		t.Errorf("got %s, too", told(e))
	default:
	}
}
