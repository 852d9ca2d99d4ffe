// Package atomicfile writes files in one step: a reader sees the old content or all of
// the new content, on Windows too.
//
// Package github.com/google/renameio/v2/maybe does not suffice: it takes the whole content
// as a slice, although a snapshot can be larger than the memory; it always overwrites,
// although snapshot requires --force for that; and on Windows it writes in place. The CA
// folder in emulator/internal/certs has its own writer, because packages of the command
// cannot be imported there, nor those of emulator/internal here.
package atomicfile

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
)

// Replace writes a file with the content that fill writes, and overwrites an existing
// file. The mode is subject to the umask. If fill fails, nothing changes.
func Replace(name string, mode fs.FileMode, fill func(*os.File) error) error {
	return write(name, mode, fill, os.Rename)
}

// Create is Replace for a new file. An existing file stays, and the error is fs.ErrExist.
// Of two processes that create the file at the same time, one wins.
func Create(name string, mode fs.FileMode, fill func(*os.File) error) error {
	return write(name, mode, fill, func(temporary, name string) error {
		err := os.Link(temporary, name)
		if err == nil {
			return os.Remove(temporary)
		}
		if errors.Is(err, fs.ErrExist) {
			return err
		}
		// The file system has no hard links. Here the later of two processes wins.
		if _, statErr := os.Lstat(name); statErr == nil {
			return &fs.PathError{Op: "create", Path: name, Err: fs.ErrExist}
		}
		return os.Rename(temporary, name)
	})
}

// write fills a temporary file next to name and moves it there.
func write(name string, mode fs.FileMode, fill func(*os.File) error, move func(temporary, name string) error) error {
	folder := filepath.Dir(name)
	temporary := filepath.Join(folder, "."+filepath.Base(name)+"."+strconv.FormatUint(rand.Uint64(), 36)+".tmp")
	file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	if err = fill(file); err == nil {
		err = file.Sync()
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = move(temporary, name)
	}
	if err != nil {
		_ = os.Remove(temporary) // If it stays, it is hidden.
		return err
	}
	syncFolder(folder)
	return nil
}

// syncFolder makes the names in a folder survive a power failure, if the system can.
func syncFolder(folder string) {
	if runtime.GOOS == "windows" {
		return // It cannot sync folders, and writes names through.
	}
	opened, err := os.Open(folder)
	if err != nil {
		return
	}
	_ = opened.Sync() // The content is safe without it.
	_ = opened.Close()
}
