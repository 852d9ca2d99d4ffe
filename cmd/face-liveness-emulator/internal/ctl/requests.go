package ctl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

func (p *Client) requestsCommand(s *config.Settings) *cobra.Command {
	var flags requestFlags
	parent := newCallCommand(p, s, callSpec[control.Requests]{
		use: "requests", short: "Show the requests to a running emulator", args: config.NoArguments, all: true,
		long: `Show the requests to a resource of a running emulator, oldest first. The
emulator keeps the newest 10,000 requests of all resources. --count waits for
that many, --limit shows the oldest of them, and --after continues a list.`,
		example: `  face-liveness-emulator requests
  face-liveness-emulator requests --operation getLivenessSessionResult --status 503
  face-liveness-emulator requests --operation createLivenessSession --count 2 --timeout 10s
  face-liveness-emulator requests --limit 500 --after 1500 --output json`,
		flags: flags.register, timeout: flags.callTimeout,
		prepare: func([]string) (callFunc[control.Requests], error) {
			return func(ctx context.Context, api control.API) (control.Requests, error) {
				return api.Requests(ctx, flags.search())
			}, nil
		},
		text: requestsText,
	})
	parent.AddCommand(p.requestsVerify(s), p.requestsForget(s))
	return parent
}

// requestFlags are the flags of requests.
type requestFlags struct {
	query          control.RequestQuery
	faulty, hinted bool
	count, limit   int
	timeout        time.Duration
}

func (f *requestFlags) register(flags *pflag.FlagSet) {
	q := &f.query
	flags.StringVar(&q.Operation, "operation", "", "operation as in the log")
	flags.StringVar(&q.Version, "api-version", "", "API version")
	flags.StringVar(&q.Method, "method", "", "HTTP method")
	flags.StringVar(&q.Session, "session", "", "session id")
	flags.IntVar(&q.Status, "status", 0, "response status")
	flags.StringVar(&q.Scenario, "scenario-name", "", "scenario of the session")
	flags.Uint64Var(&q.After, "after", 0, "number of the last request seen")
	flags.IntVar(&f.limit, "limit", 0, "maximum number of requests, oldest first (default: all)")
	flags.BoolVar(&f.faulty, "faulty", false, "requests with a fault only")
	flags.BoolVar(&f.hinted, "hinted", false, "requests with a hint only")
	flags.IntVar(&f.count, "count", 0, "number of requests to wait for")
	flags.DurationVar(&f.timeout, "timeout", 30*time.Second, "maximum time to wait, up to 1m")
}

// callTimeout leaves the emulator the time for which it waits.
func (f *requestFlags) callTimeout() time.Duration { return defaultTimeout + max(f.timeout, 0) }

func (f *requestFlags) search() control.RequestSearch {
	search := control.RequestSearch{RequestQuery: f.query, Count: f.count, Limit: f.limit}
	if f.count > 0 {
		search.Timeout = control.Duration(f.timeout)
	}
	if f.faulty {
		search.Faulty = &f.faulty
	}
	if f.hinted {
		search.Hinted = &f.hinted
	}
	return search
}

func requestsText(found control.Requests) string {
	rows := [][]string{{"NUMBER", "TIME", "OPERATION", "VERSION", "STATUS", "SESSION", "NOTE"}}
	for _, r := range found.Entries {
		operation, status := r.Operation, strconv.Itoa(r.Status)
		if operation == "" {
			operation = r.Method + " " + r.Path
		}
		if r.Status == 0 {
			status = "-"
		}
		rows = append(rows, []string{
			strconv.FormatUint(r.Number, 10), r.Time.Local().Format("15:04:05.000"), printable(operation), r.Version, status, r.Session, requestNote(r),
		})
	}
	text := "no requests\n"
	if len(rows) > 1 {
		text = table(rows)
	}
	if found.Next > 0 {
		text += fmt.Sprintf("More requests: use --after %d\n", found.Next)
	}
	if found.Gone > 0 {
		text += fmt.Sprintf("%d older requests were dropped.\n", found.Gone)
	}
	return text
}

