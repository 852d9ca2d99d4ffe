package record

import (
	"encoding/json"
	"math"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// A legacyDecoder reads the payload of the versions 1 to 4: the fields one after the
// other, in the order of its methods. Numbers are varints, texts and lists stand
// behind their length, a pointer behind a byte that says whether it is set, a time
// is the seconds since 1970 and nanoseconds. Faults, and their memory, are a text
// that is their JSON.
//
// It leaves the fields that later versions have added at zero. A method asks for the
// version in ascending order, with the fields of version 1 first:
//
//	version 2   adds UserCorrelationID and FlaggedBefore to the session, to its Settings
//	            UserCorrelationIDSetInClient, SendResultsToClient,
//	            GoesOnAfterDecision, ExpectedClientAddress, AbuseMonitoring
//	            and DeviceCorrelationIDGiven, to a Step AbuseDetected, to an Attempt Request and Abuse
//	version 3   adds Reads to the session and to an Attempt, to a Script Seed,
//	            Polls, ResultDelay and EarlyEnd, to a Step Digest and ClientAddresses
//	version 4   adds FaultMemory to the session and Faults to a Script, both as
//	            JSON, or "" if they are empty
//
// The first error empties text and stays; whatever is taken after it is zero.
//
// The payload is a string so that the texts in it are not copied.
type legacyDecoder struct {
	version byte
	text    string
	err     error
}

// decodeLegacy reads a payload of one of the versions 1 to 4.
func decodeLegacy(version byte, payload string) (Stored, error) {
	d := legacyDecoder{version: version, text: payload}
	var s Stored
	d.session(&s.Session)
	s.Images = items(&d, (*legacyDecoder).image)
	if d.err == nil && len(d.text) != 0 {
		d.err = corrupt("%d bytes after the end", len(d.text))
	}
	if d.err != nil {
		return Stored{}, d.err
	}
	return s, nil
}

func (d *legacyDecoder) session(s *liveness.Session) {
	s.ID = liveness.SessionID(d.string())
	s.Resource = liveness.ResourceID(d.string())
	s.Kind = liveness.Kind(d.string())
	s.Created = d.time()
	d.settings(&s.Settings)
	s.Reference = pointer(d, (*legacyDecoder).reference)
	d.script(&s.Script)
	s.DeviceCorrelationID = d.string()
	s.Started = d.time()
	s.Attempts = items(d, (*legacyDecoder).attempt)
	s.EndCalls = d.int()
	s.LastEndCall = d.time()
	if d.version >= 2 {
		s.UserCorrelationID = d.string()
		s.FlaggedBefore = items(d, (*legacyDecoder).flagged)
	}
	if d.version >= 3 {
		s.Reads = d.int()
	}
	if d.version >= 4 {
		s.FaultMemory = d.memory()
	}
}

func (d *legacyDecoder) settings(s *liveness.Settings) {
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

func (d *legacyDecoder) reference(r *liveness.VerifyReference) {
	d.rectangle(&r.FaceRectangle)
	r.Quality = liveness.Quality(d.string())
	copy(r.SHA256[:], d.take(len(r.SHA256)))
}

func (d *legacyDecoder) script(s *liveness.Script) {
	s.Scenario = d.string()
	s.Automatic = d.bool()
	s.After = time.Duration(d.varint())
	s.Steps = items(d, (*legacyDecoder).step)
	s.AfterLast = liveness.AfterLast(d.string())
	if d.version >= 3 {
		s.Seed = d.uint64()
		s.Polls = d.int()
		s.ResultDelay.After = time.Duration(d.varint())
		s.ResultDelay.Polls = d.int()
		s.EarlyEnd = pointer(d, (*legacyDecoder).end)
	}
	if d.version >= 4 {
		s.Faults = d.faults()
	}
}

func (d *legacyDecoder) end(e *liveness.EarlyEnd) {
	e.Kind = liveness.EndKind(d.string())
	e.BeforeStart = d.bool()
	e.During = d.int()
	e.AfterTry = d.int()
	e.BeforePoll = d.int()
	e.After = time.Duration(d.varint())
}

func (d *legacyDecoder) step(s *liveness.Step) {
	s.Takes = time.Duration(d.varint())
	s.Decision = liveness.Decision(d.string())
	s.Error = pointer(d, (*legacyDecoder).attemptError)
	s.Abandoned = d.bool()
	s.MatchConfidence = pointer(d, (*legacyDecoder).float32)
	s.Quality = liveness.Quality(d.string())
	s.FaceRectangle = pointer(d, (*legacyDecoder).rectangle)
	s.SessionImage = d.string()
	if d.version >= 2 {
		s.AbuseDetected = d.bool()
	}
	if d.version >= 3 {
		s.Digest = liveness.DigestDrill(d.string())
		s.ClientAddresses = items(d, (*legacyDecoder).word)
	}
}

func (d *legacyDecoder) attempt(a *liveness.Attempt) {
	a.ID = d.int()
	a.RequestID = d.string()
	a.ClientRequestID = d.string()
	a.ClientAddress = d.string()
	a.Began = d.time()
	a.Ends = d.time()
	a.Decision = liveness.Decision(d.string())
	a.Error = pointer(d, (*legacyDecoder).attemptError)
	d.rectangle(&a.FaceRectangle)
	a.Digest = d.string()
	a.SessionImageID = liveness.ImageID(d.string())
	a.SessionImage = d.string()
	a.Match = pointer(d, (*legacyDecoder).match)
	a.Closed = d.bool()
	if d.version >= 2 {
		d.request(&a.Request)
		a.Abuse = pointer(d, (*legacyDecoder).abuse)
	}
	if d.version >= 3 {
		a.Reads = d.int()
	}
}

func (d *legacyDecoder) request(r *liveness.AttemptRequest) {
	r.Path = d.string()
	r.ContentLength = d.varint()
	r.ContentType = d.string()
	r.UserAgent = d.string()
}

func (d *legacyDecoder) abuse(a *liveness.AbuseFinding) {
	a.Detected = d.bool()
	a.Others = items(d, (*legacyDecoder).flagged)
}

func (d *legacyDecoder) flagged(f *liveness.FlaggedAttempt) {
	f.Session = liveness.SessionID(d.string())
	f.AttemptID = d.int()
	f.SessionImageID = liveness.ImageID(d.string())
}

func (d *legacyDecoder) attemptError(a *liveness.AttemptError) {
	a.Code = d.string()
	a.Message = d.string()
}

func (d *legacyDecoder) match(m *liveness.Match) {
	d.float32(&m.Confidence)
	m.Identical = d.bool()
	m.Quality = liveness.Quality(d.string())
}

func (d *legacyDecoder) rectangle(r *liveness.Rectangle) {
	r.Top = d.int()
	r.Left = d.int()
	r.Width = d.int()
	r.Height = d.int()
}

func (d *legacyDecoder) image(i *Image) {
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
func (d *legacyDecoder) take(n int) string {
	if n < 0 || n > len(d.text) {
		d.fail("it ends too early")
		return ""
	}
	taken := d.text[:n]
	d.text = d.text[n:]
	return taken
}

func (d *legacyDecoder) fail(reason string) {
	if d.err == nil {
		d.err = corrupt("%s", reason)
	}
	d.text = ""
}

func (d *legacyDecoder) string() string { return d.take(d.length()) }

// length takes the length of a text or list. Every byte or element takes at
// least one byte, so a length beyond the end is refused before anything is
// allocated for it.
func (d *legacyDecoder) length() int {
	n := d.uvarint()
	if n > uint64(len(d.text)) {
		d.fail("a length goes beyond its end")
		return 0
	}
	return int(n)
}

func (d *legacyDecoder) uvarint() uint64 {
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

func (d *legacyDecoder) varint() int64 {
	u := d.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

func (d *legacyDecoder) int() int {
	v := d.varint()
	if int64(int(v)) != v {
		d.fail("a number is too big for this machine")
	}
	return int(v)
}

func (d *legacyDecoder) bool() bool {
	b := d.take(1)
	if b > "\x01" {
		d.fail("a yes or no is neither")
	}
	return b == "\x01"
}

func (d *legacyDecoder) uint32() uint32 {
	var v uint32
	for _, b := range []byte(d.take(4)) {
		v = v<<8 | uint32(b)
	}
	return v
}

func (d *legacyDecoder) uint64() uint64 { return uint64(d.uint32())<<32 | uint64(d.uint32()) }

func (d *legacyDecoder) word(s *string) { *s = d.string() }

func (d *legacyDecoder) float32(f *float32) { *f = math.Float32frombits(d.uint32()) }

func (d *legacyDecoder) time() time.Time {
	seconds, nanoseconds := d.varint(), d.uvarint()
	if nanoseconds >= uint64(time.Second) {
		d.fail("a time has too many nanoseconds")
		return time.Time{}
	}
	return time.Unix(seconds, int64(nanoseconds)).UTC()
}

// pointer takes a value that may be missing.
func pointer[T any](d *legacyDecoder, decode func(*legacyDecoder, *T)) *T {
	if !d.bool() {
		return nil
	}
	v := new(T)
	decode(d, v)
	return v
}

// items takes a list.
func items[T any](d *legacyDecoder, decode func(*legacyDecoder, *T)) []T {
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

func (d *legacyDecoder) faults() []fault.Fault {
	text := d.string()
	if text == "" {
		return nil
	}
	var faults []fault.Fault
	d.json(text, &faults)
	for i := range faults {
		f := &faults[i]
		f.Operations, f.States = nilIfEmpty(f.Operations), nilIfEmpty(f.States)
		if f.Answer != nil {
			f.Answer.Headers = nilIfEmpty(f.Answer.Headers)
		}
	}
	return nilIfEmpty(faults)
}

func (d *legacyDecoder) memory() fault.Memory {
	text := d.string()
	if text == "" {
		return fault.Memory{}
	}
	var m fault.Memory
	d.json(text, &m)
	m.Each = nilIfEmpty(m.Each)
	inUTC(&m)
	if !inYears(m) { // a time at the edge that had another zone
		d.fail("a time is outside the years 0 to 9999")
	}
	return m
}

// json reads a text as JSON. The error of package json is left out, as it shows
// some of the text.
func (d *legacyDecoder) json(text string, into any) {
	if json.Unmarshal([]byte(text), into) != nil {
		d.fail("what it has of faults is not their JSON")
	}
}

func inUTC(m *fault.Memory) {
	m.Since = m.Since.UTC()
	for i := range m.Each {
		m.Each[i].Window, m.Each[i].Wait = m.Each[i].Window.UTC(), m.Each[i].Wait.UTC()
	}
}

func nilIfEmpty[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}
