// Package process runs servers to measure, each as a process in a process group, and
// reads from /proc what they use.
package process

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/e2e/load/client"
)

// Times of starting and stopping.
const (
	startLimit = 2 * time.Minute
	stopLimit  = 30 * time.Second
	retry      = 500 * time.Microsecond
)

// A Program is a server to measure.
type Program struct {
	Name string
	// Command returns the command line that serves on an address and keeps its state in
	// a folder, and variables of the environment for it.
	Command func(address, folder string) (line, env []string)
	// Bare says that it is the bare stack, which has the create and the read call only.
	Bare bool
}

// A Server is a running process of a program.
type Server struct {
	Address string
	program Program
	folder  string
	cmd     *exec.Cmd
	log     *os.File
	ended   chan struct{} // closed when the process has ended
}

// Start starts the program with the state in a folder. It returns when the first call is
// answered with a 200, and how long that took from the start of the process.
func (p Program) Start(ctx context.Context, folder string, first client.Call) (*Server, time.Duration, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, 0, err
	}
	log, err := os.OpenFile(folder+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, 0, err
	}
	line, env := p.Command(address, folder)
	s := &Server{Address: address, program: p, folder: folder, log: log, ended: make(chan struct{}), cmd: exec.Command(line[0], line[1:]...)}
	s.cmd.Stdout, s.cmd.Stderr = log, log
	s.cmd.Env = append(slices.DeleteFunc(os.Environ(), isSetting), env...)
	ownGroup(s.cmd)
	var system clock.System
	began := system.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, 0, errors.Join(err, log.Close())
	}
	go func() {
		defer close(s.ended)
		_ = s.cmd.Wait() // The state of the process has the result.
	}()
	if err := s.await(ctx, first, began.Add(startLimit)); err != nil {
		return nil, 0, errors.Join(fmt.Errorf("%s: %w (see %s)", p.Name, err, log.Name()), s.Kill())
	}
	return s, system.Now().Sub(began), nil
}

// isSetting reports whether a variable of the environment configures the emulator.
func isSetting(variable string) bool { return strings.HasPrefix(variable, "FACE_LIVENESS_") }

// freeAddress returns a loopback address that was free a moment ago.
func freeAddress(ctx context.Context) (string, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// await repeats the first call until it is answered.
func (s *Server) await(ctx context.Context, first client.Call, deadline time.Time) error {
	var system clock.System
	last := errors.New("not called")
	for now := system.Now(); now.Before(deadline); now = system.Now() {
		select {
		case <-s.ended:
			return fmt.Errorf("the process ended: %s", s.cmd.ProcessState)
		default:
		}
		if last = s.once(ctx, first, deadline); last == nil {
			return nil
		}
		if err := system.Wait(ctx, now.Add(retry)); err != nil {
			return err
		}
	}
	return fmt.Errorf("no answer in %s: %w", startLimit, last)
}

// once makes a call on a new connection.
func (s *Server) once(ctx context.Context, call client.Call, deadline time.Time) error {
	conn, err := client.Dial(ctx, s.Address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // The call is over.
	status, body, err := conn.Do(call, deadline)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("got status %d: %.300s", status, body)
	}
	return err
}

// Stop asks the process group to end, and kills it if it does not.
func (s *Server) Stop(ctx context.Context) error {
	if err := signalGroup(s.cmd, false); err != nil {
		return errors.Join(err, s.Kill())
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopLimit)
	defer cancel()
	select {
	case <-s.ended:
		return s.Kill() // The group may have other processes.
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("%s did not stop in %s", s.program.Name, stopLimit), s.Kill())
	}
}

// Kill ends the process group at once, as kill -9 does.
func (s *Server) Kill() error {
	err := signalGroup(s.cmd, true)
	<-s.ended
	return errors.Join(err, s.log.Close())
}

// DiskUsage returns how many bytes the state has on the disk.
func (s *Server) DiskUsage() (int64, error) {
	var sum int64
	err := filepath.WalkDir(s.folder, func(_ string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		info, err := entry.Info()
		if errors.Is(err, os.ErrNotExist) { // The database deletes files.
			return nil
		}
		if err != nil {
			return err
		}
		sum += allocated(info)
		return nil
	})
	return sum, err
}
