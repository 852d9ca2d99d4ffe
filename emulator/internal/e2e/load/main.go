// Command load measures servers of the emulator side by side, over connections to
// loopback: any binaries of it, and the bare stack, which is the reference.
//
//	go build -o emulator ./cmd/face-liveness-emulator
//	go run ./emulator/internal/e2e/load -binary ./emulator -bare
//
// Each server is a process with a new folder, brought to its steady state first: warm,
// and with a full request log. Then each round measures each call of each server, one
// server after the other, and each round begins with another server. Any answer other
// than a 200 ends the run. The results are medians of the rounds; a ratio is the median
// of the ratios of the rounds. CPU is the time of the server's process per request.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/e2e/load/process"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// bareCommand is the argument that makes this program the bare stack. It is followed by
// an address and a folder.
const bareCommand = "bare-stack"

func command(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) == 3 && args[0] == bareCommand {
		return serveBare(ctx, args[1], args[2])
	}
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	return o.run(ctx, stdout, stderr)
}

// settings are the values of the flags.
type settings struct {
	programs      []process.Program
	connections   []int
	rounds        int
	time          time.Duration
	number        int
	starts        int
	warm          int
	sessions      int
	json          string
	baseline      string
	writeBaseline bool
}

// parse reads the flags.
func parse(args []string, stderr io.Writer) (*settings, error) {
	o := &settings{connections: []int{1, 64}}
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Func("binary", "binary of the emulator, as PATH or NAME=PATH; may be repeated", func(value string) error {
		program, err := binary(value)
		o.programs = append(o.programs, program)
		return err
	})
	bare := flags.Bool("bare", false, "measure the bare stack, and compare with it")
	flags.Func("connections", "comma-separated numbers of connections (default 1,64)", func(value string) (err error) {
		o.connections, err = numbers(value)
		return err
	})
	flags.IntVar(&o.rounds, "rounds", 3, "rounds of load")
	flags.DurationVar(&o.time, "time", time.Second, "longest time of one load")
	flags.IntVar(&o.number, "number", 20_000, "largest number of calls of one load")
	flags.IntVar(&o.starts, "starts", 5, "starts of each server")
	flags.IntVar(&o.warm, "warm", 11_000, "reads that fill the request log, which has 10,000 entries, before the first measure")
	flags.IntVar(&o.sessions, "sessions", 0, "measure with a thousand and with so many sessions instead")
	flags.StringVar(&o.json, "json", "", "file for all samples as JSON")
	flags.StringVar(&o.baseline, "baseline", "", "file with ratios to the bare stack; fail if one became 25 % worse")
	flags.BoolVar(&o.writeBaseline, "write", false, "write the ratios to the file instead of comparing")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if *bare {
		program, err := bareProgram()
		if err != nil {
			return nil, err
		}
		o.programs = append(o.programs, program)
	}
	switch {
	case flags.NArg() > 0:
		return nil, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case len(o.programs) == 0:
		return nil, errors.New("nothing to measure: use -binary or -bare")
	case o.baseline != "" && (!*bare || len(o.programs) < 2):
		return nil, errors.New("-baseline needs -binary and -bare")
	}
	return o, nil
}

// binary returns the program of a flag's value.
func binary(value string) (process.Program, error) {
	name, path, named := strings.Cut(value, "=")
	if !named {
		name, path = filepath.Base(value), value
	}
	path, err := filepath.Abs(path)
	if err == nil {
		_, err = os.Stat(path)
	}
	return process.Program{Name: name, Command: func(address, folder string) (line, env []string) {
		return []string{path, "serve"}, []string{
			"FACE_LIVENESS_HTTP_ADDR=" + address, "FACE_LIVENESS_HTTPS_ADDR=127.0.0.1:0", "FACE_LIVENESS_STATE=" + folder,
		}
	}}, err
}

func numbers(value string) (list []int, err error) {
	for text := range strings.SplitSeq(value, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("invalid number of connections %q", text)
		}
		list = append(list, n)
	}
	return list, nil
}
