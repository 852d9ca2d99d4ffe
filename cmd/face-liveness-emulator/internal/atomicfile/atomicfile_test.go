package atomicfile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/atomicfile"
)

func text(text string) func(*os.File) error {
	return func(file *os.File) error {
		_, err := file.WriteString(text)
		return err
	}
}

// TestWrite: a file has its old content or all of the new content, and no other file stays.
func TestWrite(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	half := func(file *os.File) error { return errors.Join(text("half")(file), broken) }
	folder := t.TempDir()
	name := filepath.Join(folder, "file")
	for _, step := range []struct {
		what  string
		write func(string, fs.FileMode, func(*os.File) error) error
		fill  func(*os.File) error
		err   error
		want  string
	}{
		{"a broken creation", atomicfile.Create, half, broken, ""},
		{"a creation", atomicfile.Create, text("first"), nil, "first"},
		{"a second creation", atomicfile.Create, text("second"), fs.ErrExist, "first"},
		{"a broken replacement", atomicfile.Replace, half, broken, "first"},
		{"a replacement", atomicfile.Replace, text("third"), nil, "third"},
	} {
		err := step.write(name, 0o600, step.fill)
		if !errors.Is(err, step.err) {
			t.Errorf("%s: got %v, want %v", step.what, err, step.err)
		}
		content, err := os.ReadFile(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) || string(content) != step.want {
			t.Errorf("%s: got %q, %v; want %q", step.what, content, err, step.want)
		}
		if entries, err := os.ReadDir(folder); err != nil || len(entries) > 1 {
			t.Errorf("%s: got %v, %v; want no other file", step.what, entries, err)
		}
	}
}
