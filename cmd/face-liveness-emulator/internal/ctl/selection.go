package ctl

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/catalogue"
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

// atMostOneScenario refuses more than one argument.
func atMostOneScenario(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return fmt.Errorf("%q accepts one scenario name, not %d", cmd.CommandPath(), len(args))
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

// queueCall returns the call for the arguments of queue.
func queueCall(args []string) (callFunc[control.Selection], error) {
	if len(args) == 0 || len(args) > 2 || args[0] == "" {
		return nil, errors.New("no scenario given; use a name and the number of sessions, or --clear")
	}
	item := control.QueueItem{Scenario: args[0], Sessions: 1}
	if len(args) == 2 {
		var err error
		if item.Sessions, err = strconv.Atoi(args[1]); err != nil {
			return nil, fmt.Errorf("invalid number of sessions %q; use a whole number from 1", args[1])
		}
	}
	return func(ctx context.Context, api control.API) (control.Selection, error) {
		return api.QueueScenario(ctx, item)
	}, nil
}

func changeSelection(change control.SelectionChange) callFunc[control.Selection] {
	return func(ctx context.Context, api control.API) (control.Selection, error) {
		return api.ChangeSelection(ctx, change)
	}
}

func selectionText(selection control.Selection) string {
	const emulators = "(the emulator's)"
	rows := [][]string{{"Default", emulators}, {"Seed", emulators}, {"Queue", "(empty)"}}
	if selection.Default != "" {
		rows[0][1] = selection.Default
	}
	if selection.Seed != 0 {
		rows[1][1] = strconv.FormatUint(selection.Seed, 10)
	}
	for i, item := range selection.Queue {
		if i > 0 {
			rows = append(rows, []string{"", ""})
		}
		rows[2+i][1] = item.Scenario + ", " + plural(item.Sessions, "session")
	}
	return table(rows)
}

// explainFlags are the flags of explain.
type explainFlags struct {
	call        catalogue.Call
	verifyImage string // file
	headers     headers
	output      format
	all         bool // show built-in scenarios for other ids too
}

func (p *Client) explainCommand(s *config.Settings) *cobra.Command {
	var e explainFlags
	command := &cobra.Command{
		Use: "explain", Short: "Show which scenario a session would get, and why", Args: config.NoArguments,
		Long: `Show which scenario a session would get, and why it would not get the others,
in the order in which an emulator considers them. The flags describe the create
call and the selection of its resource. --scenario, --scenarios and --keys have
the same meaning as for serving.`,
		Example: `  face-liveness-emulator scenario explain --scenarios qa --device-correlation-id qa-blur-7
  face-liveness-emulator scenario explain --operation detectLivenessWithVerify --verify-image me.jpg
  face-liveness-emulator scenario explain --header 'X-Test-Case: 12' --queued spoof --output json`,
		RunE: func(*cobra.Command, []string) error { return p.explain(s, &e) },
	}
	e.output.register(command)
	e.register(command.Flags())
	return command
}

func (e *explainFlags) register(flags *pflag.FlagSet) {
	call := &e.call
	flags.BoolVar(&e.all, "all", false, "also the built-in scenarios for other ids and file names")
	flags.StringVar(&call.Operation, "operation", "detectLiveness", "operation: detectLiveness or detectLivenessWithVerify")
	flags.StringVar(&call.APIVersion, "api-version", "v1.2", "API version in the path of the call")
	flags.StringVar(&call.Key, "key", "", "subscription key of the call")
	flags.StringVar(&call.Resource, "resource", "", "id of the resource as in the log (default: that of --key)")
	flags.StringVar(&call.DeviceCorrelationID, "device-correlation-id", "", "deviceCorrelationId of the session")
	flags.StringVar(&call.UserCorrelationID, "user-correlation-id", "", "userCorrelationId; requires v1.3-preview.1")
	flags.StringVar(&call.OperationMode, "operation-mode", "Passive", "operation mode: Passive or PassiveActive")
	flags.StringVar(&e.verifyImage, "verify-image", "", "verify image; requires detectLivenessWithVerify")
	flags.Var(&e.headers, "header", "header of the call, 'Name: value'; may be repeated")
	flags.StringVar(&call.Pinned, "pinned", "", "scenario in "+scenarioHeader)
	flags.StringVar(&call.Queued, "queued", "", "next scenario in the queue of the resource")
	flags.StringVar(&call.ResourceDefault, "resource-default", "", "default scenario of the resource")
}

// scenarioHeader is the header that pins a scenario.
const scenarioHeader = "X-Face-Liveness-Scenario"

func (p *Client) explain(s *config.Settings, e *explainFlags) error {
	call, err := e.complete(s)
	if err != nil {
		return err
	}
	catalogue, err := p.catalogue(s)
	if err != nil {
		return err
	}
	explanations, err := catalogue.Explain(call)
	switch {
	case errors.Is(err, emulator.ErrUnknownKey):
		return fmt.Errorf("--key: unknown subscription key; use one of %s", s.NameOf("keys"))
	case err != nil:
		return s.Failure(err)
	case e.output == formatJSON:
		return p.printExplanations(explanations)
	}
	chosen := explanations[0]
	text := fmt.Sprintf("The session gets %s (%s): %s.\n\n", chosen.Name, printable(chosen.Source), printable(chosen.Reason))
	rows := [][]string{{"NOT", "BECAUSE"}}
	reserved := 0
	for _, other := range explanations[1:] {
		if !e.all && strings.HasPrefix(other.Source, "built-in/") && strings.HasPrefix(other.Reason, "match") {
			reserved++
			continue
		}
		rows = append(rows, []string{other.Name, other.Reason})
	}
	if len(rows) > 1 {
		text += table(rows) + "\n"
	}
	if reserved > 0 {
		text += fmt.Sprintf("%d built-in scenarios are for other ids and file names; --all shows them.\n", reserved)
	}
	return p.print(text)
}

// complete returns the call with the verify image and the settings.
func (e *explainFlags) complete(s *config.Settings) (catalogue.Call, error) {
	call := e.call
	call.Default, call.Keys, call.Header = s.Scenario, s.Keys, http.Header(e.headers)
	if call.Pinned == "" {
		call.Pinned = call.Header.Get(scenarioHeader)
	}
	if e.verifyImage == "" {
		return call, nil
	}
	if call.Operation == "detectLiveness" {
		return call, errors.New("--verify-image requires --operation detectLivenessWithVerify")
	}
	image, err := os.ReadFile(e.verifyImage)
	if err != nil {
		return call, fmt.Errorf("--verify-image: %w", config.FileError(e.verifyImage, err))
	}
	call.VerifyImage, call.VerifyImageFileName = image, filepath.Base(e.verifyImage)
	return call, nil
}

func (p *Client) printExplanations(explanations []catalogue.Explanation) error {
	type entry struct {
		Name   string `json:"name"`
		Source string `json:"source"`
		Chosen bool   `json:"chosen"`
		Reason string `json:"reason"`
	}
	entries := []entry{}
	for _, explanation := range explanations {
		entries = append(entries, entry(explanation))
	}
	return p.printJSON(entries)
}

// headers are the values of --header.
type headers http.Header

// Set adds a header. Its errors do not show the value.
func (h *headers) Set(text string) error {
	name, value, ok := strings.Cut(text, ":")
	name = strings.TrimSpace(name)
	if !ok || name == "" || strings.ContainsAny(name, " \t") {
		return errors.New("invalid header; use 'Name: value'")
	}
	if *h == nil {
		*h = headers{}
	}
	http.Header(*h).Add(name, strings.TrimSpace(value))
	return nil
}

// String implements pflag.Value.
func (h *headers) String() string { return "" }

// Type implements pflag.Value.
func (h *headers) Type() string { return "string" }
