//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// Sessions implements control.API.
func (c commandLine) Sessions(ctx context.Context, query control.SessionQuery) (control.Sessions, error) {
	words := []string{"sessions"}
	for _, flag := range [][2]string{
		{"--kind", query.Kind},
		{"--status", query.Status},
		{"--api-version", query.Version},
		{"--scenario", query.Scenario},
		{"--device-correlation-id", query.DeviceCorrelationID},
		{"--user-correlation-id", query.UserCorrelationID},
		{"--after", query.After},
	} {
		if flag[1] != "" {
			words = append(words, flag[0], flag[1])
		}
	}
	if query.Limit != 0 {
		words = append(words, "--limit", strconv.Itoa(query.Limit))
	}
	return run[control.Sessions](ctx, c, "", words...)
}

// Session implements control.API.
func (c commandLine) Session(ctx context.Context, id string) (control.Session, error) {
	return run[control.Session](ctx, c, "", "sessions", "show", "--", id)
}

// Timeline implements control.API.
func (c commandLine) Timeline(ctx context.Context, id string) (control.Timeline, error) {
	return run[control.Timeline](ctx, c, "", "sessions", "timeline", "--", id)
}

// Play implements control.API.
func (c commandLine) Play(ctx context.Context, play control.Play) (control.Session, error) {
	words := []string{"sessions", "play"}
	if play.Attempt != "" {
		words = append(words, "--attempt", play.Attempt)
	}
	if play.Wait {
		words = append(words, "--wait")
	}
	return run[control.Session](ctx, c, "", append(words, "--", play.Session, string(play.Action))...)
}

// ExpireSession implements control.API.
func (c commandLine) ExpireSession(ctx context.Context, id string) (control.Session, error) {
	return only(run[[]control.Session](ctx, c, "", "sessions", "expire", "--", id))
}

// DeleteSession implements control.API.
func (c commandLine) DeleteSession(ctx context.Context, id string) (control.Session, error) {
	return only(run[[]control.Session](ctx, c, "", "sessions", "delete", "--", id))
}

// only returns the one session of a list.
func only(sessions []control.Session, err error) (control.Session, error) {
	if err == nil && len(sessions) != 1 {
		err = fmt.Errorf("got %d sessions, want one", len(sessions))
	}
	if err != nil {
		return control.Session{}, err
	}
	return sessions[0], nil
}

// ExportSession implements control.API.
func (c commandLine) ExportSession(ctx context.Context, id string) (json.RawMessage, error) {
	return run[json.RawMessage](ctx, c, "", "sessions", "export", "--", id)
}

// ScenarioOf implements control.API.
func (c commandLine) ScenarioOf(ctx context.Context, id string) (control.ScenarioFile, error) {
	return run[control.ScenarioFile](ctx, c, "", "sessions", "scenario", "--", id)
}

// Reset implements control.API.
func (c commandLine) Reset(ctx context.Context, reset control.Reset) (control.Reset, error) {
	words := []string{"reset"}
	for _, part := range []struct {
		name  string
		asked bool
	}{
		{"sessions", reset.Sessions},
		{"requests", reset.Requests},
		{"faults", reset.Faults},
		{"clock", reset.Clock},
		{"scenarios", reset.Scenarios},
		{"settings", reset.Settings},
	} {
		if part.asked {
			words = append(words, part.name)
		}
	}
	if reset == control.ResetAll() {
		words = []string{"reset", "everything"}
	}
	return run[control.Reset](ctx, c, "", words...)
}

// Undo implements control.API.
func (c commandLine) Undo(ctx context.Context) (control.UndoResult, error) {
	return run[control.UndoResult](ctx, c, "", "reset", "--undo")
}

// Snapshot implements control.API.
func (c commandLine) Snapshot(ctx context.Context, w io.Writer) (info control.SnapshotInfo, err error) {
	folder, err := os.MkdirTemp(c.dir, "snapshot-")
	if err != nil {
		return info, err
	}
	defer func() { _ = os.RemoveAll(folder) }() // it is in that of the test
	file := filepath.Join(folder, "file")
	if info, err = run[control.SnapshotInfo](ctx, c, "", "snapshot", file); err != nil {
		return info, err
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return info, err
	}
	_, err = w.Write(content)
	return info, err
}

// Restore implements control.API.
func (c commandLine) Restore(ctx context.Context, r io.Reader) (control.SnapshotInfo, error) {
	content, err := io.ReadAll(r)
	if err != nil {
		return control.SnapshotInfo{}, err
	}
	return run[control.SnapshotInfo](ctx, c, string(content), "restore", "-")
}

// Report implements control.API.
func (c commandLine) Report(ctx context.Context) (control.Report, error) {
	return run[control.Report](ctx, c, "", "report")
}

// Events implements control.API. An interrupt ends it, as a person would.
func (c commandLine) Events(ctx context.Context, query control.EventQuery, each func(control.Event) error) error {
	words := slices.Concat([]string{"events", "--output", "json"}, c.flags)
	if query.Session != "" {
		words = append(words, "--session", query.Session)
	}
	if query.Kind != "" {
		words = append(words, "--kind", string(query.Kind))
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	command := exec.CommandContext(running, "face-liveness-emulator", words...)
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	var stderr bytes.Buffer
	command.Dir, command.Env, command.Stderr = c.dir, c.env, &stderr
	stdout, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	var ended error
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 1<<24)
	for ended == nil && lines.Scan() {
		var event control.Event
		if ended = json.Unmarshal(lines.Bytes(), &event); ended == nil {
			ended = each(event)
		}
	}
	if ended != nil {
		stop()
	}
	_, _ = io.Copy(io.Discard, stdout)
	err = command.Wait()
	exit, failed := errors.AsType[*exec.ExitError](err)
	switch {
	case failed && exit.ExitCode() == config.ExitUsage:
		return &control.Error{Kind: kindOf(stderr.String()), Text: stderr.String()}
	case failed && exit.ExitCode() == config.ExitRuntime:
		return &control.Error{Kind: control.ErrorUnavailable, Text: strings.TrimSpace(stderr.String())}
	case failed:
		return fmt.Errorf("%q: %w; stderr: %s", command.Args, err, &stderr)
	case ended != nil:
		return ended
	default:
		return context.Cause(ctx)
	}
}
