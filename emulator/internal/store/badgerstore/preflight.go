package badgerstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"
)

// usable makes the folder and makes sure that files can be made in it, so that
// whatever Badger reports afterwards is not that.
func usable(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	probe, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return fmt.Errorf("write into the folder: %w", err)
	}
	_ = probe.Close()
	if err := os.Remove(probe.Name()); err != nil {
		return fmt.Errorf("remove from the folder: %w", err)
	}
	// Badger ends the process if it cannot open this one.
	return fileUsable(filepath.Join(dir, "DISCARD"))
}

// filesUsable returns an error if a file of the folder cannot be opened, as when
// another user has made it.
func filesUsable(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("read the folder: %w", err)
	}
	for _, entry := range entries {
		if entry.Type().IsRegular() && entry.Name() != "LOCK" {
			if err := fileUsable(filepath.Join(dir, entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func fileUsable(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("open a file of the folder: %w", err)
	default:
		return file.Close()
	}
}

// registrySize is how long Badger's registry of keys is that has none in it: a
// random number, and registryText.
const (
	registrySize = 16 + len(registryText)
	registryText = "Hello Badger"
)

// filesWhole returns ErrCorrupt if a file is gone or damaged over which Badger
// would begin anew, or take what it finds in it for the size of something.
func filesWhole(dir string) error {
	registry, err := os.ReadFile(filepath.Join(dir, badger.KeyRegistryFileName))
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("open a file of the folder: %w", err)
	case len(registry) != registrySize || string(registry[16:]) != registryText:
		return corruptFolder(dir, "its file "+badger.KeyRegistryFileName+" is damaged")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("read the folder: %w", err)
	}
	// Badger makes MANIFEST before any of these, so also a process that makes a
	// new folder meanwhile has made it by now.
	_, err = os.Lstat(filepath.Join(dir, badger.ManifestFilename))
	if errors.Is(err, fs.ErrNotExist) && slices.ContainsFunc(entries, holdsData) {
		return corruptFolder(dir, "its file "+badger.ManifestFilename+" is missing")
	}
	return nil
}

// hasEmptyLog reports whether there is a log, of values or of a memory table,
// that has no length. Badger makes such a file first and gives it its length after that; a
// process that was killed in between leaves it.
func hasEmptyLog(dir string) bool {
	entries, _ := os.ReadDir(dir) // What keeps it from being read is found by others.
	return slices.ContainsFunc(entries, func(entry fs.DirEntry) bool {
		info, err := entry.Info()
		kind := filepath.Ext(entry.Name())
		return err == nil && (kind == ".mem" || kind == ".vlog") && info.Size() == 0
	})
}

func holdsData(entry fs.DirEntry) bool {
	switch filepath.Ext(entry.Name()) {
	case ".sst", ".vlog", ".mem":
		return true
	default:
		return false
	}
}

// dropDiscard removes the file in which Badger counts what is garbage in which
// value log file if it cannot be right: Badger would look for ever for a value
// log file with an impossible number, or write past the end of a short file.
// Without it some space stays in use for longer.
func dropDiscard(dir string) error {
	path := filepath.Join(dir, "DISCARD")
	counts, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("open a file of the folder: %w", err)
	case discardPlausible(counts):
		return nil
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("remove from the folder: %w", err)
	}
	return nil
}

// discardPlausible looks at the pairs of a number of a file and of bytes, which
// are in ascending order and end with a file of number 0.
func discardPlausible(counts []byte) bool {
	if len(counts) == 0 {
		return true // as when it is being made; Badger makes it anew
	}
	if len(counts) < 1<<20 || len(counts)%16 != 0 {
		return false
	}
	var before uint64
	for ; len(counts) > 0; counts = counts[16:] {
		file, garbage := binary.BigEndian.Uint64(counts), binary.BigEndian.Uint64(counts[8:])
		if file == 0 {
			return true
		}
		if file <= before || file > math.MaxUint32 || garbage > math.MaxInt64 {
			return false
		}
		before = file
	}
	return false
}

// A listener is Badger's logger. It passes nothing on, since what Badger logs
// can have keys in it, and hears the one thing that Badger only logs: that it
// goes on without a table whose index is damaged.
type listener struct{ ignoring atomic.Bool }

func (l *listener) Errorf(format string, _ ...any) {
	if strings.HasPrefix(format, "Ignoring table") {
		l.ignoring.Store(true)
	}
}

func (l *listener) Warningf(string, ...any) {}
func (l *listener) Infof(string, ...any)    {}
func (l *listener) Debugf(string, ...any)   {}
