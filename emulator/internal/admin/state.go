package admin

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/snapshot"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// Reset implements control.API. Each kind is done as a whole, one after the other.
func (o *ownerAPI) Reset(ctx context.Context, reset control.Reset) (control.Reset, error) {
	if reset == (control.Reset{}) {
		return reset, &control.Error{
			Kind: control.ErrorInvalid,
			Text: "say what to reset: sessions, requests, faults, clock, scenarios or settings, each as true",
		}
	}
	resources, owner := o.Resources, o.owner()
	if reset.Sessions {
		err := resources.ResetSessions(ctx, owner)
		o.Service.Replaced(ctx, owner)
		if err != nil {
			return control.Reset{}, controlError(err)
		}
	}
	if reset.Faults || reset.Scenarios || reset.Settings {
		if reset.Scenarios {
			// The same seed gives the same choices again.
			if err := o.Library.ForgetSeeds(ctx, owner); err != nil {
				return control.Reset{}, controlError(err)
			}
		}
		err := resources.ResetSettings(ctx, owner, func(settings *resource.Settings) { resetSettings(settings, reset) })
		if err != nil {
			return control.Reset{}, controlError(err)
		}
	}
	if reset.Clock {
		if err := resources.ResetClock(ctx, owner); err != nil {
			return control.Reset{}, controlError(err)
		}
	}
	if reset.Requests {
		if err := o.Journal.Forget(ctx, owner); err != nil {
			return control.Reset{}, err
		}
	}
	return reset, nil
}

// Undo implements control.API.
func (o *ownerAPI) Undo(ctx context.Context) (control.UndoResult, error) {
	gone, err := o.Resources.Undo(ctx, o.owner())
	switch {
	case errors.Is(err, liveness.ErrNotFound):
		return control.UndoResult{}, &control.Error{Kind: control.ErrorConflict, Text: o.nothingToUndo()}
	case errors.Is(err, liveness.ErrExists):
		return control.UndoResult{}, &control.Error{
			Kind: control.ErrorConflict,
			Text: fmt.Sprintf("cannot undo: another resource now has %s, and ids are unique; delete that session first; nothing has changed",
				existing(err, "a session with one of these ids")),
		}
	}
	o.Service.Replaced(ctx, o.owner())
	if err != nil {
		return control.UndoResult{}, controlError(err)
	}
	return control.UndoResult{Gone: gone}, nil
}

func (o *ownerAPI) nothingToUndo() string {
	minutes := int(store.UndoTime.Minutes())
	if o.all {
		return fmt.Sprintf("nothing to undo: all resources were not reset or restored together in the last %d minutes, "+
			"or that was undone", minutes)
	}
	return fmt.Sprintf("nothing to undo: the sessions of this resource were not reset or restored in the last %d minutes, "+
		"or that was undone, or all resources were reset later (all=true undoes that)", minutes)
}

// resetSettings takes out of the settings of a resource what is to be reset.
func resetSettings(settings *resource.Settings, reset control.Reset) {
	if reset.Faults {
		settings.Faults, settings.FaultsText = nil, ""
	}
	if reset.Scenarios {
		settings.Scenario, settings.Queue, settings.Seed = "", nil, 0
	}
	if reset.Settings {
		settings.AbuseMonitoring = true
	}
}

// Snapshot implements control.API.
func (o *ownerAPI) Snapshot(ctx context.Context, w io.Writer) (control.SnapshotInfo, error) {
	header := snapshot.Header{Version: snapshot.Version, Release: o.Version, Taken: clock.System{}.Now().UTC(), All: o.all}
	writer, err := snapshot.NewWriter(w, header)
	if err != nil {
		return control.SnapshotInfo{}, err
	}
	damaged, err := o.Resources.Snapshot(ctx, o.owner(), writer.Write)
	if err != nil {
		return control.SnapshotInfo{}, controlError(err)
	}
	if damaged > 0 {
		o.Logger.Warn(fmt.Sprintf("a snapshot leaves %d damaged sessions out", damaged))
	}
	counts, err := writer.Close()
	return infoOf(header, counts), err
}

// Restore implements control.API.
func (o *ownerAPI) Restore(ctx context.Context, r io.Reader) (control.SnapshotInfo, error) {
	return o.restore(ctx, r, false)
}

// restore is Restore; with anyScope a snapshot of one resource can be put in place of
// all.
func (o *ownerAPI) restore(ctx context.Context, r io.Reader, anyScope bool) (control.SnapshotInfo, error) {
	reader, err := snapshot.NewReader(r)
	if err != nil {
		return control.SnapshotInfo{}, restoreError(err)
	}
	switch header := reader.Header; {
	case header.All && !o.all:
		return control.SnapshotInfo{}, &control.Error{Kind: control.ErrorConflict, Code: control.CodeScope, Text: "this is a snapshot of all resources; restore it for all resources (all=true)"}
	case !header.All && o.all && !anyScope:
		return control.SnapshotInfo{}, &control.Error{
			Kind: control.ErrorConflict, Text: "this is a snapshot of one resource, and would take the place of all; send the key of the resource that it is for",
		}
	}
	err = o.Resources.Restore(ctx, o.owner(), func() (*resource.SnapshotEntry, error) {
		kept, err := reader.Next()
		if err != nil || kept == nil {
			return nil, err
		}
		return kept, o.knowsScenarios(kept)
	})
	o.Service.Replaced(ctx, o.owner())
	if err != nil {
		return control.SnapshotInfo{}, restoreError(err)
	}
	return infoOf(reader.Header, reader.Counts()), nil
}

// knowsScenarios returns a *control.Error unless there are all scenarios that settings
// of a snapshot name for sessions to come. Those that there are have theirs with them.
func (a *Admin) knowsScenarios(kept *resource.SnapshotEntry) error {
	names, err := kept.ScenarioNames()
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := a.Library.Knows(name); err != nil {
			return &control.Error{Kind: control.ErrorInvalid, Text: fmt.Sprintf(
				"the snapshot has a scenario for sessions to come that is not there: %v; add its file first; nothing has changed", err)}
		}
	}
	return nil
}

func infoOf(header snapshot.Header, counts snapshot.Counts) control.SnapshotInfo {
	return control.SnapshotInfo{
		Version: header.Version, Release: header.Release, Taken: header.Taken, All: header.All,
		Sessions: counts.Sessions, Images: counts.Images,
	}
}

// existing returns a text that names the session of an ErrExists, or the other text.
func existing(err error, other string) string {
	if exists, ok := errors.AsType[*liveness.ExistsError](err); ok {
		return fmt.Sprintf("session %q", exists.Session)
	}
	return other
}

// restoreError turns what is wrong with a snapshot into a *control.Error.
func restoreError(err error) error {
	switch {
	case errors.Is(err, liveness.ErrExists):
		return &control.Error{
			Kind: control.ErrorConflict,
			Text: fmt.Sprintf("another resource has %s, or the snapshot has it twice; ids are unique, so delete that session first; nothing has changed",
				existing(err, "a session of the snapshot")),
		}
	case errors.Is(err, snapshot.ErrForeign), errors.Is(err, snapshot.ErrNewer), errors.Is(err, snapshot.ErrDamaged),
		errors.Is(err, liveness.ErrDamaged):
		return &control.Error{Kind: control.ErrorInvalid, Text: err.Error() + "; nothing has changed"}
	}
	return controlError(err)
}
