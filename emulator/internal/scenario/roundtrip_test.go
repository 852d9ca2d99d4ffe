package scenario_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

// A pair is a key and its value: text, a number, a bool, a list or pairs.
type pair struct {
	key   string
	value any
}

// yamlOf prints pairs as a YAML file.
func yamlOf(pairs []pair) string {
	var b strings.Builder
	printPairs(&b, pairs, "")
	return b.String()
}

func printPairs(b *strings.Builder, pairs []pair, indent string) {
	for i, p := range pairs {
		if i > 0 {
			b.WriteString(indent)
		}
		b.WriteString(scalar(p.key) + ":")
		printValue(b, p.value, indent+"  ")
	}
}

func printValue(b *strings.Builder, v any, indent string) {
	switch v := v.(type) {
	case []pair:
		b.WriteString("\n" + indent)
		printPairs(b, v, indent)
	case []any:
		b.WriteString("\n")
		for _, entry := range v {
			b.WriteString(indent + "-")
			if pairs, ok := entry.([]pair); ok {
				b.WriteString(" ")
				printPairs(b, pairs, indent+"  ")
				continue
			}
			printValue(b, entry, indent+"  ")
		}
	case string:
		b.WriteString(" " + scalar(v) + "\n")
	default:
		fmt.Fprintf(b, " %v\n", v)
	}
}

// scalar returns a text in the quotes of JSON, which are some of YAML's.
func scalar(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		return err.Error() // which no reader takes for the text
	}
	return string(quoted)
}

// printed returns a file that a scenario could have been read from. Images says
// which file has which of its session images.
func printed(s scenario.Scenario, images map[string]string) string {
	file := []pair{{"name", s.Name}}
	add := func(given bool, key string, value any) {
		if given {
			file = append(file, pair{key, value})
		}
	}
	add(s.Description != "", "description", s.Description)
	add(s.Advice != "", "advice", s.Advice)
	if len(s.Match) == 1 {
		add(true, "match", printedMatch(s.Match[0]))
	}
	add(len(s.Match) > 1, "match", printedMatches(s.Match))
	add(s.Priority != 0, "priority", s.Priority)
	add(s.Seed != 0, "seed", s.Seed)
	add(s.Advance.Automatic, "advance", []pair{{"after", s.Advance.After.String()}})
	add(s.Advance.Polls > 0, "advance", []pair{{"polls", s.Advance.Polls}})
	var attempts []any
	for _, a := range s.Attempts {
		var entry []pair
		if a.Repeat != 1 {
			entry = append(entry, pair{"repeat", a.Repeat})
		}
		if len(a.Choices) == 1 {
			attempts = append(attempts, append(entry, printedStep(a.Choices[0].Step, images)...))
			continue
		}
		var choices []any
		for _, c := range a.Choices {
			choices = append(choices, append([]pair{{"weight", c.Weight}}, printedStep(c.Step, images)...))
		}
		attempts = append(attempts, append(entry, pair{"oneOf", choices}))
	}
	add(true, "attempts", attempts)
	add(s.Then != "", "then", string(s.Then))
	add(s.Next != "", "then", []pair{{"scenario", s.Next}})
	add(s.Result.After > 0, "result", []pair{{"after", s.Result.After.String()}})
	add(s.Result.Polls > 0, "result", []pair{{"polls", s.Result.Polls}})
	if s.End != nil {
		add(true, "end", []pair{{"by", string(s.End.Kind)}, {"when", printedWhen(*s.End)}})
	}
	add(len(s.Faults) > 0, "faults", printedFaults(s.Faults))
	return yamlOf(file)
}

func printedMatches(rules scenario.Rules) []any {
	var matches []any
	for _, m := range rules {
		matches = append(matches, printedMatch(m))
	}
	return matches
}

