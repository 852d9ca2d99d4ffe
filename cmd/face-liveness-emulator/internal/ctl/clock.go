package ctl

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

func (p *Client) clockCommand(s *config.Settings) *cobra.Command {
	parent := newCallCommand(p, s, callSpec[control.Clock]{
		use: "clock", short: "Show or change the clock of a running emulator", args: config.NoArguments, all: true,
		long: `Show the clock of a resource in a running emulator, or change it with a
subcommand.

Expiry of tokens and sessions, attempts, delays and rate limits use this clock.
A resource gets its own clock with the first change. With --all, a change
applies to all resources and discards their own clocks. Changes survive a
restart.`,
		example: `  face-liveness-emulator clock
  face-liveness-emulator clock advance 15m
  face-liveness-emulator clock freeze --key my-test`,
		prepare: withoutArgs(control.API.Clock), text: clockText,
	})
	parent.AddCommand(p.clockAdvance(s), p.clockSet(s), p.clockScale(s),
		p.clockRate(s, "freeze", "Freeze the clock", 0),
		p.clockRate(s, "resume", "Resume the clock at its normal rate", 1))
	return parent
}

// clockRate returns a command that sets a fixed rate.
func (p *Client) clockRate(s *config.Settings, name, short string, rate float64) *cobra.Command {
	return newCallCommand(p, s, callSpec[control.Clock]{
		use: name, short: short, args: config.NoArguments, all: true,
		long: short + `. The time does not jump.`,
		example: `  face-liveness-emulator clock ` + name + `
  face-liveness-emulator clock ` + name + ` --all`,
		prepare: func([]string) (callFunc[control.Clock], error) {
			return changeClock(control.ClockChange{Rate: &rate}), nil
		},
		text: clockText,
	})
}

func (p *Client) clockScale(s *config.Settings) *cobra.Command {
	return newCallCommand(p, s, callSpec[control.Clock]{
		use: "scale RATE", short: "Set the rate of the clock", args: oneArg("the rate, such as 60 or 0.5"), all: true,
		long: `Set how much faster than real time the clock runs: at 60 an hour takes a
minute. 0 freezes the clock, 1 resumes it. The time does not jump.`,
		example: `  face-liveness-emulator clock scale 60
  face-liveness-emulator clock scale 0.5 --key my-test`,
		prepare: func(args []string) (callFunc[control.Clock], error) {
			rate, err := strconv.ParseFloat(args[0], 64)
			if err != nil || math.IsNaN(rate) || math.IsInf(rate, 0) {
				return nil, fmt.Errorf("invalid rate %q; use a number, for example 60 or 0.5", args[0])
			}
			return changeClock(control.ClockChange{Rate: &rate}), nil
		},
		text: clockText,
	})
}

func (p *Client) clockAdvance(s *config.Settings) *cobra.Command {
	var m moveFlags
	return newCallCommand(p, s, callSpec[control.Clock]{
		use: "advance DURATION", short: "Advance the clock", args: oneArg("the time to move on, such as 90s, 15m or 24h"), all: true,
		long: `Advance the clock by hours (h), minutes (m), seconds (s) or milliseconds (ms),
for example 1h30m. Everything due until then happens. A negative duration
requires --force.`,
		example: `  face-liveness-emulator clock advance 15m
  face-liveness-emulator clock advance 24h --freeze
  face-liveness-emulator clock advance --force -- -1h`,
		flags: m.register,
		prepare: func(args []string) (callFunc[control.Clock], error) {
			duration, err := time.ParseDuration(args[0])
			if err != nil {
				return nil, fmt.Errorf("invalid duration %q: use a number with a unit, for example 90s, 1h30m or 24h", args[0])
			}
			return changeClock(m.change(control.ClockChange{Advance: control.Duration(duration)})), nil
		},
		text: clockText,
	})
}

func (p *Client) clockSet(s *config.Settings) *cobra.Command {
	var m moveFlags
	return newCallCommand(p, s, callSpec[control.Clock]{
		use: "set TIME", short: "Set the clock to a time", args: oneArg("a time, such as 2030-01-31T12:00:00Z"), all: true,
		long: `Set the clock to a time in RFC 3339 format. A time in its past requires
--force.`,
		example: `  face-liveness-emulator clock set 2030-01-31T12:00:00Z
  face-liveness-emulator clock set 2030-01-31T12:00:00+01:00 --freeze
  face-liveness-emulator clock set 2020-02-29T00:00:00Z --force`,
		flags: m.register,
		prepare: func(args []string) (callFunc[control.Clock], error) {
			moment, err := time.Parse(time.RFC3339, args[0])
			if err != nil {
				return nil, fmt.Errorf("invalid time %q; use RFC 3339, for example 2030-01-31T12:00:00Z", args[0])
			}
			return changeClock(m.change(control.ClockChange{Set: &moment})), nil
		},
		text: clockText,
	})
}

// moveFlags are the flags of commands that move the clock.
type moveFlags struct{ force, freeze bool }

func (m *moveFlags) register(flags *pflag.FlagSet) {
	flags.BoolVar(&m.force, "force", false, "a backwards move, even to before sessions were created")
	flags.BoolVar(&m.freeze, "freeze", false, "a frozen clock after the move")
}

// change returns a change with the flags.
func (m *moveFlags) change(change control.ClockChange) control.ClockChange {
	change.Force = m.force
	if m.freeze {
		change.Rate = new(0.0)
	}
	return change
}

func changeClock(change control.ClockChange) callFunc[control.Clock] {
	return func(ctx context.Context, api control.API) (control.Clock, error) {
		return api.ChangeClock(ctx, change)
	}
}

func clockText(clock control.Clock) string {
	rate := strconv.FormatFloat(clock.Rate, 'f', -1, 64)
	if clock.Rate == 0 {
		rate += " (frozen)"
	}
	return table([][]string{{"Time", clock.Now.Format(time.RFC3339Nano)}, {"Rate", rate}})
}
