package result

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// How much worse than before a ratio may be. Ratios of processor time and of rates
// repeat well. The longest answers and the start depend on what else the machine does.
const (
	tolerance      = 1.25
	timesTolerance = 5
)

// MaxBusy is how many processors other processes may keep busy. If they keep more busy,
// only ratios of processor time are compared.
const MaxBusy = 0.3

// Ratios are those of one target to the reference. They do not depend on the machine
// much, so they can be kept in a file.
type Ratios struct {
	Calls map[string]CallRatios `json:"calls"` // by call and connections
	Start float64               `json:"start"` // of the times of a cold start
	// Busy is how many processors other processes kept busy.
	Busy float64 `json:"-"`
}

// CallRatios are the ratios of one call.
type CallRatios struct {
	Rate float64 `json:"rate"`
	CPU  float64 `json:"cpu"` // 0 if it was not measured
	P99  float64 `json:"p99"`
}

// Round returns the ratios with three digits.
func (r Ratios) Round() Ratios {
	rounded := Ratios{Start: round(r.Start), Calls: map[string]CallRatios{}}
	for call, ratios := range r.Calls {
		rounded.Calls[call] = CallRatios{Rate: round(ratios.Rate), CPU: round(ratios.CPU), P99: round(ratios.P99)}
	}
	return rounded
}

// round returns a ratio with three digits.
func round(ratio float64) float64 {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(ratio, 'g', 3, 64), 64) // It is a number.
	return rounded
}

// A Change is a ratio that became worse.
type Change struct {
	What     string // such as "CPU µs of read/64"
	Was, Now float64
}

// String returns the change as a text for users.
func (c Change) String() string {
	return fmt.Sprintf("%s: the ratio was %.2f and is %.2f", c.What, c.Was, c.Now)
}

// Worse returns the ratios that are much worse now: rates and processor time by 25 %,
// the longest answers and the start five times. A call that is not measured now counts
// as worse.
func (r Ratios) Worse(now Ratios) (changes []Change) {
	higher := func(what string, was, now, allowed float64) {
		if now > was*allowed {
			changes = append(changes, Change{what, was, now})
		}
	}
	for _, call := range slices.Sorted(maps.Keys(r.Calls)) {
		was, is := r.Calls[call], now.Calls[call]
		higher(CPU+" of "+call, was.CPU, is.CPU, tolerance)
		if now.Busy > MaxBusy && is.Rate > 0 {
			continue
		}
		if is.Rate*tolerance < was.Rate {
			changes = append(changes, Change{Rate + " of " + call, was.Rate, is.Rate})
		}
		higher(P99+" of "+call, was.P99, is.P99, timesTolerance)
	}
	if now.Busy <= MaxBusy {
		higher("cold start", r.Start, now.Start, timesTolerance)
	}
	return changes
}
