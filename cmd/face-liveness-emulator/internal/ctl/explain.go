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
		Use: "explain", Short: "Say which scenario a session would get, and why no other", Args: config.NoArguments,
		Long: `Say which scenario a session would get, and why it would not get the others, in
the order in which an emulator considers them. The flags describe the call that
creates the session, and what was set for its resource; --scenario is the default
for all sessions, --scenarios are the folders, and --keys says which keys share a
resource, as for serving.`,
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
	flags.BoolVar(&e.all, "all", false, "also say why not of the built-in scenarios for other ids and file names")
	flags.StringVar(&call.Operation, "operation", "detectLiveness", "detectLiveness or detectLivenessWithVerify")
	flags.StringVar(&call.APIVersion, "api-version", "v1.2", "version of the API, as the path of the call has it")
	flags.StringVar(&call.Key, "key", "", "subscription key of the call, for rules on the resource")
	flags.StringVar(&call.Resource, "resource", "", "id of the resource as logs show it (default: that of --key)")
	flags.StringVar(&call.DeviceCorrelationID, "device-correlation-id", "", "deviceCorrelationId of the session")
	flags.StringVar(&call.UserCorrelationID, "user-correlation-id", "", "userCorrelationId of the session; with --api-version v1.3-preview.1")
	flags.StringVar(&call.OperationMode, "operation-mode", "Passive", "Passive or PassiveActive")
	flags.StringVar(&e.verifyImage, "verify-image", "", "file of the verify image; with --operation detectLivenessWithVerify")
	flags.Var(&e.headers, "header", "header of the call, as in 'Name: value'; may be repeated")
	flags.StringVar(&call.Pinned, "pinned", "", "scenario that "+scenarioHeader+" asks for")
	flags.StringVar(&call.Queued, "queued", "", "scenario that is next in the queue of the resource")
	flags.StringVar(&call.ResourceDefault, "resource-default", "", "scenario that is the default of the resource")
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
		return fmt.Errorf("--key is none of %s", s.Named("keys"))
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
