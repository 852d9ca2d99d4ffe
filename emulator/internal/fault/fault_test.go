package fault_test

import (
	"math"
	"slices"
	"sort"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
)

func start() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

// verdicts makes calls, one per second, and returns the verdict for each.
func verdicts(faults []fault.Fault, calls int, call fault.Call) []fault.Verdict {
	var memory fault.Memory
	met := make([]fault.Verdict, calls)
	for i := range met {
		call.Now, call.Number = start().Add(time.Duration(i)*time.Second), uint64(i+1)
		memory.Meet(faults, call, &met[i])
	}
	return met
}

// hits returns the numbers of the calls at which a fault fired.
func hits(met []fault.Verdict) []int {
	var numbers []int
	for i := range met {
		if met[i].Given() {
			numbers = append(numbers, i+1)
		}
	}
	return numbers
}

func always(f fault.Fault) fault.Fault {
	f.Probability = 1
	if f.Delay.Shape == "" && f.Rate == nil && !f.Hang && f.Reset == "" && f.Answer == nil && f.Body == "" && !f.Stale {
		f.Stale = true
	}
	return f
}

func TestWhichCalls(t *testing.T) {
	t.Parallel()
	read := fault.Call{Operation: "getLivenessSessionResult", State: "Running"}
	for _, c := range []struct {
		name  string
		fault fault.Fault
		want  []int // of six calls, one per second
	}{
		{"all", fault.Fault{}, []int{1, 2, 3, 4, 5, 6}},
		{"the second and third", fault.Fault{First: 2, Last: 3}, []int{2, 3}},
		{"the first two, then healed", fault.Fault{Last: 2}, []int{1, 2}},
		{"from the fifth on", fault.Fault{First: 5}, []int{5, 6}},
		{"from two seconds to four", fault.Fault{After: 2 * time.Second, Until: 4 * time.Second}, []int{3, 4}},
		{"the second in a window", fault.Fault{After: 2 * time.Second, First: 2, Last: 2}, []int{4}},
		{"its operation", fault.Fault{Operations: []string{"x", "getLivenessSessionResult"}}, []int{1, 2, 3, 4, 5, 6}},
		{"another operation", fault.Fault{Operations: []string{"x"}}, nil},
		{"its state", fault.Fault{States: []string{"Running"}}, []int{1, 2, 3, 4, 5, 6}},
		{"another state", fault.Fault{States: []string{"Failed"}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := hits(verdicts([]fault.Fault{always(c.fault)}, 6, read)); !slices.Equal(got, c.want) {
				t.Errorf("got calls %v, want %v", got, c.want)
			}
		})
	}
}

func TestProbability(t *testing.T) {
	t.Parallel()
	const calls = 20_000
	for _, probability := range []float64{0, 0.05, 0.5, 1} {
		met := verdicts([]fault.Fault{{Probability: probability, Stale: true}}, calls, fault.Call{Operation: "x", Seed: 42})
		got := float64(len(hits(met))) / calls
		// Four standard deviations; for 0 and 1, exactly.
		if off := 4 * math.Sqrt(probability*(1-probability)/calls); math.Abs(got-probability) > off {
			t.Errorf("got %v of the calls, want %v ± %v", got, probability, off)
		}
	}
}

func TestSameSeedSameFaults(t *testing.T) {
	t.Parallel()
	faults := []fault.Fault{
		{Probability: 0.5, Stale: true},
		{Probability: 1, Delay: fault.Delay{Shape: fault.Normal, Base: time.Second, Spread: time.Second}},
	}
	first := verdicts(faults, 100, fault.Call{Operation: "x", Seed: 7})
	if again := verdicts(faults, 100, fault.Call{Operation: "x", Seed: 7}); !cmp.Equal(first, again) {
		t.Error("got other faults with the same seed, want the same")
	}
	if other := verdicts(faults, 100, fault.Call{Operation: "x", Seed: 8}); cmp.Equal(first, other) {
		t.Error("got the same faults with another seed, want others")
	}
	if !fault.Random(faults) || fault.Random([]fault.Fault{{Probability: 1, Stale: true}, {Probability: 0, Hang: true}}) {
		t.Error("want Random for what is drawn, and only for that")
	}
}

