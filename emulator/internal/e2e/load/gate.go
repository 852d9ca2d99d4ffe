package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/e2e/load/result"
)

// errWorse says that a ratio to the bare stack became worse.
var errWorse = errors.New("ratios to the bare stack became worse")

// gate compares the ratios of the first program with those in the file of the flag
// -baseline, or writes them there. If some are worse, it measures once more, because
// something else may have used the machine: only what is worse in both runs counts.
func (r *run) gate(ctx context.Context, w io.Writer) error {
	if r.baseline == "" {
		return nil
	}
	if r.writeBaseline {
		text, err := json.MarshalIndent(r.ratios().Round(), "", "  ")
		if err != nil {
			return err
		}
		return os.WriteFile(r.baseline, append(text, '\n'), 0o644) //nolint:gosec // The file is part of the repository.
	}
	text, err := os.ReadFile(r.baseline)
	if err != nil {
		return err
	}
	var before result.Ratios
	if err := json.Unmarshal(text, &before); err != nil {
		return fmt.Errorf("%s: %w", r.baseline, err)
	}
	worse := before.Worse(r.ratios())
	if busy := r.load.Busy(); busy > result.MaxBusy {
		r.say("other processes used %.1f processors, so only ratios of processor time are compared", busy)
	}
	if len(worse) == 0 {
		_, err := fmt.Fprintf(w, "The ratios are as good as in %s.\n", r.baseline)
		return err
	}
	for _, change := range worse {
		r.say("once more, because of %s", change)
	}
	if err := r.measure(ctx); err != nil {
		return err
	}
	again := slices.DeleteFunc(before.Worse(r.ratios()), func(change result.Change) bool {
		return !slices.ContainsFunc(worse, func(first result.Change) bool { return first.What == change.What })
	})
	if len(again) == 0 {
		_, err := fmt.Fprintf(w, "The ratios of the second run are as good as in %s.\n", r.baseline)
		return err
	}
	lines := make([]string, len(again))
	for i, change := range again {
		lines[i] = change.String()
	}
	return fmt.Errorf("%w than in %s:\n%s", errWorse, r.baseline, strings.Join(lines, "\n"))
}

// ratios returns the ratios of the first program to the bare stack.
func (r *run) ratios() result.Ratios {
	target, bare := r.programs[0].Name, r.reference().Name
	ratios := result.Ratios{Calls: map[string]result.CallRatios{}, Busy: r.load.Busy()}
	ratios.Start, _ = r.starting.Ratio(target, startMeasure, bare, "ms")
	for _, measure := range r.load.Measures() {
		ratio := func(quantity string) float64 {
			value, _ := r.load.Ratio(target, measure, bare, quantity)
			return value
		}
		ratios.Calls[measure] = result.CallRatios{Rate: ratio(result.Rate), CPU: ratio(result.CPU), P99: ratio(result.P99)}
	}
	return ratios
}
