package process

import (
	"bytes"
	"fmt"
	"os"
	"slices"
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

// CPU is processor time that was used since the start.
type CPU struct {
	Server time.Duration // by the process of the server
	Others time.Duration // by all processes but the server and this one
}

// CPU returns the processor time until now. It is zero on a system without /proc.
func (s *Server) CPU() (CPU, error) {
	if !HasProc() {
		return CPU{}, nil
	}
	var texts [3][]byte
	for i, file := range []string{fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid), "/proc/self/stat", "/proc/stat"} {
		text, err := os.ReadFile(file)
		if err != nil {
			return CPU{}, err
		}
		texts[i] = text
	}
	server, err := cpuOf(texts[0])
	if err != nil {
		return CPU{}, err
	}
	self, err := cpuOf(texts[1])
	if err != nil {
		return CPU{}, err
	}
	all, err := busyOf(string(texts[2]))
	return CPU{Server: server, Others: all - server - self}, err
}

// cpuOf reads user and system time from the text of a stat file. The name of the program
// is in parentheses and may have spaces.
func cpuOf(stat []byte) (time.Duration, error) {
	const user, system = 11, 12 // after the name
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) <= system {
		return 0, fmt.Errorf("%d fields in /proc/PID/stat", len(fields))
	}
	return sum(fields[user : system+1])
}

// busyOf reads from the text of /proc/stat the time in which the machine was not idle.
func busyOf(stat string) (time.Duration, error) {
	line, _, _ := strings.Cut(stat, "\n")
	fields := strings.Fields(line) // "cpu", user, nice, system, idle, iowait, irq, softirq, steal
	if len(fields) < 9 {
		return 0, fmt.Errorf("%d fields in /proc/stat", len(fields))
	}
	return sum(slices.Concat(fields[1:4], fields[6:9]))
}

// sum adds numbers of ticks.
func sum(fields []string) (time.Duration, error) {
	var all int64
	for _, field := range fields {
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		all += ticks
	}
	return time.Duration(all) * tick, nil
}

// Memory is what a process has in memory, in bytes.
type Memory struct {
	Resident  int64
	Anonymous int64 // without mapped files
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
