package lang_test

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/lang"
	"github.com/livenesslabs/face-liveness-emulator/scenarios"
)

// TestOutlines: the outline of each built-in scenario says what its file says, so that a
// choice by outlines is the one that the files ask for.
func TestOutlines(t *testing.T) {
	t.Parallel()
	whole := load(t, lang.Source{Name: lang.BuiltInName, FS: scenarios.FS})
	outlines := lang.BuiltIns()
	if got, want := len(outlines), len(builtInFiles(t)); got != want {
		t.Errorf("got %d outlines, want one for each of %d files", got, want)
	}
	withPrivate := cmp.AllowUnexported(scenario.Pattern{}, scenario.Scenario{})
	for _, o := range outlines {
		read, known := whole.Lookup(o.Name)
		if !known {
			t.Errorf("%s: no file has this name", o.Source)
			continue
		}
		want := scenario.Scenario{Name: read.Name, Source: read.Source, Match: read.Match}
		got := scenario.Scenario{Name: o.Name, Source: o.Source, Match: o.Match}
		if diff := cmp.Diff(want, got, withPrivate); diff != "" {
			t.Errorf("%s differs from its outline (-file +outline):\n%s", o.Source, diff)
		}
		if read.Priority != 0 || read.Next != "" {
			t.Errorf("%s: got priority %d and next %q, which an outline cannot have", o.Source, read.Priority, read.Next)
		}
		if diff := cmp.Diff(read, o.Read(), withPrivate); diff != "" {
			t.Errorf("%s differs when it is read later (-want +got):\n%s", o.Source, diff)
		}
	}
}

// TestLoadWithBuiltIns: sets with outlines make the same choices, and give the same plans
// and warnings, as those whose files were all read.
func TestLoadWithBuiltIns(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]fstest.MapFS{
		"nothing else": {},
		"a rule for all that comes later": {
			"a.yaml": named("a", "match: [{deviceCorrelationId: \"*\"}, {verifyImage: {fileName: \"*\"}}]"),
		},
		"a rule for all that comes first": {
			"a.yaml": named("a", "priority: 1", "match: [{deviceCorrelationId: \"*\"}, {verifyImage: {fileName: \"*\"}}]"),
		},
		"a rule that never wins": {"a.yaml": named("a", "match: {verifyImage: {fileName: face-liveness-spoof.png}}")},
		"continued by a built-in": {
			"a.yaml": named("a", "then: {scenario: three-failures}"), "b.yaml": named("b", "then: {scenario: a}", "seed: 3"),
		},
	} {
		source := lang.Source{Name: "qa", FS: files}
		whole, wantWarnings := loadWarned(t, lang.Source{Name: lang.BuiltInName, FS: scenarios.FS}, source)
		set, warnings, err := lang.LoadWithBuiltIns(source)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(texts(wantWarnings), texts(warnings)); diff != "" {
			t.Errorf("%s: warnings differ (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(whole.Names(), set.Names()); diff != "" {
			t.Errorf("%s: names differ (-want +got):\n%s", name, diff)
		}
		for _, one := range whole.Names() {
			call := liveness.Call{Kind: liveness.KindLivenessWithVerify, VerifyImageFileName: "face-liveness-" + one + ".png"}
			if diff := cmp.Diff(whole.Explain(call), set.Explain(call)); diff != "" {
				t.Errorf("%s: choices for %s differ (-want +got):\n%s", name, one, diff)
			}
			want, _ := whole.Choose(liveness.Call{Scenario: one})
			got, _ := set.Choose(liveness.Call{Scenario: one})
			if diff := cmp.Diff(want.Pin(1), got.Pin(1)); diff != "" {
				t.Errorf("%s: %s differs (-want +got):\n%s", name, one, diff)
			}
		}
	}
}

// TestLoadWithBuiltInsRefuses: the name of a built-in scenario is taken although its file
// was not read.
func TestLoadWithBuiltInsRefuses(t *testing.T) {
	t.Parallel()
	source := lang.Source{Name: "qa", FS: fstest.MapFS{"spoof.yaml": named("spoof")}}
	_, _, want := lang.Load(lang.Source{Name: lang.BuiltInName, FS: scenarios.FS}, source)
	_, _, err := lang.LoadWithBuiltIns(source)
	if err == nil || want == nil || err.Error() != want.Error() {
		t.Errorf("got error %v, want %v", err, want)
	}
}

// TestPrepare: a scenario is the same after it was read ahead, and an unknown name does no
// harm.
func TestPrepare(t *testing.T) {
	t.Parallel()
	lang.Prepare("no-such-scenario")
	lang.Prepare(scenario.HappyPath)
	for _, o := range lang.BuiltIns() {
		if got := o.Read().Name; got != o.Name {
			t.Errorf("got scenario %s, want %s", got, o.Name)
		}
	}
}

func texts(warnings []*lang.Error) []string {
	var all []string
	for _, warning := range warnings {
		all = append(all, warning.Error())
	}
	return all
}

func BenchmarkLoadWithBuiltIns(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := lang.LoadWithBuiltIns(); err != nil {
			b.Fatal(err)
		}
	}
}
