package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/e2e/load/client"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/e2e/load/process"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/e2e/load/result"
)

const (
	few        = 1_000 // sessions to compare with
	knownLarge = 1_000 // of all sessions, evenly spread, for reads
	unsaved    = 1_000 // creates directly before a kill
)

// measureLarge measures each program with few and with many sessions.
func (r *run) measureLarge(ctx context.Context) error {
	for _, program := range r.programs {
		for _, sessions := range []int{few, r.sessions} {
			l := &largeRun{results: r, target: fmt.Sprintf("%s, %d", program.Name, sessions), sessions: sessions}
			if err := l.open(ctx, program); err != nil {
				return err
			}
			if err := errors.Join(l.measure(ctx), l.close(ctx)); err != nil {
				return err
			}
		}
	}
	return nil
}

// A largeRun measures one server with a number of sessions.
type largeRun struct {
	*subject
	results  *run
	target   string
	sessions int
}

// open starts a new server.
func (l *largeRun) open(ctx context.Context, program process.Program) error {
	folder, err := os.MkdirTemp(l.results.folder, slug(program.Name))
	if err != nil {
		return err
	}
	l.subject, _, err = open(ctx, program, folder)
	return err
}

// close stops the server and removes what it stored.
func (l *largeRun) close(ctx context.Context) error {
	return errors.Join(l.server.Stop(ctx), os.RemoveAll(l.folder))
}

// add adds a value to the results, and shows it, because the whole run takes long.
func (l *largeRun) add(round int, measure, quantity string, value float64) {
	l.results.say("%s: %s, %s: %.4g", l.target, measure, quantity, value)
	l.results.large = l.results.large.With(l.target, round, result.Samples{{Measure: measure, Quantity: quantity, Value: value}})
}

