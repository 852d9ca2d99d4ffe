package fault

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// A Call describes a call for the faults.
type Call struct {
	Operation string
	State     string    // of the session; "" without a session
	Now       time.Time // on the sessions' clock
	Seed      uint64    // seed of random values
	Number    uint64    // number of the call among those with the same Seed
}

// A Memory has the counts of earlier calls for a list of faults. The zero value has none.
// It is a plain value. Its JSON form is exported; the tags "stored" are the keys of its
// stored form.
type Memory struct {
	Since time.Time `json:"since" stored:"1"` // time of the first call
	Calls uint64    `json:"calls" stored:"2"` // so far
	Each  []Count   `json:"each" stored:"3"`  // by fault
}

// A Count has the counts of one fault.
type Count struct {
	Calls  int           `json:"calls,omitempty" stored:"1"`  // calls for which the conditions held
	Window time.Time     `json:"window,omitzero" stored:"2"`  // when the window of its Rate began
	Passed int           `json:"passed,omitempty" stored:"3"` // calls admitted in the window
	Wait   time.Time     `json:"wait,omitzero" stored:"4"`    // end of the last Retry-After
	For    time.Duration `json:"for,omitempty" stored:"5"`    // its length
}

// Clone returns a deep copy.
func (m Memory) Clone() Memory {
	m.Each = slices.Clone(m.Each)
	return m
}

// A Verdict is the combined effect of all faults on a call. The zero value is no effect.
type Verdict struct {
	Fired []string // short names of the effects, for people

	Delay       time.Duration // real time
	Hang        bool
	Reset       Reset
	Answer      *Answer
	Limited     *Limited // instead of Answer
	Stale       bool
	Body        Body
	Text        string // for BodyText
	ContentType string
	Throughput  int // bytes per second
	// TooEarly is how much earlier the call came than the last Retry-After allowed. A
	// verdict without effects can have it.
	TooEarly time.Duration
}

// A Limited is a refusal because of a Rate.
type Limited struct {
	Rate
	RetryAfter time.Duration // rest of the window
}

// Names in Verdict.Fired for effects that an answer may not show.
const (
	EffectStale       = "stale"
	effectBody        = "body "
	effectContentType = "content type"
	effectThroughput  = "slow body"
)

// OfBody reports whether an effect only shows in answers with a body.
func OfBody(effect string) bool {
	return strings.HasPrefix(effect, effectBody) || effect == effectContentType || effect == effectThroughput
}

// Given reports whether the verdict has an effect.
func (v *Verdict) Given() bool { return len(v.Fired) > 0 }

// Spoils reports whether the answer hides the result of the operation, which may have
// been carried out.
func (v *Verdict) Spoils() bool { return v.Reset != "" || v.Body != "" }

// ends reports whether the verdict already determines the result of the call.
func (v *Verdict) ends() bool {
	return v.Hang || v.Reset == ResetBefore || v.Answer != nil || v.Limited != nil
}

// Meet counts a call and adds the effects of the faults to the verdict. A memory always
// has the same list of faults.
func (m *Memory) Meet(faults []Fault, c Call, into *Verdict) {
	if m.Since.IsZero() {
		m.Since = c.Now
	}
	if len(m.Each) != len(faults) {
		m.Each = make([]Count, len(faults))
	}
	m.Calls++
	for i := range faults {
		f, count := &faults[i], &m.Each[i]
		if !f.asks(c, max(0, c.Now.Sub(m.Since))) { // the clock may have gone back
			continue
		}
		if early := count.Wait.Sub(c.Now); early > 0 && early <= count.For {
			into.TooEarly = max(into.TooEarly, early)
		}
		count.Calls++
		if count.Calls < f.First || f.Last > 0 && count.Calls > f.Last {
			continue
		}
		chance := draws(c, i)
		if chance.Float64() >= f.Probability {
			continue
		}
		f.apply(count, c.Now, chance, into)
	}
}

