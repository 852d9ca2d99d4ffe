package scenariotest

import (
	"fmt"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
)

// fault returns one that does something.
func (m *Maker) fault() fault.Fault {
	f := m.calls()
	m.ending(&f)
	f.Delay = m.delay()
	f.Stale = m.maybe()
	if f.Body = pick(m, "", fault.BodyEmpty, fault.BodyTruncated, fault.BodyMalformed, fault.BodyText); f.Body == fault.BodyText {
		f.Text = m.text()
	}
	f.ContentType = pick(m, "", "text/html", `application/json; charset="a b"`)
	f.Throughput = pick(m, 0, 1+m.random.IntN(1_000_000))
	if m.Playable && f.Throughput > 0 {
		f.Throughput = max(f.Throughput, 500_000)
	}
	return f
}

// calls returns a fault that says which calls it concerns, and not what happens.
func (m *Maker) calls() fault.Fault {
	f := fault.Fault{Probability: pick(m, 1, 0, 1, m.random.Float64())}
	groups := fault.Groups()
	if m.maybe() {
		f.Operations = groups[m.random.IntN(len(groups))].Operations
	}
	if m.seldom() {
		f.States = fault.States()[m.random.IntN(5):]
	}
	if m.seldom() {
		f.After = pick(m, 0, m.duration()/2)
		f.Until = pick(m, 0, f.After+m.duration()/2+1)
	}
	if m.maybe() || m.Playable {
		f.First = m.upTo(50_000) - 1
		f.Last = pick(m, 0, f.First+m.upTo(50_000), max(f.First, 1))
	}
	return f
}

// ending gives the fault what comes of its calls.
func (m *Maker) ending(f *fault.Fault) {
	switch m.random.IntN(5) {
	case 0:
		f.Answer = m.answer()
	case 1:
		f.Rate = pick(m, new(fault.TierF0()), new(fault.TierS0()),
			&fault.Rate{Calls: m.upTo(100_000), Window: time.Millisecond + m.duration()/2, Tier: "custom"})
		f.Rate.RetryDate = m.maybe()
	case 2:
		f.Hang = true
		if m.Playable {
			f.Last = max(f.First, 1)
		}
	case 3:
		f.Reset = fault.ResetBefore
	default:
		f.Reset = pick(m, fault.ResetDuring, fault.ResetAfter)
	}
}

func (m *Maker) delay() fault.Delay {
	if m.Playable {
		// What is log-normal has few limits, unless its spread is small.
		base := time.Duration(1 + m.random.Int64N(int64(time.Millisecond)))
		return pick(m, fault.Delay{}, fault.Delay{Shape: fault.Fixed, Base: base},
			fault.Delay{Shape: pick(m, fault.Uniform, fault.Normal, fault.LogNormal), Base: base, Spread: base / 2})
	}
	return pick(m, fault.Delay{}, fault.Delay{Shape: fault.Fixed, Base: m.held()},
		fault.Delay{Shape: pick(m, fault.Uniform, fault.Normal, fault.LogNormal), Base: m.held(), Spread: m.held()})
}

// held returns a duration that an answer can be held back, and be drawn from.
func (m *Maker) held() time.Duration {
	return 1 + time.Duration(m.random.Int64N(int64(fault.MaxDelay/2)))
}

func (m *Maker) answer() *fault.Answer {
	a := &fault.Answer{}
	if m.maybe() {
		a.Error = pick(m, fault.Errors()...)
	} else {
		a.Status, a.Code, a.Message = pick(m, 300, 307, 400+m.random.IntN(200)), pick(m, "429", "ServerBusy", "a b!"), pick(m, "", m.text())
		for i := range m.random.IntN(3) {
			a.Headers = append(a.Headers, fault.Header{Name: fmt.Sprintf("X-%d", i), Value: pick(m, "", "null", "é: #", `"`)})
		}
	}
	if m.maybe() {
		a.RetryAfter, a.RetryDate = time.Duration(1+m.random.IntN(3600))*time.Second, m.maybe()
	}
	return a
}
