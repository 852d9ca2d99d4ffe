package lang_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/lang"
)

// TestWarnsOfRulesThatNeverHold has rules with conditions that no call meets.
func TestWarnsOfRulesThatNeverHold(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 65)
	for name, test := range map[string]struct{ rule, want string }{
		"a version":              {"apiVersion: v1.2", ""},
		"a version there is not": {"apiVersion: {exact: v7.*}", ""},
		"versions":               {"apiVersion: '*1.2'", ""},
		"versions by regex":      {"apiVersion: {regex: '.+2'}", ""},
		"version without v":      {"apiVersion: '1.2'", `21: warning: match.apiVersion never holds: no version is called "1.2"; did you mean "v1.2"?`},
		"version in capitals":    {"apiVersion: {exact: V1.3-Preview.1}", `21: warning: match.apiVersion never holds: no version is called "V1.3-Preview.1"; did you mean "v1.3-preview.1"?`},
		"version of a path":      {"apiVersion: face/v1.1", `21: warning: match.apiVersion never holds: no version is called "face/v1.1"; did you mean "v1.1"?`},
		"version in a word":      {"apiVersion: latest", `21: warning: match.apiVersion never holds: no version is called "latest"; use one such as v1.2`},
		"version exactly a star": {"apiVersion: {exact: '*'}", `21: warning: match.apiVersion never holds: no version is called "*"; use one such as v1.2`},

		"ids":            {"deviceCorrelationId: " + long[2:] + ", userCorrelationId: {exact: " + long[2:] + "}", ""},
		"long patterns":  {"deviceCorrelationId: " + long + "*, userCorrelationId: {regex: " + long + "}", ""},
		"long id":        {"deviceCorrelationId: " + long, "30: warning: match.deviceCorrelationId never holds: it has 65 characters, and the service refuses ids with more than 64; use fewer"},
		"long id of one": {"userCorrelationId: {exact: " + long + "}", "28: warning: match.userCorrelationId never holds: it has 65 characters, and the service refuses ids with more than 64; use fewer"},

		"file name":            {"verifyImage: {fileName: me.jpg}", ""},
		"file name by regex":   {"verifyImage: {fileName: {regex: '.*/.*'}}", ""},
		"file name in folder":  {"verifyImage: {fileName: {exact: qa/faces/me.jpg}}", `33: warning: match.verifyImage.fileName never holds: file names of verify images have no folder; did you mean "me.jpg"?`},
		"file names in folder": {`verifyImage: {fileName: 'C:\qa\*.jpg'}`, `33: warning: match.verifyImage.fileName never holds: file names of verify images have no folder; did you mean "*.jpg"?`},
		"folder":               {"verifyImage: {fileName: /}", `33: warning: match.verifyImage.fileName never holds: file names of verify images have no folder; remove the folder`},
		"largest size":         {"verifyImage: {size: {min: 6MB, max: 1024MB}}", ""},
		"size of nothing":      {"verifyImage: {size: {min: 6291457}}", "35: warning: match.verifyImage.size.min never holds: the service refuses verify images above 6MB; use one of at most 6MB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkWarnings(t, with("match: {"+test.rule+"}"), test.want)
		})
	}
	checkWarnings(t, with("match: [{apiVersion: v1.2}, {apiVersion: '1.3'}]"),
		`42: warning: match 2.apiVersion never holds: no version is called "1.3"; did you mean "v1.3"?`)
}

// checkWarnings compares the only warning of a file, which is in line 4.
func checkWarnings(t *testing.T, file, want string) {
	t.Helper()
	warnings, err := lang.Check("f.yaml", []byte(file), nil)
	if err != nil {
		t.Fatal(err)
	}
	if want != "" {
		want = "f.yaml:4:" + want
	}
	if got := strings.Join(firstLines(warnings), "\n"); got != want {
		t.Errorf("%s\ngot warnings %s\nwant %s", file, got, want)
	}
}

func TestWarnsOfSeeds(t *testing.T) {
	t.Parallel()
	const useless = "7: warning: seed has no effect: nothing in the scenario is random; remove seed"
	choice := header + "attempts: [{outcome: realface}, {oneOf: [{outcome: realface}, {outcome: spoofface}]}]\n#\nseed: 3\n"
	for file, want := range map[string]string{
		with("seed: 3"): useless,
		with("seed: 3", "faults: [{hang: true, calls: 2, delay: 1s}]"):      useless,
		with("seed: 3", "faults: [{hang: true, probability: 0.5}]"):         "",
		with("seed: 3", "faults: [{delay: {uniform: {from: 1s, to: 2s}}}]"): "",
		with("seed: 3", "then: {scenario: another}"):                        "", // which may be random
		choice: "",
		strings.Replace(choice, "{outcome: realface}", "{outcome: realface, repeat: 2}", 1): "",
	} {
		checkWarnings(t, file, want)
	}
}

func TestWarnsOfEndsThatNeverCome(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ attempts, then, when, want string }{
		{"[{outcome: uncertain}]", "repeat-last", "afterAttempt: 3", ""},
		{"[{outcome: uncertain}]", "exhausted", "afterAttempt: 1", ""},
		{"[{outcome: uncertain}]", "exhausted", "beforePoll: 9", ""},
		{"[{outcome: uncertain}]", "exhausted", "duringAttempt: 2", "41: warning: the session never ends this way: its attempts are exhausted before attempt 2; use 1, or change then"},
		{"[{outcome: uncertain, repeat: 2}]", "exhausted", "duringAttempt: 2", ""},
		{"[{outcome: uncertain, repeat: 2}]", "exhausted", "afterAttempt: 3", "40: warning: the session never ends this way: its attempts are exhausted before attempt 3; use 1 to 2, or change then"},
		{"[{outcome: uncertain}]", "exhausted", "afterAttempt: 4", "40: warning: the session never ends this way: no session has more than 3 attempts; use 1 to 3"},
		{"[{outcome: uncertain, repeat: 3}]", "exhausted", "afterAttempt: 3", ""},
	} {
		checkWarnings(t, fmt.Sprintf("name: x\nattempts: %s\nthen: %s\nend: {by: delete, when: {%s}}\n", test.attempts, test.then, test.when), test.want)
	}
}

// TestWarnsOfSequencesAcrossFiles checks warnings about keys that have no effect because
// of another scenario's attempts.
func TestWarnsOfSequencesAcrossFiles(t *testing.T) {
	t.Parallel()
	const end = "end: {by: delete, when: {afterAttempt: 3}}"
	_, warnings := loadWarned(t, lang.Source{FS: fstest.MapFS{
		"a.yaml": named("a", "then: {scenario: once}", "seed: 3", end),
		"b.yaml": named("b", "then: {scenario: random}", "seed: 3", end),
		"c.yaml": named("c", "then: {scenario: a}", end),
		"d.yaml": named("once", "then: exhausted"),
		"e.yaml": {Data: []byte("name: random\nattempts: [{oneOf: [{outcome: realface}, {outcome: spoofface}]}]")},
	}})
	want := []string{
		"a.yaml:4:7: warning: seed has no effect: nothing in the scenario is random; remove seed",
		"a.yaml:5:40: warning: the session never ends this way: its attempts are exhausted before attempt 3; use 1 to 2, or change then",
	}
	if diff := cmp.Diff(want, firstLines(warnings), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("warnings differ (-want +got):\n%s", diff)
	}
}
