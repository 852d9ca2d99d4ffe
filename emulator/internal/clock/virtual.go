package clock

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"
)

// A Course is how a virtual clock runs beside the clock it is based on. Its JSON is
// how it is stored.
type Course struct {
	Base time.Time `json:"base"` // a moment of the clock below
	Show time.Time `json:"show"` // what the virtual clock shows then
	Rate float64   `json:"rate"` // how much faster it runs: 1 as fast, 0 not at all
}

// MaxRate bounds how fast a virtual clock can run.
const MaxRate = 1_000_000

// At returns what the clock shows at a moment of the clock below.
func (c Course) At(base time.Time) time.Time {
	if c.Rate == 1 {
		return c.Show.Add(base.Sub(c.Base)) // exact, however long it is
	}
	elapsed := float64(base.Sub(c.Base)) * c.Rate
	return c.Show.Add(time.Duration(min(max(elapsed, math.MinInt64/2), math.MaxInt64/2)))
}

// when returns the moment of the clock below at which the clock shows t, and
// whether there is one.
func (c Course) when(t time.Time) (time.Time, bool) {
	if c.Rate <= 0 {
		return time.Time{}, false
	}
	left := t.Sub(c.Show)
	if c.Rate != 1 {
		left = time.Duration(min(math.Ceil(float64(left)/c.Rate), math.MaxInt64/2))
	}
	return c.Base.Add(left), true
}

// A Virtual is a clock that runs on a course of its own, which can be changed while
// others wait on it. Make one with NewVirtual.
type Virtual struct {
	base Clock

	mu     sync.RWMutex
	course Course
	moved  chan struct{} // closed and replaced whenever the course changes
}

var _ Clock = (*Virtual)(nil)

// NewVirtual returns a clock that runs beside base.
func NewVirtual(base Clock, course Course) *Virtual {
	return &Virtual{base: base, course: course, moved: make(chan struct{})}
}

// Now implements Clock.
func (v *Virtual) Now() time.Time {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.course.At(v.base.Now())
}

// Course returns how the clock runs.
func (v *Virtual) Course() Course {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.course
}

// Follow puts the clock on another course and wakes whoever waits for a moment that
// has come by it.
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
		if err := v.waitOn(ctx, course, moved, t); err != nil {
			return err
		}
	}
}

var errMoved = errors.New("clock: moved")

// waitOn waits until t has come on the course, or the course has changed.
func (v *Virtual) waitOn(ctx context.Context, course Course, moved <-chan struct{}, t time.Time) error {
	due, comes := course.when(t)
	if !comes {
		select {
		case <-moved:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
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
	err := v.base.Wait(waiting, due)
	if errors.Is(err, errMoved) {
		return nil
	}
	return err
}

// A Change is what is to become of a virtual clock. What is zero stays; Set comes
// first, then Advance, then Rate.
type Change struct {
	Set     time.Time     // what it is to show; zero: stays
	Advance time.Duration // how much further
	Rate    *float64      // 0 freezes it, 1 lets it run on
	Force   bool          // it may go back
}

// Apply returns the course that c makes of this one at a moment of the clock below.
// Going back without Force is ErrBackwards, a rate out of its range ErrRate.
func (c Change) Apply(to Course, base time.Time) (Course, error) {
	before := to.At(base)
	changed := Course{Base: base, Show: before, Rate: to.Rate}
	if !c.Set.IsZero() {
		changed.Show = c.Set
	}
	changed.Show = changed.Show.Add(c.Advance)
	if changed.Show.Before(before) && !c.Force {
		return to, fmt.Errorf("%w: from %s to %s", ErrBackwards, before.Format(time.RFC3339Nano), changed.Show.Format(time.RFC3339Nano))
	}
	if c.Rate != nil {
		changed.Rate = *c.Rate
	}
	if !(changed.Rate >= 0 && changed.Rate <= MaxRate) {
		return to, fmt.Errorf("%w: %v; it can be from 0 to %d", ErrRate, changed.Rate, MaxRate)
	}
	return changed, nil
}

// ErrRate says that a clock was asked to run at a rate that it cannot have.
var ErrRate = errors.New("clock: rate out of range")