func (l *largeRun) measure(ctx context.Context) error {
	steps := []func(context.Context) error{l.fill, l.load, l.weigh, l.kill, l.refill, l.ask, l.copyAndReset}
	if l.program.Bare {
		steps = []func(context.Context) error{l.fill, l.load, l.weigh, l.kill}
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// fill creates the sessions, and fills the request log.
func (l *largeRun) fill(ctx context.Context) error {
	began := l.time.Now()
	every := max(1, l.sessions/knownLarge)
	sessions, err := l.make(ctx, l.sessions, every)
	if err != nil {
		return err
	}
	l.add(0, "fill", result.Rate, float64(l.sessions)/l.time.Now().Sub(began).Seconds())
	l.known = sessions
	return l.fillLog(ctx, l.results.warm)
}

// refill starts with a new server if the measured calls added many sessions to few.
// Otherwise it fills the request log of the server that followed the killed one.
func (l *largeRun) refill(ctx context.Context) error {
	if l.bodies.Load() < int64(l.sessions)*11/10 {
		return l.fillLog(ctx, l.results.warm)
	}
	if err := l.close(ctx); err != nil {
		return err
	}
	if err := l.open(ctx, l.program); err != nil {
		return err
	}
	return l.fill(ctx)
}

// load measures the calls. Reads come first, because the others add sessions.
func (l *largeRun) load(ctx context.Context) error {
	for round := range l.results.rounds {
		for _, connections := range l.results.connections {
			for _, call := range []string{readCall, listCall, createCall, startCall, attemptCall} {
				if l.program.Bare && standIn(call) != call {
					continue
				}
				samples, err := l.subject.measure(ctx, call, connections, l.results.settings)
				if err != nil {
					return err
				}
				l.results.large = l.results.large.With(l.target, round, samples)
			}
		}
	}
	return nil
}

// weigh measures memory and disk.
func (l *largeRun) weigh(context.Context) error {
	memory, err := l.server.Memory()
	if err != nil {
		return err
	}
	l.results.large = l.results.large.With(l.target, 0, memorySamples("memory", memory))
	disk, err := l.server.DiskUsage()
	if err != nil {
		return err
	}
	// The start created one session. The others are counted by their bodies.
	l.add(0, "disk", "bytes per session", float64(disk)/float64(l.bodies.Load()+1))
	return nil
}

// ask measures questions about all sessions, each of them twice: the first answer may
// need what the second finds.
func (l *largeRun) ask(ctx context.Context) error {
	for _, question := range []struct{ what, method, path, body string }{
		{"control list of 20", http.MethodPost, "/_emulator/sessions/find", `{"limit":20}`},
		{"report", http.MethodGet, "/_emulator/report", ""},
		{"metrics", http.MethodGet, "/metrics", ""},
	} {
		for _, time := range []string{"first", "second"} {
			took, err := l.timed(ctx, question.method, question.path, strings.NewReader(question.body), io.Discard)
			if err != nil {
				return err
			}
			l.add(0, question.what, time+" ms", milliseconds(took))
		}
	}
	return nil
}

// kill kills the server and measures how long a new one takes to answer a read.
func (l *largeRun) kill(ctx context.Context) error {
	for round := range l.results.rounds {
		fresh, err := l.make(ctx, unsaved, 1)
		if err != nil {
			return err
		}
		if err := l.server.Kill(); err != nil {
			return err
		}
		server, took, err := l.program.Start(ctx, l.folder, readSession(fresh[len(fresh)-1].ID))
		if err != nil {
			return err
		}
		l.server = server
		l.add(round, "open after a kill", "ms", milliseconds(took))
	}
	return nil
}

// copyAndReset measures snapshot, reset of the resource, restore, and reset of all.
func (l *largeRun) copyAndReset(ctx context.Context) (err error) {
	file, err := os.Create(l.folder + ".snapshot")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(file.Name())) }()
	took, err := l.timed(ctx, http.MethodGet, "/_emulator/snapshot", http.NoBody, file)
	if err != nil {
		return err
	}
	l.add(0, "snapshot", "ms", milliseconds(took))
	size, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	l.add(0, "snapshot", "bytes per session", float64(size)/float64(l.bodies.Load()+1))
	if err := l.reset(ctx, "reset of the resource", ""); err != nil {
		return err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	took, err = l.timed(ctx, http.MethodPost, "/_emulator/restore", io.NopCloser(file), io.Discard)
	if err != nil {
		return err
	}
	l.add(0, "restore", "ms", milliseconds(took))
	return l.reset(ctx, "reset of all", "?all=true")
}

// reset measures a reset and checks that it took a known session with it.
func (l *largeRun) reset(ctx context.Context, what, query string) error {
	took, err := l.timed(ctx, http.MethodPost, "/_emulator/reset"+query, strings.NewReader(`{"sessions":true}`), io.Discard)
	if err != nil {
		return err
	}
	l.add(0, what, "ms", milliseconds(took))
	conn, err := client.Dial(ctx, l.server.Address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // The call is over.
	status, _, err := conn.Do(readSession(l.known[0].ID), l.time.Now().Add(time.Minute))
	if err == nil && status != http.StatusNotFound {
		err = fmt.Errorf("%s: after %s, a session is answered with status %d", l.target, what, status)
	}
	return err
}

// timed makes a call with a large body or answer, and returns how long it took.
func (s *subject) timed(ctx context.Context, method, path string, body io.Reader, answer io.Writer) (took time.Duration, err error) {
	request, err := http.NewRequestWithContext(ctx, method, "http://"+s.server.Address+path, body)
	if err != nil {
		return 0, err
	}
	request.Header.Set("Ocp-Apim-Subscription-Key", key)
	if strings.HasSuffix(path, "/restore") {
		request.Header.Set("Content-Type", "application/octet-stream")
	} else if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/json")
	}
	began := s.time.Now()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 300)) // The status says enough.
		return 0, fmt.Errorf("%s: %s %s: got status %d: %s", s.program.Name, method, path, response.StatusCode, text)
	}
	_, err = io.Copy(answer, response.Body)
	return s.time.Now().Sub(began), err
}
