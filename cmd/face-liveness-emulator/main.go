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
)

func main() { os.Exit(mainCode()) }

// mainCode runs the program as the shell called it and returns its exit code.
func mainCode() int {
	tuneMemory()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // as by nohup
		signal.Notify(signals, syscall.SIGHUP)
	}
	defer signal.Stop(signals)
	// Whoever waited for the line "ready" may have closed the pipe since then;
	// writing the last line to it must not change the exit code.
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
		now:       time.Now, //nolint:forbidigo // Package clock is the emulator's; this is where the machine's comes in.
	}
	return p.run(context.Background())
}

// tuneMemory lets the heap grow further between collections than Go's default,
// which is worth a few percent of CPU at a heap of some megabytes. Whoever sets
// GOGC or GOMEMLIMIT keeps the word.
func tuneMemory() {
	if _, set := os.LookupEnv("GOGC"); !set {
		debug.SetGCPercent(400)
	}
	if _, set := os.LookupEnv("GOMEMLIMIT"); !set {
		debug.SetMemoryLimit(512 << 20)
	}
}
