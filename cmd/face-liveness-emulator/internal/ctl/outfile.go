package ctl

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/atomicfile"
	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
)

// Who may read a file that we write, as far as the system's mask lets them.
const (
	modePrivate fs.FileMode = 0o600 // it holds what others are not to see
	modeShared  fs.FileMode = 0o666
)

// An outFile is where a command writes to.
type outFile struct {
	name string
	mode fs.FileMode
	// keep refuses to write over a file that is there.
	keep bool
}

// check refuses a place that cannot be written to or must not be, as far as that can be
// seen before.
func (f outFile) check() error {
	info, err := os.Stat(f.name)
	switch {
	case f.name == "":
		return errors.New("the name of a file is blank")
	case errors.Is(err, fs.ErrNotExist):
		_, err := os.Stat(filepath.Dir(f.name))
		if err != nil {
			return config.FileError(filepath.Dir(f.name), err)
		}
		return nil
	case err != nil:
		return config.FileError(f.name, err)
	case info.IsDir():
		return fmt.Errorf("%s is a folder; name a file", f.name)
	case f.keep && info.Mode().IsRegular():
		return f.exists()
	}
	return nil
}

// write calls fill with what is to become the file. It has its name only when all of
// it is there.
func (f outFile) write(fill func(io.Writer) error) error {
	place := f.name
	if info, err := os.Stat(place); err == nil {
		if !info.Mode().IsRegular() {
			return f.copyTo(fill)
		}
		if place, err = filepath.EvalSymlinks(place); err != nil {
			return config.FileError(f.name, err)
		}
	}
	put := atomicfile.Replace
	if f.keep {
		put = atomicfile.Create
	}
	var failed error // of fill, which says itself what it is about
	err := put(place, f.mode, func(file *os.File) error {
		failed = fill(file)
		return failed
	})
	switch {
	case failed != nil:
		return failed
	case errors.Is(err, fs.ErrExist):
		return f.exists()
	case err != nil:
		return config.FileError(f.name, err)
	}
	return nil
}

// exists is the error for a file that must not be overwritten.
func (f outFile) exists() error {
	return fmt.Errorf("%s exists; use --force to overwrite it", f.name)
}

// copyTo fills what is no file and so cannot be put in its place in one step: a pipe or
// a device.
func (f outFile) copyTo(fill func(io.Writer) error) error {
	file, err := os.OpenFile(f.name, os.O_WRONLY, 0)
	if err != nil {
		return config.FileError(f.name, err)
	}
	err = fill(file)
	if closeErr := file.Close(); err == nil && closeErr != nil {
		err = config.FileError(f.name, closeErr)
	}
	return err
}

// A document is the answer of a command that gives a text, to standard output or to a
// file.
type document struct {
	text string
	json any         // what --output json prints in place of the text; nil: the text, which is JSON
	file string      // "": standard output
	mode fs.FileMode // of the file
}

// saved returns the document once it is in its file, if it has one.
func (d document) saved() (document, error) {
	if d.file == "" {
		return d, nil
	}
	err := outFile{name: d.file, mode: d.mode}.write(func(w io.Writer) error {
		if _, err := io.WriteString(w, d.text); err != nil {
			return config.FileError(d.file, err)
		}
		return nil
	})
	if err != nil {
		return d, &config.ExitError{Code: config.ExitRuntime, Err: err}
	}
	return d, nil
}

// written says where a document is and how long, for who has it in a file.
type written struct {
	File  string `json:"file"`
	Bytes int    `json:"bytes"`
}

// value is what --output json prints.
func (d document) value() any {
	if d.file != "" {
		return written{File: d.file, Bytes: len(d.text)}
	}
	return d.json
}

// shown is what people read.
func (d document) shown() string {
	if d.file != "" {
		return fmt.Sprintf("%s: %s\n", printable(d.file), bytesText(int64(len(d.text))))
	}
	return d.text
}

// bytesText is a number of bytes in a unit that leaves it readable.
func bytesText(bytes int64) string {
	units := []string{"kB", "MB", "GB", "TB"}
	if bytes < 1000 {
		return plural(int(bytes), "byte")
	}
	size, unit := float64(bytes)/1000, 0
	for size >= 999.95 && unit < len(units)-1 {
		size, unit = size/1000, unit+1
	}
	return strconv.FormatFloat(size, 'f', 1, 64) + " " + units[unit]
}
