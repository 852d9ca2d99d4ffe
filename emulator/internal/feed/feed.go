// Package feed tells subscribers what happens in an emulator as it happens: requests,
// and the timeline entries of sessions.
package feed

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// keepAlive is how often Listener.Alive is called, in real time.
const keepAlive = 15 * time.Second

// Clocks are the clocks of the resources.
type Clocks interface {
	// SweepTime returns the time of a resource, or the zero time if its clock cannot be
	// read.
	SweepTime(ctx context.Context, resource liveness.ResourceID) time.Time
	// Await waits until the clock of a resource shows a time.
	Await(ctx context.Context, resource liveness.ResourceID, due time.Time) error
}

// Config holds what a feed works with. Every field is required.
type Config struct {
	Log      journal.Log
	Store    store.Store
	Clocks   Clocks
	Stopping <-chan struct{} // closed when the emulator stops
}

// A Feed is safe for concurrent use. Make one with New.
type Feed struct{ Config }

// New returns a feed of what is added to a log, and of what follows from it as time
// passes.
func New(c Config) *Feed { return &Feed{c} }

// A Listener is called with what happens. An error of it ends Listen.
type Listener struct {
	// Alive is called as soon as nothing is missed any more, and then every 15 seconds
	// of the machine's time.
	Alive func() error
	// Each is called with each event.
	Each func(control.Event) error
}

// Listen calls to with the events of an owner that the query asks for, until ctx is done
// or the emulator stops. An invalid query is refused before the first call.
func (f *Feed) Listen(ctx context.Context, owner liveness.Owner, query control.EventQuery, to Listener) error {
	if query.Kind != "" && query.Kind != control.EventRequest && query.Kind != control.EventTimeline {
		return &control.Error{Kind: control.ErrorInvalid, Text: fmt.Sprintf("invalid kind %q; use request or moment", query.Kind)}
	}
	query.Session = strings.ToLower(query.Session)
	subscription, err := subscribe(ctx, f.Log, owner, query)
	if err != nil {
		return err
	}
	l := &listener{
		Feed: f, Listener: to, owner: owner, query: query,
		subscription: subscription,
		tracker:      newTracker(),
		timers:       map[liveness.ResourceID]timer{},
	}
	subscription.existing = l.existing
	ctx, cancel := context.WithCancel(ctx)
	defer l.background.Wait()
	defer cancel()
	l.background.Go(func() { subscription.follow(ctx) })
	if query.Kind != control.EventRequest {
		if err := l.resync(ctx); err != nil {
			return stopReason(err)
		}
	}
	return stopReason(l.listen(ctx))
}
