package lang_test

import (
	"fmt"
	"maps"
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/lang"
)

// brief lists the results of a pinned script: r, s, u and a for the outcomes, error
// codes, and what follows the last.
func brief(script liveness.Script) string {
	var b strings.Builder
	for _, step := range script.Steps {
		switch {
		case step.Error != nil:
			b.WriteString(step.Error.Code)
		case step.Abandoned:
			b.WriteString("a")
		default:
			b.WriteString(string(step.Decision[:1]))
		}
	}
	return b.String() + " " + string(script.AfterLast)
}

func TestPinWritesOut(t *testing.T) {
	t.Parallel()
	const r, s, u = "{outcome: realface}, ", "{outcome: spoofface}, ", "{outcome: uncertain}, "
	for _, test := range []struct{ attempts, then, want string }{
		{r, "repeat-last", "r repeat-last"},
		{r, "restart", "r repeat-last"},
		{r, "exhausted", "r exhausted"},
		{r + s, "repeat-last", "rs repeat-last"},
		{r + s, "restart", "rsr repeat-last"},
		{r + s, "exhausted", "rs exhausted"},
		{r + s + u, "restart", "rsu repeat-last"},
		{r + s + u, "exhausted", "rsu repeat-last"}, // no session has a fourth attempt
		{r + s + u + r + s, "repeat-last", "rsu repeat-last"},
		{r + s + s, "repeat-last", "rss repeat-last"},
		{"{outcome: realface, repeat: 2}, " + s, "repeat-last", "rrs repeat-last"},
		{"{outcome: realface, repeat: 2}, ", "exhausted", "rr exhausted"},
		{"{outcome: realface, repeat: 100}, " + s, "exhausted", "r repeat-last"},
		{"{outcome: realface, repeat: 2}, ", "restart", "r repeat-last"},
		{"{outcome: abandoned}, {error: {code: A, message: b}}", "restart", "aAa repeat-last"},
	} {
		scenario := parse(t, header+"attempts: ["+test.attempts+"]\nthen: "+test.then+"\n")
		if scenario.Random() {
			t.Errorf("%s: got a random one", test.attempts)
		}
		script := scenario.Plan().Pin(42)
		if got := brief(script); got != test.want || script.Seed != 0 {
			t.Errorf("%s then %s: got %q, seed %d; want %q, 0", test.attempts, test.then, got, script.Seed, test.want)
		}
		if diff := cmp.Diff(script, scenario.Plan().Pin(43)); diff != "" {
			t.Errorf("%s: two seeds differ:\n%s", test.attempts, diff)
		}
	}
}

// drawn is a scenario with three outcomes to draw from.
const drawn = header + `attempts:
  - oneOf:
      - {outcome: realface, weight: 5}
      - {outcome: spoofface, weight: 3}
      - {outcome: uncertain}
      - {outcome: abandoned, weight: 1}
`

func TestPinDraws(t *testing.T) {
	t.Parallel()
	s := parse(t, drawn)
	if !s.Random() {
		t.Fatal("got one that is not random")
	}
	// These must never change: users have them in their tests, with their seeds.
	for seed, want := range map[uint64]string{1: "srr", 2: "usr", 3: "sra", 4: "rur", 5: "rss", 1 << 53: "ssa"} {
		script := s.Plan().Pin(seed)
		if got := brief(script); got != want+" repeat-last" || script.Seed != seed {
			t.Errorf("seed %d: got %q, seed %d; want %q", seed, got, script.Seed, want+" repeat-last")
		}
		if diff := cmp.Diff(script, s.Plan().Pin(seed)); diff != "" {
			t.Errorf("seed %d: two scripts differ:\n%s", seed, diff)
		}
	}
}

