package metrics

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// Observe counts a request and the faults that touched it.
func (m *Metrics) Observe(e journal.Entry) {
	m.Request(e.Operation, e.Version, e.Status, e.Duration)
	if e.Fault == "" {
		return
	}
	for effect := range strings.SplitSeq(e.Fault, ", ") {
		m.Fault(effect)
	}
}

// Request counts a request. Status 0 is one without an answer.
func (m *Metrics) Request(operation, version string, status int, took time.Duration) {
	duration, ok := m.durations[operation]
	if !ok {
		operation, duration = none, m.durations[none]
	}
	if !m.versions[version] {
		version = none
	}
	// The clock of the machine may have gone back.
	duration.Observe(max(0, took).Seconds())
	m.counter(request{operation, version, bounded(status)}).Inc()
}

// counter returns the counter of such requests. A lookup in a vector allocates; one
// in this map does not.
func (m *Metrics) counter(r request) prometheus.Counter {
	m.mu.RLock()
	counter, ok := m.counters[r]
	m.mu.RUnlock()
	if ok {
		return counter
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	counter = m.requests.WithLabelValues(r.operation, r.version, shown(r.status))
	m.counters[r] = counter
	return counter
}

// bounded returns a status that has a name, the class (such as 5) of any other
// status, and 0 for an invalid one.
func bounded(status int) int {
	switch {
	case status < 100 || status > 599:
		return 0
	case http.StatusText(status) != "":
		return status
	default:
		return status / 100
	}
}

// shown is a bounded status as a label.
func shown(status int) string {
	switch {
	case status == 0:
		return none
	case status < 100:
		return strconv.Itoa(status) + "xx"
	default:
		return strconv.Itoa(status)
	}
}

// StoreMethod is the liveness.Observer that measures how long calls of the store take.
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
