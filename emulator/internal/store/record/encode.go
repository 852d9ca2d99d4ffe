package record

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// An encoder appends a payload of the current version to buf. In every method, the
// fields that a version added follow the earlier ones, so that the decoder of all
// versions reads like the encoder. err is the first error; buf is useless then.
type encoder struct {
	buf []byte
	err error
}

func (e *encoder) session(s *liveness.Session) {
	e.string(string(s.ID))
	e.string(string(s.Resource))
	e.string(string(s.Kind))
	e.time(s.Created)
	e.settings(&s.Settings)
	optional(e, s.Reference, (*encoder).reference)
	e.script(&s.Script)
	e.string(s.DeviceCorrelationID)
	e.time(s.Started)
	list(e, s.Attempts, (*encoder).attempt)
	e.int(int64(s.EndCalls))
	e.time(s.LastEndCall)
	e.string(s.UserCorrelationID)
	list(e, s.FlaggedBefore, (*encoder).flagged)
	e.int(int64(s.Reads))
	if m := &s.FaultMemory; m.Since.IsZero() && m.Calls == 0 && len(m.Each) == 0 {
		e.string("")
	} else {
		e.memory(*m)
	}
}

func (e *encoder) settings(s *liveness.Settings) {
	e.string(s.APIVersion)
	e.string(string(s.Mode))
	e.bool(s.DeviceCorrelationIDSetInClient)
	e.bool(s.EnableSessionImage)
	e.string(s.ModelVersion)
	e.int(int64(s.TokenTTL))
	e.int(int64(s.AttemptsAllowed))
	e.bool(s.ReturnVerifyImageHash)
	e.buf = binary.BigEndian.AppendUint64(e.buf, math.Float64bits(s.VerifyConfidenceThreshold))
	e.bool(s.UserCorrelationIDSetInClient)
	e.bool(s.SendResultsToClient)
	e.bool(s.GoesOnAfterDecision)
	e.string(s.ExpectedClientAddress)
	e.bool(s.AbuseMonitoring)
	e.bool(s.DeviceCorrelationIDGiven)
}

func (e *encoder) reference(r *liveness.VerifyReference) {
	e.rectangle(&r.FaceRectangle)
	e.string(string(r.Quality))
	e.buf = append(e.buf, r.SHA256[:]...)
}

func (e *encoder) script(s *liveness.Script) {
	e.string(s.Scenario)
	e.bool(s.Automatic)
	e.int(int64(s.After))
	list(e, s.Steps, (*encoder).step)
	e.string(string(s.AfterLast))
	e.buf = binary.BigEndian.AppendUint64(e.buf, s.Seed)
	e.int(int64(s.Polls))
	e.int(int64(s.ResultDelay.After))
	e.int(int64(s.ResultDelay.Polls))
	optional(e, s.EarlyEnd, (*encoder).end)
	if len(s.Faults) == 0 {
		e.string("")
	} else {
		e.json(s.Faults)
	}
}

func (e *encoder) end(end *liveness.EarlyEnd) {
	e.string(string(end.Kind))
	e.bool(end.BeforeStart)
	e.int(int64(end.During))
	e.int(int64(end.AfterTry))
	e.int(int64(end.BeforePoll))
	e.int(int64(end.After))
}

func (e *encoder) step(s *liveness.Step) {
	e.int(int64(s.Takes))
	e.string(string(s.Decision))
	optional(e, s.Error, (*encoder).attemptError)
	e.bool(s.Abandoned)
	optional(e, s.MatchConfidence, (*encoder).float32)
	e.string(string(s.Quality))
	optional(e, s.FaceRectangle, (*encoder).rectangle)
	e.string(s.SessionImage)
	e.bool(s.AbuseDetected)
	e.string(string(s.Digest))
	list(e, s.ClientAddresses, (*encoder).word)
}

func (e *encoder) attempt(a *liveness.Attempt) {
	e.int(int64(a.ID))
	e.string(a.RequestID)
	e.string(a.ClientRequestID)
	e.string(a.ClientAddress)
	e.time(a.Began)
	e.time(a.Ends)
	e.string(string(a.Decision))
	optional(e, a.Error, (*encoder).attemptError)
	e.rectangle(&a.FaceRectangle)
	e.string(a.Digest)
	e.string(string(a.SessionImageID))
	e.string(a.SessionImage)
	optional(e, a.Match, (*encoder).match)
	e.bool(a.Closed)
	e.request(&a.Request)
	optional(e, a.Abuse, (*encoder).abuse)
	e.int(int64(a.Reads))
}

func (e *encoder) request(r *liveness.AttemptRequest) {
	e.string(r.Path)
	e.int(r.ContentLength)
	e.string(r.ContentType)
	e.string(r.UserAgent)
}

func (e *encoder) abuse(a *liveness.AbuseFinding) {
	e.bool(a.Detected)
	list(e, a.Others, (*encoder).flagged)
}

func (e *encoder) flagged(f *liveness.FlaggedAttempt) {
	e.string(string(f.Session))
	e.int(int64(f.AttemptID))
	e.string(string(f.SessionImageID))
}

func (e *encoder) attemptError(a *liveness.AttemptError) {
	e.string(a.Code)
	e.string(a.Message)
}

func (e *encoder) match(m *liveness.Match) {
	e.float32(&m.Confidence)
	e.bool(m.Identical)
	e.string(string(m.Quality))
}

func (e *encoder) rectangle(r *liveness.Rectangle) {
	e.int(int64(r.Top))
	e.int(int64(r.Left))
	e.int(int64(r.Width))
	e.int(int64(r.Height))
}

func (e *encoder) image(i *Image) {
	e.string(i.Name)
	e.buf = binary.BigEndian.AppendUint64(e.buf, i.Blob)
	e.int(int64(i.Size))
	e.int(int64(i.Chunks))
	e.buf = binary.BigEndian.AppendUint32(e.buf, i.Sum)
}

func (e *encoder) string(s string) {
	e.buf = binary.AppendUvarint(e.buf, uint64(len(s)))
	e.buf = append(e.buf, s...)
}

func (e *encoder) word(s *string) { e.string(*s) }

func (e *encoder) int(n int64) { e.buf = binary.AppendVarint(e.buf, n) }

func (e *encoder) bool(b bool) {
	var v byte
	if b {
		v = 1
	}
	e.buf = append(e.buf, v)
}

func (e *encoder) float32(f *float32) {
	e.buf = binary.BigEndian.AppendUint32(e.buf, math.Float32bits(*f))
}

func (e *encoder) time(t time.Time) {
	e.int(t.Unix())
	e.buf = binary.AppendUvarint(e.buf, uint64(t.Nanosecond()))
}

// optional appends whether v is set and, if so, v.
func optional[T any](e *encoder, v *T, encode func(*encoder, *T)) {
	e.bool(v != nil)
	if v != nil {
		encode(e, v)
	}
}

// list appends how many elements v has, and the elements.
func list[T any](e *encoder, v []T, encode func(*encoder, *T)) {
	e.buf = binary.AppendUvarint(e.buf, uint64(len(v)))
	for i := range v {
		encode(e, &v[i])
	}
}