func printedWhen(e liveness.End) any {
	switch {
	case e.BeforeStart:
		return "beforeStart"
	case e.During > 0:
		return []pair{{"duringAttempt", e.During}}
	case e.AfterTry > 0:
		return []pair{{"afterAttempt", e.AfterTry}}
	case e.BeforePoll > 0:
		return []pair{{"beforePoll", e.BeforePoll}}
	default:
		return []pair{{"after", e.After.String()}}
	}
}

func printedMatch(m scenario.Match) []pair {
	var match, image, size, header []pair
	add := func(to *[]pair, key string, value any, given bool) {
		if given {
			*to = append(*to, pair{key, value})
		}
	}
	pattern := func(p scenario.Pattern) any {
		if p.Kind == scenario.PatternGlob && len(p.Text)%2 == 0 {
			return p.Text // both ways to write a glob
		}
		return []pair{{string(p.Kind), p.Text}}
	}
	add(&match, "operation", string(m.Operation), m.Operation != "")
	add(&match, "apiVersion", pattern(m.APIVersion), !m.APIVersion.IsZero())
	add(&match, "resource", pattern(m.Resource), !m.Resource.IsZero())
	add(&match, "deviceCorrelationId", pattern(m.DeviceCorrelationID), !m.DeviceCorrelationID.IsZero())
	add(&match, "userCorrelationId", pattern(m.UserCorrelationID), !m.UserCorrelationID.IsZero())
	add(&match, "operationMode", string(m.OperationMode), m.OperationMode != "")
	add(&image, "fileName", pattern(m.VerifyImage.FileName), !m.VerifyImage.FileName.IsZero())
	add(&image, "sha256", m.VerifyImage.SHA256, m.VerifyImage.SHA256 != "")
	add(&size, "min", m.VerifyImage.MinSize, m.VerifyImage.MinSize > 0)
	add(&size, "max", m.VerifyImage.MaxSize, m.VerifyImage.MaxSize > 0)
	add(&image, "size", size, len(size) > 0)
	add(&match, "verifyImage", image, len(image) > 0)
	for _, h := range m.Headers {
		add(&header, h.Name, pattern(h.Pattern), true)
	}
	add(&match, "header", header, len(header) > 0)
	return match
}

func printedStep(s liveness.Step, images map[string]string) []pair {
	var step []pair
	add := func(given bool, key string, value any) {
		if given {
			step = append(step, pair{key, value})
		}
	}
	add(s.Decision != "", "outcome", string(s.Decision))
	add(s.Abandoned, "outcome", "abandoned")
	if s.Error != nil {
		add(true, "error", []pair{{"code", s.Error.Code}, {"message", s.Error.Message}})
	}
	add(s.Takes > 0, "takes", s.Takes.String())
	if s.MatchConfidence != nil {
		add(true, "matchConfidence", *s.MatchConfidence)
	}
	add(s.Quality != "", "quality", string(s.Quality))
	if r := s.FaceRectangle; r != nil {
		add(true, "faceRectangle", []pair{{"top", r.Top}, {"left", r.Left}, {"width", r.Width}, {"height", r.Height}})
	}
	add(s.SessionImage != "", "sessionImage", images[s.SessionImage])
	add(s.AbuseDetected, "abuseDetected", true)
	add(s.Digest != "", "digest", string(s.Digest))
	var addresses []any
	for _, address := range s.ClientAddresses {
		addresses = append(addresses, address)
	}
	add(len(addresses) > 0, "clientInformation", addresses)
	return step
}

// A maker makes scenarios at random.
type maker struct {
	*rand.Rand
	images []string // names of session images, at least 40 wide and high
}

func (m maker) maybe() bool { return m.IntN(2) == 0 }

func pick[T any](m maker, from ...T) T { return from[m.IntN(len(from))] }

