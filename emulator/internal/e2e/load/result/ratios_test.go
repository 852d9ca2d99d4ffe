package result_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/e2e/load/result"
)

// before are the ratios that the tests compare with.
func before() result.Ratios {
	return result.Ratios{Start: 2, Calls: map[string]result.CallRatios{
		"create/64": {Rate: 0.8, CPU: 1.2, P99: 1},
		"read/64":   {Rate: 0.9, CPU: 1.4, P99: 1.5},
	}}
}

// TestWorse checks that a run with much worse ratios is reported, and one without is not.
func TestWorse(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		create result.CallRatios
		start  float64
		busy   float64
		want   []string
	}{
		"the same":                 {create: result.CallRatios{Rate: 0.8, CPU: 1.2, P99: 1}},
		"better":                   {create: result.CallRatios{Rate: 2, CPU: 0.5, P99: 0.1}},
		"a little worse":           {create: result.CallRatios{Rate: 0.65, CPU: 1.49, P99: 4.9}, start: 9.9},
		"more processor time":      {create: result.CallRatios{Rate: 0.8, CPU: 1.51, P99: 1}, want: []string{"CPU µs of create/64"}},
		"a lower rate":             {create: result.CallRatios{Rate: 0.63, CPU: 1.2, P99: 1}, want: []string{"requests/s of create/64"}},
		"much later answers":       {create: result.CallRatios{Rate: 0.8, CPU: 1.2, P99: 5.1}, want: []string{"p99 ms of create/64"}},
		"a much later start":       {create: result.CallRatios{Rate: 0.8, CPU: 1.2, P99: 1}, start: 10.1, want: []string{"cold start"}},
		"without processor times":  {create: result.CallRatios{Rate: 0.8, P99: 1}},
		"a call without a measure": {want: []string{"requests/s of create/64"}},
		"times beside other work":  {create: result.CallRatios{Rate: 0.1, CPU: 1.2, P99: 9}, start: 11, busy: 0.31},
		"work beside other work":   {create: result.CallRatios{Rate: 0.8, CPU: 1.51, P99: 1}, busy: 2, want: []string{"CPU µs of create/64"}},
		"nothing beside others":    {busy: 2, want: []string{"requests/s of create/64"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := before()
			now.Busy = test.busy
			now.Calls["create/64"] = test.create
			if test.start > 0 {
				now.Start = test.start
			}
			var got []string
			for _, change := range before().Worse(now) {
				got = append(got, change.What)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// samples are those of two targets in two rounds.
func samples() result.Samples {
	var all result.Samples
	for round, values := range [][2]float64{{100, 50}, {300, 100}, {90, 60}} {
		for i, target := range []string{"ours", "bare"} {
			all = all.With(target, round, result.Samples{
				{Measure: "read/1", Quantity: result.Rate, Value: values[i]},
				{Measure: "read/1", Quantity: result.CPU, Value: 10 * values[i]},
			})
		}
	}
	return all
}

func TestRatioIsTheMedianOfTheRounds(t *testing.T) {
	t.Parallel()
	if got, ok := samples().Ratio("ours", "read/1", "bare", result.Rate); !ok || got != 2 {
		t.Errorf("got %v, %v; want 2 of 2, 3 and 1.5", got, ok)
	}
	if got, ok := samples().Median("ours", "read/1", result.Rate); !ok || got != 100 {
		t.Errorf("got %v, %v; want 100 of 100, 300 and 90", got, ok)
	}
	if _, ok := samples().Ratio("ours", "read/1", "other", result.Rate); ok {
		t.Error("got a ratio to a target that does not exist")
	}
}

func TestTables(t *testing.T) {
	t.Parallel()
	var load, matrix strings.Builder
	if err := samples().WriteLoad(&load, "bare"); err != nil {
		t.Fatal(err)
	}
	if err := samples().WriteMatrix(&matrix); err != nil {
		t.Fatal(err)
	}
	wantLoad := `| call/connections | target | requests/s | p50 ms | p99 ms | CPU µs | rate ratio | p99 ratio | CPU ratio |
|---|---|---:|---:|---:|---:|---:|---:|---:|
| read/1 | ours | 100 | – | – | 1000 | 2.00 | – | 2.00 |
| read/1 | bare | 60.0 | – | – | 600 | 1.00 | – | 1.00 |
`
	wantMatrix := `| | ours | bare |
|---|---:|---:|
| read/1, requests/s | 100 | 60.0 |
| read/1, CPU µs | 1000 | 600 |
`
	if diff := cmp.Diff([]string{wantLoad, wantMatrix}, []string{load.String(), matrix.String()}); diff != "" {
		t.Error(diff)
	}
}
