package config_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
)

// TestBackground: after a flush, all lines are in the file, whole and in the order of each
// of those who wrote.
func TestBackground(t *testing.T) {
	t.Parallel()
	const writers, each = 8, 500
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines, flush := config.Background(file)
	var group sync.WaitGroup
	for writer := range writers {
		group.Go(func() {
			for n := range each {
				if _, err := fmt.Fprintf(lines, "%d %d\n", writer, n); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	flush()
	written, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	var next [writers]int
	for line := range strings.Lines(string(written)) {
		var writer, n int
		if _, err := fmt.Sscanf(line, "%d %d\n", &writer, &n); err != nil || writer >= writers || n != next[writer] {
			t.Fatalf("got line %q, %v; want the next one of its writer", line, err)
		}
		next[writer]++
	}
	if want := [writers]int{each, each, each, each, each, each, each, each}; next != want {
		t.Errorf("got %v lines of the writers; want %v", next, want)
	}
}

// TestBackgroundWaits: lines wait for a reader, up to a limit; then the writer waits, too.
func TestBackgroundWaits(t *testing.T) {
	t.Parallel()
	const size, many = 1 << 10, 4 << 10
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	lines, flush := config.Background(write)
	line := append(bytes.Repeat([]byte("x"), size-1), '\n')
	for range 512 { // more than a pipe takes
		_, _ = lines.Write(line)
	}
	go func() {
		defer write.Close()
		for range many - 512 {
			_, _ = lines.Write(line)
		}
		flush()
	}()
	got := 0
	for from := bufio.NewReader(read); ; got++ {
		text, err := from.ReadBytes('\n')
		if err == io.EOF {
			break
		}
		if err != nil || !bytes.Equal(text, line) {
			t.Fatalf("line %d: got %q, %v", got, text, err)
		}
	}
	if got != many {
		t.Errorf("got %d lines; want %d", got, many)
	}
}

// TestBackgroundOfNoFile: what is no file is written to at once.
func TestBackgroundOfNoFile(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	lines, flush := config.Background(&out)
	_, _ = lines.Write([]byte("a\n"))
	if out.String() != "a\n" {
		t.Errorf("got %q; want the line", &out)
	}
	flush()
}
