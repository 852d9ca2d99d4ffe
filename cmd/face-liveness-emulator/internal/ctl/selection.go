package ctl

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

func (p *Client) currentCommand(s *config.Settings) *cobra.Command {
	return controlled(p, s, controlCommand[control.Selection]{
		use: "current", short: "Show what decides on the sessions to come", args: config.NoArguments, all: true,
		long: `Show what decides on the scenarios of sessions to come of a resource in a running
emulator: the queue, the default and the seed.`,
		example: `  face-liveness-emulator scenario current
  face-liveness-emulator scenario current --key my-test --output json`,
		prepare: always(control.API.Selection), text: choiceText,
	})
}

func (p *Client) useCommand(s *config.Settings) *cobra.Command {
	var none bool
	command := controlled(p, s, controlCommand[control.Selection]{
		use: "use NAME", short: "Make a scenario the default of a resource", args: atMostOneScenario, all: true,
		long: `Make a scenario the default of a resource in a running emulator: the one for
sessions that nothing else gives one. --none leaves them to the emulator's default
again. With --all it is the default of all resources that have none of their own.`,
		example: `  face-liveness-emulator scenario use spoof
  face-liveness-emulator scenario use slow --key my-test
  face-liveness-emulator scenario use --none`,
		flags: func(flags *pflag.FlagSet) {
			flags.BoolVar(&none, "none", false, "take the default of the resource back")
		},
		prepare: func(args []string) (controlCall[control.Selection], error) {
			switch {
			case none && len(args) > 0:
				return nil, errors.New("--none takes no scenario")
			case none:
				return changeChoice(control.SelectionChange{Default: new("")}), nil
			case len(args) == 0 || args[0] == "":
				return nil, errors.New("name the scenario, or take the default back by --none")
			}
			return changeChoice(control.SelectionChange{Default: &args[0]}), nil
		},
		text: choiceText,
	})
	command.ValidArgsFunction = p.scenarioNames(s)
	return command
}

// atMostOneScenario refuses several arguments.
func atMostOneScenario(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return fmt.Errorf("%q takes the name of one scenario, not %d", cmd.CommandPath(), len(args))
	}
	return nil
}

func (p *Client) seedCommand(s *config.Settings) *cobra.Command {
	return controlled(p, s, controlCommand[control.Selection]{
		use: "seed N", short: "Set the seed of the random choices of a resource", args: oneValue("the seed, a whole number"), all: true,
		long: `Set the seed of the random choices of scenarios that name none, for sessions to come
of a resource in a running emulator. 0 leaves them to the emulator's again.`,
		example: `  face-liveness-emulator scenario seed 42
  face-liveness-emulator scenario seed 0 --key my-test`,
		prepare: func(args []string) (controlCall[control.Selection], error) {
			seed, err := strconv.ParseUint(args[0], 10, 64)
			if err != nil {
				return nil, fmt.Errorf("%q is no seed; use a whole number from 0", args[0])
			}
			return changeChoice(control.SelectionChange{Seed: &seed}), nil
		},
		text: choiceText,
	})
}

func (p *Client) queueCommand(s *config.Settings) *cobra.Command {
	var empty bool
	command := controlled(p, s, controlCommand[control.Selection]{
		use: "queue NAME [N]", short: "Give a scenario to the next sessions", args: cobra.ArbitraryArgs, all: true,
		long: `Give a scenario to the next N sessions of a resource in a running emulator, or to
the next one, behind what is queued already. A session that pins a scenario takes none
from the queue. --clear takes the queue away.`,
		example: `  face-liveness-emulator scenario queue spoof
  face-liveness-emulator scenario queue mask-then-real 3 --key my-test
  face-liveness-emulator scenario queue --clear`,
		flags: func(flags *pflag.FlagSet) { flags.BoolVar(&empty, "clear", false, "take the queue away") },
		prepare: func(args []string) (controlCall[control.Selection], error) {
			if !empty {
				return queueing(args)
			}
			if len(args) > 0 {
				return nil, errors.New("--clear takes no scenario")
			}
			return func(ctx context.Context, plane control.API) (control.Selection, error) { return plane.ClearQueue(ctx) }, nil
		},
		text: choiceText,
	})
	command.ValidArgsFunction = p.scenarioNames(s)
	return command
}

// queueing is the call that the arguments of queue ask for.
func queueing(args []string) (controlCall[control.Selection], error) {
	if len(args) == 0 || len(args) > 2 || args[0] == "" {
		return nil, errors.New("name the scenario, then how many sessions get it if they are several; or take the queue away by --clear")
	}
	queued := control.QueueItem{Scenario: args[0], Sessions: 1}
	if len(args) == 2 {
		var err error
		if queued.Sessions, err = strconv.Atoi(args[1]); err != nil {
			return nil, fmt.Errorf("%q is no number of sessions; use a whole one from 1", args[1])
		}
	}
	return func(ctx context.Context, plane control.API) (control.Selection, error) {
		return plane.QueueScenario(ctx, queued)
	}, nil
}

func changeChoice(change control.SelectionChange) controlCall[control.Selection] {
	return func(ctx context.Context, plane control.API) (control.Selection, error) {
		return plane.ChangeSelection(ctx, change)
	}
}

func choiceText(choice control.Selection) string {
	const emulators = "(the emulator's)"
	rows := [][]string{{"Default", emulators}, {"Seed", emulators}, {"Queue", "(empty)"}}
	if choice.Default != "" {
		rows[0][1] = choice.Default
	}
	if choice.Seed != 0 {
		rows[1][1] = strconv.FormatUint(choice.Seed, 10)
	}
	for i, queued := range choice.Queue {
		if i > 0 {
			rows = append(rows, []string{"", ""})
		}
		rows[2+i][1] = queued.Scenario + ", " + counted(queued.Sessions, "session")
	}
	return table(rows)
}
