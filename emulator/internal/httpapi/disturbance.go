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

// faultHeader names what faults have done to an answer, so that nobody looks for
// the mistake elsewhere.
const faultHeader = "X-Face-Liveness-Fault"

// A disturbance is what faults do to the answer of a call.
type disturbance struct {
	*fault.Verdict
	call *call
}

// shown is what faults did, for the log.
func (d *disturbance) shown() string {
	if d == nil {
		return ""
	}
	return strings.Join(d.Fired, ", ")
}

// earlyHint is for a client that did not wait as it was told.
func earlyHint(early time.Duration) string {
	if early == 0 {
		return ""
	}
	return "the client came back " + early.Round(time.Millisecond).String() + " before the Retry-After that it was given was over"
}

// write sends an answer as the faults want it. It does not come back from a broken
// connection.
func (d *disturbance) write(w http.ResponseWriter, status int, contentType string, body []byte) {
	ex := d.call.exchange
	if !d.held(d.Delay) {
		ex.record(0, nil, "", nil)
		panic(http.ErrAbortHandler)
	}
	if d.Reset == fault.ResetAfter {
		ex.record(0, nil, "", nil)
		d.reset(w)
	}
	header := w.Header()
	d.forgetIdle(len(body) > 0)
	if len(d.Fired) > 0 {
		header[faultHeader] = []string{d.shown()}
	}
	if d.ContentType != "" && contentType != "" {
		contentType = d.ContentType
	}
	body = d.shape(body)
	describe(header, contentType, body)
	ex.record(status, header, contentType, body)
	w.WriteHeader(status)
	half := len(body) / 2
	switch {
	case d.Reset == fault.ResetDuring:
		d.send(w, body[:half])
		flush(w)
		// Some clients take a break for an end if it comes with the last bytes.
		d.pause(resetPause)
		d.reset(w)
	case d.Body == fault.BodyTruncated && len(body) > 0:
		d.send(w, body[:half])
		flush(w)
		panic(http.ErrAbortHandler) // with which net/http ends the connection in order
	default:
		d.send(w, body)
	}
}

// resetPause is how long the client has to read what comes before a break.
const resetPause = 20 * time.Millisecond

// flush sends what was written. In process there is nothing to send it to.
func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }

// forgetIdle takes out of what is shown what the faults could not do to this answer.
func (d *disturbance) forgetIdle(hasBody bool) {
	d.Fired = slices.DeleteFunc(d.Fired, func(effect string) bool {
		return !hasBody && fault.OfBody(effect) || effect == fault.EffectStale && !d.call.stale
	})
}

// shape returns the body as the faults want it.
func (d *disturbance) shape(body []byte) []byte {
	switch {
	case len(body) == 0:
	case d.Body == fault.BodyEmpty:
		return nil
	case d.Body == fault.BodyMalformed:
		// A member's name without quotes in front of everything else.
		broken := append([]byte{body[0]}, "broken:"...)
		return append(broken, body[1:]...)
	case d.Body == fault.BodyText:
		return []byte(d.Text)
	}
	return body
}

// send writes the body, at the speed that the faults allow.
func (d *disturbance) send(w http.ResponseWriter, body []byte) {
	// A client that has gone away is no error of ours.
	if d.Throughput == 0 {
		_, _ = w.Write(body)
		return
	}
	flush(w)          // the headers are not slow
	const slices = 10 // a second
	for size := max(1, d.Throughput/slices); len(body) > 0; {
		size = min(size, len(body))
		d.pause(time.Duration(size) * time.Second / time.Duration(d.Throughput))
		if _, err := w.Write(body[:size]); err != nil {
			return
		}
		flush(w)
		body = body[size:]
	}
}

// pause waits in real time, and gives the call up when its client does or the
// emulator stops.
func (d *disturbance) pause(duration time.Duration) {
	if !d.held(duration) {
		panic(http.ErrAbortHandler)
	}
}

// held waits in real time. It returns false when the client gives up or the emulator
// stops.
func (d *disturbance) held(duration time.Duration) bool {
	if duration <= 0 {
		return true
	}
	ctx, cancel := d.context()
	defer cancel()
	return d.call.Wait(ctx, d.call.Now().Add(duration)) == nil
}

// context ends with the request and with the emulator.
func (d *disturbance) context() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(d.call.context())
	go func() {
		select {
		case <-d.call.Service.Stopping():
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// withhold lets a call have no answer: it waits until the client gives up, or
// breaks the connection at once.
func (d *disturbance) withhold(w http.ResponseWriter) {
	d.call.exchange.record(0, nil, "", nil)
	ctx, cancel := d.context()
	defer cancel()
	// As long as some of the body is to come, net/http does not notice that the
	// client has gone; and the client may never send it.
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		_, _ = io.Copy(io.Discard, d.call.request.Body)
	}()
	select {
	case <-drained:
	case <-ctx.Done():
		panic(http.ErrAbortHandler)
	}
	if d.Hang {
		<-ctx.Done()
		panic(http.ErrAbortHandler)
	}
	d.pause(d.Delay)
	d.reset(w)
}

// reset breaks the connection as a crash or a firewall would: with RST in place of
// an orderly end. Without a connection to break it panics with
// http.ErrAbortHandler, which is what net/http has for it.
func (d *disturbance) reset(w http.ResponseWriter) {
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