// asks reports whether the conditions of the fault hold for a call.
func (f *Fault) asks(c Call, age time.Duration) bool {
	return f.concerns(c.Operation) &&
		(len(f.States) == 0 || slices.Contains(f.States, c.State)) &&
		age >= f.After && (f.Until == 0 || age < f.Until)
}

// draws returns the random numbers of a fault for a call. The hash makes the numbers of
// successive calls and seeds independent.
func draws(c Call, fault int) *rand.Rand {
	text := binary.BigEndian.AppendUint64([]byte("faults/"), c.Seed)
	text = binary.BigEndian.AppendUint64(text, c.Number)
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(text, uint64(fault)))
	return rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16])))
}

// apply adds the effects of the fault to the verdict.
func (f *Fault) apply(count *Count, now time.Time, chance *rand.Rand, v *Verdict) {
	if f.Rate != nil && !v.ends() {
		if limited := f.Rate.meet(count, now); limited != nil {
			v.Limited = limited
			v.Fired = append(v.Fired, "rate "+limited.Tier)
		}
	}
	if f.Delay.Shape != "" {
		delay := f.Delay.draw(chance)
		v.Delay = min(v.Delay+delay, MaxDelay)
		v.Fired = append(v.Fired, "delay "+delay.Round(time.Millisecond).String())
	}
	if !v.ends() {
		f.end(v)
		if v.Answer != nil && v.Answer.RetryAfter > 0 {
			count.Wait, count.For = now.Add(v.Answer.RetryAfter), v.Answer.RetryAfter
		}
	}
	if f.Stale && !v.Stale {
		v.Stale = true
		v.Fired = append(v.Fired, EffectStale)
	}
	f.shape(v)
}

// end applies an effect that determines the result of the call.
func (f *Fault) end(v *Verdict) {
	switch {
	case f.Hang:
		v.Hang = true
		v.Fired = append(v.Fired, "hang")
	case f.Reset == ResetBefore:
		v.Reset = f.Reset
		v.Fired = append(v.Fired, "reset before")
	case f.Answer != nil:
		v.Answer = f.Answer
		v.Fired = append(v.Fired, "error "+f.Answer.shown())
	}
}

// shape applies the effects on the form of the answer.
func (f *Fault) shape(v *Verdict) {
	if f.Reset != "" && v.Reset == "" && f.Reset != ResetBefore {
		v.Reset = f.Reset
		v.Fired = append(v.Fired, "reset "+string(f.Reset))
	}
	if f.Body != "" && v.Body == "" {
		v.Body, v.Text = f.Body, f.Text
		v.Fired = append(v.Fired, effectBody+string(f.Body))
	}
	if f.ContentType != "" && v.ContentType == "" {
		v.ContentType = f.ContentType
		v.Fired = append(v.Fired, effectContentType)
	}
	if f.Throughput > 0 && (v.Throughput == 0 || f.Throughput < v.Throughput) {
		v.Throughput = f.Throughput
		v.Fired = append(v.Fired, effectThroughput)
	}
}

// meet counts a call and returns a refusal if there were too many. Refused calls do not
// count [assumed: rate-refused-calls], and a window begins with the first call after the
// end of the previous one [assumed: rate-window].
func (r *Rate) meet(count *Count, now time.Time) *Limited {
	if ends := count.Window.Add(r.Window); count.Window.IsZero() || !now.Before(ends) || now.Before(count.Window) {
		count.Window, count.Passed = now, 0
	}
	if count.Passed < r.Calls {
		count.Passed++
		return nil
	}
	ends := count.Window.Add(r.Window)
	count.Wait, count.For = ends, ends.Sub(now)
	return &Limited{Rate: *r, RetryAfter: ends.Sub(now)}
}

// shown returns a short name for the answer.
func (a *Answer) shown() string {
	if a.Error != "" {
		return a.Error
	}
	return strings.TrimSpace(a.Code)
}
