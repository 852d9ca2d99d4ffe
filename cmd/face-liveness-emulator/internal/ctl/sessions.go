package ctl

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// sessionKinds returns the kinds of sessions.
func sessionKinds() []string { return []string{"Liveness", "LivenessWithVerify"} }

// sessionStatuses returns the statuses of sessions.
func sessionStatuses() []string {
	return []string{"NotStarted", "Running", "Succeeded", "Failed", "Canceled"}
}

func (p *Client) sessionsCommand(s *config.Settings) *cobra.Command {
	var query control.SessionQuery
	parent := newCallCommand(p, s, callSpec[control.Sessions]{
		use: "sessions", short: "Show or change the sessions of a running emulator", args: config.NoArguments, all: true,
		long: `Show the sessions of a resource in a running emulator, the newest first, or
show or change one of them with a subcommand.`,
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
			flags.StringVar(&query.After, "after", "", "position of the next page, as the previous one prints it")
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

// sessionIDArg is the argument of commands for one session.
const sessionIDArg = "the id of a session"

// A sessionDetail is a session with its timeline.
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

// sessionCall returns the prepare function of a command for one session.
func sessionCall[T any](call func(context.Context, control.API, string) (T, error)) func([]string) (callFunc[T], error) {
	return func(args []string) (callFunc[T], error) {
		if err := checkSessionIDs(args[:1]); err != nil {
			return nil, err
		}
		return func(ctx context.Context, api control.API) (T, error) { return call(ctx, api, args[0]) }, nil
	}
}

// checkSessionIDs refuses ids that would change the path of the call.
func checkSessionIDs(ids []string) error {
	for _, id := range ids {
		if id == "" || id == "." || id == ".." {
			return fmt.Errorf("invalid session id %q; 'face-liveness-emulator sessions' lists the ids", id)
		}
	}
	return nil
}

func timelineText(entries []control.TimelineEntry) string {
	if len(entries) == 0 {
		return "no timeline entries\n"
	}
	rows := [][]string{{"TIME", "WHAT", "ATTEMPT", "REQUEST", "DETAIL"}}
	for _, e := range entries {
		rows = append(rows, []string{
			e.At.Format(time.RFC3339Nano), string(e.What), dashForZero(uint64(max(e.Attempt, 0))), dashForZero(e.Request), e.Detail,
		})
	}
	return table(rows)
}

// dashForZero returns a number, or a dash for 0.
func dashForZero(number uint64) string {
	if number == 0 {
		return "-"
	}
	return strconv.FormatUint(number, 10)
}

func (p *Client) sessionsExport(s *config.Settings) *cobra.Command {
	return newDocumentCommand(p, s, callSpec[json.RawMessage]{
		use: "export ID", short: "Export a session with its images", args: oneArg(sessionIDArg), all: true,
		long: `Export a session with its images as a JSON document. An emulator loads a folder
of them with --load.`,
		example: `  face-liveness-emulator sessions export SESSION --file session.json
  face-liveness-emulator sessions export SESSION > session.json`,
		prepare: sessionCall(func(ctx context.Context, api control.API, id string) (json.RawMessage, error) {
			return api.ExportSession(ctx, id)
		}),
	}, func(export json.RawMessage, _ format) (document, error) {
		return document{text: strings.TrimRight(string(export), "\n") + "\n", mode: modePrivate}, nil
	})
}

func (p *Client) sessionsScenario(s *config.Settings) *cobra.Command {
	return newDocumentCommand(p, s, callSpec[control.ScenarioFile]{
		use: "scenario ID", short: "Generate a scenario that repeats a session", args: oneArg(sessionIDArg), all: true,
		long: `Generate a scenario file whose sessions repeat this session, to reproduce it.`,
		example: `  face-liveness-emulator sessions scenario SESSION
  face-liveness-emulator sessions scenario SESSION --file qa/again.yaml`,
		prepare: sessionCall(func(ctx context.Context, api control.API, id string) (control.ScenarioFile, error) {
			return api.ScenarioOf(ctx, id)
		}),
	}, func(file control.ScenarioFile, _ format) (document, error) {
		return document{text: file.Text, json: file, mode: modeShared}, nil
	})
}

// sessionText returns a session and its attempts.
func sessionText(s control.Session) string {
	token := "expires " + s.TokenExpires.Format(time.RFC3339)
	if s.TokenExpired {
		token = "has expired"
	}
	rows := fields{
		{"Session", s.ID},
		{"Kind", s.Kind + ", " + s.OperationMode},
		{"Status", s.Status},
		{"Version", s.Version},
		{"Resource", s.Resource},
		{"Scenario", s.Scenario},
		{"Seed", seedText(s.Seed)},
		{"Model", s.ModelVersion},
		{"Created", s.Created.Format(time.RFC3339)},
		{"Started", timeText(s.Started)},
		{"Expires", s.Expires.Format(time.RFC3339)},
		{"Token", token},
		{"Device", correlationText(s.DeviceCorrelationID, s.DeviceCorrelationIDSetInClient)},
		{"User", correlationText(s.UserCorrelationID, s.UserCorrelationIDSetInClient)},
		{"Attempts", strconv.Itoa(len(s.Attempts)) + " of " + strconv.Itoa(s.AttemptsAllowed)},
		{"Switched on", enabledOptions(s)},
		{"Threshold", numberText(s.VerifyConfidenceThreshold)},
		{"Client address", s.ExpectedClientAddress},
		{"Verify image", verifyImageText(s.VerifyImage)},
	}
	text := table(rows.rows())
	for _, attempt := range s.Attempts {
		text += "\n" + attemptText(attempt)
	}
	return text
}

func attemptText(a control.Attempt) string {
	rows := fields{
		{"Attempt " + strconv.Itoa(a.ID), a.Status},
		{"  Began", a.Began.Format(time.RFC3339Nano)},
		{"  Ends", a.Ends.Format(time.RFC3339Nano)},
		{"  Decision", a.Decision},
		{"  Face", rectangleText(a.FaceRectangle)},
		{"  Digest", a.Digest},
		{"  Told digest", a.ToldDigest},
		{"  Image", a.SessionImage},
		{"  Request", strings.Trim(a.RequestID+", of the client "+a.ClientRequestID, ", ")},
		{"  Addresses", strings.Join(a.ClientAddresses, ", ")},
		{"  User agent", a.UserAgent},
	}
	if a.ClientRequestID == "" {
		rows[8][1] = a.RequestID
	}
	if a.Error != nil {
		rows = append(rows, [2]string{"  Error", a.Error.Code + ": " + a.Error.Message})
	}
	if a.Match != nil {
		identical := "not identical"
		if a.Match.Identical {
			identical = "identical"
		}
		rows = append(rows, [2]string{"  Match", numberText(float64(a.Match.Confidence)) + ", " + identical})
	}
	if a.Abuse != nil {
		found := "none found"
		if a.Abuse.Detected {
			found = "found, with " + plural(len(a.Abuse.Others), "other flagged attempt")
		}
		rows = append(rows, [2]string{"  Abuse", found})
	}
	return table(rows.rows())
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

func seedText(seed uint64) string {
	if seed == 0 {
		return ""
	}
	return strconv.FormatUint(seed, 10)
}

// correlationText returns a correlation id, and whether the client sets it.
func correlationText(id string, setInClient bool) string {
	switch {
	case !setInClient:
		return id
	case id == "":
		return "(to be set by the client)"
	default:
		return id + " (set by the client)"
	}
}

// enabledOptions returns the options of a session that are on.
func enabledOptions(s control.Session) string {
	var on []string
	for _, option := range []struct {
		name string
		on   bool
	}{
		{"sendResultsToClient", s.SendResultsToClient},
		{"enableSessionImage", s.EnableSessionImage},
		{"abuseMonitoring", s.AbuseMonitoring},
		{"returnVerifyImageHash", s.ReturnVerifyImageHash},
	} {
		if option.on {
			on = append(on, option.name)
		}
	}
	return strings.Join(on, ", ")
}

// numberText returns a number, or "" for 0.
func numberText(value float64) string {
	if value == 0 {
		return ""
	}
	return strconv.FormatFloat(value, 'g', -1, 32)
}

func verifyImageText(image *control.VerifyImage) string {
	if image == nil {
		return ""
	}
	text := "quality " + image.Quality + ", face " + rectangleText(&image.FaceRectangle)
	if image.SHA256 != "" {
		text += ", SHA-256 " + image.SHA256
	}
	return text
}

func rectangleText(r *control.Rectangle) string {
	if r == nil {
		return ""
	}
	return strconv.Itoa(r.Width) + " x " + strconv.Itoa(r.Height) + " at " + strconv.Itoa(r.Left) + ", " + strconv.Itoa(r.Top)
}
