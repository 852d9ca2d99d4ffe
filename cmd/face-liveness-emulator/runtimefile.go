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

// runtimeName is the name of the file in a state folder.
const runtimeName = "runtime.json"

// runtimePaths are where a serving process puts the file: into the state folder or,
// without one, into the user's part of the folder for temporary files. Where the
// variable of --state names another folder than the process uses, the file is there
// too: the variables of a container are those of its health check, the flags of its
// serving process are not.
func runtimePaths(s *settings) []string {
	own := ephemeralPath()
	if !s.ephemeral {
		own = filepath.Join(s.state, runtimeName)
	}
	paths := []string{own}
	if s.variableState == "" {
		return paths
	}
	if usual := filepath.Join(s.variableState, runtimeName); usual != own {
		paths = append(paths, usual)
	}
	return paths
}

// foundPaths are where the file of a serving process is looked for, the surest place
// first.
func foundPaths(s *settings) []string {
	paths := runtimePaths(s)
	if s.variableState != "" && !s.ephemeral {
		paths = append(paths, ephemeralPath())
	}
	return paths
}

func ephemeralPath() string {
	return filepath.Join(os.TempDir(), "face-liveness-emulator-"+strconv.Itoa(os.Getuid())+".json")
}

// neighbour is the id of another process of ours that listens at the port of an
// address, as far as files in the usual places tell; 0 is none.
func neighbour(s *settings, address string) int {
	_, port, _ := net.SplitHostPort(address)
	for _, path := range []string{filepath.Join(s.state, runtimeName), ephemeralPath()} {
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
