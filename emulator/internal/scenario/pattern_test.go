package scenario_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

// pattern returns a pattern that must be good.
func pattern(t *testing.T, kind scenario.PatternKind, text string) scenario.Pattern {
	t.Helper()
	p, err := scenario.NewPattern(kind, text)
	if err != nil {
		t.Fatalf("pattern %s %q: got error %v, want none", kind, text, err)
	}
	return p
}

func TestPattern(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		kind      scenario.PatternKind
		text      string
		is, isNot []string
	}{
		{scenario.PatternExact, "a*", []string{"a*"}, []string{"ab", "a", "A*", ""}},
		{scenario.PatternRegex, "a", []string{"a"}, []string{"aa", "ba", "A", "a\n", ""}},
		{scenario.PatternRegex, "a|bc", []string{"a", "bc"}, []string{"ac", "abc", "b"}},
		{scenario.PatternRegex, "(?i)qa-[0-9]{2,3}", []string{"qa-12", "QA-123"}, []string{"qa-1", "qa-1234", "xqa-12"}},
		{scenario.PatternRegex, "(?m)^a$", []string{"a"}, []string{"a\nb", "b\na"}},
		{scenario.PatternRegex, ".*", []string{"a", "é"}, []string{""}}, // there is nothing to describe
		{scenario.PatternRegex, `(a?){64}(a){64}`, []string{strings.Repeat("a", 64)}, []string{strings.Repeat("a", 63)}},
	} {
		p := pattern(t, test.kind, test.text)
		for _, text := range test.is {
			if !p.Matches(text) {
				t.Errorf("%v for %q: got no match, want one", p, text)
			}
		}
		for _, text := range test.isNot {
			if p.Matches(text) {
				t.Errorf("%v for %q: got a match, want none", p, text)
			}
		}
	}
}

func TestPatternBounds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		kind scenario.PatternKind
		text string
		good bool
	}{
		{scenario.PatternGlob, "", false},
		{scenario.PatternGlob, strings.Repeat("é", 128), true},
		{scenario.PatternGlob, strings.Repeat("é", 128) + "e", false},
		{scenario.PatternExact, strings.Repeat("e", 256), true},
		{scenario.PatternExact, strings.Repeat("e", 257), false},
		{scenario.PatternRegex, strings.Repeat("é", 512), true},
		{scenario.PatternRegex, strings.Repeat("e", 513), false},
		{scenario.PatternRegex, "a)(b", false},
		{scenario.PatternRegex, "[", false},
		{scenario.PatternRegex, "(?=a)", false},
		{scenario.PatternRegex, strings.Repeat("(", 500) + strings.Repeat("){1000}", 1), false},
		{scenario.PatternRegex, "((a{100}){100}){100}", false},
	} {
		if _, err := scenario.NewPattern(test.kind, test.text); (err == nil) != test.good {
			t.Errorf("%s %q: got error %v, want good: %v", test.kind, test.text, err, test.good)
		}
	}
}

func TestGlob(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		glob, text string
		want       bool
	}{
		{"", "", true},
		{"", "a", true},
		{"a", "", false},
		{"*", "", false}, // there is nothing that the glob could describe
		{"*", "a", true},
		{"**", "a", true},
		{"a", "a", true},
		{"a", "A", false},
		{"a", "ab", false},
		{"b", "ab", false},
		{"?", "é", true},
		{"?", "ab", false},
		{"??", "a", false},
		{"qa-*", "qa-", true},
		{"qa-*", "qa-mask-1", true},
		{"*.jpg", "a.jpg.png", false},
		{"*.jpg", ".jpg.jpg", true},
		{"a*b*c", "a-b-b-c", true},
		{"a*b*c", "a-c-b", false},
		{"a*?c", "ac", false},
		{"[ab]", "a", false},
		{"[ab]", "[ab]", true},
		{`\*`, `\x`, true},
		{"*a*a*a*a*a*a*a*a*a*a*a*b", strings.Repeat("a", 64), false},
	} {
		glob := scenario.Pattern{}
		if test.glob != "" {
			glob = pattern(t, scenario.PatternGlob, test.glob)
		}
		rule := scenario.Match{DeviceCorrelationID: glob}
		if got := rule.Holds(liveness.Call{DeviceCorrelationID: test.text}); got != test.want {
			t.Errorf("glob %q for %q = %v, want %v", test.glob, test.text, got, test.want)
		}
	}
}

