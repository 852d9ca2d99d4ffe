package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
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
func runtimePath(s settings) string {
	const name = "face-liveness-emulator"
	if !s.ephemeral {
		return filepath.Join(s.state, "runtime.json")
	}
	return filepath.Join(os.TempDir(), name+"-"+strconv.Itoa(os.Getuid())+".json")
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