// TestPinKeepsToWeights draws with successive seeds, which sessions may have.
func TestPinKeepsToWeights(t *testing.T) {
	t.Parallel()
	const sessions = 20_000
	s := parse(t, drawn)
	weights := map[byte]float64{'r': 0.5, 's': 0.3, 'u': 0.1, 'a': 0.1}
	counts := [3]map[byte]int{{}, {}, {}}
	pairs := make(map[string]int)
	for seed := range uint64(sessions) {
		letters := brief(s.Plan().Pin(seed + 1))
		for i := range counts {
			counts[i][letters[i]]++
		}
		pairs[letters[:2]]++
	}
	within := func(what string, got int, share float64) {
		want := share * sessions
		if deviation := math.Sqrt(want * (1 - share)); math.Abs(float64(got)-want) > 4*deviation {
			t.Errorf("%s: drawn %d times, want %.0f ± %.0f", what, got, want, 4*deviation)
		}
	}
	for letter, share := range weights {
		for i := range counts {
			within(fmt.Sprintf("%c in attempt %d", letter, i+1), counts[i][letter], share)
		}
		for second, other := range maps.All(weights) {
			within(fmt.Sprintf("%c before %c", letter, second), pairs[string([]byte{letter, second})], share*other)
		}
	}
}

// TestPinDrawsOncePerAttempt checks that fixed entries do not change later draws, and
// that a repeated entry draws again.
func TestPinDrawsOncePerAttempt(t *testing.T) {
	t.Parallel()
	const choices = "oneOf: [{outcome: realface}, {outcome: spoofface}]"
	alone := parse(t, header+"attempts: [{"+choices+"}]\nthen: exhausted\n")
	behind := parse(t, header+"attempts: [{outcome: uncertain}, {"+choices+"}]\nthen: exhausted\n")
	repeated := parse(t, header+"attempts: [{"+choices+", repeat: 3}]\nthen: exhausted\n")
	restarted := parse(t, header+"attempts: [{"+choices+"}]\nthen: restart\n")
	different := 0
	for seed := uint64(1); seed <= 100; seed++ {
		letter := brief(alone.Plan().Pin(seed))[:1]
		if got, want := brief(behind.Plan().Pin(seed)), "u"+letter+" exhausted"; got != want {
			t.Errorf("seed %d: got %q behind another attempt, want %q", seed, got, want)
		}
		three := brief(repeated.Plan().Pin(seed))
		if again := brief(restarted.Plan().Pin(seed)); three[:1] != letter || three != again {
			t.Errorf("seed %d: got %q alone, %q repeated and %q restarted, want the same beginning", seed, letter, three, again)
		}
		if three[0] != three[1] || three[1] != three[2] {
			different++
		}
	}
	if different < 50 {
		t.Errorf("in %d of 100 scripts the attempts differ, want most", different)
	}
}

func TestPinOfNothing(t *testing.T) {
	t.Parallel()
	if got := (scenario.Scenario{Name: "x"}).Plan().Pin(1); len(got.Steps) != 0 || got.Scenario != "x" {
		t.Errorf("got %+v, want no steps", got)
	}
}

// TestThenAnotherScenario checks that attempts continue with those of the other scenario,
// and so on.
func TestThenAnotherScenario(t *testing.T) {
	t.Parallel()
	set, warnings := loadWarned(t, lang.Source{FS: fstest.MapFS{
		"portrait.jpg": {Data: jpegOf(t, 40, 60)},
		"other.jpg":    {Data: jpegOf(t, 8, 8)},
		"a.yaml":       named("to-b", "then: {scenario: b}", "advance: auto"),
		"b.yaml": {Data: []byte(`
name: b
advance: {polls: 2}
result: {after: 1s}
attempts:
  - outcome: spoofface
    sessionImage: portrait.jpg
then: {scenario: c}
`)},
		"c.yaml": {Data: []byte(`
name: c
attempts:
  - oneOf:
      - {outcome: uncertain, sessionImage: portrait.jpg}
      - {outcome: uncertain, sessionImage: other.jpg}
  - error: {code: X, message: y}
then: exhausted
`)},
		"d.yaml": {Data: []byte("name: d\nattempts: [{outcome: realface, repeat: 3}]\nthen: {scenario: c}\n")},
		"e.yaml": {Data: []byte("name: e\nattempts: [{outcome: realface}]\nthen: exhausted\n")},
		"f.yaml": named("to-e", "then: {scenario: e}"),
	}})
	for name, want := range map[string]struct {
		brief  string
		images int
	}{
		"to-b": {"rsu repeat-last", 2}, "b": {"suX repeat-last", 2}, "c": {"uX exhausted", 2}, "d": {"r repeat-last", 0},
		"to-e": {"rr exhausted", 0},
	} {
		s, _ := set.Lookup(name)
		script := s.Plan().Pin(5)
		if got := brief(script); got != want.brief || len(s.Images) != want.images || script.Scenario != name {
			t.Errorf("%s: got %q of %s with %d images, want %q with %d", name, got, script.Scenario, len(s.Images), want.brief, want.images)
		}
		if random := want.images > 0; s.Random() != random || (script.Seed == 5) != random {
			t.Errorf("%s: got random %v, seed %d; want random %v", name, s.Random(), script.Seed, random)
		}
		for _, image := range s.Plan().ImagesOf(script) {
			if image.Name != script.Steps[0].SessionImage && image.Name != script.Steps[len(script.Steps)-1].SessionImage && image.Name != script.Steps[1].SessionImage {
				t.Errorf("%s: got image %s, which no step names", name, image.Name)
			}
		}
	}
	toB, _ := set.Lookup("to-b")
	if script := toB.Plan().Pin(5); !script.Automatic || script.Polls != 0 || script.ResultDelay != (liveness.ResultDelay{}) {
		t.Errorf("got %+v, want it to move as to-b says", script)
	}
	if got, want := warnings, 1; len(got) != want {
		t.Errorf("got warnings %q, want that d never goes on", firstLines(got))
	}
	if got := brief(parse(t, with("then: {scenario: e}")).Plan().Pin(1)); got != "r exhausted" {
		t.Errorf("without a set: got %q, want its own attempts only", got)
	}
}