func TestCovers(t *testing.T) {
	t.Parallel()
	const exact, glob, regex = scenario.PatternExact, scenario.PatternGlob, scenario.PatternRegex
	for _, test := range []struct {
		kind  scenario.PatternKind
		text  string
		other scenario.PatternKind
		texts string
		want  bool
	}{
		{glob, "qa-*", glob, "qa-blur-*", true},
		{glob, "qa-*", glob, "qa-*", true},
		{glob, "qa-*", glob, "qa-?", true},
		{glob, "qa-*", glob, "qa-", true},
		{glob, "qa-*", glob, "qa-*-blur?", true},
		{glob, "qa-*", exact, "qa-*", true},
		{glob, "qa-*", exact, "qa", false},
		{glob, "qa-*", glob, "qa*", false},
		{glob, "qa-*", glob, "qa?*", false},
		{glob, "qa-*", glob, "*qa-*", false},
		{glob, "qa-*", regex, "qa-.*", false}, // true, but not looked into
		{glob, "qa-?", glob, "qa-*", false},
		{glob, "qa-?", glob, "qa-?", true},
		{glob, "qa-?", exact, "qa-*", true},
		{glob, "qa-?*", glob, "qa-*", false},
		{glob, "qa-*", glob, "qa-?*", true},
		{glob, "*.jpg", glob, "face-*.jpg", true},
		{glob, "*.jpg", glob, ".jpg", true},
		{glob, "*.jpg", glob, "*jpg", false},
		{glob, "*.jpg", glob, "*.jpg*", false},
		{glob, "a*c", glob, "ab*bc", true},
		{glob, "a*b*c", glob, "a*c", false},
		{glob, "**", glob, "?", true},
		{glob, "*", exact, "*", true},
		{glob, "?", glob, "*", false},
		{glob, "?*", glob, "*", false}, // true, for there is no empty text, but not looked into
		{exact, "qa-*", glob, "qa-*", false},
		{exact, "qa-*", exact, "qa-*", true},
	} {
		p, other := pattern(t, test.kind, test.text), pattern(t, test.other, test.texts)
		if got := scenario.Covers(p, other); got != test.want {
			t.Errorf("%v covers %v: got %v, want %v", p, other, got, test.want)
		}
	}
}

// TestCoversIsTrue: a pattern that covers another one describes whatever that one
// does, and a beginning or an end covers what has it.
func TestCoversIsTrue(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	some := func(alphabet string, least, most int) string {
		var b strings.Builder
		for range least + random.IntN(most-least+1) {
			b.WriteByte(alphabet[random.IntN(len(alphabet))])
		}
		return b.String()
	}
	texts := []string{""} // all of up to five characters
	for begin := 0; len(texts[begin]) < 5; begin++ {
		for _, c := range []string{"a", "b", "*"} {
			texts = append(texts, texts[begin]+c)
		}
	}
	kinds := []scenario.PatternKind{scenario.PatternGlob, scenario.PatternGlob, scenario.PatternExact}
	covered := 0
	for range 20_000 {
		p := pattern(t, kinds[random.IntN(len(kinds))], some("ab*?", 1, 5))
		other := pattern(t, kinds[random.IntN(len(kinds))], some("ab*?", 1, 5))
		if !scenario.Covers(p, other) {
			continue
		}
		covered++
		if i := slices.IndexFunc(texts, func(text string) bool { return other.Matches(text) && !p.Matches(text) }); i >= 0 {
			t.Fatalf("%v is said to cover %v, but does not describe %q", p, other, texts[i])
		}
	}
	if covered < 1000 {
		t.Errorf("got %d pairs of which one covers the other, want enough to learn from", covered)
	}
	for range 2000 {
		literal, rest := some("ab-", 1, 4), some("ab-*?", 0, 5)
		for first, second := range map[string]string{literal + "*": literal + rest, "*" + literal: rest + literal} {
			if !scenario.Covers(pattern(t, scenario.PatternGlob, first), pattern(t, scenario.PatternGlob, second)) {
				t.Errorf("%q is said not to cover %q", first, second)
			}
		}
	}
}
