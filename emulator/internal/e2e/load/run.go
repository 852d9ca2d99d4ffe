package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/e2e/load/process"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/e2e/load/result"
)

// A run measures the programs of its settings.
type run struct {
	*settings
	folder   string // for the state of all servers
	progress io.Writer
	time     clock.System
	load     result.Samples
	starting result.Samples // starts and memory
	large    result.Samples // with few and with many sessions
}

// calls are measured in this order: attempt uses the sessions of start.
func calls() []string { return []string{createCall, readCall, startCall, attemptCall, listCall} }

// run measures and writes the results.
func (o *settings) run(ctx context.Context, stdout, stderr io.Writer) (err error) {
	folder, err := os.MkdirTemp("", "load")
	if err != nil {
		return err
	}
	r := &run{settings: o, folder: folder, progress: stderr}
	began := r.time.Now()
	if !process.HasProc() {
		r.say("this system has no /proc: CPU time and memory are not measured")
	}
	if err := r.measure(ctx); err != nil {
		return err // The folder stays, for its logs.
	}
	r.say("measured in %.0f s", r.time.Now().Sub(began).Seconds())
	return errors.Join(r.write(stdout), r.gate(ctx, stdout), os.RemoveAll(folder))
}

// measure measures what the flags select. It replaces earlier results.
func (r *run) measure(ctx context.Context) error {
	r.load, r.starting, r.large = nil, nil, nil
	if r.sessions > 0 {
		return r.measureLarge(ctx)
	}
	if err := r.measureStarts(ctx); err != nil {
		return err
	}
	return r.measureLoad(ctx)
}

// say reports progress.
func (r *run) say(format string, values ...any) {
	_, _ = fmt.Fprintf(r.progress, format+"\n", values...) // The run goes on without a reader.
}

// measureStarts measures how long each server takes to its first answer, and its memory
// after it.
func (r *run) measureStarts(ctx context.Context) error {
	for round := range r.starts {
		for _, program := range rotated(r.programs, round) {
			folder, err := os.MkdirTemp(r.folder, "start")
			if err != nil {
				return err
			}
			s, took, err := open(ctx, program, folder)
			if err != nil {
				return err
			}
			samples := result.Samples{{Measure: startMeasure, Quantity: "ms", Value: milliseconds(took)}}
			memory, err := s.server.Memory()
			if err == nil && memory.Resident > 0 {
				samples = append(samples, memorySamples("idle", memory)...)
			}
			if err := errors.Join(err, s.server.Stop(ctx)); err != nil {
				return err
			}
			r.starting = r.starting.With(program.Name, round, samples)
		}
	}
	r.say("%d starts of each server", r.starts)
	return nil
}

// startMeasure is the time from the start of a process to its first answered create.
const startMeasure = "cold start"

func memorySamples(when string, memory process.Memory) result.Samples {
	return result.Samples{
		{Measure: when, Quantity: "resident MiB", Value: float64(memory.Resident) / (1 << 20)},
		{Measure: when, Quantity: "anonymous MiB", Value: float64(memory.Anonymous) / (1 << 20)},
	}
}

// measureLoad measures all calls of all servers in rounds.
func (r *run) measureLoad(ctx context.Context) (err error) {
	var subjects []*subject
	defer func() {
		for _, s := range subjects {
			err = errors.Join(err, s.server.Stop(ctx))
		}
	}()
	for _, program := range r.programs {
		folder, err := os.MkdirTemp(r.folder, slug(program.Name))
		if err != nil {
			return err
		}
		s, _, err := open(ctx, program, folder)
		if err != nil {
			return err
		}
		subjects = append(subjects, s)
		if err := s.warm(ctx, r.warm); err != nil {
			return err
		}
	}
	for round := range r.rounds {
		for _, connections := range r.connections {
			for _, call := range calls() {
				if err := r.measureCall(ctx, rotated(subjects, round), call, connections, round); err != nil {
					return err
				}
			}
		}
		r.say("round %d of %d", round+1, r.rounds)
	}
	for _, s := range subjects {
		memory, err := s.server.Memory()
		if err != nil {
			return err
		}
		r.starting = r.starting.With(s.program.Name, 0, memorySamples("after load", memory))
	}
	return nil
}

func (r *run) measureCall(ctx context.Context, subjects []*subject, call string, connections, round int) error {
	for _, s := range subjects {
		samples, err := s.measure(ctx, call, connections, r.settings)
		if err != nil {
			return err
		}
		r.load = r.load.With(s.program.Name, round, samples)
	}
	return nil
}

// rotated returns a list that begins with another element in each round.
func rotated[T any](list []T, round int) []T {
	first := round % len(list)
	return append(append([]T(nil), list[first:]...), list[:first]...)
}

// slug returns a name for files.
func slug(name string) string { return strings.NewReplacer(" ", "-", "/", "-").Replace(name) }

// reference is the target of the ratios: the bare stack if it is measured.
func (r *run) reference() process.Program { return r.programs[len(r.programs)-1] }

// write writes the tables, and all samples as JSON.
func (r *run) write(w io.Writer) error {
	if _, err := fmt.Fprintf(w, "%s, %d processors, %s. Medians of %d rounds; ratios are to %s, medians of the rounds' ratios.\n\n",
		runtime.GOOS+"/"+runtime.GOARCH, runtime.NumCPU(), runtime.Version(), r.rounds, r.reference().Name); err != nil {
		return err
	}
	if len(r.load) > 0 {
		if err := r.load.WriteLoad(w, r.reference().Name); err != nil {
			return err
		}
		note := fmt.Sprintf("Other processes used %.1f processors meanwhile.\n\n", r.load.Busy())
		if r.reference().Bare {
			note = "Beside start and attempt, the create call of the bare stack is measured, and beside list its read call. " + note
		}
		if _, err := fmt.Fprint(w, "\n", note); err != nil {
			return err
		}
	}
	for _, samples := range []result.Samples{r.starting, r.large} {
		if len(samples) == 0 {
			continue
		}
		if err := samples.WriteMatrix(w); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
	}
	if r.json == "" {
		return nil
	}
	text, err := json.MarshalIndent(map[string]any{
		"processors": runtime.NumCPU(), "system": runtime.GOOS + "/" + runtime.GOARCH, "go": runtime.Version(),
		"reference": r.reference().Name, "load": r.load, "starts": r.starting, "sessions": r.large,
	}, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(r.json, append(text, '\n'), 0o600)
}
