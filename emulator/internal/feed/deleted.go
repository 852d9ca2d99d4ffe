package feed

import (
	"slices"
	"sync"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// maxDeleted is how many deleted sessions keep their timeline.
const maxDeleted = 1000

// deletedTimelines keeps the timelines of the sessions that were deleted last.
type deletedTimelines struct {
	mu          sync.Mutex
	timelines   map[liveness.SessionID]deletedTimeline
	oldestFirst []liveness.SessionID
}

type deletedTimeline struct {
	owner    liveness.ResourceID
	timeline []control.TimelineEntry
}

func (d *deletedTimelines) add(id liveness.SessionID, t deletedTimeline) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timelines == nil {
		d.timelines = map[liveness.SessionID]deletedTimeline{}
	}
	if _, again := d.timelines[id]; again { // it was restored in between
		d.oldestFirst = slices.DeleteFunc(d.oldestFirst, func(other liveness.SessionID) bool { return other == id })
	}
	if len(d.oldestFirst) == maxDeleted {
		delete(d.timelines, d.oldestFirst[0])
		d.oldestFirst = d.oldestFirst[1:]
	}
	d.timelines[id] = t
	d.oldestFirst = append(d.oldestFirst, id)
}

// forget removes the timelines of an owner.
func (d *deletedTimelines) forget(owner liveness.Owner) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.oldestFirst = slices.DeleteFunc(d.oldestFirst, func(id liveness.SessionID) bool {
		forgotten := owner.All || d.timelines[id].owner == owner.Resource
		if forgotten {
			delete(d.timelines, id)
		}
		return forgotten
	})
}

// keep adds the timeline of a session that is deleted now.
func (d *deletedTimelines) keep(session liveness.Session, now time.Time) {
	timeline := append(TimelineOf(session.At(now).Session, now), control.TimelineEntry{What: control.TimelineDeleted, At: now})
	d.add(session.ID, deletedTimeline{session.Resource, timeline})
}

// ForgetDeleted removes the timelines of the deleted sessions of an owner.
func (f *Feed) ForgetDeleted(owner liveness.Owner) { f.deleted.forget(owner) }

// Deleted returns the timeline of a deleted session of an owner, or nil.
func (f *Feed) Deleted(owner liveness.Owner, id liveness.SessionID) []control.TimelineEntry {
	return f.deleted.find(owner, id)
}

// find returns the timeline of a session of an owner, or nil.
func (d *deletedTimelines) find(owner liveness.Owner, id liveness.SessionID) []control.TimelineEntry {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.timelines[id]
	if !owner.All && t.owner != owner.Resource {
		return nil
	}
	return t.timeline
}
