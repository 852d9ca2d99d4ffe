package main

import (
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// A runtimeFile tells the health command where the serving process listens,
// however its addresses were chosen.
type runtimeFile struct {
	PID   int    `json:"pid"`
	HTTP  string `json:"http,omitempty"`  // base URL
	HTTPS string `json:"https,omitempty"` // base URL
}

// runtimePath is in the state folder or, without one, in the user's part of the
// folder for temporary files.
func runtimePath(s *settings) string {
	if !s.ephemeral {
		return filepath.Join(s.state, "runtime.json")
	}
	return ephemeralPath()
}

func ephemeralPath() string {
	return filepath.Join(os.TempDir(), "face-liveness-emulator-"+strconv.Itoa(os.Getuid())+".json")
}

// neighbour is the id of another process of ours that listens at the port of an
// address, as far as files in the usual places tell; 0 is none.
func neighbour(s *settings, address string) int {
	_, port, _ := net.SplitHostPort(address)
	for _, path := range []string{filepath.Join(s.state, "runtime.json"), ephemeralPath()} {
		file, err := readRuntimeFile(path)
		if err != nil || file.PID == os.Getpid() || !alive(file.PID) {
			continue
		}
		if strings.HasSuffix(file.HTTP, ":"+port) || strings.HasSuffix(file.HTTPS, ":"+port) {
			return file.PID
		}
	}
	return 0
}

// alive reports whether there is a process of this id.
func alive(pid int) bool {
	process, err := os.FindProcess(pid)
	if pid <= 0 || err != nil {
		return false
	}
	defer process.Release() //nolint:errcheck // Nothing was changed.
	if runtime.GOOS == "windows" {
		return true // There, only a living one is found.
	}
	err = process.Signal(syscall.Signal(0))
	return err == nil || errors.Is(err, os.ErrPermission)
}

// write replaces the file in one step, so that a reader sees all of it.
func (f runtimeFile) write(path string) error {
	content, err := json.Marshal(f)
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = temp.Write(content)
	if closeErr := temp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(temp.Name())
	}
	return err
}

func readRuntimeFile(path string) (runtimeFile, error) {
	var f runtimeFile
	content, err := os.ReadFile(path)
	if err != nil {
		return f, err
	}
	return f, json.Unmarshal(content, &f)
}
