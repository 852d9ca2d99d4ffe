package record

import (
	"math"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// A decoder reads a payload from the front of text. The first error stays and empties
// text; all values read after it are zero.
//
// It reads the fields of the payload's version and leaves those of later versions zero.
// The methods read the fields of version 1 first, and then those of each later version.
//
// The payload is a string so that the texts in it are not copied.
type decoder struct {
	version byte
	text    string
	err     error
}

func (d *decoder) session(s *liveness.Session) {
	s.ID = liveness.SessionID(d.string())
	s.Resource = liveness.ResourceID(d.string())
	s.Kind = liveness.Kind(d.string())
	s.Created = d.time()
	d.settings(&s.Settings)
	s.Reference = pointer(d, (*decoder).reference)
	d.script(&s.Script)
	s.DeviceCorrelationID = d.string()
	s.Started = d.time()
	s.Attempts = items(d, (*decoder).attempt)
	s.EndCalls = d.int()
	s.LastEndCall = d.time()
	if d.version >= 2 {
		s.UserCorrelationID = d.string()
		s.FlaggedBefore = items(d, (*decoder).flagged)
	}
	if d.version >= 3 {
		s.Reads = d.int()
	}
	if d.version >= 4 {
		s.FaultMemory = d.memory()
	}
}

func (d *decoder) settings(s *liveness.Settings) {
	s.APIVersion = d.string()
	s.Mode = liveness.OperationMode(d.string())
	s.DeviceCorrelationIDSetInClient = d.bool()
	s.EnableSessionImage = d.bool()
	s.ModelVersion = d.string()
	s.TokenTTL = time.Duration(d.varint())
	s.AttemptsAllowed = d.int()
	s.ReturnVerifyImageHash = d.bool()
	s.VerifyConfidenceThreshold = math.Float64frombits(d.uint64())
	if d.version >= 2 {
		s.UserCorrelationIDSetInClient = d.bool()
		s.SendResultsToClient = d.bool()
		s.GoesOnAfterDecision = d.bool()
		s.ExpectedClientAddress = d.string()
		s.AbuseMonitoring = d.bool()
		s.DeviceCorrelationIDGiven = d.bool()
	}
}

func (d *decoder) reference(r *liveness.VerifyReference) {
	d.rectangle(&r.FaceRectangle)
	r.Quality = liveness.Quality(d.string())
	copy(r.SHA256[:], d.take(len(r.SHA256)))
}

func (d *decoder) script(s *liveness.Script) {
	s.Scenario = d.string()
	s.Automatic = d.bool()
	s.After = time.Duration(d.varint())
	s.Steps = items(d, (*decoder).step)
	s.AfterLast = liveness.AfterLast(d.string())
	if d.version >= 3 {
		s.Seed = d.uint64()
		s.Polls = d.int()
		s.ResultDelay.After = time.Duration(d.varint())
		s.ResultDelay.Polls = d.int()
		s.EarlyEnd = pointer(d, (*decoder).end)
	}
	if d.version >= 4 {
		s.Faults = d.faults()
	}
}

func (d *decoder) end(e *liveness.EarlyEnd) {
	e.Kind = liveness.EndKind(d.string())
	e.BeforeStart = d.bool()
	e.During = d.int()
	e.AfterTry = d.int()
	e.BeforePoll = d.int()
	e.After = time.Duration(d.varint())
}

func (d *decoder) step(s *liveness.Step) {
	s.Takes = time.Duration(d.varint())
	s.Decision = liveness.Decision(d.string())
	s.Error = pointer(d, (*decoder).attemptError)
	s.Abandoned = d.bool()
	s.MatchConfidence = pointer(d, (*decoder).float32)
	s.Quality = liveness.Quality(d.string())
	s.FaceRectangle = pointer(d, (*decoder).rectangle)
	s.SessionImage = d.string()
	if d.version >= 2 {
		s.AbuseDetected = d.bool()
	}
	if d.version >= 3 {
		s.Digest = liveness.DigestDrill(d.string())
		s.ClientAddresses = items(d, (*decoder).word)
	}
}

func (d *decoder) attempt(a *liveness.Attempt) {
	a.ID = d.int()
	a.RequestID = d.string()
	a.ClientRequestID = d.string()
	a.ClientAddress = d.string()
	a.Began = d.time()
	a.Ends = d.time()
	a.Decision = liveness.Decision(d.string())
	a.Error = pointer(d, (*decoder).attemptError)
	d.rectangle(&a.FaceRectangle)
	a.Digest = d.string()
	a.SessionImageID = liveness.ImageID(d.string())
	a.SessionImage = d.string()
	a.Match = pointer(d, (*decoder).match)
	a.Closed = d.bool()
	if d.version >= 2 {
		d.request(&a.Request)
		a.Abuse = pointer(d, (*decoder).abuse)
	}
	if d.version >= 3 {
		a.Reads = d.int()
	}
}

func (d *decoder) request(r *liveness.AttemptRequest) {
	r.Path = d.string()
	r.ContentLength = d.varint()
	r.ContentType = d.string()
	r.UserAgent = d.string()
}

func (d *decoder) abuse(a *liveness.AbuseFinding) {
	a.Detected = d.bool()
	a.Others = items(d, (*decoder).flagged)
}

func (d *decoder) flagged(f *liveness.FlaggedAttempt) {
	f.Session = liveness.SessionID(d.string())
	f.AttemptID = d.int()
	f.SessionImageID = liveness.ImageID(d.string())
}

func (d *decoder) attemptError(a *liveness.AttemptError) {
	a.Code = d.string()
	a.Message = d.string()
}

func (d *decoder) match(m *liveness.Match) {
	d.float32(&m.Confidence)
	m.Identical = d.bool()
	m.Quality = liveness.Quality(d.string())
}

func (d *decoder) rectangle(r *liveness.Rectangle) {
	r.Top = d.int()
	r.Left = d.int()
	r.Width = d.int()
	r.Height = d.int()
}

func (d *decoder) image(i *Image) {
	i.Name = d.string()
	i.Blob = d.uint64()
	i.Size = d.int()
	i.Chunks = d.int()
	i.Sum = d.uint32()
	if i.Size < 0 || i.Chunks < 0 || i.Chunks > i.Size {
		d.fail("the size of an image is impossible")
	}
}

// take returns the next n bytes, or "" if there are fewer.
func (d *decoder) take(n int) string {
	if n < 0 || n > len(d.text) {
		d.fail("it ends too early")
		return ""
	}
	taken := d.text[:n]
	d.text = d.text[n:]
	return taken
}

func (d *decoder) fail(reason string) {
	if d.err == nil {
		d.err = corrupt("%s", reason)
	}
	d.text = ""
}

func (d *decoder) string() string { return d.take(d.length()) }

// length takes the length of a text or list. Every byte or element takes at
// least one byte, so a length beyond the end is refused before anything is
// allocated for it.
func (d *decoder) length() int {
	n := d.uvarint()
	if n > uint64(len(d.text)) {
		d.fail("a length goes beyond its end")
		return 0
	}
	return int(n)
}

func (d *decoder) uvarint() uint64 {
	var v uint64
	for i := range len(d.text) {
		b := d.text[i]
		if i == 9 && b > 1 {
			break
		}
		v |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			d.text = d.text[i+1:]
			return v
		}
	}
	d.fail("a number has no end")
	return 0
}

