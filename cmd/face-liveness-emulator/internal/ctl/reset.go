package ctl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// everything is the word for all that can be reset.
const everything = "everything"

// A resetPart is one thing that can be reset.
type resetPart struct {
	name string
	flag *bool
}

// resetParts are the things that can be reset, in a reset.
func resetParts(reset *control.Reset) []resetPart {
	return []resetPart{
		{"sessions", &reset.Sessions},
		{"requests", &reset.Requests},
		{"faults", &reset.Faults},
		{"clock", &reset.Clock},
		{"scenarios", &reset.Scenarios},
		{"settings", &reset.Settings},
	}
}

// resetWords are the words that reset takes.
func resetWords() []string {
	var words []string
	for _, one := range resetParts(&control.Reset{}) {
		words = append(words, one.name)
	}
	return append(words, everything)
}

func (p *Client) resetCommand(s *config.Settings) *cobra.Command {
	command := newCallCommand(p, s, callSpec[control.Reset]{
		use: "reset WORD...", short: "Reset sessions, requests, faults, clock or scenarios", args: cobra.ArbitraryArgs, all: true,
		long: `Reset parts of a resource in a running emulator, or with --all of every
resource:

  sessions    sessions and their images
  requests    the request log
  faults      faults that were set
  clock       changes of the clock
  scenarios   queue, default and seed
  settings    settings of the API; abuse monitoring is on again
  everything  all of these`,
		example: `  face-liveness-emulator reset sessions requests
  face-liveness-emulator reset everything --key my-test
  face-liveness-emulator reset everything --all`,
		prepare: func(words []string) (callFunc[control.Reset], error) {
			reset, err := parseReset(words)
			if err != nil {
				return nil, err
			}
			return func(ctx context.Context, api control.API) (control.Reset, error) { return api.Reset(ctx, reset) }, nil
		},
		text: resetText,
	})
	command.ValidArgsFunction = func(_ *cobra.Command, given []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		left := slices.DeleteFunc(resetWords(), func(word string) bool { return slices.Contains(given, word) })
		return withPrefix(typed, left), cobra.ShellCompDirectiveNoFileComp
	}
	return command
}

// parseReset is what some words ask for.
func parseReset(words []string) (control.Reset, error) {
	var reset control.Reset
	if len(words) == 0 {
		return reset, errors.New("nothing to reset given; use " + strings.Join(resetWords(), ", "))
	}
	for _, word := range words {
		if !slices.Contains(resetWords(), word) {
			return reset, fmt.Errorf("cannot reset %q; use %s%s", word, strings.Join(resetWords(), ", "), config.DidYouMean("", config.Suggestions(word, resetWords())))
		}
		for _, one := range resetParts(&reset) {
			*one.flag = *one.flag || word == one.name || word == everything
		}
	}
	return reset, nil
}

func resetText(reset control.Reset) string {
	var names []string
	for _, one := range resetParts(&reset) {
		if *one.flag {
			names = append(names, one.name)
		}
	}
	if len(names) == 0 {
		return "nothing was reset\n"
	}
	return "reset: " + strings.Join(names, ", ") + "\n"
}
