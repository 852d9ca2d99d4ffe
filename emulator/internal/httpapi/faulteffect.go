package httpapi

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
)

// faultHeader names the faults that fired, so that developers do not search for a bug.
const faultHeader = "X-Face-Liveness-Fault"

// A faultEffect is what faults do to the answer of a call.
type faultEffect struct {
	*fault.Verdict
	request   *http.Request
	untilStop func(ctx context.Context, cause error) (context.Context, context.CancelFunc)
	now       func() time.Time
	wait      func(ctx context.Context, t time.Time) error
}

// shown returns the effects that fired, for the log and the header.
func (e *faultEffect) shown() string {
	return strings.Join(e.Fired, ", ")
}

// earlyHint returns the hint for a client that ignored Retry-After.
func earlyHint(early time.Duration) string {
	if early == 0 {
		return ""
	}
	return "the client retried " + early.Round(time.Millisecond).String() + " before its Retry-After had passed"
}

// disturb applies the faults before an answer is sent, and returns the changed answer. It
// panics with http.ErrAbortHandler if the connection breaks.
func (c *call) disturb(w http.ResponseWriter, contentType string, body []byte) (string, []byte) {
	e := c.effect
	c.log.fault = e.shown()
	if !e.sleep(e.Delay) {
		c.record(0, nil, "", nil)
		panic(http.ErrAbortHandler)
	}
	if e.Reset == fault.ResetAfter {
		c.record(0, nil, "", nil)
		e.reset(w)
	}
	e.forgetIdle(len(body) > 0, c.stale)
	c.log.fault = e.shown()
	if c.log.fault != "" {
		w.Header()[faultHeader] = []string{c.log.fault}
	}
	if e.ContentType != "" && contentType != "" {
		contentType = e.ContentType
	}
	return contentType, e.shape(body)
}

// deliver writes the body, or the part of it that the faults allow.
func (e *faultEffect) deliver(w http.ResponseWriter, body []byte) {
	half := len(body) / 2
	switch {
	case e.Reset == fault.ResetDuring:
		e.send(w, body[:half])
		flush(w)
		// Some clients take a reset right after the last bytes for the end of the body.
		e.pause(resetPause)
		e.reset(w)
	case e.Body == fault.BodyTruncated && len(body) > 0:
		e.send(w, body[:half])
		flush(w)
		panic(http.ErrAbortHandler) // with which net/http ends the connection in order
	default:
		e.send(w, body)
	}
}

// resetPause is how long the client has to read the bytes before a reset.
const resetPause = 20 * time.Millisecond

// flush sends what was written. In process it has no effect.
func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }

// forgetIdle removes the effects that could not change this answer from those shown.
func (e *faultEffect) forgetIdle(hasBody, stale bool) {
	e.Fired = slices.DeleteFunc(e.Fired, func(effect string) bool {
		return !hasBody && fault.OfBody(effect) || effect == fault.EffectStale && !stale
	})
}

// shape returns the body as the faults change it.
func (e *faultEffect) shape(body []byte) []byte {
	switch {
	case len(body) == 0:
	case e.Body == fault.BodyEmpty:
		return nil
	case e.Body == fault.BodyMalformed:
		// A member's name without quotes in front of everything else.
		broken := append([]byte{body[0]}, "broken:"...)
		return append(broken, body[1:]...)
	case e.Body == fault.BodyText:
		return []byte(e.Text)
	}
	return body
}

// send writes the body, at the speed that the faults allow.
func (e *faultEffect) send(w http.ResponseWriter, body []byte) {
	// A client that has left is not an error of the emulator.
	if e.Throughput == 0 {
		_, _ = w.Write(body)
		return
	}
	flush(w)          // the headers are not slow
	const slices = 10 // a second
	for size := max(1, e.Throughput/slices); len(body) > 0; {
		size = min(size, len(body))
		e.pause(time.Duration(size) * time.Second / time.Duration(e.Throughput))
		if _, err := w.Write(body[:size]); err != nil {
			return
		}
		flush(w)
		body = body[size:]
	}
}

// pause waits in real time. It aborts the call if the client leaves or the emulator stops.
func (e *faultEffect) pause(duration time.Duration) {
	if !e.sleep(duration) {
		panic(http.ErrAbortHandler)
	}
}

// sleep waits in real time. It returns false if the client leaves or the emulator stops.
func (e *faultEffect) sleep(duration time.Duration) bool {
	if duration <= 0 {
		return true
	}
	ctx, cancel := e.context()
	defer cancel()
	return e.wait(ctx, e.now().Add(duration)) == nil
}

// context ends with the request and with the emulator.
func (e *faultEffect) context() (context.Context, context.CancelFunc) {
	return e.untilStop(e.request.Context(), nil)
}

// hang does not answer: it waits until the client leaves, or breaks the connection at
// once.
func (e *faultEffect) hang(w http.ResponseWriter) {
	ctx, cancel := e.context()
	defer cancel()
	// Until the whole body has arrived, net/http does not notice that the client has
	// left, and the client may never send it.
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		_, _ = io.Copy(io.Discard, e.request.Body)
	}()
	select {
	case <-drained:
	case <-ctx.Done():
		panic(http.ErrAbortHandler)
	}
	if e.Hang {
		<-ctx.Done()
		panic(http.ErrAbortHandler)
	}
	e.pause(e.Delay)
	e.reset(w)
}

// reset breaks the connection as a crash or a firewall would: with RST in place of
// an orderly end. Without a connection to break it panics with
// http.ErrAbortHandler, which is what net/http has for it.
func (e *faultEffect) reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	if plain, ok := conn.(*net.TCPConn); ok {
		_ = plain.SetLinger(0)
	}
	_ = conn.Close()
	panic(http.ErrAbortHandler)
}
