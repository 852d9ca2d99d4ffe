// Package clock is the only package that reads the system's time. The emulated service
// uses a Clock for everything that depends on time (token and session expiry, running
// attempts, call rates), so that a test can freeze the time and move it. The machine's
// own times (request durations, TLS certificates, Entra tokens) use System.
package clock

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// A Clock returns the time and waits for it. Implementations are safe for concurrent use.
type Clock interface {
	// Now returns the current time of this clock.
	Now() time.Time
	// Wait blocks until the clock shows t or later and returns nil, or until ctx is done
	// and returns its cause. If t has passed, it returns nil at once, even if ctx is
	// done.
	Wait(ctx context.Context, t time.Time) error
}

// System is the machine's clock. The zero value is ready to use.
type System struct{}

var _ Clock = System{}

// Now returns the system's time.
func (System) Now() time.Time { return time.Now() }

// Wait implements Clock.
func (System) Wait(ctx context.Context, t time.Time) error {
	left := time.Until(t)
	if left <= 0 {
		return nil
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Manual is a frozen clock that is moved by its methods only, and never backwards. Create
// one with NewManual.
type Manual struct {
	mu      sync.Mutex
	now     time.Time
	moved   chan struct{} // closed and replaced whenever now changes
	waiting int
	queued  chan struct{} // closed and replaced whenever waiting changes
}

var _ Clock = (*Manual)(nil)

// ErrBackwards means that a change would move a clock backwards.
var ErrBackwards = errors.New("clock: the time cannot go backwards")

// NewManual returns a clock that is frozen at start.
func NewManual(start time.Time) *Manual {
	return &Manual{now: start, moved: make(chan struct{}), queued: make(chan struct{})}
}

// Now implements Clock.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Advance moves the clock forward by d and wakes the waiters whose time has come. For a
// negative d it returns ErrBackwards and changes nothing.
func (m *Manual) Advance(d time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.setLocked(m.now.Add(d))
}

// Set moves the clock to t. For a t before the current time it returns ErrBackwards and
// changes nothing.
func (m *Manual) Set(t time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.setLocked(t)
}

func (m *Manual) setLocked(t time.Time) error {
	if t.Before(m.now) {
		return fmt.Errorf("%w: from %s to %s", ErrBackwards, m.now.Format(time.RFC3339Nano), t.Format(time.RFC3339Nano))
	}
	m.now = t
	close(m.moved)
	m.moved = make(chan struct{})
	return nil
}

// Wait implements Clock.
func (m *Manual) Wait(ctx context.Context, t time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.now.Before(t) {
		return nil
	}
	m.changeWaitingLocked(1)
	defer m.changeWaitingLocked(-1)
	for m.now.Before(t) {
		moved := m.moved
		m.mu.Unlock()
		select {
		case <-moved:
			m.mu.Lock()
		case <-ctx.Done():
			m.mu.Lock()
			return context.Cause(ctx)
		}
	}
	return nil
}

func (m *Manual) changeWaitingLocked(by int) {
	m.waiting += by
	close(m.queued)
	m.queued = make(chan struct{})
}

// AwaitWaiters blocks until at least n calls of Wait are waiting. A test calls it before
// it moves the clock. If ctx ends first, it returns the cause.
func (m *Manual) AwaitWaiters(ctx context.Context, n int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.waiting < n {
		queued := m.queued
		m.mu.Unlock()
		select {
		case <-queued:
			m.mu.Lock()
		case <-ctx.Done():
			m.mu.Lock()
			return context.Cause(ctx)
		}
	}
	return nil
}
