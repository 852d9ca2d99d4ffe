package admin

import (
	"context"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
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
	err = o.Service.LookAll(ctx, o.owner(), "", func(view liveness.View) bool {
		session := report.Session{ID: string(view.Session.ID), State: string(view.State)}
		for _, attempt := range view.Attempts {
			if view.Session.ToldDigest(attempt) != attempt.Digest {
				session.Tampered = append(session.Tampered, attempt.ID)
			}
		}
		facts.Sessions = append(facts.Sessions, session)
		return true
	})
	return report.Of(facts), controlError(err)
}
