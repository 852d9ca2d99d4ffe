package ctl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/atomicfile"
	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
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

// A fileFlag is --file.
type fileFlag struct{ name string }

func (f *fileFlag) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.name, "file", "", "output file; overwritten if it exists")
}

// newDocumentCommand makes the command of a description whose answers are documents. Document
// makes one of an answer; the file is added to it.
func newDocumentCommand[T any](p *Client, s *config.Settings, d callSpec[T], document func(answer T, output format) (document, error)) *cobra.Command {
	var file fileFlag
	return p.newCommand(s, commandSpec{
		use: d.use, short: d.short, long: d.long, example: d.example,
		args: d.args, all: d.all, formats: d.formats, flags: file.register, callTimeout: d.callTimeout,
		prepare: func(args []string) (runFunc, error) {
			call, err := d.prepare(args)
			if err != nil {
				return nil, err
			}
			if file.name != "" {
				if err := (outFile{name: file.name}).check(); err != nil {
					return nil, err
				}
			}
			return func(ctx context.Context, api control.API, output format) error {
				answer, err := call(ctx, api)
				if err != nil {
					return controlFailure(err)
				}
				made, err := document(answer, output)
				if err != nil {
					return &config.ExitError{Code: config.ExitRuntime, Err: err}
				}
				made.file = file.name
				if err := p.deliver(made, output); err != nil || d.fails == nil {
					return err
				}
				return d.fails(answer)
			}, nil
		},
	})
}

// deliver writes a document where it is to be.
func (p *Client) deliver(d document, output format) error {
	d, err := d.saved()
	switch {
	case err != nil:
		return err
	case output == formatJSON && d.value() != nil:
		return p.printJSON(d.value())
	default:
		return p.print(d.shown())
	}
}

// maxReadFile bounds what is read of a file, in bytes. The emulator takes less.
const maxReadFile = 1 << 20

// readFile reads a text file, or standard input where it is called "-". The name is
// for messages.
func (p *Client) readFile(file string) (text, name string, err error) {
	source, name := p.Stdin, "standard input"
	if file != "-" {
		opened, err := os.Open(file)
		if err != nil {
			return "", file, config.FileError(file, err)
		}
		defer opened.Close() //nolint:errcheck // Reading only.
		source, name = opened, file
	}
	content, err := io.ReadAll(io.LimitReader(source, maxReadFile+1))
	switch {
	case err != nil:
		return "", name, config.FileError(name, err)
	case len(content) > maxReadFile:
		return "", name, fmt.Errorf("%s is larger than %d bytes", name, maxReadFile)
	case !utf8.Valid(content):
		return "", name, fmt.Errorf("%s is not UTF-8 text", name)
	}
	return string(content), name, nil
}
