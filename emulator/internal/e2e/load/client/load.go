package client

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
)

// A Load is what to call, and how much.
type Load struct {
	Address     string
	Connections int
	Time        time.Duration // no call begins later than this after the first one
	Number      int           // of calls at most
	// First is the first call on each connection; it is not measured.
	First Call
	// Began is called when all connections have made their first call; it may be nil.
	Began func() error
	// Next returns the call with a number; it is called by all connections.
	Next func(n int) Call
	// Took gets the body of each answer; it may be nil. It is called by all connections,
	// and must copy what it keeps.
	Took func(n int, body []byte)
}

// An Outcome is what a load measured.
type Outcome struct {
	Requests int
	Elapsed  time.Duration
	P50, P99 time.Duration
}

// worker makes the calls of one connection.
type worker struct {
	load      Load
	conn      *Conn
	calls     *atomic.Int64
	end       time.Time
	latencies []time.Duration
}

// Run makes the calls. Every answer must be a 200; any other is an error.
func (l Load) Run(ctx context.Context) (Outcome, error) {
	var (
		system clock.System
		calls  atomic.Int64
		group  sync.WaitGroup
	)
	workers := make([]*worker, l.Connections)
	errs := make([]error, l.Connections)
	for i := range workers {
		conn, err := Dial(ctx, l.Address)
		if err != nil {
			return Outcome{}, err
		}
		defer func() { _ = conn.Close() }() // The calls are over.
		if _, _, err := conn.Do(l.First, system.Now().Add(callTimeout)); err != nil {
			return Outcome{}, err
		}
		workers[i] = &worker{load: l, conn: conn, calls: &calls, latencies: make([]time.Duration, 0, 4096)}
	}
	if l.Began != nil {
		if err := l.Began(); err != nil {
			return Outcome{}, err
		}
	}
	began := system.Now()
	for i, w := range workers {
		w.end = began.Add(l.Time)
		group.Go(func() { errs[i] = w.run(ctx) })
	}
	group.Wait()
	elapsed := system.Now().Sub(began)
	var all []time.Duration
	for i, w := range workers {
		if errs[i] != nil {
			return Outcome{}, errs[i]
		}
		all = append(all, w.latencies...)
	}
	if len(all) == 0 {
		return Outcome{}, fmt.Errorf("no calls in %s", l.Time)
	}
	slices.Sort(all)
	return Outcome{
		Requests: len(all), Elapsed: elapsed,
		P50: all[(len(all)-1)/2], P99: all[(len(all)-1)*99/100],
	}, nil
}

// run makes calls until the time, the number or ctx ends.
func (w *worker) run(ctx context.Context) error {
	var system clock.System
	now := system.Now()
	for now.Before(w.end) && ctx.Err() == nil {
		n := int(w.calls.Add(1)) - 1
		if n >= w.load.Number {
			return nil
		}
		call := w.load.Next(n)
		status, body, err := w.conn.Do(call, now.Add(callTimeout))
		if err != nil {
			return fmt.Errorf("%s %s: %w", call.Method, call.Path, err)
		}
		if status != http.StatusOK {
			return fmt.Errorf("%s %s: got status %d: %.300s", call.Method, call.Path, status, body)
		}
		if w.load.Took != nil {
			w.load.Took(n, body)
		}
		after := system.Now()
		w.latencies = append(w.latencies, after.Sub(now))
		now = after
	}
	return context.Cause(ctx)
}