// requestNote returns the fault and the hint of a request.
func requestNote(r control.Request) string {
	if r.Fault != "" {
		return strings.TrimSuffix("fault: "+r.Fault+"; "+r.Hint, "; ")
	}
	return r.Hint
}

func (p *Client) requestsVerify(s *config.Settings) *cobra.Command {
	command := newCallCommand(p, s, callSpec[control.Verdict]{
		use: "verify FILE|-", short: "Verify the requests against expectations", args: oneArg("the file with the expectations, or - for standard input"), all: true,
		long: `Verify the requests against a JSON file with expect, a list of queries with
exactly, atLeast or atMost, or order, a list of queries that must match in this
order, or both. The exit code is 1 if they do not match, and the message shows
the requests that come closest.`,
		example: `  echo '{"expect":[{"operation":"deleteLivenessSession","exactly":1}]}' | face-liveness-emulator requests verify -
  face-liveness-emulator requests verify expected.json --output json`,
		prepare: func(args []string) (callFunc[control.Verdict], error) {
			text, name, err := p.readFile(args[0])
			if err != nil {
				return nil, err
			}
			var expected control.Verification
			decoder := json.NewDecoder(strings.NewReader(text))
			decoder.DisallowUnknownFields()
			if err := decoder.Decode(&expected); err != nil {
				return nil, fmt.Errorf("%s: %s", name, strings.TrimPrefix(err.Error(), "json: "))
			}
			return func(ctx context.Context, api control.API) (control.Verdict, error) {
				return api.Verify(ctx, expected)
			}, nil
		},
		text: func(verdict control.Verdict) string {
			if verdict.Met {
				return "as expected\n"
			}
			return ""
		},
		fails: func(verdict control.Verdict) error {
			if verdict.Met {
				return nil
			}
			return &config.ExitError{Code: config.ExitRuntime, Err: errors.New(verdict.Message)}
		},
	})
	command.ValidArgsFunction = completeOneFile
	return command
}

func (p *Client) requestsForget(s *config.Settings) *cobra.Command {
	return newCallCommand(p, s, callSpec[control.Requests]{
		use: "forget", short: "Delete the requests", args: config.NoArguments, all: true,
		long: `Delete all requests of a resource from the request log.`,
		example: `  face-liveness-emulator requests forget
  face-liveness-emulator requests forget --key my-test`,
		prepare: withoutArgs(control.API.ForgetRequests), text: requestsText,
	})
}

// eventKinds returns the kinds of events.
func eventKinds() []string {
	return []string{string(control.EventRequest), string(control.EventTimeline)}
}

func (p *Client) eventsCommand(s *config.Settings) *cobra.Command {
	var flags eventFlags
	return p.newCommand(s, commandSpec{
		use: "events", short: "Stream the events of a running emulator", args: config.NoArguments, all: true, signals: true, timeout: noTimeout,
		long: `Stream the requests and the timeline entries of a resource in a running
emulator from now on, one per line. With --output json each line is a JSON
object.

It ends with exit code 0 when it is interrupted, after --count events, or after
--timeout, whichever comes first.`,
		example: `  face-liveness-emulator events
  face-liveness-emulator events --session SESSION --kind moment
  face-liveness-emulator events --count 1 --timeout 10s --output json`,
		flags: flags.register,
		prepare: func([]string) (runFunc, error) {
			if err := flags.check(); err != nil {
				return nil, err
			}
			return func(ctx context.Context, api control.API, output format) error {
				return p.events(ctx, api, flags, output)
			}, nil
		},
	})
}

// eventFlags are the flags of events.
type eventFlags struct {
	session, kind string
	count         int
	timeout       time.Duration
}

func (f *eventFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.session, "session", "", "session id")
	flags.StringVar(&f.kind, "kind", "", "kind: "+strings.Join(eventKinds(), " or "))
	flags.IntVar(&f.count, "count", 0, "number of events to end after (default: no limit)")
	flags.DurationVar(&f.timeout, "timeout", 0, "time to end after, for example 90s (default: no limit)")
}