// text returns one that is awkward to print.
func (m maker) text() string {
	var b strings.Builder
	for range 1 + m.IntN(12) {
		b.WriteString(pick(m, "a", "Z", "0", " ", ":", ": ", "#", " #", "'", `"`, `\`, "-", "- ", "\n", "\t", "é", "日", "🙂", "{", "}", "[", ",",
			"&", "*", "?", "|", ">", "%", "@", "`", "!", "<", "~", "null", "true", "\u00a0", "\u2028", "..."))
	}
	return b.String()
}

func (m maker) name() string { return fmt.Sprintf("s-%d", m.Uint32()) }

func (m maker) duration() time.Duration {
	return time.Duration(1+m.Int64N(int64(time.Second))) * pick[time.Duration](m, 1, 1000, 86_400)
}

func (m maker) pattern(t *testing.T) scenario.Pattern {
	t.Helper()
	if m.maybe() {
		return scenario.Pattern{}
	}
	return m.somePattern(t)
}

func (m maker) somePattern(t *testing.T) scenario.Pattern {
	t.Helper()
	if m.IntN(3) == 0 {
		return pattern(t, scenario.PatternRegex, pick(m, ".*", `a\.b`, "(?i)x|y", `"[0-9]{2,}"`, "é+"))
	}
	return pattern(t, pick(m, scenario.PatternExact, scenario.PatternGlob), m.text())
}

func (m maker) match(t *testing.T) scenario.Match {
	t.Helper()
	match := scenario.Match{
		Operation:  pick(m, "", scenario.DetectLivenessWithVerify),
		APIVersion: m.pattern(t), Resource: m.pattern(t), DeviceCorrelationID: m.pattern(t), UserCorrelationID: m.somePattern(t),
		OperationMode: pick(m, "", liveness.ModePassive, liveness.ModePassiveActive),
	}
	match.VerifyImage.FileName = m.pattern(t)
	if m.maybe() {
		match.VerifyImage.SHA256 = fmt.Sprintf("%064x", m.Uint64())
	}
	if m.maybe() {
		match.VerifyImage.MinSize, match.VerifyImage.MaxSize = 1+m.Int64N(1<<20), pick(m, 0, 1<<20+m.Int64N(1<<20))
	}
	for i := range m.IntN(4) {
		match.Headers = append(match.Headers, scenario.HeaderMatch{Name: fmt.Sprintf("%s-%d", pick(m, "X", "1", "a.b"), i), Pattern: m.somePattern(t)})
	}
	return match
}

func (m maker) step() liveness.Step {
	s := liveness.Step{Takes: pick(m, 0, m.duration())}
	kind := m.IntN(3)
	if kind == 0 {
		s.Abandoned = true
		return s
	}
	s.AbuseDetected = m.maybe()
	for range m.IntN(3) {
		var ip [16]byte
		ip[0], ip[15] = byte(m.Uint32()), byte(m.Uint32())
		s.ClientAddresses = append(s.ClientAddresses, pick(m, netip.AddrFrom16(ip), netip.AddrFrom4([4]byte(ip[12:]))).String())
	}
	if m.maybe() {
		s.FaceRectangle = &liveness.Rectangle{Top: m.IntN(20), Left: m.IntN(20), Width: 1 + m.IntN(20), Height: 1 + m.IntN(20)}
	}
	if kind == 1 {
		s.Error = &liveness.AttemptError{Code: pick(m, "A", "Face-1_x.Y"), Message: m.text()}
		return s
	}
	s.Decision = pick(m, liveness.DecisionRealFace, liveness.DecisionSpoofFace, liveness.DecisionUncertain)
	s.Quality = pick(m, "", liveness.QualityLow, liveness.QualityMedium, liveness.QualityHigh)
	s.Digest = pick(m, liveness.DigestEqual, liveness.DigestDifferent, liveness.DigestMissing)
	if m.maybe() {
		s.MatchConfidence = new(m.Float32())
	}
	if s.FaceRectangle != nil && m.maybe() {
		s.SessionImage = pick(m, m.images...)
	}
	return s
}

func (m maker) attempts() []scenario.Attempt {
	var attempts []scenario.Attempt
	for range 1 + m.IntN(4) {
		a := scenario.Attempt{Repeat: 1 + m.IntN(4)}
		if m.maybe() {
			a.Choices = []scenario.Choice{{Weight: 1, Step: m.step()}}
		} else {
			for range 2 + m.IntN(3) {
				a.Choices = append(a.Choices, scenario.Choice{Weight: 1 + m.IntN(1000), Step: m.step()})
			}
		}
		attempts = append(attempts, a)
	}
	return attempts
}

func (m maker) scenario(t *testing.T) scenario.Scenario {
	t.Helper()
	s := scenario.Scenario{
		Name: m.name(), Source: "f.yaml",
		Description: pick(m, "", m.text()), Advice: pick(m, "", m.text()),
		Priority: pick(m, 0, m.IntN(2001)-1000), Seed: pick(m, 0, 1+m.Uint64N(1<<53)),
		Advance:  pick(m, scenario.Advance{}, scenario.Advance{Automatic: true, After: m.duration()}, scenario.Advance{Polls: 1 + m.IntN(1000)}),
		Attempts: m.attempts(),
		Then:     pick(m, "", liveness.ThenRepeatLast, liveness.ThenRestart, liveness.ThenExhausted),
		Result:   pick(m, liveness.Hold{}, liveness.Hold{After: m.duration()}, liveness.Hold{Polls: 1 + m.IntN(1000)}),
		End: pick(
			m, (*liveness.End)(nil), &liveness.End{BeforeStart: true}, &liveness.End{During: 1 + m.IntN(3)}, &liveness.End{AfterTry: 1 + m.IntN(3)},
			&liveness.End{BeforePoll: 1 + m.IntN(1000)}, &liveness.End{After: m.duration()},
		),
	}
	for range m.IntN(4) {
		s.Match = append(s.Match, m.match(t))
	}
	for range max(0, m.IntN(6)-2) {
		s.Faults = append(s.Faults, m.fault())
	}
	if s.Then == "" {
		s.Next = m.name()
	}
	if s.End != nil {
		s.End.Kind = pick(m, liveness.EndExpire, liveness.EndDelete, liveness.EndLose)
	}
	return s
}

// TestPrintAndParse prints scenarios that were made at random and reads them
// again.
func TestPrintAndParse(t *testing.T) {
	t.Parallel()
	images, files := printedImages(t)
	accepts := checker(t)
	m := maker{rand.New(rand.NewPCG(4, 2)), []string{}}
	for name := range files {
		m.images = append(m.images, name)
	}
	slices.Sort(m.images)
	for i := range 600 {
		want := m.scenario(t)
		file := printed(want, files)
		got, err := scenario.Parse("f.yaml", []byte(file), images)
		if err != nil {
			t.Fatalf("scenario %d: got error %v, want none, of\n%s", i, err, file)
		}
		checkScenario(t, got)
		got.Images = nil // checked there
		if diff := cmp.Diff(want, got, seen); diff != "" {
			t.Fatalf("scenario %d differs (-want +got):\n%s\nof\n%s", i, diff, file)
		}
		if i%10 == 0 && !accepts([]byte(file)) { // which takes its time
			t.Fatalf("the JSON Schema refuses scenario %d:\n%s", i, file)
		}
	}
}

// printedImages returns a folder of session images, and the file of each by the
// name that scenarios have for it.
func printedImages(tb testing.TB) (fstest.MapFS, map[string]string) {
	tb.Helper()
	folder, files := fstest.MapFS{}, make(map[string]string)
	for file, height := range map[string]int{"portrait.jpg": 60, "other.jpg": 40} {
		data := jpegOf(tb, 40, height)
		folder[file] = &fstest.MapFile{Data: data}
		files[imageName(data)] = file
	}
	return folder, files
}
