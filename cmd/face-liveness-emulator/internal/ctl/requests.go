package ctl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

func (p *Client) requestsCommand(s *config.Settings) *cobra.Command {
	var asked requestFlags
	parent := newCallCommand(p, s, callSpec[control.Requests]{
		use: "requests", short: "Show the requests to a running emulator", args: config.NoArguments, all: true,
		long: `Show the requests to a resource of a running emulator, oldest first. The
emulator keeps the newest 10,000 requests of all resources. --count waits for
that many, --limit shows the oldest of them, and --after continues a list.`,
		example: `  face-liveness-emulator requests
  face-liveness-emulator requests --operation getLivenessSessionResult --status 503
  face-liveness-emulator requests --operation createLivenessSession --count 2 --timeout 10s
  face-liveness-emulator requests --limit 500 --after 1500 --output json`,
		flags: asked.register, callTimeout: asked.callTimeout,
		prepare: func([]string) (callFunc[control.Requests], error) {
			return func(ctx context.Context, api control.API) (control.Requests, error) {
				return api.Requests(ctx, asked.wait())
			}, nil
		},
		text: requestsText,
	})
	parent.AddCommand(p.requestsVerify(s), p.requestsForget(s))
	return parent
}

// requestFlags are the flags of a query.
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

// callTimeout leaves the emulator the time that it is to wait.
func (f *requestFlags) callTimeout() time.Duration { return callTimeout + max(f.timeout, 0) }

func (f *requestFlags) wait() control.RequestSearch {
	asked := control.RequestSearch{RequestQuery: f.query, Count: f.count, Limit: f.limit}
	if f.count > 0 {
		asked.Timeout = control.Duration(f.timeout)
	}
	if f.faulty {
		asked.Faulty = &f.faulty
	}
	if f.hinted {
		asked.Hinted = &f.hinted
	}
	return asked
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

// requestNote is what else there is to say of a request.
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
