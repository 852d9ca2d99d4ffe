//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control/controltest"
)

// adminToken is the admin token of the processes that the tests control.
const adminToken = "open-sesame"

// startControlled starts a process and returns a caller of its API.
func startControlled(t *testing.T) (*process, controltest.Harness) {
	t.Helper()
	p := start(t, "--ephemeral", "--admin-token", adminToken)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return p, controltest.Harness{URL: p.http, Client: &http.Client{Transport: transport}}
}

// TestControlByClient runs the behaviour tests with the Go client and another process.
func TestControlByClient(t *testing.T) {
	t.Parallel()
	controltest.Run(t, func(t *testing.T) controltest.Harness {
		t.Helper()
		_, way := startControlled(t)
		way.Resource = func(key string) control.API {
			return &control.Client{URL: way.URL, Key: key, HTTP: way.Client, AdminToken: adminToken}
		}
		way.All = func() control.API {
			return &control.Client{URL: way.URL, All: true, HTTP: way.Client, AdminToken: adminToken}
		}
		return way
	})
}

// TestControlByCommandLine runs the behaviour tests with the command line.
func TestControlByCommandLine(t *testing.T) {
	t.Parallel()
	controltest.Run(t, func(t *testing.T) controltest.Harness {
		t.Helper()
		p, way := startControlled(t)
		env := slices.Concat(p.cmd.Env, []string{"FACE_LIVENESS_ADMIN_TOKEN=" + adminToken})
		way.Resource = func(key string) control.API {
			return commandLine{dir: p.cmd.Dir, env: slices.Concat(env, []string{"FACE_LIVENESS_KEY=" + key}), flags: []string{"--ephemeral"}}
		}
		way.All = func() control.API {
			return commandLine{dir: p.cmd.Dir, env: env, flags: []string{"--url", p.http, "--all"}}
		}
		return way
	})
}

// A commandLine is a control.API that runs commands.
type commandLine struct {
	dir   string
	env   []string
	flags []string // of all commands
}

var _ control.API = commandLine{}

// run runs a command and returns its output.
func run[T any](ctx context.Context, c commandLine, stdin string, words ...string) (answer T, err error) {
	flags := slices.Concat([]string{"--output", "json"}, c.flags)
	end := slices.Index(words, "--")
	if end < 0 {
		end = len(words)
	}
	command := exec.CommandContext(ctx, "face-liveness-emulator", slices.Insert(words, end, flags...)...)
	var stdout, stderr bytes.Buffer
	command.Dir, command.Env, command.Stdin, command.Stdout, command.Stderr = c.dir, c.env, strings.NewReader(stdin), &stdout, &stderr
	err = command.Run()
	exit, failed := errors.AsType[*exec.ExitError](err)
	if failed && exit.ExitCode() == config.ExitRuntime && stdout.Len() > 0 {
		return answer, json.Unmarshal(stdout.Bytes(), &answer) // an answer that is no success
	}
	if failed && exit.ExitCode() == config.ExitUsage {
		return answer, &control.Error{Kind: kindOf(stderr.String()), Text: stderr.String()}
	}
	if err != nil || stderr.Len() > 0 {
		return answer, fmt.Errorf("%q: %w; stderr: %s", command.Args, err, &stderr)
	}
	return answer, json.Unmarshal(stdout.Bytes(), &answer)
}

// kindOf returns the kind of an error by its text.
func kindOf(words string) control.ErrorKind {
	switch {
	case strings.Contains(words, "written by a newer program"): // may name any field, also one about tokens
		return control.ErrorInvalid
	case strings.Contains(words, "unknown scenario"), strings.Contains(words, "unknown session"), strings.Contains(words, "belongs to another resource"):
		return control.ErrorUnknown
	case strings.Contains(words, "the session is over"), strings.Contains(words, "nothing to undo"), strings.Contains(words, "ids are unique"), strings.Contains(words, "this is a snapshot of"):
		return control.ErrorConflict
	case strings.Contains(words, "token"):
		return control.ErrorRefused
	default:
		return control.ErrorInvalid
	}
}

