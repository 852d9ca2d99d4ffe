package badgerstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore/seal"
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
	return fileUsable(filepath.Join(dir, discardName))
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

// checkSeal returns ErrCorrupt if a file is not as it was when the folder was closed.
// DISCARD has Badger's counts of garbage; a damaged one is removed, which only keeps some
// space in use for longer.
func checkSeal(dir string) error {
	names, err := seal.Broken(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if name != discardName {
			return corruptFolder(dir, fmt.Sprintf("its file %s is not as it was when the folder was closed", name))
		}
	}
	if len(names) == 0 {
		return nil
	}
	if err := os.Remove(filepath.Join(dir, discardName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove from the folder: %w", err)
	}
	return nil
}

const discardName = "DISCARD"

// checkManifest returns ErrCorrupt if the folder has data but no MANIFEST: Badger would
// begin a new database and remove the data.
func checkManifest(dir string) error {
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
