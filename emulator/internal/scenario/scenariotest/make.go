package scenariotest

import (
	"fmt"
	"net/netip"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

// Scenario returns the next scenario, as Parse would read it from the file f.yaml,
// but for its Images.
func (m *Maker) Scenario() scenario.Scenario {
	m.tb.Helper()
	s := scenario.Scenario{
		Name: m.name(), Source: "f.yaml",
		Description: pick(m, "", m.text()), Advice: pick(m, "", m.text()),
		Priority: pick(m, 0, m.random.IntN(2001)-1000), Seed: pick(m, 0, 1+m.random.Uint64N(1<<53)),
		Advance:  pick(m, scenario.Advance{}, scenario.Advance{Automatic: true, After: m.duration()}, scenario.Advance{Polls: m.upTo(1000)}),
		Attempts: m.attempts(),
		Then:     pick(m, "", liveness.AfterLastRepeat, liveness.AfterLastRestart, liveness.AfterLastStop),
		Result:   pick(m, liveness.ResultDelay{}, liveness.ResultDelay{After: m.duration()}, liveness.ResultDelay{Polls: m.upTo(1000)}),
		End: pick(
			m, (*liveness.EarlyEnd)(nil), &liveness.EarlyEnd{BeforeStart: true}, &liveness.EarlyEnd{During: m.upTo(3)}, &liveness.EarlyEnd{AfterTry: m.upTo(3)},
			&liveness.EarlyEnd{BeforePoll: m.upTo(1000)}, &liveness.EarlyEnd{After: m.duration()},
		),
	}
	for range m.random.IntN(4) {
		s.Match = append(s.Match, m.match())
	}
	for range max(0, m.random.IntN(6)-2) {
		s.Faults = append(s.Faults, m.fault())
	}
	if s.End != nil {
		s.End.Kind = pick(m, liveness.EndExpire, liveness.EndDelete, liveness.EndLose)
	}
	if m.Playable {
		m.makePlayable(&s)
	} else if s.Then == "" {
		s.Next = m.name()
	}
	m.made = append(m.made, s.Name)
	return s
}

// makePlayable lets the scenario fit to those that were made before, and most
// sessions live.
func (m *Maker) makePlayable(s *scenario.Scenario) {
	s.Name = fmt.Sprintf("s-%d", len(m.made)) // once each
	switch {
	case s.Then == "" && len(m.made) == 0:
		s.Then = liveness.AfterLastRepeat
	case s.Then == "":
		s.Next = pick(m, m.made...)
	}
	if m.maybe() {
		s.End = nil
	}
	for range m.random.IntN(3) {
		s.Faults = append(s.Faults, m.fault())
	}
}

func (m *Maker) pattern() scenario.Pattern {
	m.tb.Helper()
	if m.maybe() {
		return scenario.Pattern{}
	}
	return m.somePattern()
}

func (m *Maker) somePattern() scenario.Pattern {
	m.tb.Helper()
	kind, text := pick(m, scenario.PatternExact, scenario.PatternGlob), m.text()
	if m.random.IntN(3) == 0 {
		kind, text = scenario.PatternRegex, pick(m, ".*", `a\.b`, "(?i)x|y", `"[0-9]{2,}"`, "é+")
	}
	pattern, err := scenario.NewPattern(kind, text)
	if err != nil {
		m.tb.Fatalf("pattern %s %q: %v", kind, text, err)
	}
	return pattern
}

func (m *Maker) match() scenario.Match {
	m.tb.Helper()
	match := scenario.Match{
		Operation:  pick(m, "", scenario.DetectLivenessWithVerify),
		APIVersion: m.pattern(), Resource: m.pattern(), DeviceCorrelationID: m.pattern(), UserCorrelationID: m.somePattern(),
		OperationMode: pick(m, "", liveness.ModePassive, liveness.ModePassiveActive),
	}
	image := &match.VerifyImage
	image.FileName = m.pattern()
	if m.maybe() {
		image.SHA256 = fmt.Sprintf("%064x", m.random.Uint64())
	}
	if m.maybe() {
		image.MinSize, image.MaxSize = 1+m.random.Int64N(1<<20), pick(m, 0, 1<<20+m.random.Int64N(1<<20))
	}
	for i := range m.random.IntN(4) {
		match.Headers = append(match.Headers, scenario.HeaderMatch{Name: fmt.Sprintf("%s-%d", pick(m, "X", "1", "a.b"), i), Pattern: m.somePattern()})
	}
	return match
}

func (m *Maker) attempts() []scenario.Attempt {
	var attempts []scenario.Attempt
	for range 1 + m.random.IntN(4) {
		a := scenario.Attempt{Repeat: m.upTo(4)}
		if m.maybe() {
			a.Choices = []scenario.Choice{{Weight: 1, Step: m.step()}}
		} else {
			for range 2 + m.random.IntN(3) {
				a.Choices = append(a.Choices, scenario.Choice{Weight: 1 + m.random.IntN(1000), Step: m.step()})
			}
		}
		attempts = append(attempts, a)
	}
	return attempts
}

func (m *Maker) step() liveness.Step {
	s := liveness.Step{Takes: pick(m, 0, m.duration())}
	kind := m.random.IntN(3)
	if kind == 0 {
		s.Abandoned = true
		return s
	}
	s.AbuseDetected = m.maybe()
	for range m.random.IntN(3) {
		s.ClientAddresses = append(s.ClientAddresses, m.address().String())
	}
	if m.maybe() {
		s.FaceRectangle = &liveness.Rectangle{
			Top: m.random.IntN(20), Left: m.random.IntN(20), Width: 1 + m.random.IntN(20), Height: 1 + m.random.IntN(20),
		}
	}
	if kind == 1 {
		s.Error = &liveness.AttemptError{Code: pick(m, "A", "Face-1_x.Y"), Message: m.text()}
		return s
	}
	s.Decision = pick(m, liveness.DecisionRealFace, liveness.DecisionSpoofFace, liveness.DecisionUncertain)
	s.Quality = pick(m, "", liveness.QualityLow, liveness.QualityMedium, liveness.QualityHigh)
	s.Digest = pick(m, liveness.DigestEqual, liveness.DigestDifferent, liveness.DigestMissing)
	if m.maybe() {
		s.MatchConfidence = new(m.random.Float32())
	}
	if s.FaceRectangle != nil && m.maybe() {
		s.SessionImage = pick(m, m.images...)
	}
	return s
}

func (m *Maker) address() netip.Addr {
	var ip [16]byte
	ip[0], ip[15] = byte(m.random.Uint32()), byte(m.random.Uint32())
	return pick(m, netip.AddrFrom16(ip), netip.AddrFrom4([4]byte(ip[12:])))
}
