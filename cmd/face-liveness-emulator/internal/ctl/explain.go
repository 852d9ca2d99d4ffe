package ctl

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/catalogue"
)

// An explanation is what the flags of explain ask.
type explanation struct {
	call        catalogue.Call
	verifyImage string // its file
	headers     headers
	output      format
	all         bool // also of the built-in scenarios that are for other ids
}

func (p *Client) explainCommand(s *config.Settings) *cobra.Command {
	var e explanation
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

func (e *explanation) register(flags *pflag.FlagSet) {
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

func (p *Client) explain(s *config.Settings, e *explanation) error {
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

// complete returns the call with what stands in a file or among the settings.
func (e *explanation) complete(s *config.Settings) (catalogue.Call, error) {
	call := e.call
	call.Default, call.Keys, call.Header = s.Scenario, s.Keys, http.Header(e.headers)
	if call.Pinned == "" {
		call.Pinned = call.Header.Get(scenarioHeader)
	}
	if e.verifyImage == "" {
		return call, nil
	}
	if call.Operation == "detectLiveness" {
		return call, errors.New("--verify-image: sessions of detectLiveness have none; add --operation detectLivenessWithVerify")
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

// headers is the value of --header.
type headers http.Header

// Set adds the header in a text. Its errors do not show the value.
func (h *headers) Set(text string) error {
	name, value, ok := strings.Cut(text, ":")
	name = strings.TrimSpace(name)
	if !ok || name == "" || strings.ContainsAny(name, " \t") {
		return errors.New("write it as 'Name: value'")
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
