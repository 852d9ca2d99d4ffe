package ctl

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// fill returns a function that writes a text.
func fill(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

// TestOutFile: a file has its old content or all of the new content.
func TestOutFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := filepath.Join(dir, "file")
	check := func(what, want string) {
		t.Helper()
		content, err := os.ReadFile(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) || string(content) != want {
			t.Errorf("%s: got %q, %v; want %q", what, content, err, want)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) > 1 {
			t.Errorf("%s: got %v, %v; want no other file", what, entries, err)
		}
	}
	broken := errors.New("broken")
	cut := func(w io.Writer) error {
		_, err := io.WriteString(w, "half")
		return errors.Join(err, broken)
	}
	file := outFile{name: name, mode: modePrivate}
	if err := file.write(cut); !errors.Is(err, broken) {
		t.Errorf("got %v, want what went wrong", err)
	}
	check("cut", "")
	if err := file.write(fill("whole")); err != nil {
		t.Error(err)
	}
	check("first", "whole")
	if info, err := os.Stat(name); err != nil || runtime.GOOS != "windows" && info.Mode() != modePrivate {
		t.Errorf("got mode %v, %v; want 600", info.Mode(), err)
	}
	if err := file.write(cut); !errors.Is(err, broken) {
		t.Errorf("got %v, want what went wrong", err)
	}
	check("cut again", "whole")
	file.createOnly = true
	if err := file.check(); err == nil || !strings.Contains(err.Error(), "--force") {
		t.Errorf("got %v, want it to need --force", err)
	}
	if err := file.write(fill("another")); err == nil {
		t.Error("got no error, want the existing file kept")
	}
	check("kept", "whole")
	file.createOnly = false
	if err := file.write(fill("another")); err != nil {
		t.Error(err)
	}
	check("by force", "another")
}

// TestOutFileLink: writing to a link replaces its target and keeps the link.
func TestOutFileLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	if err := (outFile{name: link, mode: modePrivate}).write(fill("new")); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(target)
	if info, statErr := os.Lstat(link); err != nil || statErr != nil || string(content) != "new" || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("got %q, %v, %v; want it written behind the link", content, err, statErr)
	}
}