// TestTwoFaultsAreDrawnApart checks that two faults with the same probability are
// independent.
func TestTwoFaultsAreDrawnApart(t *testing.T) {
	t.Parallel()
	const calls = 4000
	half := fault.Fault{Probability: 0.5, Delay: fault.Delay{Shape: fault.Fixed, Base: time.Second}}
	both := 0
	for _, met := range verdicts([]fault.Fault{half, half}, calls, fault.Call{Operation: "x", Seed: 3}) {
		if met.Delay == 2*time.Second {
			both++
		}
	}
	if got := float64(both) / calls; math.Abs(got-0.25) > 0.03 {
		t.Errorf("got both at %v of the calls, want a quarter", got)
	}
}

// TestDelays compares the quantiles of delays with those of the distribution.
func TestDelays(t *testing.T) {
	t.Parallel()
	const calls = 20_000
	const second = time.Second
	for _, c := range []struct {
		name  string
		delay fault.Delay
		at    map[float64]time.Duration
		bound time.Duration
	}{
		{"fixed", fault.Delay{Shape: fault.Fixed, Base: second}, map[float64]time.Duration{0: second, 0.5: second, 1: second}, 0},
		{
			"uniform",
			fault.Delay{Shape: fault.Uniform, Base: second, Spread: 2 * second},
			map[float64]time.Duration{0: second, 0.25: 1500 * time.Millisecond, 0.5: 2 * second, 1: 3 * second},
			40 * time.Millisecond,
		},
		{
			"normal",
			fault.Delay{Shape: fault.Normal, Base: 10 * second, Spread: second},
			map[float64]time.Duration{0.1587: 9 * second, 0.5: 10 * second, 0.8413: 11 * second},
			50 * time.Millisecond,
		},
		{
			"normal, cut at zero",
			fault.Delay{Shape: fault.Normal, Base: second, Spread: second},
			map[float64]time.Duration{0: 0, 0.1: 0, 0.5: second},
			40 * time.Millisecond,
		},
		{
			"log-normal",
			fault.Delay{Shape: fault.LogNormal, Base: second, Spread: second},
			map[float64]time.Duration{0.1587: second / 2, 0.5: second, 0.8413: 2 * second},
			60 * time.Millisecond,
		},
		{
			"far too long",
			fault.Delay{Shape: fault.Fixed, Base: 10 * fault.MaxDelay},
			map[float64]time.Duration{0: fault.MaxDelay, 1: fault.MaxDelay},
			0,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			met := verdicts([]fault.Fault{{Probability: 1, Delay: c.delay}}, calls, fault.Call{Operation: "x", Seed: 42})
			sort.Slice(met, func(i, j int) bool { return met[i].Delay < met[j].Delay })
			for share, want := range c.at {
				got := met[int(share*(calls-1))].Delay
				if off := (got - want).Abs(); off > c.bound {
					t.Errorf("got %v of the delays below %v, want below %v", share, got, want)
				}
			}
		})
	}
}

func TestCombined(t *testing.T) {
	t.Parallel()
	first, second := &fault.Answer{Error: "unavailable"}, &fault.Answer{Error: "conflict"}
	var got fault.Verdict
	var memory fault.Memory
	memory.Meet([]fault.Fault{
		{Probability: 1, Delay: fault.Delay{Shape: fault.Fixed, Base: time.Second}, Body: fault.BodyEmpty, Throughput: 10},
		{Probability: 1, Answer: first},
		{Probability: 1, Delay: fault.Delay{Shape: fault.Fixed, Base: 2 * time.Second}, Answer: second, Throughput: 5},
		{Probability: 1, Hang: true, Body: fault.BodyTruncated, Reset: fault.ResetDuring, ContentType: "text/html"},
		{Probability: 1, Reset: fault.ResetBefore, ContentType: "text/plain"},
		{Probability: 1, Rate: &fault.Rate{Calls: 0, Window: time.Second}},
	}, fault.Call{Operation: "x", Now: start()}, &got)
	got.Fired = nil
	want := fault.Verdict{
		Delay: 3 * time.Second, Answer: first, Body: fault.BodyEmpty, Throughput: 5, Reset: fault.ResetDuring, ContentType: "text/html",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("delays add up, the slowest body counts, and of all else the first; -want +got:\n%s", diff)
	}
}

