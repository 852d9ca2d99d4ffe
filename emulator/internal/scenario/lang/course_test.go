package lang_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/lang"
)

// A goodKey is one or more lines at the top of a valid file, and the scenario they give.
type goodKey struct {
	lines string
	want  scenario.Scenario // only the members that the lines set
}

func goodKeys() []goodKey {
	image := func(text string, m scenario.VerifyImageMatch) goodKey {
		return goodKey{"match: {verifyImage: {" + text + "}}", scenario.Scenario{Match: scenario.Rules{{VerifyImage: m}}}}
	}
	match := func(text string, m scenario.Match) goodKey {
		return goodKey{"match: {" + text + "}", scenario.Scenario{Match: scenario.Rules{m}}}
	}
	end := func(when string, e liveness.EarlyEnd) goodKey {
		return goodKey{"end: {by: " + string(e.Kind) + ", when: " + when + "}", scenario.Scenario{End: &e}}
	}
	glob := func(text string) scenario.Pattern { return scenario.Pattern{Kind: scenario.PatternGlob, Text: text} }
	return []goodKey{
		{"advice: Try again.", scenario.Scenario{Advice: "Try again."}},
		{"seed: 1", scenario.Scenario{Seed: 1}},
		{"seed: 9007199254740992", scenario.Scenario{Seed: 1 << 53}},
		{"priority: -1000", scenario.Scenario{Priority: -1000}},
		{"priority: 1000", scenario.Scenario{Priority: 1000}},
		{"then: {scenario: other}", scenario.Scenario{Next: "other"}},
		{"then: exhausted", scenario.Scenario{Then: liveness.AfterLastStop}},
		{"advance: {polls: 3}", scenario.Scenario{Advance: scenario.Advance{Polls: 3}}},
		{"result: {after: 3s}", scenario.Scenario{Result: liveness.ResultDelay{After: 3 * time.Second}}},
		{"result: {after: 24h}", scenario.Scenario{Result: liveness.ResultDelay{After: 24 * time.Hour}}},
		{"result: {polls: 1}", scenario.Scenario{Result: liveness.ResultDelay{Polls: 1}}},
		end("beforeStart", liveness.EarlyEnd{Kind: liveness.EndExpire, BeforeStart: true}),
		end("{duringAttempt: 1}", liveness.EarlyEnd{Kind: liveness.EndDelete, During: 1}),
		end("{afterAttempt: 3}", liveness.EarlyEnd{Kind: liveness.EndLose, AfterTry: 3}),
		end("{beforePoll: 1000}", liveness.EarlyEnd{Kind: liveness.EndLose, BeforePoll: 1000}),
		end("{after: 1ns}", liveness.EarlyEnd{Kind: liveness.EndLose, After: 1}),
		match("apiVersion: v1.2", scenario.Match{APIVersion: glob("v1.2")}),
		match("resource: {glob: 'key-*'}", scenario.Match{Resource: glob("key-*")}),
		match("userCorrelationId: {exact: '*'}", scenario.Match{UserCorrelationID: scenario.Pattern{Kind: scenario.PatternExact, Text: "*"}}),
		match("userCorrelationId: {regex: '[0-9]+'}", scenario.Match{UserCorrelationID: scenario.Pattern{Kind: scenario.PatternRegex, Text: "[0-9]+"}}),
		match("operationMode: Passive", scenario.Match{OperationMode: liveness.ModePassive}),
		match("header: {X-A: b}", scenario.Match{Headers: []scenario.HeaderMatch{{Name: "X-A", Pattern: glob("b")}}}),
		match("header: {1: b}", scenario.Match{Headers: []scenario.HeaderMatch{{Name: "1", Pattern: glob("b")}}}),
		image("sha256: '"+strings.Repeat("Ab", 32)+"'", scenario.VerifyImageMatch{SHA256: strings.Repeat("ab", 32)}),
		image("size: {min: 1}", scenario.VerifyImageMatch{MinSize: 1}),
		image("size: {max: 200B}", scenario.VerifyImageMatch{MaxSize: 200}),
		image("size: {min: '200KB', max: 1024MB}", scenario.VerifyImageMatch{MinSize: 200 << 10, MaxSize: 1 << 30}),
		image("size: {min: 1073741824, max: 1073741824}", scenario.VerifyImageMatch{MinSize: 1 << 30, MaxSize: 1 << 30}),
	}
}

