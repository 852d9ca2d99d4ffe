package serve

import (
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/atomicfile"
	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
)

// A runtimeFile has the addresses of a serving process, for the commands that look for it.
type runtimeFile struct {
	PID   int    `json:"pid"`
	Host  string `json:"host,omitempty"`  // name of the machine or container; each has its own process ids
	HTTP  string `json:"http,omitempty"`  // base URL
	HTTPS string `json:"https,omitempty"` // base URL
}

// runtimeName is the name of the file in a state folder.
const runtimeName = "runtime.json"

// runtimePath is in the state folder or, without one, in the user's part of the
// folder for temporary files.
func runtimePath(s *config.Settings) string {
	if !s.Ephemeral {
		return filepath.Join(s.State, runtimeName)
	}
	return ephemeralPath()
}

// searchPaths returns the paths where commands look for the file of a serving process, the
// most likely first. If a variable sets the state folder, as in a container, the process
// may have another one, or none, by flags that a health check does not have.
func searchPaths(s *config.Settings) []string {
	paths := []string{runtimePath(s)}
	if s.VariableState == "" {
		return paths
	}
	for _, other := range []string{ephemeralPath(), filepath.Join(s.VariableState, runtimeName)} {
		if !slices.Contains(paths, other) {
			paths = append(paths, other)
		}
	}
	return paths
}

// writeAll writes the file to the path for the flags and variables of this process and,
// if that differs, to the path for the variables alone. It returns the paths.
func (f runtimeFile) writeAll(s *config.Settings) ([]string, error) {
	paths := []string{runtimePath(s)}
	if usual := filepath.Join(s.VariableState, runtimeName); s.VariableState != "" && usual != paths[0] {
		// The state folder is last: another container can use it.
		paths = []string{paths[0], ephemeralPath(), usual}
	}
	var written []string
	var failed error
	for i, path := range paths {
		if i > 0 && f.ownedByOther(path) {
			break // Commands find that process there.
		}
		if err := f.write(path); err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		if written = append(written, path); path == ephemeralPath() {
			break
		}
	}
	if len(written) > 0 {
		return written, nil
	}
	return nil, failed
}

// ownedByOther reports whether the file of another process that may be alive is there. A
// process of another machine or container always may.
func (f runtimeFile) ownedByOther(path string) bool {
	other, err := readRuntimeFile(path)
	return err == nil && (other.Host != f.Host || other.PID != f.PID && alive(other.PID))
}

// remove removes the file, unless another process has replaced it.
func (f runtimeFile) remove(path string) {
	if found, err := readRuntimeFile(path); err == nil && found.PID == f.PID && found.Host == f.Host {
		_ = os.Remove(path)
	}
}

func ephemeralPath() string {
	return filepath.Join(os.TempDir(), "face-liveness-emulator-"+strconv.Itoa(os.Getuid())+".json")
}

// ownerOf returns the id of another emulator process that listens at the port of an
// address, by the files in the usual places, or 0.
func ownerOf(s *config.Settings, address string) int {
	_, port, _ := net.SplitHostPort(address)
	for _, path := range []string{filepath.Join(s.State, runtimeName), ephemeralPath()} {
		file, err := readRuntimeFile(path)
		if err != nil || file.Host != hostName() || file.PID == os.Getpid() || !alive(file.PID) {
			continue
		}
		if strings.HasSuffix(file.HTTP, ":"+port) || strings.HasSuffix(file.HTTPS, ":"+port) {
			return file.PID
		}
	}
	return 0
}

// alive reports whether a process with this id exists.
func alive(pid int) bool {
	process, err := os.FindProcess(pid)
	if pid <= 0 || err != nil {
		return false
	}
	defer process.Release() //nolint:errcheck // Nothing was changed.
	if runtime.GOOS == "windows" {
		return true // FindProcess fails there for a process that has ended.
	}
	err = process.Signal(syscall.Signal(0))
	return err == nil || errors.Is(err, os.ErrPermission)
}

// hostName returns a name that differs between containers that share a folder.
func hostName() string {
	name, _ := os.Hostname() // without a name, the ids must differ
	return name
}

// write replaces the file in one step, so that a reader sees all of it.
func (f runtimeFile) write(path string) error {
	content, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return atomicfile.Replace(path, 0o600, func(file *os.File) error {
		_, err := file.Write(content)
		return err
	})
}

func readRuntimeFile(path string) (runtimeFile, error) {
	var f runtimeFile
	content, err := os.ReadFile(path)
	if err != nil {
		return f, err
	}
	return f, json.Unmarshal(content, &f)
}
