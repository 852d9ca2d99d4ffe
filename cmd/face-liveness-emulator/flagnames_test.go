package main

import (
	"github.com/spf13/pflag"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
)

// flagNames returns the names of the flags that have variables.
func flagNames() []string {
	var s config.Settings
	var names []string
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	s.Register(flags)
	flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}
