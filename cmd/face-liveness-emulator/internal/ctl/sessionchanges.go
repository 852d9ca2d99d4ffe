package ctl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// deviceActions returns the actions of a device.
func deviceActions() []string {
	return []string{string(control.ActionStart), string(control.ActionAttempt), string(control.ActionAbandon)}
}

// outcomes returns the outcomes of an attempt.
func outcomes() []string { return []string{"realface", "spoofface", "uncertain"} }

func (p *Client) sessionsPlay(s *config.Settings) *cobra.Command {
	var flags playFlags
	command := newCallCommand(p, s, callSpec[control.Session]{
		use: "play ID " + strings.Join(deviceActions(), "|"), short: "Play a device action in a session", all: true,
		args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 {
				return nil
			}
			return fmt.Errorf("%q requires %s and a device action: %s", cmd.CommandPath(), sessionIDArg, strings.Join(deviceActions(), ", "))
		},
		long: `Play a device action in a session: start it, make an attempt, or abandon an
attempt. An attempt follows the scenario of the session, or --outcome or
--attempt.

The response comes at once. With --wait it comes at the end of the attempt on
the clock of the session, however long that takes.`,
		example: `  face-liveness-emulator sessions play SESSION attempt
  face-liveness-emulator sessions play SESSION attempt --outcome spoofface --wait
  face-liveness-emulator sessions play SESSION attempt --attempt '{outcome: realface, takes: 3s}'
  face-liveness-emulator sessions play SESSION abandon`,
		flags: flags.register, timeout: flags.callTimeout, prepare: flags.prepare, text: sessionText,
	})
	command.ValidArgsFunction = func(_ *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) == 1 {
			return withPrefix(typed, deviceActions()), cobra.ShellCompDirectiveNoFileComp
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return command
}

// playFlags are the flags of play.
type playFlags struct {
	outcome, attempt string
	wait             bool
}

func (f *playFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.outcome, "outcome", "", "outcome: "+strings.Join(outcomes(), ", "))
	flags.StringVar(&f.attempt, "attempt", "", "attempt as in a scenario file, in YAML or JSON")
	flags.BoolVar(&f.wait, "wait", false, "response after the end of the attempt")
}

func (f *playFlags) callTimeout() time.Duration {
	if f.wait {
		return noTimeout()
	}
	return defaultTimeout
}

func (f *playFlags) prepare(args []string) (callFunc[control.Session], error) {
	play := control.Play{Session: args[0], Action: control.DeviceAction(args[1]), Attempt: f.attempt, Wait: f.wait}
	switch {
	case !slices.Contains(deviceActions(), args[1]):
		return nil, fmt.Errorf("unknown device action %q; use %s%s", args[1], strings.Join(deviceActions(), ", "), config.DidYouMean("", config.Suggestions(args[1], deviceActions())))
	case f.outcome != "" && f.attempt != "":
		return nil, errors.New("--outcome and --attempt exclude each other; use one of them")
	case play.Action != control.ActionAttempt && (f.outcome != "" || f.attempt != ""):
		return nil, fmt.Errorf("--outcome and --attempt require the action %q, not %q", control.ActionAttempt, play.Action)
	case f.outcome != "" && !slices.Contains(outcomes(), f.outcome):
		return nil, fmt.Errorf("invalid --outcome %q; use %s", f.outcome, strings.Join(outcomes(), ", "))
	case f.outcome != "":
		play.Attempt = "outcome: " + f.outcome
	}
	if err := checkSessionIDs(args[:1]); err != nil {
		return nil, err
	}
	return func(ctx context.Context, api control.API) (control.Session, error) { return api.Play(ctx, play) }, nil
}

func (p *Client) sessionsExpire(s *config.Settings) *cobra.Command {
	return newCallCommand(p, s, callSpec[changedSessions]{
		use: "expire ID...", short: "Expire the tokens of sessions", args: requireSessions, all: true,
		long: `Expire the tokens of sessions at once. The sessions stay. JSON lists them.`,
		example: `  face-liveness-emulator sessions expire SESSION
  face-liveness-emulator sessions expire SESSION OTHER`,
		prepare: changeEach(control.API.ExpireSession),
		text: func(c changedSessions) string {
			return c.text(func(s control.Session) string { return s.ID + ": token expired; status " + s.Status })
		},
		fails: changedSessions.failure,
	})
}

func (p *Client) sessionsDelete(s *config.Settings) *cobra.Command {
	return newCallCommand(p, s, callSpec[changedSessions]{
		use: "delete ID...", short: "Delete sessions", args: requireSessions, all: true,
		long: `Delete sessions and their images. JSON lists their last state.`,
		example: `  face-liveness-emulator sessions delete SESSION
  face-liveness-emulator sessions delete SESSION OTHER`,
		prepare: changeEach(control.API.DeleteSession),
		text: func(c changedSessions) string {
			return c.text(func(s control.Session) string { return s.ID + ": deleted; status was " + s.Status })
		},
		fails: changedSessions.failure,
	})
}

// requireSessions requires at least one session.
func requireSessions(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("%q requires session ids; 'face-liveness-emulator sessions' lists them", cmd.CommandPath())
	}
	return nil
}

// changedSessions are the results of a change of several sessions.
type changedSessions struct {
	sessions []control.Session
	refused  error // of sessions that did not change; nil: none
}

// MarshalJSON implements json.Marshaler.
func (c changedSessions) MarshalJSON() ([]byte, error) { return json.Marshal(c.sessions) }

// text returns a line for each session.
func (c changedSessions) text(line func(control.Session) string) string {
	var text strings.Builder
	for _, session := range c.sessions {
		text.WriteString(printable(line(session)) + "\n")
	}
	return text.String()
}

// failure returns the error of sessions that did not change.
func (c changedSessions) failure() error {
	if c.refused == nil {
		return nil
	}
	return controlFailure(c.refused)
}

// changeEach returns the prepare function of a command that changes several sessions. It
// goes on after a refusal.
func changeEach(change func(control.API, context.Context, string) (control.Session, error)) func([]string) (callFunc[changedSessions], error) {
	return func(ids []string) (callFunc[changedSessions], error) {
		if err := checkSessionIDs(ids); err != nil {
			return nil, err
		}
		return func(ctx context.Context, api control.API) (changedSessions, error) {
			var changed changedSessions
			for _, id := range ids {
				session, err := change(api, ctx, id)
				refused, ok := errors.AsType[*control.Error](err)
				switch {
				case err == nil:
					changed.sessions = append(changed.sessions, session)
				case ok && len(ids) > 1:
					changed.refused = errors.Join(changed.refused, &control.Error{Kind: refused.Kind, Code: refused.Code, Text: id + ": " + refused.Text})
				default:
					changed.refused = errors.Join(changed.refused, err)
				}
				if err != nil && !ok {
					break
				}
			}
			if len(changed.sessions) == 0 {
				return changed, changed.refused
			}
			return changed, nil
		}, nil
	}
}
