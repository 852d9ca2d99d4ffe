package clock

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"
)

// A Course relates a virtual clock to its base clock. The store keeps its JSON form.
type Course struct {
	Base time.Time `json:"base"` // a time of the base clock
	Show time.Time `json:"show"` // the time of the virtual clock at Base
	Rate float64   `json:"rate"` // rate: 1 is real time, 0 is frozen
}

// MaxRate is the highest rate of a virtual clock.
const MaxRate = 1_000_000

// Range of a virtual clock. It stops at the latest time.
func earliest() time.Time { return time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC) }

func latest() time.Time { return time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC) }

// At returns the virtual time at a time of the base clock.
func (c Course) At(base time.Time) time.Time {
	passed := base.Sub(c.Base)
	var shows time.Time
	switch elapsed := float64(passed) * c.Rate; {
	case c.Rate == 1:
		shows = c.Show.Add(passed) // exact for any duration
	case math.Abs(elapsed) < math.MaxInt64/2:
		shows = c.Show.Add(time.Duration(elapsed))
	default:
		shows = time.Unix(c.Show.Unix()+int64(min(elapsed/float64(time.Second), 1e12)), 0).UTC()
	}
	if shows.After(latest()) {
		return latest()
	}
	return shows
}

// when returns the time of the base clock at which the virtual clock shows t, and whether
// there is such a time.
func (c Course) when(t time.Time) (time.Time, bool) {
	if c.Rate <= 0 || t.After(latest()) {
		return time.Time{}, false
	}
	left := t.Sub(c.Show)
	if c.Rate != 1 {
		left = time.Duration(min(math.Ceil(float64(left)/c.Rate), math.MaxInt64/2))
	}
	return c.Base.Add(left), true
}

// A Virtual is a clock with a course, which can change while callers wait. Create one
// with NewVirtual.
type Virtual struct {
	base Clock

	mu     sync.RWMutex
	course Course
	moved  chan struct{} // closed and replaced whenever the course changes
}

var _ Clock = (*Virtual)(nil)

// NewVirtual returns a clock with a course relative to base.
func NewVirtual(base Clock, course Course) *Virtual {
	return &Virtual{base: base, course: course, moved: make(chan struct{})}
}

// Now implements Clock.
func (v *Virtual) Now() time.Time {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.course.At(v.base.Now())
}

// Course returns the course of the clock.
func (v *Virtual) Course() Course {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.course
}

// Follow sets the course of the clock and wakes the waiters whose time has come.
func (v *Virtual) Follow(course Course) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.course = course
	close(v.moved)
	v.moved = make(chan struct{})
}

// Wait implements Clock.
func (v *Virtual) Wait(ctx context.Context, t time.Time) error {
	for {
		v.mu.RLock()
		course, moved := v.course, v.moved
		v.mu.RUnlock()
		if !course.At(v.base.Now()).Before(t) {
			return nil
		}
		if come, err := v.waitOn(ctx, course, moved, t); come || err != nil {
			return err
		}
	}
}

var errMoved = errors.New("clock: moved")

// waitOn waits until the virtual time t, or until the course changes.
func (v *Virtual) waitOn(ctx context.Context, course Course, moved <-chan struct{}, t time.Time) (come bool, err error) {
	due, comes := course.when(t)
	if !comes {
		select {
		case <-moved:
			return false, nil
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
	waiting, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		select {
		case <-moved:
			cancel(errMoved)
		case <-stop:
		}
	}()
	err = v.base.Wait(waiting, due)
	if errors.Is(err, errMoved) {
		return false, nil
	}
	// One nanosecond is a tolerance for rounding.
	return err == nil, err
}

// A Change is a change of a virtual clock. Zero fields change nothing. Set is applied
// first, then Advance, then Rate.
type Change struct {
	Set     *time.Time    // new time
	Advance time.Duration // amount to move forward
	Rate    *float64      // 0 freezes the clock, 1 is real time
	Force   bool          // allows moving the clock backwards
}

// Apply returns the course after the change at a time of the base clock. Moving backwards
// without Force is ErrBackwards, a time out of range ErrRange, and a rate out of range
// ErrRate.
func (c Change) Apply(to Course, base time.Time) (Course, error) {
	before := to.At(base)
	changed := Course{Base: base, Show: before, Rate: to.Rate}
	if c.Set != nil {
		changed.Show = *c.Set
	}
	changed.Show = changed.Show.Add(c.Advance)
	if changed.Show.Before(before) && !c.Force {
		return to, fmt.Errorf("%w: from %s to %s", ErrBackwards, before.Format(time.RFC3339Nano), changed.Show.Format(time.RFC3339Nano))
	}
	if changed.Show.Before(earliest()) || changed.Show.After(latest()) {
		return to, fmt.Errorf("%w: %s; it can be from %s to %s", ErrRange, changed.Show.Format(time.RFC3339),
			earliest().Format(time.RFC3339), latest().Format(time.RFC3339))
	}
	if c.Rate != nil {
		changed.Rate = *c.Rate
	}
	if !(changed.Rate >= 0 && changed.Rate <= MaxRate) {
		return to, fmt.Errorf("%w: %v; it can be from 0 to %d", ErrRate, changed.Rate, MaxRate)
	}
	return changed, nil
}

// ErrRange means that a change would set a clock to a time out of its range.
var ErrRange = errors.New("clock: time out of range")

// ErrRate means that a change would set a rate out of range.
var ErrRate = errors.New("clock: rate out of range")
