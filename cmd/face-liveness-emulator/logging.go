package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"

	"golang.org/x/term"
)

// newLogger writes to stderr: text where a person reads, JSON where a program
// does.
func newLogger(s *settings, out io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.logLevel)); err != nil {
		return nil, fmt.Errorf("%s: %q is not debug, info, warn or error", s.named("log-level"), s.logLevel)
	}
	options := &slog.HandlerOptions{Level: level}
	switch s.logFormat {
	case "text":
		return slog.New(slog.NewTextHandler(out, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(out, options)), nil
	case "auto":
		if file, ok := out.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
			return slog.New(slog.NewTextHandler(out, options)), nil
		}
		return slog.New(slog.NewJSONHandler(out, options)), nil
	}
	return nil, fmt.Errorf("%s: %q is not text, json or auto", s.named("log-format"), s.logFormat)
}
