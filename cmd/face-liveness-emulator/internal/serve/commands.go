package serve

import (
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
)

// A Server runs the commands that serve and that ask whether one serves.
type Server struct {
	Environ        func() []string
	Stdout, Stderr io.Writer
	Signals        <-chan os.Signal
	Version        string // of the program
}

// Commands are the commands of the server.
func (s *Server) Commands(set *config.Settings) []*cobra.Command {
	return []*cobra.Command{s.serveCommand(set), s.healthCommand(set)}
}

func (s *Server) serveCommand(set *config.Settings) *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "Serve the API (the default command)", Args: config.NoArguments,
		Annotations: map[string]string{config.EndsBySignal: "true"},
		RunE:        func(cmd *cobra.Command, _ []string) error { return s.Run(cmd.Context(), set) },
	}
}

func (s *Server) healthCommand(set *config.Settings) *cobra.Command {
	return &cobra.Command{
		Use: "health", Short: "Ask a running emulator whether it is ready; exit code 0 or 1", Args: config.NoArguments,
		Long: `Ask a running emulator whether it is ready, and exit with 0 or 1.

The emulator is found by the file that it writes when it serves, in its state
folder or, with --ephemeral, in the folder for temporary files; without such a
file, at the configured addresses. Call it with the flags or variables of the
serving process; in a container it finds the one that serves there, whatever its
flags are.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.health(cmd.Context(), set) },
	}
}
