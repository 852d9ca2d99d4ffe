package admin

import (
	"context"
	"errors"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/report"
)

// Report implements control.API.
func (o *ownerAPI) Report(ctx context.Context) (control.Report, error) {
	found, err := o.Journal.Find(ctx, o.query(control.RequestQuery{}))
	if err != nil {
		return control.Report{}, err
	}
	facts := report.Facts{Entries: found.Entries, Gone: found.Gone, Taken: clock.System{}.Now()}
	facts.Sessions, err = o.reportedSessions(ctx, found.Entries)
	return report.Of(facts), controlError(err)
}

// reportedSessions returns the existing sessions of the requests. It reads no other
// sessions, so the time of a report depends on the length of the request log only.
func (o *ownerAPI) reportedSessions(ctx context.Context, entries []*journal.Entry) ([]report.Session, error) {
	var sessions []report.Session
	looked := map[liveness.SessionID]bool{}
	for _, entry := range entries {
		id := sessionID(entry.Session)
		if id == "" || looked[id] {
			continue
		}
		looked[id] = true
		view, err := o.Service.Look(ctx, o.owner(), id)
		refusal, refused := errors.AsType[*liveness.Error](err)
		switch {
		case err == nil:
			sessions = append(sessions, reportedSession(view))
		case refused && refusal.Code == liveness.CodeSessionNotFound, errors.Is(err, liveness.ErrDamaged):
		default:
			return nil, err
		}
	}
	return sessions, nil
}

func reportedSession(view liveness.View) report.Session {
	session := report.Session{ID: string(view.Session.ID), State: string(view.State)}
	for _, attempt := range view.Attempts {
		if view.Session.ToldDigest(attempt) != attempt.Digest {
			session.Tampered = append(session.Tampered, attempt.ID)
		}
	}
	return session
}