// goodFiles are valid files of all kinds.
func goodFiles() []string {
	var files []string
	for _, good := range goodKeys() {
		files = append(files, with(good.lines))
	}
	return append(
		files,
		with("match: {header: {"+manyHeaders(16)+"}}"),
		withAttempt("outcome: realface", "repeat: 100"),
		withAttempt("outcome: realface", "digest: missing"),
		withAttempt("outcome: realface", "clientInformation: [10.0.0.1, '::1', '::ffff:10.0.0.1', 2001:db8::7]"),
		withAttempt("oneOf: [{outcome: realface, weight: 1000}, {error: {code: A, message: b}}, {outcome: abandoned}]"),
		withAttempt("oneOf: ["+strings.Repeat("{outcome: realface}, ", 19)+"{outcome: realface}]", "repeat: 2"),
	)
}

func TestParseKeys(t *testing.T) {
	t.Parallel()
	for _, test := range goodKeys() {
		t.Run(test.lines, func(t *testing.T) {
			t.Parallel()
			want := test.want
			want.Name, want.Source = "x", "f.yaml"
			want.Attempts = parse(t, with("")).Attempts
			if want.Then == "" && want.Next == "" {
				want.Then = liveness.AfterLastRepeat
			}
			got := parse(t, with(test.lines))
			if diff := cmp.Diff(want, got, seen); diff != "" {
				t.Errorf("scenario differs (-want +got):\n%s", diff)
			}
			script := got.Plan().Pin(1)
			if diff := cmp.Diff(want.End, script.EarlyEnd); diff != "" || script.ResultDelay != want.Result {
				t.Errorf("pinned: end differs (-want +got):\n%s\ngot hold %+v, want %+v", diff, script.ResultDelay, want.Result)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	const priority = `4:11: warning: priority has no effect without match; add match, or remove priority`
	four := func(entries string) string { return header + "attempts:\n" + entries }
	for name, test := range map[string]struct {
		file string
		want []string
	}{
		"everything":       {everything, []string{`39:5: warning: this entry is never played: it would be attempt 102, and no session has more than 3; remove it and the entries after it`}},
		"nothing":          {with("then: restart"), nil},
		"priority alone":   {with("priority: 1"), []string{priority}},
		"priority 0 alone": {with("priority: 0"), []string{priority}},
		"three attempts":   {four(strings.Repeat("- outcome: realface\n", 3)), nil},
		"five attempts": {
			four(strings.Repeat("- outcome: realface\n", 5)),
			[]string{`6:3: warning: this entry is never played: it would be attempt 4, and no session has more than 3; remove it and the entries after it`},
		},
		"repeated beyond the end": {four("- {outcome: realface, repeat: 2}\n- {outcome: spoofface, repeat: 2}\n"), nil},
		"behind a repetition": {
			four("- {outcome: realface, repeat: 2}\n- {outcome: spoofface, repeat: 2}\n- outcome: abandoned\n"),
			[]string{`5:3: warning: this entry is never played: it would be attempt 5, and no session has more than 3; remove it and the entries after it`},
		},
		"another scenario after two":   {four("- {outcome: realface, repeat: 2}\nthen: {scenario: y}\n"), nil},
		"another scenario after three": {four("- {outcome: realface, repeat: 3}\nthen: {scenario: y}\n"), []string{`4:18: warning: "y" is never played: no session has more than 3 attempts; remove then, or some of the attempts`}},
		"end in the third":             {with("end: {by: lose, when: {duringAttempt: 3}}"), nil},
		"end in the fourth":            {with("end: {by: lose, when: {duringAttempt: 4}}"), []string{`4:39: warning: the session never ends this way: no session has more than 3 attempts; use 1 to 3`}},
		"end after the hundredth":      {with("end: {by: lose, when: {afterAttempt: 100}}"), []string{`4:38: warning: the session never ends this way: no session has more than 3 attempts; use 1 to 3`}},
		"in the order of the file":     {with("priority: 1", "end: {by: lose, when: {afterAttempt: 4}}"), []string{priority, `5:38: warning: the session never ends this way: no session has more than 3 attempts; use 1 to 3`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := imageFolder(t)
			got, err := lang.Check("f.yaml", []byte(test.file), folder)
			if err != nil {
				t.Fatal(err)
			}
			want := slices.Clone(test.want)
			for i := range want {
				want[i] = "f.yaml:" + want[i]
			}
			if diff := cmp.Diff(want, firstLines(got)); diff != "" {
				t.Errorf("warnings differ (-want +got):\n%s", diff)
			}
		})
	}
	if got, err := lang.Check("f.yaml", []byte(with("priority: 1", "seed: 0")), nil); err == nil || len(got) != 0 {
		t.Errorf("a bad file: got %d warnings, error %v; want an error only", len(got), err)
	}
}

// firstLines returns the first lines of warnings, without excerpts.
func firstLines(warnings []*lang.Error) []string {
	var lines []string
	for _, warning := range warnings {
		first, _, _ := strings.Cut(warning.Error(), "\n")
		if !warning.Warning {
			first += " (which is not marked as a warning)"
		}
		lines = append(lines, first)
	}
	return lines
}
