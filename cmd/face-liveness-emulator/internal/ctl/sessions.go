package ctl

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// The values that sessions have.
func sessionKinds() []string { return []string{"Liveness", "LivenessWithVerify"} }

func sessionStatuses() []string {
	return []string{"NotStarted", "Running", "Succeeded", "Failed", "Canceled"}
}

func (p *Client) sessionsCommand(s *config.Settings) *cobra.Command {
	var query control.SessionQuery
	parent := newCallCommand(p, s, callSpec[control.Sessions]{
		use: "sessions", short: "Show or change the sessions of a running emulator", args: config.NoArguments, all: true,
		long: `Show the sessions of a resource in a running emulator by id, or show or change
one of them with a subcommand.`,
		example: `  face-liveness-emulator sessions
  face-liveness-emulator sessions --status Running --kind LivenessWithVerify
  face-liveness-emulator sessions --limit 1000 --output json
  face-liveness-emulator sessions play SESSION attempt --outcome spoofface`,
		flags: func(flags *pflag.FlagSet) {
			flags.StringVar(&query.Kind, "kind", "", "kind: "+strings.Join(sessionKinds(), " or "))
			flags.StringVar(&query.Status, "status", "", "status: "+strings.Join(sessionStatuses(), ", "))
			flags.StringVar(&query.Version, "api-version", "", "API version")
			flags.StringVar(&query.Scenario, "scenario", "", "scenario")
			flags.StringVar(&query.DeviceCorrelationID, "device-correlation-id", "", "correlation id of the device")
			flags.StringVar(&query.UserCorrelationID, "user-correlation-id", "", "correlation id of the user")
			flags.IntVar(&query.Limit, "limit", 0, "maximum number of sessions, up to 1000 (default 100)")
			flags.StringVar(&query.After, "after", "", "id of the last session seen")
		},
		prepare: func([]string) (callFunc[control.Sessions], error) {
			return func(ctx context.Context, api control.API) (control.Sessions, error) {
				return api.Sessions(ctx, query)
			}, nil
		},
		text: sessionsText,
	})
	parent.AddCommand(p.sessionsShow(s), p.sessionsTimeline(s), p.sessionsPlay(s), p.sessionsExpire(s), p.sessionsDelete(s),
		p.sessionsExport(s), p.sessionsScenario(s))
	return parent
}

func sessionsText(found control.Sessions) string {
	rows := [][]string{{"ID", "KIND", "VERSION", "STATUS", "SCENARIO", "CREATED", "ATTEMPTS"}}
	for _, s := range found.Sessions {
		rows = append(rows, []string{
			s.ID, s.Kind, s.Version, s.Status, s.Scenario, s.Created.Format(time.RFC3339),
			strconv.Itoa(len(s.Attempts)) + " of " + strconv.Itoa(s.AttemptsAllowed),
		})
	}
	text := "no sessions\n"
	if len(rows) > 1 {
		text = table(rows)
	}
	if found.Next != "" {
		text += "More sessions: use --after " + printable(found.Next) + "\n"
	}
	return text
}

// sessionIDArg is what commands about one session take.
const sessionIDArg = "the id of a session"

// A sessionDetail is a session with what has happened in it.
type sessionDetail struct {
	control.Session

	Entries []control.TimelineEntry `json:"timeline"`
}

func (p *Client) sessionsShow(s *config.Settings) *cobra.Command {
	return newCallCommand(p, s, callSpec[sessionDetail]{
		use: "show ID", short: "Show a session and its timeline", args: oneArg(sessionIDArg), all: true,
		long: `Show the current state of a session, its attempts and its timeline.`,
		example: `  face-liveness-emulator sessions show SESSION
  face-liveness-emulator sessions show SESSION --output json`,
		prepare: sessionCall(func(ctx context.Context, api control.API, id string) (sessionDetail, error) {
			session, err := api.Session(ctx, id)
			if err != nil {
				return sessionDetail{}, err
			}
			timeline, err := api.Timeline(ctx, id)
			return sessionDetail{Session: session, Entries: timeline.Entries}, err
		}),
		text: func(detail sessionDetail) string {
			text := sessionText(detail.Session)
			if len(detail.Entries) > 0 {
				text += "\n" + timelineText(detail.Entries)
			}
			return text
		},
	})
}

func (p *Client) sessionsTimeline(s *config.Settings) *cobra.Command {
	return newCallCommand(p, s, callSpec[control.Timeline]{
		use: "timeline ID", short: "Show the timeline of a session", args: oneArg(sessionIDArg), all: true,
		long: `Show the timeline of a session, oldest entry first, in the time of its
resource's clock. The timeline of a deleted session stays while its requests
are in the log.`,
		example: `  face-liveness-emulator sessions timeline SESSION
  face-liveness-emulator sessions timeline SESSION --output json`,
		prepare: sessionCall(func(ctx context.Context, api control.API, id string) (control.Timeline, error) {
			return api.Timeline(ctx, id)
		}),
		text: func(timeline control.Timeline) string { return timelineText(timeline.Entries) },
	})
}

// sessionCall is prepare for a command about one session.
func sessionCall[T any](call func(context.Context, control.API, string) (T, error)) func([]string) (callFunc[T], error) {
	return func(args []string) (callFunc[T], error) {
		if err := checkSessionIDs(args[:1]); err != nil {
			return nil, err
		}
		return func(ctx context.Context, api control.API) (T, error) { return call(ctx, api, args[0]) }, nil
	}
}

// checkSessionIDs refuses what would be another call: a name that ends a path, or goes
// up in it.
func checkSessionIDs(ids []string) error {
	for _, id := range ids {
		if id == "" || id == "." || id == ".." {
			return fmt.Errorf("invalid session id %q; 'face-liveness-emulator sessions' lists the ids", id)
		}
	}
	return nil
}

func timelineText(moments []control.TimelineEntry) string {
	if len(moments) == 0 {
		return "no timeline entries\n"
	}
	rows := [][]string{{"TIME", "WHAT", "ATTEMPT", "REQUEST", "DETAIL"}}
	for _, m := range moments {
		rows = append(rows, []string{
			m.At.Format(time.RFC3339Nano), string(m.What), dashForZero(uint64(max(m.Attempt, 0))), dashForZero(m.Request), m.Detail,
		})
	}
	return table(rows)
}

// dashForZero is a number, or a dash in place of none.
func dashForZero(number uint64) string {
	if number == 0 {
		return "-"
	}
	return strconv.FormatUint(number, 10)
}
