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
	parent := controlled(p, s, controlCommand[control.Requests]{
		use: "requests", short: "Show what was asked of a running emulator", args: config.NoArguments, all: true,
		long: `Show the requests that a running emulator has answered, of one resource: the newest
10,000 of all, the oldest first. With --count it waits until there are so many; --limit
shows the oldest of them, and --after what comes behind.`,
		example: `  face-liveness-emulator requests
  face-liveness-emulator requests --operation getLivenessSessionResult --status 503
  face-liveness-emulator requests --operation createLivenessSession --count 2 --timeout 10s
  face-liveness-emulator requests --limit 500 --after 1500 --output json`,
		flags: asked.register, patience: asked.patience,
		prepare: func([]string) (controlCall[control.Requests], error) {
			return func(ctx context.Context, plane control.API) (control.Requests, error) {
				return plane.Requests(ctx, asked.wait())
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
	flags.StringVar(&q.Operation, "operation", "", "of this operation, as the log names it")
	flags.StringVar(&q.Version, "api-version", "", "of this version of the API")
	flags.StringVar(&q.Method, "method", "", "of this method")
	flags.StringVar(&q.Session, "session", "", "about this session")
	flags.IntVar(&q.Status, "status", 0, "answered with this status")
	flags.StringVar(&q.Scenario, "scenario-name", "", "of sessions with this scenario")
	flags.Uint64Var(&q.After, "after", 0, "with a greater number than this one")
	flags.IntVar(&f.limit, "limit", 0, "at most so many, the oldest (default: all)")
	flags.BoolVar(&f.faulty, "faulty", false, "that a fault has touched")
	flags.BoolVar(&f.hinted, "hinted", false, "that there is a hint for")
	flags.IntVar(&f.count, "count", 0, "wait until there are so many")
	flags.DurationVar(&f.timeout, "timeout", 30*time.Second, "how long to wait at most, up to a minute")
}

// patience leaves the emulator the time that it is to wait.
func (f *requestFlags) patience() time.Duration { return patience + max(f.timeout, 0) }

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
			strconv.FormatUint(r.Number, 10), r.Time.Local().Format("15:04:05.000"), printable(operation), r.Version, status, r.Session, note(r),
		})
	}
	text := "no requests\n"
	if len(rows) > 1 {
		text = table(rows)
	}
	if found.Next > 0 {
		text += fmt.Sprintf("There are more: --after %d\n", found.Next)
	}
	if found.Gone > 0 {
		text += fmt.Sprintf("%d older requests were let go to make room.\n", found.Gone)
	}
	return text
}

// note is what else there is to say of a request.
func note(r control.Request) string {
	if r.Fault != "" {
		return strings.TrimSuffix("fault: "+r.Fault+"; "+r.Hint, "; ")
	}
	return r.Hint
}

func (p *Client) requestsVerify(s *config.Settings) *cobra.Command {
	command := controlled(p, s, controlCommand[control.Verdict]{
		use: "verify FILE|-", short: "Compare the requests with what is expected", args: oneValue("the file with the expectations, or - for standard input"), all: true,
		long: `Compare the requests so far with what is expected of them: a JSON object with expect,
a list of queries with exactly, atLeast or atMost, or order, a list of queries that are
met one behind the other, or both. The exit code is 1 if it is not so, and the message
shows the requests that came near.`,
		example: `  echo '{"expect":[{"operation":"deleteLivenessSession","exactly":1}]}' | face-liveness-emulator requests verify -
  face-liveness-emulator requests verify expected.json --output json`,
		prepare: func(args []string) (controlCall[control.Verdict], error) {
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
			return func(ctx context.Context, plane control.API) (control.Verdict, error) {
				return plane.Verify(ctx, expected)
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
	command.ValidArgsFunction = oneFile
	return command
}

func (p *Client) requestsForget(s *config.Settings) *cobra.Command {
	return controlled(p, s, controlCommand[control.Requests]{
		use: "forget", short: "Let the requests go", args: config.NoArguments, all: true,
		long: `Let all requests of a resource go, so that a test begins with none.`,
		example: `  face-liveness-emulator requests forget
  face-liveness-emulator requests forget --key my-test`,
		prepare: always(control.API.ForgetRequests), text: requestsText,
	})
}
