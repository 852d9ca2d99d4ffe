package httpapi

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// How long a client may take to send its body, and how much of it, for how long,
// is still read once the answer is known.
const (
	bodyPatience  = time.Minute
	drainPatience = 500 * time.Millisecond
	maxDrain      = 256 << 10 // bytes
)

// A requestBody keeps a client that stops in the middle of its body from holding
// the request for ever, whether an operation reads the body or nobody does.
type requestBody struct {
	io.ReadCloser
	bound   func(deadline time.Time) // zero: none
	now     func() time.Time
	waiting bool // for the client's "100-continue"
	ended   bool
	keeps   bool   // what is read is kept for the journal
	kept    []byte // at most maxKeptBody bytes
}

// boundBody returns the body of r with a deadline on it. The deadline goes with
// the end of the body: one left behind would end the waiting for an attempt.
func (s *surface) boundBody(w http.ResponseWriter, r *http.Request) *requestBody {
	if r.ContentLength == 0 || r.Body == nil {
		return &requestBody{ReadCloser: http.NoBody, ended: true}
	}
	body := &requestBody{ReadCloser: r.Body, now: s.Now, waiting: r.Header.Get("Expect") != ""}
	if body.keeps = s.Journal != nil && isText(r.Header.Get("Content-Type")); body.keeps {
		body.kept = make([]byte, 0, min(max(r.ContentLength, 0), maxKeptBody))
	}
	controller := http.NewResponseController(w)
	body.bound = func(deadline time.Time) {
		// Without a connection behind w there is nothing to bound.
		_ = controller.SetReadDeadline(deadline)
	}
	body.bound(s.Now().Add(bodyPatience))
	return body
}

// Read implements io.Reader.
func (b *requestBody) Read(into []byte) (int, error) {
	b.waiting = false
	n, err := b.ReadCloser.Read(into)
	if b.keeps {
		b.kept = append(b.kept, into[:min(n, maxKeptBody-len(b.kept))]...)
	}
	if errors.Is(err, io.EOF) && !b.ended {
		b.ended = true
		b.bound(time.Time{})
	}
	return n, err
}

// settle is called before an answer: net/http would read what is left of the
// body first, for as long as the client likes. A client that does not send the
// rest in a moment loses its connection instead.
func (b *requestBody) settle(header http.Header) {
	if b == nil || b.ended || b.waiting {
		return
	}
	b.bound(b.now().Add(drainPatience))
	if _, err := io.CopyN(io.Discard, b, maxDrain); !errors.Is(err, io.EOF) {
		header.Set("Connection", "close")
	}
}
