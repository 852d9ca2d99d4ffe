package process

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of CPU time in /proc/PID/stat. Linux has the same one on all machines
// that Go runs on.
const tick = 10 * time.Millisecond

// HasProc reports whether this system has /proc with processes.
func HasProc() bool {
	_, err := os.Stat("/proc/self/stat")
	return err == nil
}

// CPU returns the CPU time that the process has used. It is 0 on a system without /proc.
func (s *Server) CPU() (time.Duration, error) {
	if !HasProc() {
		return 0, nil
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	return cpuOf(stat)
}

// cpuOf reads user and system time from the text of a stat file. The name of the program
// is in parentheses and may have spaces.
func cpuOf(stat []byte) (time.Duration, error) {
	const user, system = 11, 12 // after the name
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) <= system {
		return 0, fmt.Errorf("%d fields in /proc/PID/stat", len(fields))
	}
	var sum int64
	for _, field := range fields[user : system+1] {
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		sum += ticks
	}
	return time.Duration(sum) * tick, nil
}

// Memory is what a process has in memory, in bytes.
type Memory struct {
	Resident  int64 `json:"resident"`
	Anonymous int64 `json:"anonymous"` // the part that is no file
}

// Memory returns the memory of the process. It is zero on a system without /proc.
func (s *Server) Memory() (Memory, error) {
	if !HasProc() {
		return Memory{}, nil
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return Memory{}, err
	}
	return memoryOf(string(status)), nil
}

// memoryOf reads the text of a status file.
func memoryOf(status string) (m Memory) {
	for line := range strings.Lines(status) {
		name, value, _ := strings.Cut(line, ":")
		kilobytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		if err != nil {
			continue
		}
		switch name {
		case "VmRSS":
			m.Resident = kilobytes << 10
		case "RssAnon":
			m.Anonymous = kilobytes << 10
		}
	}
	return m
}
