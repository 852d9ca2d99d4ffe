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

// A runtimeFile tells the health command where the serving process listens,
// however its addresses were chosen.
type runtimeFile struct {
	PID   int    `json:"pid"`
	Host  string `json:"host,omitempty"`  // name of the machine or container, which has its own ids
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

// foundPaths are where the file of a serving process is looked for, the surest place
// first. Where a variable names the state folder, as in a container, the process may
// have been told another one, or none, by flags that a health check does not know.
func foundPaths(s *config.Settings) []string {
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

// leave puts the file where it is looked for with the flags and variables of this
// process and, if that is another place, where it is with the variables alone. It
// returns the paths.
func (f runtimeFile) leave(s *config.Settings) ([]string, error) {
	paths := []string{runtimePath(s)}
	if usual := filepath.Join(s.VariableState, runtimeName); s.VariableState != "" && usual != paths[0] {
		// The state folder comes last: it can be that of another container.
		paths = []string{paths[0], ephemeralPath(), usual}
	}
	var written []string
	var failed error
	for i, path := range paths {
		if i > 0 && f.isOfAnother(path) {
			break // Who looks there finds that one.
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

// isOfAnother reports whether there is the file of a process that may live: of another
// machine or container nobody can tell.
func (f runtimeFile) isOfAnother(path string) bool {
	other, err := readRuntimeFile(path)
	return err == nil && (other.Host != f.Host || other.PID != f.PID && alive(other.PID))
}

// remove takes the file away, unless another process has put its own there.
func (f runtimeFile) remove(path string) {
	if found, err := readRuntimeFile(path); err == nil && found.PID == f.PID && found.Host == f.Host {
		_ = os.Remove(path)
	}
}

func ephemeralPath() string {
	return filepath.Join(os.TempDir(), "face-liveness-emulator-"+strconv.Itoa(os.Getuid())+".json")
}

// neighbour is the id of another process of ours that listens at the port of an
// address, as far as files in the usual places tell; 0 is none.
func neighbour(s *config.Settings, address string) int {
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

// hostName tells containers apart that share a folder.
func hostName() string {
	name, _ := os.Hostname() // without one, they are told apart by their ids alone
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