func (d *decoder) varint() int64 {
	u := d.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

func (d *decoder) int() int {
	v := d.varint()
	if int64(int(v)) != v {
		d.fail("a number is too big for this machine")
	}
	return int(v)
}

func (d *decoder) bool() bool {
	b := d.take(1)
	if b > "\x01" {
		d.fail("a yes or no is neither")
	}
	return b == "\x01"
}

func (d *decoder) uint32() uint32 {
	var v uint32
	for _, b := range []byte(d.take(4)) {
		v = v<<8 | uint32(b)
	}
	return v
}

func (d *decoder) uint64() uint64 { return uint64(d.uint32())<<32 | uint64(d.uint32()) }

func (d *decoder) word(s *string) { *s = d.string() }

func (d *decoder) float32(f *float32) { *f = math.Float32frombits(d.uint32()) }

func (d *decoder) time() time.Time {
	seconds, nanoseconds := d.varint(), d.uvarint()
	if nanoseconds >= uint64(time.Second) {
		d.fail("a time has too many nanoseconds")
		return time.Time{}
	}
	return time.Unix(seconds, int64(nanoseconds)).UTC()
}

// pointer takes what optional wrote.
func pointer[T any](d *decoder, decode func(*decoder, *T)) *T {
	if !d.bool() {
		return nil
	}
	v := new(T)
	decode(d, v)
	return v
}

// items takes what list wrote.
func items[T any](d *decoder, decode func(*decoder, *T)) []T {
	n := d.length()
	if n == 0 {
		return nil
	}
	// A corrupt length may be much greater than what follows; append finds out
	// without allocating for all of it.
	v := make([]T, 0, min(n, 16))
	for range n {
		if d.err != nil {
			return nil
		}
		var item T
		decode(d, &item)
		v = append(v, item)
	}
	return v
}
