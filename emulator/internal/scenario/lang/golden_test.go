package lang_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/lang"
)

// update makes the tests write the golden files.
var update = flag.Bool("update", false, "rewrite the golden files")

// TestWarningRendering compares the text of warnings with testdata/warnings.txt.
func TestWarningRendering(t *testing.T) {
	t.Parallel()
	_, warnings := loadWarned(t, lang.Source{Name: "qa", FS: fstest.MapFS{
		"a.yaml": named("first", "match: {apiVersion: v1.*}"),
		"b.yaml": {Data: []byte("name: second\nmatch:\n  apiVersion: v1.2\nattempts:\n" + strings.Repeat("  - outcome: realface\n", 5))},
		"c.yaml": named("third", "priority: 3", "end: {by: expire, when: {duringAttempt: 4}}"),
		"d.yaml": named("fourth", "faults:", "  - error: unavailable", "  - {on: detect, hang: true, body: empty}", "  - {on: list, probability: 0, stale: true}"),
		"e.yaml": named("fifth", "seed: 7", "match: {apiVersion: '1.2'}", "then: exhausted", "end: {by: lose, when: {afterAttempt: 2}}",
			"faults:", "  - {on: create, state: Running, hang: true}", "  - {on: create, rate: F0}"),
	}})
	var got strings.Builder
	for _, warning := range warnings {
		got.WriteString(warning.Error() + "\n")
	}
	compareGolden(t, "warnings", got.String())
}

// compareGolden compares a text with testdata/name.txt.
func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	golden := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("text differs (-want +got):\n%s", diff)
	}
}

// TestErrorRendering compares the text of errors with testdata/*.txt.
func TestErrorRendering(t *testing.T) {
	t.Parallel()
	tabbed := "name: x\nattempts:\n  - takse:\t2s\n    outcome:\t\trealfaec\n"
	long := "description: " + strings.Repeat("0123456789", 40)
	for name, files := range map[string]fstest.MapFS{
		"first-line":   {"mask.yaml": {Data: []byte("nam: x\nattempts: [{outcome: realface}]\n")}},
		"last-line":    {"mask.yaml": {Data: []byte(with("then: repaet-last"))}},
		"wide-numbers": {"mask.yaml": {Data: []byte(header + "attempts:\n" + strings.Repeat("- outcome: realface\n", 7) + "- outcome: real\n")}},
		"tab":          {"mask.yaml": {Data: []byte(tabbed)}},
		"long-line":    {"mask.yaml": {Data: []byte(with(strings.Replace(long, "description", "decsription", 1)))}},
		"long-line-far": {
			"mask.yaml": {Data: []byte("{" + long + ", name: x, attempts: [{outcome: faceReal}]}\n")},
		},
		"not-utf-8":     {"mask.yaml": {Data: []byte(with("description: caf\xe9 noir"))}},
		"not-printable": {"mask.yaml": {Data: []byte(with("description: a\x1b[31mb"))}},
		"letters":       {"mask.yaml": {Data: []byte(with("match: {größe: é, opération: \u200b}"))}},
		"circle": {
			"a.yaml": named("flaky", "then: {scenario: then-spoof}"),
			"b.yaml": named("then-spoof", "then: {scenario: flaky}"),
			"c.yaml": named("lost", "then: {scenario: then-spof}"),
		},
		"rules": {"mask.yaml": {Data: []byte(with(
			"match:", "  resource: {regex: 'key-(1|2'}", "  verifyImage: {size: {min: 200kb}}", "  header: {Authorization: x}",
		))}},
		"choices": {"mask.yaml": {Data: []byte(withAttempt(
			"oneOf:", "  - {outcome: realface, wieght: 3}", "  - {outcome: abandoned, digest: missing}", "takes: 2s",
		))}},
		"faults": {"mask.yaml": {Data: []byte(with(
			"faults:", "  - on: detct", "    calls: {from: 3, to: 2}", "    error: {status: 503, headers: {Retry-After: '3'}}", "  - {probability: 5%, delay: {normal: {mean: 200}}}",
		))}},
		"end": {"mask.yaml": {Data: []byte(with("end:", "  by: timeout", "  when: {afterAttempt: 1, after: 3s}", "result: {after: 0s}"))}},
		"several-files": {
			"a.yaml": {Data: []byte(withAttempt("outcom: realface", "takes: 5"))},
			"b.yaml": {},
			"c.yaml": {Data: []byte(withAttempt("outcome: realface", "sessionImage: portrait.jpg"))},
			"d.yaml": named("happy-path"),
			"e.yaml": named("happy-path"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := lang.Load(lang.Source{Name: "qa", FS: files})
			if err == nil {
				t.Fatal("got no error, want one")
			}
			compareGolden(t, name, err.Error()+"\n")
		})
	}
}
