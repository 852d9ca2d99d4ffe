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

// Modes of files that commands write, subject to the umask.
const (
	modePrivate fs.FileMode = 0o600 // for secrets
	modeShared  fs.FileMode = 0o666
)

// An outFile is a file that a command writes.
type outFile struct {
	name string
	mode fs.FileMode
	// createOnly refuses to overwrite an existing file.
	createOnly bool
}

// check returns an error if the file certainly cannot be written, so that no call is made
// in vain.
func (f outFile) check() error {
	info, err := os.Stat(f.name)
	switch {
	case f.name == "":
		return errors.New("the file name is blank")
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
	case f.createOnly && info.Mode().IsRegular():
		return f.exists()
	}
	return nil
}

// write writes the file with the content that fill writes. The file appears under its name
// only when it is complete.
func (f outFile) write(fill func(io.Writer) error) error {
	target := f.name
	if info, err := os.Stat(target); err == nil {
		if !info.Mode().IsRegular() {
			return f.copyTo(fill)
		}
		if target, err = filepath.EvalSymlinks(target); err != nil {
			return config.FileError(f.name, err)
		}
	}
	write := atomicfile.Replace
	if f.createOnly {
		write = atomicfile.Create
	}
	var failed error // of fill; it names the file already
	err := write(target, f.mode, func(file *os.File) error {
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

// copyTo writes to a pipe or a device, which cannot be replaced in one step.
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

// A document is a text that a command writes to standard output or to a file.
type document struct {
	text string
	json any         // for --output json; nil: the text is JSON
	file string      // "": standard output
	mode fs.FileMode // of the file
}

// save writes the document to its file, if it has one.
func (d document) save() error {
	if d.file == "" {
		return nil
	}
	err := outFile{name: d.file, mode: d.mode}.write(func(w io.Writer) error {
		if _, err := io.WriteString(w, d.text); err != nil {
			return config.FileError(d.file, err)
		}
		return nil
	})
	if err != nil {
		return &config.ExitError{Code: config.ExitRuntime, Err: err}
	}
	return nil
}

// A savedFile is the JSON output of a command that wrote a document to a file.
type savedFile struct {
	File  string `json:"file"`
	Bytes int    `json:"bytes"`
}

// value returns the JSON output.
func (d document) value() any {
	if d.file != "" {
		return savedFile{File: d.file, Bytes: len(d.text)}
	}
	return d.json
}

// output returns the text output.
func (d document) output() string {
	if d.file != "" {
		return fmt.Sprintf("%s: %s\n", printable(d.file), bytesText(int64(len(d.text))))
	}
	return d.text
}

// A fileFlag is the flag --file.
type fileFlag struct{ name string }

func (f *fileFlag) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.name, "file", "", "output file; overwritten if it exists")
}

// newDocumentCommand returns the command of a description whose answers become documents.
// The function document returns the document of an answer, without its file.
func newDocumentCommand[T any](p *Client, s *config.Settings, d callSpec[T], document func(answer T, output format) (document, error)) *cobra.Command {
	var file fileFlag
	return p.newCommand(s, commandSpec{
		use: d.use, short: d.short, long: d.long, example: d.example,
		args: d.args, all: d.all, formats: d.formats, flags: file.register, timeout: d.timeout,
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
				result, err := document(answer, output)
				if err != nil {
					return &config.ExitError{Code: config.ExitRuntime, Err: err}
				}
				result.file = file.name
				if err := p.deliver(result, output); err != nil || d.fails == nil {
					return err
				}
				return d.fails(answer)
			}, nil
		},
	})
}

// deliver saves a document and prints the output.
func (p *Client) deliver(d document, output format) error {
	if err := d.save(); err != nil {
		return err
	}
	switch {
	case output == formatJSON && d.value() != nil:
		return p.printJSON(d.value())
	default:
		return p.print(d.output())
	}
}

// maxReadFile is the maximal size of an input file, in bytes. The emulator accepts less.
const maxReadFile = 1 << 20

// readFile reads a text file, or standard input for "-". The name is for messages.
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
