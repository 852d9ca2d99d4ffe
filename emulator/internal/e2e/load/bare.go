package main

import (
	"context"
	"net"
	"os"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/e2e/load/barestack"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/e2e/load/process"
)

// bareName is the name of the bare stack in results.
const bareName = "bare stack"

// bareProgram returns the bare stack: this program with another first argument.
func bareProgram() (process.Program, error) {
	path, err := os.Executable()
	return process.Program{Name: bareName, Bare: true, Command: func(address, folder string) (line, env []string) {
		return []string{path, bareCommand, address, folder}, nil
	}}, err
}

// serveBare serves the bare stack until ctx is done.
func serveBare(ctx context.Context, address, folder string) error {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return barestack.Serve(ctx, listener, folder)
}
