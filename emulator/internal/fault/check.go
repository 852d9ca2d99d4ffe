package fault

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// maxChecked is the largest number of faults in a list.
const maxChecked = 1000

// Check returns the first problem of faults from outside the program that are not from a
// scenario file, such as from a snapshot.
func Check(faults []Fault) error {
	if len(faults) > maxChecked {
		return fmt.Errorf("%d faults, want at most %d", len(faults), maxChecked)
	}
	for _, f := range faults {
		times := []time.Duration{f.After, f.Until}
		if f.Rate != nil {
			times = append(times, f.Rate.Window)
			if f.Rate.Calls < 1 || f.Rate.Window <= 0 {
				return errors.New("invalid rate of a fault: calls and window must be above 0")
			}
		}
		a := f.Answer
		switch {
		case slices.ContainsFunc(times, func(d time.Duration) bool { return d < 0 }), f.First < 0, f.Last < 0, f.Throughput < 0:
			return errors.New("negative number in a fault")
		case !(f.Probability >= 0 && f.Probability <= 1):
			return fmt.Errorf("invalid probability %v of a fault, want 0 to 1", f.Probability)
		case a != nil && a.Error != "" && !slices.Contains(Errors(), a.Error):
			return errors.New("unknown error of a fault")
		case a != nil && a.Error == "" && (a.Status < http.StatusOK || a.Status > 599):
			return fmt.Errorf("invalid status %d of a fault, want 200 to 599", a.Status)
		}
	}
	return nil
}
