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

// usable creates the folder and checks that files can be created in it, so that later
// errors of Badger have other causes.
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

// filesUsable returns an error if a file of the folder cannot be opened, for example
// because it belongs to another user.
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

// registrySize is the length of Badger's registry of keys without keys: a random number
// and registryText.
const (
	registrySize = 16 + len(registryText)
	registryText = "Hello Badger"
)

// filesWhole returns ErrCorrupt if a file is missing or damaged without which Badger
// would create a new database, or whose contents it would use as a size.
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
	// Badger creates MANIFEST before any of these, so it exists by now even if another
	// process is creating a new database.
	_, err = os.Lstat(filepath.Join(dir, badger.ManifestFilename))
	if errors.Is(err, fs.ErrNotExist) && slices.ContainsFunc(entries, holdsData) {
		return corruptFolder(dir, "its file "+badger.ManifestFilename+" is missing")
	}
	return nil
}

// hasEmptyLog reports whether a log, of values or of a memory table, is empty. Badger
// creates such a file first and sets its length after that; a process that was killed in
// between leaves it empty.
func hasEmptyLog(dir string) bool {
	entries, _ := os.ReadDir(dir) // Other checks report why it cannot be read.
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

// dropDiscard removes the file with Badger's counts of garbage in each value log file if
// it cannot be right: Badger would search forever for a value log file with an impossible
// number, or write past the end of a short file. Without it some space stays in use for
// longer.
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

// discardPlausible checks the pairs of a file's number and its bytes of garbage, which
// are in ascending order and end with file number 0.
func discardPlausible(counts []byte) bool {
	if len(counts) == 0 {
		return true // Badger creates it again
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

// A listener is Badger's logger. It logs nothing, since Badger's messages can have keys
// in them, and notices the one event that Badger only logs: that it continues without a
// table whose index is damaged.
type listener struct {
	badger.Logger // drops everything but errors
	ignoring      atomic.Bool
}

func newListener() *listener {
	return &listener{Logger: badger.DefaultOptions("").WithLoggingLevel(badger.ERROR).Logger}
}

// Errorf implements badger.Logger.

func (l *listener) Errorf(format string, _ ...any) {
	if strings.HasPrefix(format, "Ignoring table") {
		l.ignoring.Store(true)
	}
}
