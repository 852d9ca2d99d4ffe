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

// eventKinds lists what events can be about.
func eventKinds() []string {
	return []string{string(control.EventRequest), string(control.EventTimeline)}
}

func (p *Client) eventsCommand(s *config.Settings) *cobra.Command {
	var asked eventFlags
	return p.newCommand(s, commandSpec{
		use: "events", short: "Stream the events of a running emulator", args: config.NoArguments, all: true, signals: true, callTimeout: noTimeout,
		long: `Stream the requests and the timeline entries of a resource in a running
emulator from now on, one per line. With --output json each line is a JSON
object.

It ends with exit code 0 when it is interrupted, after --count events, or after
--timeout, whichever comes first.`,
		example: `  face-liveness-emulator events
  face-liveness-emulator events --session SESSION --kind moment
  face-liveness-emulator events --count 1 --timeout 10s --output json`,
		flags: asked.register,
		prepare: func([]string) (runFunc, error) {
			if err := asked.check(); err != nil {
				return nil, err
			}
			return func(ctx context.Context, api control.API, output format) error {
				return p.events(ctx, api, asked, output)
			}, nil
		},
	})
}

// eventFlags say which events, and how many.
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

// events prints events until there were enough.
func (p *Client) events(ctx context.Context, api control.API, asked eventFlags, output format) error {
	enough := errors.New("there were enough events")
	ctx, stop := p.signalContext(ctx)
	defer stop()
	if asked.timeout > 0 {
		limited, cancel := context.WithTimeoutCause(ctx, asked.timeout, enough)
		defer cancel()
		ctx = limited
	}
	seen := 0
	err := api.Events(ctx, control.EventQuery{Session: asked.session, Kind: control.EventKind(asked.kind)}, func(event control.Event) error {
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
		if seen++; seen == asked.count {
			return enough
		}
		return nil
	})
	cause := context.Cause(ctx)
	_, interrupted := errors.AsType[*signalError](cause)
	switch exit, ok := errors.AsType[*config.ExitError](err); {
	case ok:
		return exit
	case err == nil, interrupted, errors.Is(err, enough), errors.Is(cause, enough):
		return nil
	default:
		return controlFailure(err)
	}
}

// eventText is a line about an event.
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
		m := event.Entry
		at, words = m.At, []string{string(m.What), event.Session}
		if m.Attempt > 0 {
			words = append(words, "attempt "+strconv.Itoa(m.Attempt))
		}
		words = append(words, m.Detail)
	}
	words = slices.DeleteFunc(words, func(word string) bool { return word == "" })
	return text + fmt.Sprintf("%s  %-7s  %s\n", at.Format("15:04:05.000"), printable(string(event.Kind)), printable(strings.Join(words, "  ")))
}
