package fault

import (
	"errors"
	"net/http"
	"slices"
	"time"
)

// maxChecked is how many faults there can be in one list.
const maxChecked = 1000

// Check returns what is wrong with faults that come from outside, such as from a
// file, and were not read from the language of scenario files.
func Check(faults []Fault) error {
	if len(faults) > maxChecked {
		return errors.New("there are too many faults")
	}
	for _, f := range faults {
		times := []time.Duration{f.After, f.Until}
		if f.Rate != nil {
			times = append(times, f.Rate.Window)
			if f.Rate.Calls < 1 || f.Rate.Window <= 0 {
				return errors.New("the rate of a fault is out of range")
			}
		}
		a := f.Answer
		switch {
		case slices.ContainsFunc(times, func(d time.Duration) bool { return d < 0 }), f.First < 0, f.Last < 0, f.Throughput < 0:
			return errors.New("a number of a fault is negative")
		case !(f.Probability >= 0 && f.Probability <= 1):
			return errors.New("the probability of a fault is out of range")
		case a != nil && a.Error != "" && !slices.Contains(Errors(), a.Error):
			return errors.New("the error of a fault is unknown")
		case a != nil && a.Error == "" && (a.Status < http.StatusOK || a.Status > 599):
			return errors.New("the status of a fault is out of range")
		}
	}
	return nil
}
