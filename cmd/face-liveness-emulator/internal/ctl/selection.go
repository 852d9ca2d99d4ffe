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
	return newCallCommand(p, s, callSpec[control.Selection]{
		use: "current", short: "Show the scenario selection of a resource", args: config.NoArguments, all: true,
		long: `Show which scenarios new sessions of a resource get: its queue, default and
seed.`,
		example: `  face-liveness-emulator scenario current
  face-liveness-emulator scenario current --key my-test --output json`,
		prepare: withoutArgs(control.API.Selection), text: selectionText,
	})
}

func (p *Client) useCommand(s *config.Settings) *cobra.Command {
	var none bool
	command := newCallCommand(p, s, callSpec[control.Selection]{
		use: "use NAME", short: "Set the default scenario of a resource", args: atMostOneScenario, all: true,
		long: `Set the default scenario of a resource. New sessions get it unless a pin, the
queue or a rule selects another one. --none removes it, so that the default of
the emulator applies. With --all it applies to all resources without their own.`,
		example: `  face-liveness-emulator scenario use spoof
  face-liveness-emulator scenario use slow --key my-test
  face-liveness-emulator scenario use --none`,
		flags: func(flags *pflag.FlagSet) {
			flags.BoolVar(&none, "none", false, "no default of the resource")
		},
		prepare: func(args []string) (callFunc[control.Selection], error) {
			switch {
			case none && len(args) > 0:
				return nil, errors.New("--none and a scenario exclude each other")
			case none:
				return changeSelection(control.SelectionChange{Default: new("")}), nil
			case len(args) == 0 || args[0] == "":
				return nil, errors.New("no scenario given; use a name or --none")
			}
			return changeSelection(control.SelectionChange{Default: &args[0]}), nil
		},
		text: selectionText,
	})
	command.ValidArgsFunction = p.completeScenario(s)
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
	return newCallCommand(p, s, callSpec[control.Selection]{
		use: "seed N", short: "Set the random seed of a resource", args: oneArg("the seed, a whole number"), all: true,
		long: `Set the seed for random choices in new sessions of a resource. It applies to
scenarios that set no seed. 0 restores the seed of the emulator.`,
		example: `  face-liveness-emulator scenario seed 42
  face-liveness-emulator scenario seed 0 --key my-test`,
		prepare: func(args []string) (callFunc[control.Selection], error) {
			seed, err := strconv.ParseUint(args[0], 10, 64)
			if err != nil {
				return nil, fmt.Errorf("invalid seed %q; use a whole number from 0", args[0])
			}
			return changeSelection(control.SelectionChange{Seed: &seed}), nil
		},
		text: selectionText,
	})
}

func (p *Client) queueCommand(s *config.Settings) *cobra.Command {
	var empty bool
	command := newCallCommand(p, s, callSpec[control.Selection]{
		use: "queue NAME [N]", short: "Set the scenario of the next sessions", args: cobra.ArbitraryArgs, all: true,
		long: `Set the scenario of the next session of a resource, or of the next N. They
follow the sessions that are queued already. A session that pins a scenario
does not use the queue. --clear empties it.`,
		example: `  face-liveness-emulator scenario queue spoof
  face-liveness-emulator scenario queue mask-then-real 3 --key my-test
  face-liveness-emulator scenario queue --clear`,
		flags: func(flags *pflag.FlagSet) { flags.BoolVar(&empty, "clear", false, "an empty queue") },
		prepare: func(args []string) (callFunc[control.Selection], error) {
			if !empty {
				return queueCall(args)
			}
			if len(args) > 0 {
				return nil, errors.New("--clear and a scenario exclude each other")
			}
			return func(ctx context.Context, api control.API) (control.Selection, error) { return api.ClearQueue(ctx) }, nil
		},
		text: selectionText,
	})
	command.ValidArgsFunction = p.completeScenario(s)
	return command
}

// queueCall is the call that the arguments of queue ask for.
func queueCall(args []string) (callFunc[control.Selection], error) {
	if len(args) == 0 || len(args) > 2 || args[0] == "" {
		return nil, errors.New("no scenario given; use a name and the number of sessions, or --clear")
	}
	queued := control.QueueItem{Scenario: args[0], Sessions: 1}
	if len(args) == 2 {
		var err error
		if queued.Sessions, err = strconv.Atoi(args[1]); err != nil {
			return nil, fmt.Errorf("invalid number of sessions %q; use a whole number from 1", args[1])
		}
	}
	return func(ctx context.Context, api control.API) (control.Selection, error) {
		return api.QueueScenario(ctx, queued)
	}, nil
}

func changeSelection(change control.SelectionChange) callFunc[control.Selection] {
	return func(ctx context.Context, api control.API) (control.Selection, error) {
		return api.ChangeSelection(ctx, change)
	}
}

func selectionText(choice control.Selection) string {
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
		rows[2+i][1] = queued.Scenario + ", " + plural(queued.Sessions, "session")
	}
	return table(rows)
}