func (f *eventFlags) check() error {
	switch {
	case f.kind != "" && !slices.Contains(eventKinds(), f.kind):
		return fmt.Errorf("--kind: unknown kind %q; use %s", f.kind, strings.Join(eventKinds(), " or "))
	case f.count < 0:
		return fmt.Errorf("--count: invalid number %d; use 0 or more", f.count)
	case f.timeout < 0:
		return fmt.Errorf("--timeout: invalid duration %v; use 0 or more", f.timeout)
	}
	return nil
}

// events prints events until the limits of the flags.
func (p *Client) events(ctx context.Context, api control.API, flags eventFlags, output format) error {
	done := errors.New("limit of events reached")
	ctx, stop := p.signalContext(ctx)
	defer stop()
	if flags.timeout > 0 {
		limited, cancel := context.WithTimeoutCause(ctx, flags.timeout, done)
		defer cancel()
		ctx = limited
	}
	seen := 0
	err := api.Events(ctx, control.EventQuery{Session: flags.session, Kind: control.EventKind(flags.kind)}, func(event control.Event) error {
		text := eventText(event)
		if output == formatJSON {
			line, err := json.Marshal(event)
			if err != nil {
				return err
			}
			text = string(line) + "\n"
		}
		if err := p.print(text); err != nil {
			return err
		}
		if seen++; seen == flags.count {
			return done
		}
		return nil
	})
	cause := context.Cause(ctx)
	_, interrupted := errors.AsType[*signalError](cause)
	switch exit, ok := errors.AsType[*config.ExitError](err); {
	case ok:
		return exit
	case err == nil, interrupted, errors.Is(err, done), errors.Is(cause, done):
		return nil
	default:
		return controlFailure(err)
	}
}

// eventText returns the line of an event.
func eventText(event control.Event) string {
	text := ""
	if event.Missed > 0 {
		text = fmt.Sprintf("(%s left out)\n", plural(int(min(event.Missed, 1<<31)), "event"))
	}
	var at time.Time
	var words []string
	switch {
	case event.Request != nil:
		r := event.Request
		operation, status := r.Operation, strconv.Itoa(r.Status)
		if operation == "" {
			operation = r.Method + " " + r.Path
		}
		if r.Status == 0 {
			status = "-"
		}
		at, words = r.Time.Local(), []string{operation, r.Version, status, event.Session, requestNote(*r)}
	case event.Entry != nil:
		entry := event.Entry
		at, words = entry.At, []string{string(entry.What), event.Session}
		if entry.Attempt > 0 {
			words = append(words, "attempt "+strconv.Itoa(entry.Attempt))
		}
		words = append(words, entry.Detail)
	}
	words = slices.DeleteFunc(words, func(word string) bool { return word == "" })
	return text + fmt.Sprintf("%s  %-7s  %s\n", at.Format("15:04:05.000"), printable(string(event.Kind)), printable(strings.Join(words, "  ")))
}

func (p *Client) reportCommand(s *config.Settings) *cobra.Command {
	return newDocumentCommand(p, s, callSpec[control.Report]{
		use: "report", short: "Report wrong calls of an app; exit code 0 or 1", args: config.NoArguments, all: true,
		long: `Report wrong calls of an app, by the request log of a resource in a running
emulator. The exit code is 1 if there are findings, and 0 otherwise.`,
		example: `  face-liveness-emulator report
  face-liveness-emulator report --key my-test --output junit --file liveness.xml`,
		formats: []format{formatJUnit},
		prepare: withoutArgs(control.API.Report),
		fails: func(report control.Report) error {
			if report.Clean() {
				return nil
			}
			return &config.ExitError{Code: config.ExitRuntime}
		},
	}, reportDocument)
}

// reportDocument returns a report in a format.
func reportDocument(report control.Report, output format) (document, error) {
	d := document{mode: modeShared}
	switch output {
	case formatJSON:
		text, err := json.MarshalIndent(report, "", "  ")
		if err != nil {
			return d, err
		}
		d.text = string(text) + "\n"
	case formatJUnit:
		text, err := report.JUnit()
		if err != nil {
			return d, fmt.Errorf("report as JUnit XML: %w", err)
		}
		d.text = string(text)
	default:
		d.text = report.Text()
	}
	return d, nil
}
