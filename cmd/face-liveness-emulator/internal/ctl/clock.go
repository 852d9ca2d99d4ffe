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
	parent := controlled(p, s, controlCommand[control.Clock]{
		use: "clock", short: "Show and move the clock of a running emulator", args: config.NoArguments, all: true,
		long: `Show the clock of a resource in a running emulator, or by a further word change it.

Tokens and sessions expire by it, attempts and delays take their time of it, and
rates are counted by it. Every resource has a clock of its own as soon as it is
changed. With --all, a change is for all resources and takes them their own.
Changes survive a restart.`,
		example: `  face-liveness-emulator clock
  face-liveness-emulator clock advance 15m
  face-liveness-emulator clock freeze --key my-test`,
		prepare: always(control.API.Clock), text: clockText,
	})
	parent.AddCommand(p.clockAdvance(s), p.clockSet(s), p.clockScale(s),
		p.clockRate(s, "freeze", "Let the clock stand still", 0),
		p.clockRate(s, "resume", "Let the clock run as fast as the emulator's own", 1))
	return parent
}

// clockRate makes a command that sets a certain rate.
func (p *Client) clockRate(s *config.Settings, name, short string, rate float64) *cobra.Command {
	return controlled(p, s, controlCommand[control.Clock]{
		use: name, short: short, args: config.NoArguments, all: true,
		long: short + `. Its time does not jump.`,
		example: `  face-liveness-emulator clock ` + name + `
  face-liveness-emulator clock ` + name + ` --all`,
		prepare: func([]string) (controlCall[control.Clock], error) {
			return changeClock(control.ClockChange{Rate: &rate}), nil
		},
		text: clockText,
	})
}

func (p *Client) clockScale(s *config.Settings) *cobra.Command {
	return controlled(p, s, controlCommand[control.Clock]{
		use: "scale RATE", short: "Set how fast the clock runs", args: oneValue("the rate, such as 60 or 0.5"), all: true,
		long: `Set how much faster than the emulator's own the clock runs: with 60 an hour takes a
minute. 0 is freeze, and 1 resume. Its time does not jump.`,
		example: `  face-liveness-emulator clock scale 60
  face-liveness-emulator clock scale 0.5 --key my-test`,
		prepare: func(args []string) (controlCall[control.Clock], error) {
			rate, err := strconv.ParseFloat(args[0], 64)
			if err != nil || math.IsNaN(rate) || math.IsInf(rate, 0) {
				return nil, fmt.Errorf("%q is no rate; use a number, such as 60 or 0.5", args[0])
			}
			return changeClock(control.ClockChange{Rate: &rate}), nil
		},
		text: clockText,
	})
}

func (p *Client) clockAdvance(s *config.Settings) *cobra.Command {
	var m move
	return controlled(p, s, controlCommand[control.Clock]{
		use: "advance DURATION", short: "Move the clock on", args: oneValue("the time to move on, such as 90s, 15m or 24h"), all: true,
		long: `Move the clock on, by hours (h), minutes (m), seconds (s) and less (ms), such as
1h30m. What has come due by then has happened. A negative time moves it back, which
takes --force.`,
		example: `  face-liveness-emulator clock advance 15m
  face-liveness-emulator clock advance 24h --freeze
  face-liveness-emulator clock advance --force -- -1h`,
		flags: m.register,
		prepare: func(args []string) (controlCall[control.Clock], error) {
			duration, err := time.ParseDuration(args[0])
			if err != nil {
				return nil, fmt.Errorf("%q is no duration; use hours, minutes and seconds, such as 90s, 1h30m or 24h", args[0])
			}
			return changeClock(m.change(control.ClockChange{Advance: control.Duration(duration)})), nil
		},
		text: clockText,
	})
}

func (p *Client) clockSet(s *config.Settings) *cobra.Command {
	var m move
	return controlled(p, s, controlCommand[control.Clock]{
		use: "set TIME", short: "Set the clock to a time", args: oneValue("a time, such as 2030-01-31T12:00:00Z"), all: true,
		long: `Set the clock to a time in the form of RFC 3339. One before its own takes --force.`,
		example: `  face-liveness-emulator clock set 2030-01-31T12:00:00Z
  face-liveness-emulator clock set 2030-01-31T12:00:00+01:00 --freeze
  face-liveness-emulator clock set 2020-02-29T00:00:00Z --force`,
		flags: m.register,
		prepare: func(args []string) (controlCall[control.Clock], error) {
			moment, err := time.Parse(time.RFC3339, args[0])
			if err != nil {
				return nil, fmt.Errorf("%q is no time in the form of RFC 3339, such as 2030-01-31T12:00:00Z", args[0])
			}
			return changeClock(m.change(control.ClockChange{Set: &moment})), nil
		},
		text: clockText,
	})
}

// A move is what the flags of a command that moves the clock say.
type move struct{ force, freeze bool }

func (m *move) register(flags *pflag.FlagSet) {
	flags.BoolVar(&m.force, "force", false, "let the clock go back, which takes sessions and tokens back before their beginning")
	flags.BoolVar(&m.freeze, "freeze", false, "let the clock stand still there")
}

// change adds the flags to a change.
func (m *move) change(change control.ClockChange) control.ClockChange {
	change.Force = m.force
	if m.freeze {
		change.Rate = new(0.0)
	}
	return change
}

func changeClock(change control.ClockChange) controlCall[control.Clock] {
	return func(ctx context.Context, plane control.API) (control.Clock, error) {
		return plane.ChangeClock(ctx, change)
	}
}

func clockText(clock control.Clock) string {
	rate := strconv.FormatFloat(clock.Rate, 'f', -1, 64)
	if clock.Rate == 0 {
		rate += " (frozen)"
	}
	return table([][]string{{"Time", clock.Now.Format(time.RFC3339Nano)}, {"Rate", rate}})
}

// oneValue refuses everything but one argument.
func oneValue(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return fmt.Errorf("%q takes %s, and nothing else", cmd.CommandPath(), what)
	}
}
