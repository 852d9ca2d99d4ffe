package badgerstore

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

	"github.com/dgraph-io/badger/v4"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
)

// sealName is the file that is in the folder while it is closed. It says what
// the other files were when it was closed: a line for each, and the checksum of
// these lines. It is gone when the folder was not closed in order.
const sealName = "SEAL"

// A fileSum is the size and the checksum of a file, as the seal has them.
type fileSum struct {
	name string
	size int64
	sum  uint32 // of as much of it as sealedFiles says
}

func (f fileSum) String() string { return fmt.Sprintf("%08x %d %s\n", f.sum, f.size, f.name) }

// vlogHeader is how long the header of a value log file is.
const vlogHeader = 20

// sealedFiles looks at the files whose damage Badger would not notice or would
// take for the mark of a crash: those that name the tables and keys, and the
// newest value log file, and logs of memtables, which a closed folder has none
// of. Of the other value log files only
// the header counts, and of tables nothing: what is in them has checksums of
// its own. What DISCARD says is not vital.
func sealedFiles(dir string) ([]fileSum, error) {
	entries, err := os.ReadDir(dir) // sorted by name, so the newest is last
	if err != nil {
		return nil, err
	}
	entries = slices.DeleteFunc(entries, func(entry fs.DirEntry) bool {
		switch name := entry.Name(); filepath.Ext(name) {
		case ".vlog", ".mem":
			return false
		default:
			return name != badger.ManifestFilename && name != badger.KeyRegistryFileName
		}
	})
	files := make([]fileSum, 0, len(entries))
	for n, entry := range entries {
		name, whole := entry.Name(), true
		if filepath.Ext(name) == ".vlog" {
			whole = !slices.ContainsFunc(entries[n+1:], func(later fs.DirEntry) bool {
				return filepath.Ext(later.Name()) == ".vlog"
			})
		}
		size, sum, err := sumFile(filepath.Join(dir, name), whole)
		if err != nil {
			return nil, err
		}
		files = append(files, fileSum{name, size, sum})
	}
	return files, nil
}

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
		length = min(length, vlogHeader)
	}
	hash := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	if _, err := io.CopyN(hash, file, length); err != nil {
		return 0, 0, err
	}
	return info.Size(), hash.Sum32(), nil
}

// seal writes the seal of a folder that was closed just now. Another process
// may have opened it since; if that shows, there is no seal.
func seal(dir string) error {
	files, err := sealedFiles(dir)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	for _, file := range files {
		text.WriteString(file.String())
	}
	fmt.Fprintf(&text, "%08x\n", record.Sum(text.Bytes()))
	path := filepath.Join(dir, sealName)
	if err := os.WriteFile(path+".new", text.Bytes(), 0o600); err != nil {
		return errors.Join(err, unseal(dir))
	}
	if err := os.Rename(path+".new", path); err != nil {
		return errors.Join(err, unseal(dir))
	}
	// A process that has the folder open has another memtable, and one that has
	// had it open leaves another value log file.
	now, err := sealedFiles(dir)
	if err != nil || !slices.Equal(files, now) || slices.ContainsFunc(now, isMemtable) {
		return errors.Join(err, unseal(dir))
	}
	return nil
}

func isMemtable(file fileSum) bool { return filepath.Ext(file.name) == ".mem" }

// unseal removes the seal, since what it says is true no longer.
func unseal(dir string) error {
	for _, name := range []string{sealName, sealName + ".new"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove from the folder: %w", err)
		}
	}
	return nil
}

// checkSeal returns ErrCorrupt if the folder is sealed and its files are not as
// they were. A seal that is damaged itself is as good as none.
func checkSeal(dir string) error {
	name, err := brokenSeal(dir)
	if name != "" {
		// A process that closes the folder may have come too late with its seal,
		// and is about to find out.
		var system clock.System
		_ = system.Wait(context.Background(), system.Now().Add(lockRetry)) // fails with its context only
		name, err = brokenSeal(dir)
	}
	if err != nil || name == "" {
		return err
	}
	return corruptFolder(dir, fmt.Sprintf("its file %s is not as it was when the folder was closed", name))
}

// brokenSeal returns the name of a file that is not as the seal says, or "".
func brokenSeal(dir string) (string, error) {
	lines, ok := readSeal(dir)
	if !ok {
		return "", nil
	}
	now, err := sealedFiles(dir)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, io.EOF) {
		return "", nil // A process that has the folder open has cut off or removed a file meanwhile.
	} else if err != nil {
		return "", fmt.Errorf("read a file of the folder: %w", err)
	}
	name := difference(lines, now)
	if name == "" || slices.ContainsFunc(now, isMemtable) {
		return "", nil // With a memtable, the folder is open or was not closed in order.
	}
	if _, ok := readSeal(dir); !ok {
		return "", nil // A process that opens the folder has removed it meanwhile.
	}
	return name, nil
}

// readSeal returns the lines of the seal, if there is one.
func readSeal(dir string) (lines []string, ok bool) {
	text, err := os.ReadFile(filepath.Join(dir, sealName))
	if err != nil {
		return nil, false
	}
	lines = strings.SplitAfter(string(text), "\n")
	if len(lines) < 2 || lines[len(lines)-1] != "" {
		return nil, false
	}
	lines, sum := lines[:len(lines)-2], lines[len(lines)-2]
	return lines, sum == fmt.Sprintf("%08x\n", record.Sum([]byte(strings.Join(lines, ""))))
}

// difference returns the name of a file that is only in one of the two, or not
// the same in both; "" if there is none.
func difference(lines []string, now []fileSum) string {
	for _, file := range now {
		if !slices.Contains(lines, file.String()) {
			return file.name
		}
	}
	for _, line := range lines {
		if !slices.ContainsFunc(now, func(file fileSum) bool { return file.String() == line }) {
			fields := strings.Fields(line)
			return fields[len(fields)-1]
		}
	}
	return ""
}
