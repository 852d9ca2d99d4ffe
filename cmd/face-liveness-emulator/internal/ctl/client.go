// Package ctl is the commands that call a running emulator, and those on scenario
// files and tokens that need none.
package ctl

import (
	"context"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
)

// A Client runs the commands that call a running emulator, and those that need none.
type Client struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	LookupEnv      func(string) (string, bool)
	Signals        <-chan os.Signal
	Now            func() time.Time
	Find           func(context.Context, *config.Settings) (base string, err error)
}

// Commands are the commands of the client.
func (p *Client) Commands(s *config.Settings) []*cobra.Command {
	return []*cobra.Command{
		p.scenarioCommand(s), p.clockCommand(s), p.faultsCommand(s), p.requestsCommand(s),
		p.sessionsCommand(s), p.resetCommand(s), p.snapshotCommand(s), p.restoreCommand(s),
		p.eventsCommand(s), p.reportCommand(s), p.tokenCommand(s),
	}
}
