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

// sealName is the name of the file that Close writes into the folder and Open removes.
// It has the sizes and checksums of other files when the folder was closed, a line for
// each, and the checksum of these lines. A folder that was not closed has none.
const sealName = "SEAL"

// A fileSum is the size and the checksum of a file, as the seal has them.
type fileSum struct {
	name string
	size int64
	sum  uint32 // of the whole file or of its header, see sealedFiles
}

func (f fileSum) String() string { return fmt.Sprintf("%08x %d %s\n", f.sum, f.size, f.name) }

// vlogHeader is the length of the header of a value log file.
const vlogHeader = 20

// sealedFiles returns the sums of the files whose damage Badger would not notice or
// would treat like a crash: those that name the tables and keys, the newest value log
// file, and logs of memtables, which a closed folder does not have. For the other value
// log files it is the sum of the header only, and tables are left out, because their
// contents have checksums. Badger can do without DISCARD.
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

// seal writes the seal of a folder that was closed just now. If another process seems to
// have opened the folder since, it removes the seal.
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
	// A process that has the folder open has another memtable, and one that has closed
	// it again has left another value log file.
	now, err := sealedFiles(dir)
	if err != nil || !slices.Equal(files, now) || slices.ContainsFunc(now, isMemtable) {
		return errors.Join(err, unseal(dir))
	}
	return nil
}

func isMemtable(file fileSum) bool { return filepath.Ext(file.name) == ".mem" }

// unseal removes the seal.
func unseal(dir string) error {
	for _, name := range []string{sealName, sealName + ".new"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove from the folder: %w", err)
		}
	}
	return nil
}

// checkSeal returns ErrCorrupt if the folder has a seal and its files do not match it. A
// damaged seal is ignored.
func checkSeal(dir string) error {
	name, err := brokenSeal(dir)
	if name != "" {
		// A process that closes the folder may have written its seal too late, and will
		// remove it.
		var system clock.System
		_ = system.Wait(context.Background(), system.Now().Add(lockRetry)) // fails with its context only
		name, err = brokenSeal(dir)
	}
	if err != nil || name == "" {
		return err
	}
	return corruptFolder(dir, fmt.Sprintf("its file %s is not as it was when the folder was closed", name))
}

// brokenSeal returns the name of a file that does not match the seal, or "".
func brokenSeal(dir string) (string, error) {
	lines, ok := readSeal(dir)
	if !ok {
		return "", nil
	}
	now, err := sealedFiles(dir)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, io.EOF) {
		return "", nil // Another process has the folder open and has changed a file.
	} else if err != nil {
		return "", fmt.Errorf("read a file of the folder: %w", err)
	}
	name := difference(lines, now)
	if name == "" || slices.ContainsFunc(now, isMemtable) {
		return "", nil // With a memtable, the folder is open or was not closed.
	}
	if _, ok := readSeal(dir); !ok {
		return "", nil // Another process has opened the folder and removed the seal.
	}
	return name, nil
}

// readSeal returns the lines of the seal, and whether it exists and is intact.
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

// difference returns the name of a file that differs between the two, or is in one of
// them only; "" if they are equal.
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
