package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/e2e/load/client"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/e2e/load/process"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/e2e/load/result"
)

// Sizes of the work that is not measured.
const (
	busy          = 64               // connections
	unlimitedTime = 30 * time.Minute // for calls that only their number limits
	warmCreates   = 4_000            // for warm code and a store with some tables
	deviceRate    = 8_000            // sessions for a second of device calls
)

// A subject is a running server and sessions that were created on it.
type subject struct {
	program process.Program
	time    clock.System
	server  *process.Server
	folder  string
	bodies  atomic.Int64 // create calls so far
	known   []created    // sessions for reads
	devices []created    // sessions whose tokens were not used for an attempt
}

// A created holds members of the answer to a create call.
type created struct {
	ID    string `json:"sessionId"`
	Token string `json:"authToken"`
}

// open starts the server of a program with the state in a new folder below another one.
// It returns how long the server took to its first answer.
func open(ctx context.Context, program process.Program, below string) (*subject, time.Duration, error) {
	s := &subject{program: program, folder: filepath.Join(below, "state")}
	server, took, err := program.Start(ctx, s.folder, create(0))
	s.server = server
	return s, took, err
}

// next returns the next create call.
func (s *subject) next() client.Call { return create(int(s.bodies.Add(1))) }

// run makes calls to the server.
func (s *subject) run(ctx context.Context, l client.Load) (client.Outcome, error) {
	l.Address, l.First = s.server.Address, alive()
	outcome, err := l.Run(ctx)
	if err != nil {
		err = fmt.Errorf("%s: %w", s.program.Name, err)
	}
	return outcome, err
}

// make creates a number of sessions and returns one in every so many.
func (s *subject) make(ctx context.Context, number, every int) ([]created, error) {
	var mu sync.Mutex
	var answers [][]byte
	_, err := s.run(ctx, client.Load{
		Connections: busy, Time: unlimitedTime, Number: number,
		Next: func(int) client.Call { return s.next() },
		Took: func(n int, body []byte) {
			if n%every != 0 {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			answers = append(answers, append([]byte(nil), body...))
		},
	})
	if err != nil {
		return nil, err
	}
	sessions := make([]created, len(answers))
	for i, answer := range answers {
		if err := json.Unmarshal(answer, &sessions[i]); err != nil {
			return nil, fmt.Errorf("%s: answer to create: %w", s.program.Name, err)
		}
	}
	return sessions, nil
}

// warm brings the server to its steady state.
func (s *subject) warm(ctx context.Context, reads int) error {
	sessions, err := s.make(ctx, min(warmCreates, reads), 1)
	if err != nil {
		return err
	}
	s.known = sessions
	return s.fillLog(ctx, reads)
}

// fillLog fills the request log with reads.
func (s *subject) fillLog(ctx context.Context, reads int) error {
	_, err := s.run(ctx, client.Load{Connections: busy, Time: unlimitedTime, Number: reads, Next: s.readKnown})
	return err
}

// readKnown returns a read call of a session.
func (s *subject) readKnown(n int) client.Call { return readSession(s.known[n%len(s.known)].ID) }

// prepare creates the sessions that a call needs, and returns the calls and how many of
// them can be made.
func (s *subject) prepare(ctx context.Context, call string, o *settings) (next func(int) client.Call, most int, err error) {
	if s.program.Bare {
		call = standIn(call)
	}
	switch call {
	case createCall:
		return func(int) client.Call { return s.next() }, o.number, nil
	case readCall:
		return s.readKnown, o.number, nil
	case listCall:
		return func(int) client.Call { return list() }, o.number, nil
	case startCall:
		s.devices, err = s.make(ctx, min(int(deviceRate*o.time.Seconds()), o.number), 1)
		return func(n int) client.Call { return start(s.devices[n].Token) }, len(s.devices), err
	default:
		return func(n int) client.Call { return attempt(s.devices[n].Token) }, len(s.devices), nil
	}
}

// standIn returns the call of the bare stack that is measured beside a call: it has no
// device calls, which write as a create does, and no list.
func standIn(call string) string {
	switch call {
	case startCall, attemptCall:
		return createCall
	case listCall:
		return readCall
	default:
		return call
	}
}

// measure measures one call and returns samples for a target.
func (s *subject) measure(ctx context.Context, call string, connections int, o *settings) (result.Samples, error) {
	next, most, err := s.prepare(ctx, call, o)
	if err != nil {
		return nil, err
	}
	var before process.CPU
	outcome, err := s.run(ctx, client.Load{
		Connections: connections, Time: o.time, Number: most, Next: next,
		Began: func() (err error) { before, err = s.server.CPU(); return err },
	})
	if err != nil {
		return nil, err
	}
	after, err := s.server.CPU()
	if err != nil {
		return nil, err
	}
	if call == startCall && !s.program.Bare { // An attempt needs a session that was started.
		s.devices = s.devices[:outcome.Requests]
	}
	measure := fmt.Sprintf("%s/%d", call, connections)
	samples := result.Samples{
		{Measure: measure, Quantity: result.Rate, Value: float64(outcome.Requests) / outcome.Elapsed.Seconds()},
		{Measure: measure, Quantity: result.P50, Value: milliseconds(outcome.P50)},
		{Measure: measure, Quantity: result.P99, Value: milliseconds(outcome.P99)},
	}
	if process.HasProc() {
		server, others := after.Server-before.Server, after.Others-before.Others
		samples = append(
			samples,
			result.Sample{Measure: measure, Quantity: result.CPU, Value: float64(server.Microseconds()) / float64(outcome.Requests)},
			result.Sample{Measure: measure, Quantity: result.Others, Value: others.Seconds() / outcome.Elapsed.Seconds()},
		)
	}
	return samples, nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
