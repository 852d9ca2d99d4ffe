package feed

import (
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// TimelineOf returns the timeline entries up to now that follow from a session.
func TimelineOf(session liveness.Session, now time.Time) []control.TimelineEntry {
	timeline := []control.TimelineEntry{
		{What: control.TimelineCreated, At: session.Created},
		{What: control.TimelineTokenIssued, At: session.Created},
	}
	if !session.Started.IsZero() {
		timeline = append(timeline, control.TimelineEntry{What: control.TimelineStarted, At: session.Started})
	}
	for _, attempt := range session.Attempts {
		timeline = append(timeline, control.TimelineEntry{What: control.TimelineAttemptBegan, At: attempt.Began, Attempt: attempt.ID})
		if !attempt.RunningAt(now) {
			timeline = append(timeline, control.TimelineEntry{What: control.TimelineAttemptEnded, At: attempt.Ends, Attempt: attempt.ID, Detail: outcomeOf(attempt)})
		}
	}
	if expires := session.TokenExpires(); !now.Before(expires) {
		timeline = append(timeline, control.TimelineEntry{What: control.TimelineTokenExpired, At: expires})
	}
	if expires := session.Expires(); !now.Before(expires) {
		timeline = append(timeline, control.TimelineEntry{What: control.TimelineExpired, At: expires})
	}
	return timeline
}

// RemovedTimeline returns the timeline of a session that was removed, up to then. The
// change says what it was.
func RemovedTimeline(removal *liveness.Change) []control.TimelineEntry {
	timeline := TimelineOf(removal.Before.At(removal.At).Session, removal.At)
	return append(timeline, control.TimelineEntry{What: control.TimelineDeleted, At: removal.At})
}

// outcomeOf returns the outcome of an attempt in one word.
func outcomeOf(a liveness.Attempt) string {
	switch {
	case a.Decision != "":
		return string(a.Decision)
	case a.Error != nil:
		return a.Error.Code
	default:
		return "abandoned"
	}
}

// RequestEntries returns the timeline entries that follow from the requests of a session:
// reads; with deletion its deletion, too; and with gone, for a session of which nothing
// else is left, all entries that requests show.
func RequestEntries(entries []*journal.Entry, deletion, gone bool) []control.TimelineEntry {
	var timeline []control.TimelineEntry
	for _, e := range entries {
		if e.Status < 200 || e.Status >= 300 {
			continue
		}
		add := func(what control.TimelineKind) {
			timeline = append(timeline, control.TimelineEntry{What: what, At: e.Clock, Attempt: e.Attempt, Request: e.Number})
		}
		switch group := fault.GroupOf(e.Operation); {
		case group == "image":
			add(control.TimelineImageFetched)
		case group == "read":
			add(control.TimelinePolled)
		case group == "delete" && deletion:
			add(control.TimelineDeleted)
		case !gone:
		case group == "create":
			add(control.TimelineCreated)
		case group == "start":
			add(control.TimelineStarted)
		case group == "detect":
			add(control.TimelineAttemptEnded)
		}
	}
	return timeline
}
