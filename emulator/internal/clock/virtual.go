package clock

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"
)

// A Course relates a virtual clock to its base clock. Its JSON form is stored.
type Course struct {
	Base time.Time `json:"base"` // a moment of the base clock
	Show time.Time `json:"show"` // what the virtual clock shows then
	Rate float64   `json:"rate"` // how fast it runs: 1 is real time, 0 is frozen
}

// MaxRate bounds how fast a virtual clock can run.
const MaxRate = 1_000_000

// The times that a virtual clock can be set to. It stops at the latest.
func earliest() time.Time { return time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC) }

func latest() time.Time { return time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC) }

// At returns what the virtual clock shows at a moment of the base clock.
func (c Course) At(base time.Time) time.Time {
	passed := base.Sub(c.Base)
	var shows time.Time
	switch elapsed := float64(passed) * c.Rate; {
	case c.Rate == 1:
		shows = c.Show.Add(passed) // exact, however long it is
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

// when returns the moment of the base clock at which the virtual clock shows t, and
// whether that moment exists.
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

// A Virtual is a clock with a course, which can change while others wait on the
// clock. Create one with NewVirtual.
type Virtual struct {
	base Clock

	mu     sync.RWMutex
	course Course
	moved  chan struct{} // closed and replaced whenever the course changes
}

var _ Clock = (*Virtual)(nil)

// NewVirtual returns a clock that follows a course beside base.
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

// Follow sets the course of the clock and wakes the waiters whose time has come by
// it.
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

// waitOn waits until t has come on the course, or the course has changed.
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
	// Also when the clock shows a nanosecond less: that is how floats are.
	return err == nil, err
}

// A Change is a change of a virtual clock. Zero fields change nothing; Set is applied
// first, then Advance, then Rate.
type Change struct {
	Set     *time.Time    // the new time
	Advance time.Duration // moves the time forward
	Rate    *float64      // 0 freezes the clock, 1 is real time
	Force   bool          // allows moving the clock back
}

// Apply returns a course with the change, made at a moment of the base clock. Moving
// back without Force is ErrBackwards, a time out of range ErrRange, and a rate out of
// range ErrRate.
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

// ErrRange says that a change would set a clock to a time that it cannot show.
var ErrRange = errors.New("clock: time out of range")

// ErrRate says that a change would give a clock a rate that it cannot have.
var ErrRate = errors.New("clock: rate out of range")
