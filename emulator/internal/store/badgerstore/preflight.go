package badgerstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/table"
)

// usable makes the folder and makes sure that files can be made in it, so that
// whatever Badger reports afterwards is not that.
func usable(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("badgerstore: make the folder: %w", err)
	}
	probe, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return fmt.Errorf("badgerstore: write into the folder: %w", err)
	}
	_ = probe.Close()
	if err := os.Remove(probe.Name()); err != nil {
		return fmt.Errorf("badgerstore: remove from the folder: %w", err)
	}
	// Badger ends the process if it cannot open this one.
	return fileUsable(filepath.Join(dir, "DISCARD"))
}

// filesUsable returns an error if a file of the folder cannot be opened, as when
// another user has made it.
func filesUsable(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("badgerstore: read the folder: %w", err)
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
		return fmt.Errorf("badgerstore: open a file of the folder: %w", err)
	default:
		return file.Close()
	}
}

// tablesWhole returns ErrCorrupt if a table that the database names is cut off
// or has no footer: Badger panics over those in a goroutine of its own, where
// nobody can catch it. What else it would find wrong it can say itself.
//
// A process that has the folder open may add and remove tables meanwhile; added
// ones are whole before they are named, and removed ones are passed over.
func tablesWhole(dir string, opts badger.Options) error {
	file, err := os.Open(filepath.Join(dir, badger.ManifestFilename))
	if err != nil {
		return nil // A new folder; or Badger says what is wrong.
	}
	manifest, _, err := badger.ReplayManifestFile(file, opts.ExternalMagicVersion, opts)
	_ = file.Close()
	if err != nil {
		return nil // Badger says what is wrong.
	}
	for id := range manifest.Tables {
		path := table.NewFilename(id, dir)
		if whole, err := tableWhole(path); err == nil && !whole {
			return corruptFolder(dir, "the table "+filepath.Base(path)+" is cut off or overwritten")
		}
	}
	return nil
}

// tableWhole reads the footer of a table from behind: the length of the
// checksum, the checksum, the length of the index; the index is before it.
func tableWhole(path string) (bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return false, err
	}
	end := info.Size()
	for _, most := range []int64{64, end} {
		var length [4]byte
		if end -= 4; end < 0 {
			return false, nil
		}
		if _, err := file.ReadAt(length[:], end); err != nil {
			return false, err
		}
		n := int64(binary.BigEndian.Uint32(length[:]))
		if end -= n; n == 0 || n > most || end < 0 {
			return false, nil
		}
	}
	return true, nil
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