// Clock implements control.API.
func (c commandLine) Clock(ctx context.Context) (control.Clock, error) {
	return run[control.Clock](ctx, c, "", "clock")
}

// ChangeClock implements control.API.
func (c commandLine) ChangeClock(ctx context.Context, change control.ClockChange) (control.Clock, error) {
	words := []string{"clock"}
	var behind string
	switch {
	case change.Set != nil:
		words, behind = append(words, "set"), change.Set.Format(time.RFC3339Nano)
	case change.Advance != 0:
		words, behind = append(words, "advance"), time.Duration(change.Advance).String()
	default:
		words, behind = append(words, "scale"), strconv.FormatFloat(*change.Rate, 'g', -1, 64)
	}
	if change.Force {
		words = append(words, "--force")
	}
	if words[1] != "scale" && change.Rate != nil && *change.Rate == 0 {
		words = append(words, "--freeze")
	}
	return run[control.Clock](ctx, c, "", append(words, "--", behind)...)
}

// Selection implements control.API.
func (c commandLine) Selection(ctx context.Context) (control.Selection, error) {
	return run[control.Selection](ctx, c, "", "scenario", "current")
}

// ChangeSelection implements control.API.
func (c commandLine) ChangeSelection(ctx context.Context, change control.SelectionChange) (choice control.Selection, err error) {
	if change.Default != nil {
		words := []string{"scenario", "use", *change.Default}
		if *change.Default == "" {
			words[2] = "--none"
		}
		if choice, err = run[control.Selection](ctx, c, "", words...); err != nil {
			return choice, err
		}
	}
	if change.Seed != nil {
		return run[control.Selection](ctx, c, "", "scenario", "seed", strconv.FormatUint(*change.Seed, 10))
	}
	return c.Selection(ctx)
}

// QueueScenario implements control.API.
func (c commandLine) QueueScenario(ctx context.Context, queued control.QueueItem) (control.Selection, error) {
	return run[control.Selection](ctx, c, "", "scenario", "queue", queued.Scenario, strconv.Itoa(queued.Sessions))
}

// ClearQueue implements control.API.
func (c commandLine) ClearQueue(ctx context.Context) (control.Selection, error) {
	return run[control.Selection](ctx, c, "", "scenario", "queue", "--clear")
}

// Faults implements control.API.
func (c commandLine) Faults(ctx context.Context) (string, error) {
	set, err := run[struct {
		Text string `json:"faults"`
	}](ctx, c, "", "faults")
	return set.Text, err
}

// UseFaults implements control.API.
func (c commandLine) UseFaults(ctx context.Context, faults string) (string, error) {
	words := []string{"faults", "use", "-"}
	if faults == "" {
		words = []string{"faults", "off"}
	}
	set, err := run[struct {
		Text string `json:"faults"`
	}](ctx, c, faults, words...)
	return set.Text, err
}

// Requests implements control.API.
func (c commandLine) Requests(ctx context.Context, wait control.RequestSearch) (control.Requests, error) {
	words := []string{"requests"}
	add := func(flag, value string) {
		if value != "" && value != "0" {
			words = append(words, flag, value)
		}
	}
	add("--operation", wait.Operation)
	add("--status", strconv.Itoa(wait.Status))
	add("--after", strconv.FormatUint(wait.After, 10))
	add("--limit", strconv.Itoa(wait.Limit))
	if wait.Timeout != 0 {
		add("--count", strconv.Itoa(max(wait.Count, 1)))
		add("--timeout", time.Duration(wait.Timeout).String())
	}
	return run[control.Requests](ctx, c, "", words...)
}

// Verify implements control.API.
func (c commandLine) Verify(ctx context.Context, expected control.Verification) (control.Verdict, error) {
	text, err := json.Marshal(expected)
	if err != nil {
		return control.Verdict{}, err
	}
	return run[control.Verdict](ctx, c, string(text), "requests", "verify", "-")
}

// ForgetRequests implements control.API.
func (c commandLine) ForgetRequests(ctx context.Context) (control.Requests, error) {
	return run[control.Requests](ctx, c, "", "requests", "forget")
}