func TestThenMustLeadSomewhere(t *testing.T) {
	t.Parallel()
	to := func(name, next string) *fstest.MapFile { return named(name, "then: {scenario: "+next+"}") }
	long := fstest.MapFS{}
	for i := range 20 {
		long[fmt.Sprintf("%02d.yaml", i)] = to(fmt.Sprintf("s%d", i), fmt.Sprintf("s%d", (i+1)%20))
	}
	const end = "; end one of them with repeat-last, restart or exhausted"
	for name, test := range map[string]struct {
		files fstest.MapFS
		want  []string
	}{
		"unknown": {fstest.MapFS{"a.yaml": to("a", "spof"), "b.yaml": named("spoof")}, []string{`a.yaml:3:18: unknown scenario "spof"; did you mean "spoof"?`}},
		"unknown and nothing like it": {
			fstest.MapFS{"a.yaml": to("a", "zebra"), "b.yaml": named("spoof")},
			[]string{`a.yaml:3:18: unknown scenario "zebra"; use the name of a scenario file or of a built-in scenario`},
		},
		"itself":          {fstest.MapFS{"a.yaml": to("a", "a")}, []string{"a.yaml:3:18: then leads in a circle: a → a" + end}},
		"two":             {fstest.MapFS{"a.yaml": to("a", "b"), "b.yaml": to("b", "a")}, []string{"a.yaml:3:18: then leads in a circle: a → b → a" + end}},
		"behind another":  {fstest.MapFS{"a.yaml": to("a", "b"), "b.yaml": to("b", "c"), "c.yaml": to("c", "b")}, []string{"b.yaml:3:18: then leads in a circle: b → c → b" + end}},
		"many":            {long, []string{"00.yaml:3:18: then leads in a circle: s0 → s1 → s2 → s3 → s4 → s5 → s6 → … → s19 → s0" + end}},
		"two of them":     {fstest.MapFS{"a.yaml": to("a", "a"), "b.yaml": to("b", "b")}, []string{"a.yaml:3:18: then leads in a circle: a → a" + end, "b.yaml:3:18: then leads in a circle: b → b" + end}},
		"beside bad ones": {fstest.MapFS{"a.yaml": to("a", "b"), "b.yaml": {}}, []string{"b.yaml:1:1: the file is empty; a scenario has at least a name and attempts"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := lang.Load(lang.Source{FS: test.files})
			if diff := cmp.Diff(test.want, problems(t, err)); diff != "" {
				t.Errorf("problems differ (-want +got):\n%s", diff)
			}
		})
	}
}

func BenchmarkPin(b *testing.B) {
	s, err := lang.Parse("f.yaml", []byte(drawn), nil)
	if err != nil {
		b.Fatal(err)
	}
	plan := s.Plan()
	b.ReportAllocs()
	for b.Loop() {
		plan.Pin(1)
	}
}