func TestRate(t *testing.T) {
	t.Parallel()
	f0 := fault.TierF0()
	faults := []fault.Fault{{Probability: 1, Rate: &f0}}
	var memory fault.Memory
	ask := func(after time.Duration) fault.Verdict {
		var v fault.Verdict
		memory.Meet(faults, fault.Call{Operation: "x", Now: start().Add(after)}, &v)
		return v
	}
	for i := range 20 {
		if v := ask(time.Duration(i) * time.Second); v.Given() {
			t.Fatalf("call %d: got %v, want it let through", i+1, v.Fired)
		}
	}
	limited := ask(20 * time.Second)
	if limited.Limited == nil || limited.Limited.RetryAfter != 40*time.Second || limited.TooEarly != 0 {
		t.Fatalf("got %+v, want a refusal for the 40 s that are left of the minute", limited)
	}
	if early := ask(25 * time.Second); early.Limited == nil || early.TooEarly != 35*time.Second {
		t.Errorf("got %+v, want the client found out that came 35 s too early", early)
	}
	if waited := ask(time.Minute); waited.Given() || waited.TooEarly != 0 {
		t.Errorf("got %+v, want a client that has waited let through", waited)
	}
}

// TestTooEarly checks that a call before the end of Retry-After is noticed, even if the
// fault has healed.
func TestTooEarly(t *testing.T) {
	t.Parallel()
	faults := []fault.Fault{{Probability: 1, Last: 1, Answer: &fault.Answer{Error: "unavailable", RetryAfter: 10 * time.Second}}}
	var memory fault.Memory
	for after, want := range []time.Duration{0, 9 * time.Second, 8 * time.Second} {
		var v fault.Verdict
		memory.Meet(faults, fault.Call{Operation: "x", Now: start().Add(time.Duration(after) * time.Second)}, &v)
		if v.TooEarly != want || v.Given() != (after == 0) {
			t.Errorf("after %d s: got %+v, want the client %v too early", after, v, want)
		}
	}
	var v fault.Verdict
	memory.Meet(faults, fault.Call{Operation: "x", Now: start().Add(10 * time.Second)}, &v)
	if v.TooEarly != 0 {
		t.Errorf("got %+v, want a client that has waited not found out", v)
	}
}

// TestTheClockGoesBack checks that faults keep firing, and that no call waits for a
// window of a later time.
func TestTheClockGoesBack(t *testing.T) {
	t.Parallel()
	rate := fault.Rate{Calls: 1, Window: time.Second, Tier: "S0"}
	faults := []fault.Fault{{Probability: 1, Stale: true}, {Probability: 1, Rate: &rate}}
	var memory fault.Memory
	for _, now := range []time.Time{start(), start(), start().Add(-24 * time.Hour), start().Add(-24 * time.Hour)} {
		var v fault.Verdict
		memory.Meet(faults, fault.Call{Operation: "x", Now: now}, &v)
		if !v.Stale || v.TooEarly > time.Second || v.Limited != nil && v.Limited.RetryAfter > time.Second {
			t.Errorf("at %v: got %+v", now, v)
		}
	}
}

func TestOperations(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for _, group := range fault.Groups() {
		for _, operation := range group.Operations {
			seen[operation]++
		}
	}
	for _, operation := range fault.Operations() {
		if seen[operation] != 2 {
			t.Errorf("%s is in %d groups, want its own group, and server or device", operation, seen[operation])
		}
	}
	if len(seen) != len(fault.Operations()) {
		t.Errorf("got %d operations in groups, want %d", len(seen), len(fault.Operations()))
	}
}

// TestGroupOf checks that an operation gets its smallest group.
func TestGroupOf(t *testing.T) {
	t.Parallel()
	for operation, want := range map[string]string{"getSessionImage": "image", "endAttempt": "end", "deleteLivenessSession": "delete", "none": ""} {
		if got := fault.GroupOf(operation); got != want {
			t.Errorf("%s: got %q, want %q", operation, got, want)
		}
	}
	for _, operation := range fault.Operations() {
		if got := fault.GroupOf(operation); got == "" || got == "server" || got == "device" {
			t.Errorf("%s: got %q, want its own group", operation, got)
		}
	}
}

// TestErrorsHaveOneStatus checks that each name has one status.
func TestErrorsHaveOneStatus(t *testing.T) {
	t.Parallel()
	names := fault.Errors()
	if unique := slices.Compact(slices.Clone(names)); len(names) != 31 || len(unique) != len(names) {
		t.Errorf("got %d names, %d of them different; want 31: %q", len(names), len(unique), names)
	}
}
