// Package seal notes what the files of a closed Badger folder contain, so that damage is
// found before Badger opens them: over some damage it panics, and other damage it takes
// for the traces of a crash. The store works without a seal; it is written when a folder
// is closed and removed when it is opened.
package seal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
)

// Name is the name of the file that Write writes. It has the sizes and checksums of the
// other files when the folder was closed, a line for each, and the checksum of these
// lines.
const Name = "SUMS"

// former is the seal of the programs before this one, which left out the tables. Its
// contents are ignored, and Remove removes it. Beside a file called Name it tells that
// such a program has opened the folder and closed it again, if only to refuse it, so that
// Name is out of date.
const former = "SEAL"

// A fileSum is the size and the checksum of a file.
type fileSum struct {
	name string
	size int64
	sum  uint32 // of the whole file or of its beginning, see sums
}

func (f fileSum) String() string { return fmt.Sprintf("%08x %d %s\n", f.sum, f.size, f.name) }

// header is how many bytes of an older value log file are in its checksum. Each value in
// it has a checksum of its own, which Badger verifies when it reads it, and there may be
// gigabytes of them.
const header = 20

// sums returns the sums of the files in a folder, without the seal and the files of
// running processes.
func sums(dir string) ([]fileSum, error) {
	entries, err := os.ReadDir(dir) // sorted by name, so the newest is last
	if err != nil {
		return nil, err
	}
	isLog := func(entry fs.DirEntry) bool { return filepath.Ext(entry.Name()) == ".vlog" }
	var files []fileSum
	for n, entry := range entries {
		name := entry.Name()
		if !entry.Type().IsRegular() || name == Name || name == Name+".new" || name == former || name == "LOCK" || strings.HasPrefix(name, ".") {
			continue
		}
		whole := !isLog(entry) || !slices.ContainsFunc(entries[n+1:], isLog)
		size, sum, err := sumFile(filepath.Join(dir, name), whole)
		if err != nil {
			return nil, err
		}
		files = append(files, fileSum{name, size, sum})
	}
	return files, nil
}

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

func sumFile(path string, whole bool) (size int64, sum uint32, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return 0, 0, err
	}
	length := info.Size()
	if !whole {
		length = min(length, header)
	}
	hash := crc32.New(castagnoli())
	if _, err := io.CopyN(hash, file, length); err != nil {
		return 0, 0, err
	}
	return info.Size(), hash.Sum32(), nil
}

// Write seals a folder that was closed just now. If another process seems to have opened
// the folder since, it removes the seal.
func Write(dir string) error {
	files, err := sums(dir)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	for _, file := range files {
		text.WriteString(file.String())
	}
	fmt.Fprintf(&text, "%08x\n", crc32.Checksum(text.Bytes(), castagnoli()))
	path := filepath.Join(dir, Name)
	if err := os.WriteFile(path+".new", text.Bytes(), 0o600); err != nil {
		return errors.Join(err, Remove(dir))
	}
	if err := os.Rename(path+".new", path); err != nil {
		return errors.Join(err, Remove(dir))
	}
	// A process that has the folder open has another memtable, and one that has closed
	// it again has left another value log file.
	now, err := sums(dir)
	if err != nil || !slices.Equal(files, now) || slices.ContainsFunc(now, isMemtable) {
		return errors.Join(err, Remove(dir))
	}
	return nil
}

func isMemtable(file fileSum) bool { return filepath.Ext(file.name) == ".mem" }

// Remove removes the seal. The error is that of the file system.
func Remove(dir string) error {
	for _, name := range []string{Name, Name + ".new", former} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove from the folder: %w", err)
		}
	}
	return nil
}

// retry is the pause before a broken seal is believed. A process that closes the folder
// may have written its seal too late, and will remove it.
const retry = 25 * time.Millisecond

// Broken returns the names of the files that are not as they were when the folder was
// closed. A folder without a seal, or with a damaged one, has none. The error is that of
// the file system.
func Broken(dir string) ([]string, error) {
	names, err := broken(dir)
	if len(names) > 0 {
		var system clock.System
		_ = system.Wait(context.Background(), system.Now().Add(retry)) // fails with its context only
		names, err = broken(dir)
	}
	return names, err
}

func broken(dir string) ([]string, error) {
	lines, ok := read(dir)
	if !ok {
		return nil, nil
	}
	now, err := sums(dir)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, io.EOF) {
		return nil, nil // Another process has the folder open and has changed a file.
	} else if err != nil {
		return nil, fmt.Errorf("read a file of the folder: %w", err)
	}
	names := differences(lines, now)
	if len(names) == 0 || slices.ContainsFunc(now, isMemtable) {
		return nil, nil // With a memtable, the folder is open or was not closed.
	}
	if _, ok := read(dir); !ok {
		return nil, nil // Another process has opened the folder and removed the seal.
	}
	return names, nil
}

// read returns the lines of the seal, and whether it exists, is intact and not out of date.
func read(dir string) (lines []string, ok bool) {
	if _, err := os.Lstat(filepath.Join(dir, former)); err == nil {
		return nil, false
	}
	text, err := os.ReadFile(filepath.Join(dir, Name))
	if err != nil {
		return nil, false
	}
	lines = strings.SplitAfter(string(text), "\n")
	if len(lines) < 2 || lines[len(lines)-1] != "" {
		return nil, false
	}
	lines, sum := lines[:len(lines)-2], lines[len(lines)-2]
	return lines, sum == fmt.Sprintf("%08x\n", crc32.Checksum([]byte(strings.Join(lines, "")), castagnoli()))
}

// differences returns the names of the files that differ between the two, or are in one
// of them only.
func differences(lines []string, now []fileSum) []string {
	var names []string
	for _, file := range now {
		if !slices.Contains(lines, file.String()) {
			names = append(names, file.name)
		}
	}
	for _, line := range lines {
		fields := strings.Fields(line)
		name := fields[len(fields)-1]
		if !slices.ContainsFunc(now, func(file fileSum) bool { return file.name == name }) {
			names = append(names, name)
		}
	}
	return names
}
