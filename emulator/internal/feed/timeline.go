package feed

import (
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// TimelineOf is what has happened in a session by now, as far as the session says.
func TimelineOf(session liveness.Session, now time.Time) []control.TimelineEntry {
	moments := []control.TimelineEntry{
		{What: control.TimelineCreated, At: session.Created},
		{What: control.TimelineTokenIssued, At: session.Created},
	}
	if !session.Started.IsZero() {
		moments = append(moments, control.TimelineEntry{What: control.TimelineStarted, At: session.Started})
	}
	for _, attempt := range session.Attempts {
		moments = append(moments, control.TimelineEntry{What: control.TimelineAttemptBegan, At: attempt.Began, Attempt: attempt.ID})
		if !attempt.RunningAt(now) {
			moments = append(moments, control.TimelineEntry{What: control.TimelineAttemptEnded, At: attempt.Ends, Attempt: attempt.ID, Detail: outcomeOf(attempt)})
		}
	}
	if expires := session.TokenExpires(); !now.Before(expires) {
		moments = append(moments, control.TimelineEntry{What: control.TimelineTokenExpired, At: expires})
	}
	if expires := session.Expires(); !now.Before(expires) {
		moments = append(moments, control.TimelineEntry{What: control.TimelineExpired, At: expires})
	}
	return moments
}

// outcomeOf is what an attempt came to, in one word.
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

// RequestEntries is what requests have done to a session: its deletion if that is not said
// elsewhere, and all that a session says of itself if nothing is left of it.
func RequestEntries(entries []*journal.Entry, deletion, gone bool) []control.TimelineEntry {
	var moments []control.TimelineEntry
	for _, e := range entries {
		if e.Status < 200 || e.Status >= 300 {
			continue
		}
		add := func(what control.TimelineKind) {
			moments = append(moments, control.TimelineEntry{What: what, At: e.Clock, Attempt: e.Attempt, Request: e.Number})
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
	return moments
}
