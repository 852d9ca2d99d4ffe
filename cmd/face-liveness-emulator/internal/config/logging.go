package config

import (
	"fmt"
	"io"
	"log/slog"
	"os"

	"golang.org/x/term"
)

// NewLogger returns the logger of --log-format and --log-level. "auto" is text for a
// terminal and JSON elsewhere.
func NewLogger(s *Settings, out io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.logLevel)); err != nil {
		return nil, fmt.Errorf("%s: %q is not debug, info, warn or error", s.NameOf("log-level"), s.logLevel)
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
	return nil, fmt.Errorf("%s: %q is not text, json or auto", s.NameOf("log-format"), s.logFormat)
}
