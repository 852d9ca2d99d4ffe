package lang_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/lang"
)

// TestAnyRuleHolds checks that one matching rule of several is enough, and that the
// explanation gives a reason for each that does not match.
func TestAnyRuleHolds(t *testing.T) {
	t.Parallel()
	set := load(t, lang.Source{Name: "qa", FS: fstest.MapFS{
		"a.yaml": named("either", "match: [{deviceCorrelationId: 'qa-*', apiVersion: v1.2}, {userCorrelationId: tester, header: {X-Run: a}}]"),
		"b.yaml": named("happy-path"),
	}})
	for name, test := range map[string]struct {
		call         liveness.Call
		want, reason string
	}{
		"first":  {liveness.Call{DeviceCorrelationID: "qa-1", APIVersion: "v1.2"}, "either", "its match holds"},
		"second": {liveness.Call{UserCorrelationID: "tester", Header: headers("X-Run", "a")}, "either", "its match holds"},
		"neither": {
			liveness.Call{DeviceCorrelationID: "qa-1", UserCorrelationID: "tester"},
			"happy-path",
			`match 1: apiVersion: "v1.2", but the call has none; match 2: header.X-Run: "a", but the call has none`,
		},
		"neither at all": {
			liveness.Call{APIVersion: "v1.3"},
			"happy-path",
			`match 1: apiVersion: "v1.2" does not match "v1.3", deviceCorrelationId: "qa-*", but the call has none; ` +
				`match 2: userCorrelationId: "tester", but the call has none, header.X-Run: "a", but the call has none`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := set.Choose(test.call)
			if err != nil || got.Name != test.want {
				t.Errorf("got %q, %v; want %q", got.Name, err, test.want)
			}
			if e := set.Explain(test.call)[0]; e.Name != "either" || e.Reason != test.reason {
				t.Errorf("%s: got reason %q, want %q", e.Name, e.Reason, test.reason)
			}
		})
	}
}

// TestWarnsOfListsThatNeverWin checks that a list of rules never wins if earlier
// scenarios together match whenever one of its rules does.
func TestWarnsOfListsThatNeverWin(t *testing.T) {
	t.Parallel()
	const suggestion = "; narrow the earlier match, or give this scenario a higher priority"
	for name, test := range map[string]struct{ first, second, third, want string }{
		"one covers all": {
			"[{apiVersion: v1.*}, {resource: a}]", "apiVersion: v1.2", "[{apiVersion: v1.2}, {resource: a, userCorrelationId: b}]",
			`"first" in qa/a.yaml comes first and holds whenever it does`,
		},
		"two cover it together": {
			"apiVersion: v1.*", "[{resource: a}, {resource: b}]", "[{apiVersion: v1.2}, {apiVersion: v1.3}, {resource: b}]",
			`"first" in qa/a.yaml and "second" in qa/b.yaml come first, and one of them holds whenever it does`,
		},
		"one rule is left": {"apiVersion: v1.*", "resource: a", "[{apiVersion: v1.2}, {resource: b}]", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rule := func(match string) string {
				if strings.HasPrefix(match, "[") {
					return "match: " + match
				}
				return "match: {" + match + "}"
			}
			_, warnings := loadWarned(t, lang.Source{Name: "qa", FS: fstest.MapFS{
				"a.yaml": named("first", rule(test.first)),
				"b.yaml": named("second", rule(test.second)),
				"c.yaml": named("third", rule(test.third)),
			}})
			var got []string
			for _, line := range firstLines(warnings) {
				if strings.HasPrefix(line, "qa/c.yaml") {
					got = append(got, line)
				}
			}
			var want []string
			if test.want != "" {
				want = []string{"qa/c.yaml:3:8: warning: match never wins: " + test.want + suggestion}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("warnings differ (-want +got):\n%s", diff)
			}
		})
	}
}

// TestVerifyKeysNeedARule checks that keys about the verify image are refused only if no
// rule matches a session with one.
func TestVerifyKeysNeedARule(t *testing.T) {
	t.Parallel()
	const file = "name: x\nattempts: [{outcome: realface, matchConfidence: 0.9}]\nmatch: "
	const only = "{operation: detectLiveness, apiVersion: v1.2}"
	for match, refused := range map[string]bool{
		only:                                 true,
		"[" + only + ", " + only + "]":       true,
		"[" + only + ", {apiVersion: v1.3}]": false,
		"[{operation: detectLivenessWithVerify}]":               false,
		"[" + only + ", {operation: detectLivenessWithVerify}]": false,
	} {
		_, err := lang.Parse("f.yaml", []byte(file+match), nil)
		if got := err != nil; got != refused {
			t.Errorf("%s: got error %v, want one: %v", match, err, refused)
		}
	}
}
