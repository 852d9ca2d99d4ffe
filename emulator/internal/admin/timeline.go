package admin

import (
	"context"
	"errors"
	"slices"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/feed"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// Timeline implements control.API.
func (o *ownerAPI) Timeline(ctx context.Context, id string) (control.Timeline, error) {
	wanted := sessionID(id)
	query := o.query(control.RequestQuery{Session: string(wanted)})
	query.Changes = true
	found, err := o.Journal.Find(ctx, query)
	line := control.Timeline{ID: string(wanted)}
	if err != nil {
		return line, err
	}
	session, err := o.Store.Session(ctx, wanted) // also one that has expired
	removal := lastRemoval(found.Changes)
	switch {
	case err == nil && (o.all || session.Resource == o.resource):
		_, now, err := o.Resources.ClockOf(ctx, session.Resource)
		if err != nil {
			return line, err
		}
		line.Entries = append(feed.TimelineOf(session.At(now).Session, now), feed.RequestEntries(found.Entries, true, false)...)
	case err != nil && !errors.Is(err, liveness.ErrNotFound) && !errors.Is(err, liveness.ErrDamaged):
		return line, controlError(err)
	case removal != nil:
		line.Entries = append(feed.RemovedTimeline(removal), feed.RequestEntries(found.Entries, false, false)...)
	case len(found.Entries) > 0:
		line.Entries = feed.RequestEntries(found.Entries, true, true)
	default:
		return line, controlError(liveness.ErrNotFound)
	}
	slices.SortStableFunc(line.Entries, func(a, b control.TimelineEntry) int { return a.At.Compare(b.At) })
	return line, nil
}

// lastRemoval returns the last removal of the session for which it is known what the
// session was, or nil. A removal stays the last one when a reset or a restore replaces the
// sessions of the resource later.
func lastRemoval(changes []*journal.Change) *liveness.Change {
	for _, c := range slices.Backward(changes) {
		if c.Removed() && c.Before != nil {
			return &c.Change
		}
	}
	return nil
}
