package config

import (
	"io"
	"os"
	"runtime"
	"sync"

	"golang.org/x/term"
)

// maxUnwritten is how many bytes of log lines may wait for the file. Then requests wait,
// too.
const maxUnwritten = 1 << 20

// Background returns a writer of log lines to out, and what waits until they are written.
// If out is a file or a pipe, they are written in the background: a request does not wait
// for a busy disk, nor for the program that reads the pipe, and under load many lines take
// one call of the system.
func Background(out io.Writer) (lines io.Writer, flush func()) {
	file, ok := out.(*os.File)
	if !ok || term.IsTerminal(int(file.Fd())) {
		return out, func() {}
	}
	w := &lineWriter{out: file}
	w.written.L = &w.mu
	return w, w.flush
}

// A lineWriter writes lines in the background. Set written.L to its mutex.
type lineWriter struct {
	out io.Writer

	mu      sync.Mutex
	written sync.Cond // lines were written
	writing bool      // a goroutine writes them
	lines   []byte    // that come next
	spare   []byte    // room for more of them
}

// Write implements io.Writer. It never fails: there is nobody to tell.
func (w *lineWriter) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.lines) > maxUnwritten {
		w.written.Wait()
	}
	w.lines = append(w.lines, line...)
	if !w.writing {
		w.writing = true
		go w.writeAll()
	}
	return len(line), nil
}

// writeAll writes until no more lines come.
func (w *lineWriter) writeAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.lines) > 0 {
		w.mu.Unlock()
		runtime.Gosched() // requests that can go on have lines, too
		w.mu.Lock()
		next := w.lines
		w.lines = w.spare[:0]
		w.mu.Unlock()
		_, _ = w.out.Write(next)
		w.mu.Lock()
		w.spare = next
		w.written.Broadcast()
	}
	w.writing = false
	w.written.Broadcast()
}

// flush returns when all lines are written that came before.
func (w *lineWriter) flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.writing {
		w.written.Wait()
	}
}
