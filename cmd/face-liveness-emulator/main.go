// Command face-liveness-emulator serves a local stand-in for the liveness part
// of the Azure AI Face REST API over HTTP and HTTPS.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/serve"
)

func main() { os.Exit(mainCode()) }

// mainCode runs the program with the arguments of the shell and returns the exit code.
func mainCode() int {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // as by nohup
		signal.Notify(signals, syscall.SIGHUP)
	}
	defer signal.Stop(signals)
	// A program that waited for the line "ready" may have closed the pipe since then.
	// Writing the last line must not change the exit code.
	signal.Ignore(syscall.SIGPIPE)
	p := program{
		args:      os.Args[1:],
		lookupEnv: os.LookupEnv,
		environ:   os.Environ,
		stdin:     os.Stdin,
		stdout:    os.Stdout,
		stderr:    os.Stderr,
		signals:   signals,
		release:   func() { signal.Stop(signals) },
		build:     buildInfo{version: version, revision: revision},
		now:       time.Now, //nolint:forbidigo // The clock of the machine comes in here.
		memory: serve.Memory{
			SetLimit: debug.SetMemoryLimit, SetPercent: debug.SetGCPercent, ContainerLimit: memlimit.FromCgroup,
		},
	}
	return p.run(context.Background())
}
