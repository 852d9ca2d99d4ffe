package ctl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// A format is what --output says.
type format string

const (
	formatText  format = "text"
	formatJSON  format = "json"
	formatJUnit format = "junit"
)

// register adds --output. More are formats beside text and JSON.
func (f *format) register(command *cobra.Command, more ...format) {
	*f = formatText
	value := formatValue{chosen: f, known: append([]format{formatText, formatJSON}, more...)}
	command.Flags().SortFlags = false
	command.Flags().Var(value, "output", "output format: "+value.names())
}

// A formatValue is the value of --output.
type formatValue struct {
	chosen *format
	known  []format
}

// Set implements pflag.Value.
func (v formatValue) Set(text string) error {
	if !slices.Contains(v.known, format(text)) {
		return fmt.Errorf("unknown format %q; use %s", text, v.names())
	}
	*v.chosen = format(text)
	return nil
}

// names lists the formats in words.
func (v formatValue) names() string {
	var names []string
	for _, known := range v.known {
		names = append(names, string(known))
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// String implements pflag.Value.
func (v formatValue) String() string {
	if v.chosen == nil {
		return ""
	}
	return string(*v.chosen)
}

// Type implements pflag.Value.
func (v formatValue) Type() string { return "string" }
