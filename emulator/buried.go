package emulator

import (
	"slices"
	"sync"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// maxBuried is how many deleted sessions have their timeline kept.
const maxBuried = 1000

// buried are what sessions that were deleted have said of themselves.
type buried struct {
	mu      sync.Mutex
	of      map[liveness.SessionID]grave
	inOrder []liveness.SessionID // the oldest first
}

type grave struct {
	owner   liveness.ResourceID
	moments []control.TimelineEntry
}

func (b *buried) add(id liveness.SessionID, g grave) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.of == nil {
		b.of = map[liveness.SessionID]grave{}
	}
	if _, again := b.of[id]; again { // it was restored in between
		b.inOrder = slices.DeleteFunc(b.inOrder, func(other liveness.SessionID) bool { return other == id })
	}
	if len(b.inOrder) == maxBuried {
		delete(b.of, b.inOrder[0])
		b.inOrder = b.inOrder[1:]
	}
	b.of[id] = g
	b.inOrder = append(b.inOrder, id)
}

// forget removes the timelines of an owner.
func (b *buried) forget(owner liveness.Owner) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inOrder = slices.DeleteFunc(b.inOrder, func(id liveness.SessionID) bool {
		forgotten := owner.All || b.of[id].owner == owner.Resource
		if forgotten {
			delete(b.of, id)
		}
		return forgotten
	})
}

// bury keeps what a session says that is deleted now.
func (b *buried) bury(session liveness.Session, now time.Time) {
	moments := append(lifeOf(session.At(now).Session, now), control.TimelineEntry{What: control.TimelineDeleted, At: now})
	b.add(session.ID, grave{session.Resource, moments})
}

// find returns the timeline of a session of an owner, or nil.
func (b *buried) find(owner liveness.Owner, id liveness.SessionID) []control.TimelineEntry {
	b.mu.Lock()
	defer b.mu.Unlock()
	g := b.of[id]
	if !owner.All && g.owner != owner.Resource {
		return nil
	}
	return g.moments
}
