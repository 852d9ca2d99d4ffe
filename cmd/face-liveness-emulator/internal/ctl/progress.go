package ctl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/term"
)

// isTerminal reports whether a person looks at a stream, or types it.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// A counter counts the bytes that pass through it, to or from a stream, and keeps the
// error of the stream.
type counter struct {
	r     io.Reader
	w     io.Writer
	bytes atomic.Int64
	mu    sync.Mutex
	err   error
}

// Read implements io.Reader.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		c.fail(err)
	}
	c.bytes.Add(int64(n))
	return n, err
}

// Write implements io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	if err != nil {
		c.fail(err)
	}
	c.bytes.Add(int64(n))
	return n, err
}

func (c *counter) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
}

// failure is the error of the stream, if it had one.
func (c *counter) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// When and how often a progress line is written.
const (
	progressAfter = time.Second
	progressEvery = 250 * time.Millisecond
)

// progress writes to a terminal how far a counter has come, once it takes long. The
// total is in bytes; 0 is not known. The function that it returns ends that and takes
// the line away.
func (c *counter) progress(terminal io.Writer, what string, total int64) (end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		shown := false
		for wait := progressAfter; passes(ctx, wait); wait = progressEvery {
			_, _ = fmt.Fprintf(terminal, "\r\x1b[K%s: %s", what, progressText(c.bytes.Load(), total))
			shown = true
		}
		if shown {
			_, _ = fmt.Fprint(terminal, "\r\x1b[K")
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// passes waits, and reports whether the time has passed before ctx ended.
func passes(ctx context.Context, wait time.Duration) bool {
	timeout, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	<-timeout.Done()
	return ctx.Err() == nil
}

// progressText is how far something has come, with a bar where the total is known.
func progressText(bytes, total int64) string {
	if total <= 0 {
		return bytesText(bytes)
	}
	const width = 20
	percent := min(bytes*100/total, 100)
	done := int(percent) * width / 100
	return fmt.Sprintf("[%s%s] %d %%, %s of %s", strings.Repeat("#", done), strings.Repeat(" ", width-done), percent, bytesText(bytes), bytesText(total))
}
