package scenario_test

import (
	"strings"
	"testing"

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
		if got := rule.Holds(scenario.Call{DeviceCorrelationID: test.text}); got != test.want {
			t.Errorf("glob %q for %q = %v, want %v", test.glob, test.text, got, test.want)
		}
	}
}
