package metrics

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// Observe counts a request and the faults that touched it. Status 0 is a request
// without an answer.
func (m *Metrics) Observe(e journal.Entry) {
	key := request{e.Operation, e.Version, e.Status}
	duration, ok := m.durations[key.operation]
	if !ok {
		key.operation, duration = none, m.durations[none]
	}
	if !m.versions[key.version] {
		key.version = none
	}
	if key.status < 100 || key.status > 599 {
		key.status = 0
	}
	// The clock of the machine may have gone back.
	duration.Observe(max(0, e.Duration).Seconds())

	// A lookup in the vector allocates; one in this map does not.
	m.mu.RLock()
	counter, ok := m.counters[key]
	m.mu.RUnlock()
	if !ok {
		counter = m.requests.WithLabelValues(key.operation, key.version, statusLabel(key.status))
		m.mu.Lock()
		m.counters[key] = counter
		m.mu.Unlock()
	}
	counter.Inc()

	if e.Fault != "" {
		for effect := range strings.SplitSeq(e.Fault, ", ") {
			m.Fault(effect)
		}
	}
}

// statusLabel returns a status that has a name, or the class of another one, such as
// 5xx.
func statusLabel(status int) string {
	switch {
	case status == 0:
		return none
	case http.StatusText(status) == "":
		return strconv.Itoa(status/100) + "xx"
	default:
		return strconv.Itoa(status)
	}
}

// StoreMethod is the store.Observer that measures how long calls of the store take.
func (m *Metrics) StoreMethod(method string) (done func()) {
	began := m.now()
	return func() { m.methods[method].Observe(max(0, m.now().Sub(began)).Seconds()) }
}

// Outcomes of attempts that have no decision.
const (
	outcomeError     = "error"
	outcomeAbandoned = "abandoned"
)

func outcomes() []string {
	return []string{
		string(liveness.DecisionRealFace), string(liveness.DecisionSpoofFace), string(liveness.DecisionUncertain),
		outcomeError, outcomeAbandoned,
	}
}

// Outcome returns the outcome of an attempt for Attempt.
func Outcome(a liveness.Attempt) string {
	switch {
	case a.Decision != "":
		return string(a.Decision)
	case a.Error != nil:
		return outcomeError
	default:
		return outcomeAbandoned
	}
}

// Attempt counts an attempt by its Outcome.
func (m *Metrics) Attempt(outcome string) {
	counter, ok := m.attempts[outcome]
	if !ok {
		counter = m.attempts[other]
	}
	counter.Inc()
}

// Effects of faults with a detail, which the label leaves out.
const (
	effectDelay = "delay"
	effectError = "error"
	effectRate  = "rate"
)

// effects are the words of fault.Verdict.Fired.
func effects() []string {
	list := []string{effectDelay, effectError, effectRate, "hang", fault.EffectStale, "content type", "slow body"}
	for _, moment := range []fault.Reset{fault.ResetBefore, fault.ResetDuring, fault.ResetAfter} {
		list = append(list, "reset "+string(moment))
	}
	for _, body := range []fault.Body{fault.BodyEmpty, fault.BodyTruncated, fault.BodyMalformed, fault.BodyText} {
		list = append(list, "body "+string(body))
	}
	return list
}

// Fault counts a fault by its effect, as fault.Verdict.Fired has it.
func (m *Metrics) Fault(effect string) {
	if word, _, _ := strings.Cut(effect, " "); word == effectDelay || word == effectError || word == effectRate {
		effect = word
	}
	counter, ok := m.faults[effect]
	if !ok {
		counter = m.faults[other]
	}
	counter.Inc()
}
