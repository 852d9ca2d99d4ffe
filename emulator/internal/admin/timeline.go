package admin

import (
	"context"
	"errors"
	"slices"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/feed"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// Timeline implements control.API.
func (p *plane) Timeline(ctx context.Context, id string) (control.Timeline, error) {
	wanted := sessionID(id)
	query := p.query(control.RequestQuery{Session: string(wanted)})
	entries := p.Journal.Find(query).Entries
	line := control.Timeline{ID: string(wanted)}
	session, err := p.Store.Session(ctx, wanted) // also one that has expired
	deleted := p.Feed.Deleted(p.owner(), wanted)
	switch {
	case err == nil && (p.all || session.Resource == p.resource):
		_, now, err := p.Resources.ClockOf(ctx, session.Resource)
		if err != nil {
			return line, err
		}
		line.Entries = append(feed.TimelineOf(session.At(now).Session, now), feed.RequestEntries(entries, true, false)...)
	case err != nil && !errors.Is(err, liveness.ErrNotFound) && !errors.Is(err, liveness.ErrDamaged):
		return line, planeError(err)
	case deleted != nil:
		line.Entries = slices.Concat(deleted, feed.RequestEntries(entries, false, false)) // the feed keeps deleted
	case len(entries) > 0:
		line.Entries = feed.RequestEntries(entries, true, true)
	default:
		return line, planeError(liveness.ErrNotFound)
	}
	slices.SortStableFunc(line.Entries, func(a, b control.TimelineEntry) int { return a.At.Compare(b.At) })
	return line, nil
}
