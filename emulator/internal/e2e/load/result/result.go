// Package result keeps what a load run measured, and compares it.
//
// Times depend on the machine and on what else it does. Ratios of two targets in one
// round depend much less on it, so a ratio is the median of the ratios of the rounds.
package result

import (
	"slices"
)

// The quantities of a measure.
const (
	Rate = "requests/s"
	P50  = "p50 ms"
	P99  = "p99 ms"
	CPU  = "CPU µs"
	// Others is how many processors other processes kept busy meanwhile.
	Others = "others"
)

// A Sample is one measured value.
type Sample struct {
	Target   string  `json:"target"`
	Measure  string  `json:"measure"`  // such as create/64: the call and the connections
	Quantity string  `json:"quantity"` // such as "p99 ms"
	Round    int     `json:"round"`
	Value    float64 `json:"value"`
}

// Samples are those of one run.
type Samples []Sample

// Median returns the median of the rounds, and whether any round has a sample.
func (s Samples) Median(target, measure, quantity string) (float64, bool) {
	var values []float64
	for _, sample := range s {
		if sample.Target == target && sample.Measure == measure && sample.Quantity == quantity {
			values = append(values, sample.Value)
		}
	}
	return median(values)
}

// Busy returns the median of how many processors other processes kept busy.
func (s Samples) Busy() float64 {
	var values []float64
	for _, sample := range s {
		if sample.Quantity == Others {
			values = append(values, sample.Value)
		}
	}
	busy, _ := median(values) // 0 if it was not measured
	return busy
}

// Ratio returns the median of the rounds' ratios of a target to a reference, and whether
// any round has samples of both.
func (s Samples) Ratio(target, measure, reference, quantity string) (float64, bool) {
	references := map[int]float64{} // by round
	for _, sample := range s {
		if sample.Target == reference && sample.Measure == measure && sample.Quantity == quantity {
			references[sample.Round] = sample.Value
		}
	}
	var ratios []float64
	for _, sample := range s {
		if sample.Target == target && sample.Measure == measure && sample.Quantity == quantity && references[sample.Round] > 0 {
			ratios = append(ratios, sample.Value/references[sample.Round])
		}
	}
	return median(ratios)
}

// Targets returns the targets in the order of their first sample.
func (s Samples) Targets() []string {
	return s.distinct(func(sample Sample) string { return sample.Target })
}

// Measures returns the measures in the order of their first sample.
func (s Samples) Measures() []string {
	return s.distinct(func(sample Sample) string { return sample.Measure })
}

func (s Samples) distinct(name func(Sample) string) (names []string) {
	for _, sample := range s {
		if n := name(sample); !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}

func median(values []float64) (float64, bool) {
	if len(values) == 0 {
		return 0, false
	}
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 0 {
		return (values[middle-1] + values[middle]) / 2, true
	}
	return values[middle], true
}

// With returns the samples and more of a target in a round.
func (s Samples) With(target string, round int, more Samples) Samples {
	for _, sample := range more {
		sample.Target, sample.Round = target, round
		s = append(s, sample)
	}
	return s
}
