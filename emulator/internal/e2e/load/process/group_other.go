//go:build !unix

package process

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
)

// ownGroup does nothing: this system has no process groups.
func ownGroup(*exec.Cmd) {}

// signalGroup kills the process.
func signalGroup(cmd *exec.Cmd, _ bool) error {
	if err := cmd.Process.Kill(); !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

// allocated returns the size of a file.
func allocated(info fs.FileInfo) int64 { return info.Size() }
