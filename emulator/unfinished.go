package emulator

import (
	"context"
	"io"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

var errUnfinished = &control.Error{Kind: control.KindUnavailable, Text: "unfinished"}

func (p *plane) Sessions(context.Context, control.SessionQuery) (control.Sessions, error) {
	return control.Sessions{}, errUnfinished
}
func (p *plane) Session(context.Context, string) (control.Session, error) {
	return control.Session{}, errUnfinished
}
func (p *plane) Timeline(context.Context, string) (control.Timeline, error) {
	return control.Timeline{}, errUnfinished
}
func (p *plane) Play(context.Context, control.Play) (control.Session, error) {
	return control.Session{}, errUnfinished
}
func (p *plane) ExpireSession(context.Context, string) (control.Session, error) {
	return control.Session{}, errUnfinished
}
func (p *plane) DeleteSession(context.Context, string) (control.Session, error) {
	return control.Session{}, errUnfinished
}
func (p *plane) ExportSession(context.Context, string) (control.Export, error) {
	return nil, errUnfinished
}
func (p *plane) ScenarioOf(context.Context, string) (control.ScenarioFile, error) {
	return control.ScenarioFile{}, errUnfinished
}
func (p *plane) Reset(context.Context, control.Reset) (control.Reset, error) {
	return control.Reset{}, errUnfinished
}
func (p *plane) Snapshot(context.Context, io.Writer) (control.SnapshotInfo, error) {
	return control.SnapshotInfo{}, errUnfinished
}
func (p *plane) Restore(context.Context, io.Reader) (control.SnapshotInfo, error) {
	return control.SnapshotInfo{}, errUnfinished
}
func (p *plane) Events(context.Context, control.EventQuery, func(control.Event) error) error {
	return errUnfinished
}
func (p *plane) Report(context.Context) (control.Report, error) {
	return control.Report{}, errUnfinished
}
