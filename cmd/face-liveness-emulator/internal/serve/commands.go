package serve

import (
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
)

// A Server runs the commands serve and health.
type Server struct {
	Environ        func() []string
	LookupEnv      func(string) (string, bool)
	Stdout, Stderr io.Writer
	Signals        <-chan os.Signal
	Version        string // of the program
	Memory         Memory
}

// Commands returns the commands.
func (p *Server) Commands(s *config.Settings) []*cobra.Command {
	return []*cobra.Command{p.serveCommand(s), p.healthCommand(s)}
}

func (p *Server) serveCommand(s *config.Settings) *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "Serve the API (the default command)", Args: config.NoArguments,
		Annotations: map[string]string{config.EndsBySignal: "true"},
		RunE:        func(cmd *cobra.Command, _ []string) error { return p.Run(cmd.Context(), s) },
	}
}

func (p *Server) healthCommand(s *config.Settings) *cobra.Command {
	return &cobra.Command{
		Use: "health", Short: "Check that a running emulator is ready; exit code 0 or 1", Args: config.NoArguments,
		Long: `Check that a running emulator is ready, and exit with 0 or 1.

A serving process writes a file with its addresses to its state folder or, with
--ephemeral, to the folder for temporary files. Without such a file, this
command tries the configured addresses. Use the flags or variables of the
serving process; in a container none are needed.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.health(cmd.Context(), s) },
	}
}
