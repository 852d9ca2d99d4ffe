package httpapi

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
)

// Limits of what a client may send, in bytes [assumed: create-body-limit].
const (
	maxJSONBody      = 1 << 20
	maxMultipartBody = 16 << 20
)

// readBody reads a body of at most maxJSONBody bytes.
func (c *call) readBody() ([]byte, error) {
	const limit = maxJSONBody
	if c.request.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	var body bytes.Buffer
	if known := c.request.ContentLength; known > 0 {
		body.Grow(int(known) + bytes.MinRead) // ReadFrom wants room to see the end
	}
	if _, err := body.ReadFrom(http.MaxBytesReader(nil, c.request.Body, limit)); err != nil {
		return nil, bodyError(err, limit)
	}
	return body.Bytes(), nil
}

func tooLarge(limit int64) error {
	return liveness.Refuse(codeBodyTooLarge, "the body is larger than %d bytes", limit)
}

// bodyError returns the refusal of a body that is too large or incomplete.
func bodyError(err error, limit int64) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge(limit)
	}
	// The reader's own words quote the body, so they stay out of the log.
	return liveness.Refuse(liveness.CodeInvalidBody, "the body is malformed, or breaks off before its end")
}

// mediaType returns the type of the request's body, lower case, and its
// parameters.
func (c *call) mediaType() (string, map[string]string, error) {
	header := c.request.Header.Get("Content-Type")
	if encoding := c.request.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return "", nil, liveness.Refuse(liveness.CodeInvalidBody, "send the body without Content-Encoding")
	}
	kind, params, err := mime.ParseMediaType(header)
	if err != nil && header != "" {
		return "", nil, liveness.Refuse(liveness.CodeInvalidBody, "the Content-Type header is malformed")
	}
	return kind, params, nil
}

// saysJSON reports whether the request claims a JSON body.
func (c *call) saysJSON() bool {
	kind, _, err := mime.ParseMediaType(c.request.Header.Get("Content-Type"))
	return err == nil && kind == "application/json"
}

// jsonFields reads a JSON object.
func (c *call) jsonFields() (map[string]any, error) {
	kind, params, err := c.mediaType()
	if err != nil {
		return nil, err
	}
	if kind != "application/json" && (kind != "" || c.Strict) {
		return nil, liveness.Refuse(liveness.CodeInvalidBody, "send Content-Type: application/json, not %s", clip(kind))
	}
	if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
		return nil, liveness.Refuse(liveness.CodeInvalidBody, "send the body in UTF-8, not %s", clip(charset))
	}
	raw, err := c.readBody()
	if err != nil {
		return nil, err
	}
	return decodeObject(raw)
}

// decodeObject reads a text that must be one strict JSON object.
func decodeObject(raw []byte) (map[string]any, error) {
	value, err := schema.Decode(raw)
	if err != nil {
		return nil, &liveness.Error{Code: liveness.CodeInvalidBody, Hint: "the body is not one strict JSON object", Err: err}
	}
	fields, ok := value.(map[string]any)
	if !ok {
		return nil, liveness.Refuse(liveness.CodeInvalidBody, "the body must be a JSON object")
	}
	return fields, nil
}

// How long a client may take to send its body, and how much of it, for how long,
// is still read once the answer is known.
const (
	bodyPatience  = time.Minute
	drainPatience = 500 * time.Millisecond
	maxDrain      = 256 << 10 // bytes
)

// A requestBody keeps a client that stops in the middle of its body from holding
// the request for ever, whether an operation reads the body or not.
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
		body.kept = slices.Grow(body.kept, int(min(max(r.ContentLength, 0), maxKeptBody)))
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

// drain is called before an answer if the body has not ended: net/http would read what
// is left of it first, for as long as the client likes. A client that does not send the
// rest in a moment loses its connection instead.
func (b *requestBody) drain(header http.Header) {
	b.bound(b.now().Add(drainPatience))
	if _, err := io.CopyN(io.Discard, b, maxDrain); !errors.Is(err, io.EOF) {
		header.Set("Connection", "close")
	}
}
