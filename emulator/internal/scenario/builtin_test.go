package scenario_test

import (
	"bytes"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
	"github.com/livenesslabs/face-liveness-emulator/scenarios"
)

func builtInFiles(t *testing.T) []string {
	t.Helper()
	files, err := fs.Glob(scenarios.FS, "*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("got %d built-in files, %v; want some", len(files), err)
	}
	return files
}

// plays says in short what the attempts of a scenario without choices give.
func plays(s scenario.Scenario) string {
	var steps []string
	for _, attempt := range s.Attempts {
		step := attempt.Choices[0].Step
		switch {
		case step.Error != nil:
			steps = append(steps, step.Error.Code)
		case step.Abandoned:
			steps = append(steps, "abandoned")
		default:
			steps = append(steps, string(step.Decision))
		}
		if step.AbuseDetected {
			steps = append(steps, "(abuse)")
		}
	}
	return strings.Join(steps, " ") + ", " + string(s.Then)
}

func TestBuiltIns(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"abandoned":       "abandoned, repeat-last",
		"abuse-detected":  "realface (abuse), repeat-last",
		"automatic":       "realface, repeat-last",
		"happy-path":      "realface, repeat-last",
		"mask-then-real":  "FaceWithMaskDetected realface, repeat-last",
		"slow":            "realface, repeat-last",
		"spoof":           "spoofface, repeat-last",
		"three-failures":  "FaceWithMaskDetected ExcessiveImageBlurDetected ExcessiveFaceBrightness, exhausted",
		"uncertain":       "uncertain, repeat-last",
		"verify-mismatch": "realface, repeat-last",
	}
	set := load(t, scenario.Source{Name: "built-in", FS: scenarios.FS})
	got := make(map[string]string)
	for _, name := range set.Names() {
		s, _ := set.Lookup(name)
		got[name] = plays(s)
		checkBuiltIn(t, s)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("built-in scenarios differ (-want +got):\n%s", diff)
	}
	if got, want := builtInFiles(t), slices.Sorted(maps.Keys(want)); len(got) != len(want) {
		t.Errorf("got files %q, want one for each of %q", got, want)
	}
}

// checkBuiltIn checks what holds for every built-in scenario.
func checkBuiltIn(t *testing.T, s scenario.Scenario) {
	t.Helper()
	if want := "built-in/" + s.Name + ".yaml"; s.Source != want {
		t.Errorf("%s: got source %s, want %s", s.Name, s.Source, want)
	}
	if !strings.Contains(s.Description, "A good ") {
		t.Errorf("%s: the description does not say what a good app does: %q", s.Name, s.Description)
	}
	if s.Match != nil || len(s.Images) != 0 {
		t.Errorf("%s: got match %v and %d images, want none", s.Name, s.Match, len(s.Images))
	}
	if got, want := s.Advance.Automatic, s.Name == "automatic"; got != want {
		t.Errorf("%s: got automatic %v, want %v", s.Name, got, want)
	}
	takes := time.Duration(0)
	for _, step := range s.Pin(0).Steps {
		takes += step.Takes
		if step.MatchConfidence == nil {
			if step.Decision != "" {
				t.Errorf("%s: a decision has no match confidence", s.Name)
			}
			continue
		}
		if got, want := *step.MatchConfidence < 0.5, s.Name == "verify-mismatch"; got != want {
			t.Errorf("%s: match confidence %v is low: %v, want %v", s.Name, *step.MatchConfidence, got, want)
		}
	}
	if got, want := takes, map[string]time.Duration{"slow": 8 * time.Second}[s.Name]; got != want {
		t.Errorf("%s: takes %v, want %v", s.Name, got, want)
	}
}

func TestBuiltInsNameTheirSchema(t *testing.T) {
	t.Parallel()
	for _, file := range builtInFiles(t) {
		data, err := fs.ReadFile(scenarios.FS, file)
		if err != nil {
			t.Fatal(err)
		}
		const want = "# yaml-language-server: $schema=../schemas/scenario.json\n"
		if !bytes.HasPrefix(data, []byte(want)) {
			t.Errorf("%s does not begin with %q", file, want)
		}
	}
}

func BenchmarkLoadBuiltIns(b *testing.B) {
	for b.Loop() {
		if _, err := scenario.Load(scenario.Source{Name: "built-in", FS: scenarios.FS}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkChoose(b *testing.B) {
	set, err := scenario.Load(scenario.Source{Name: "built-in", FS: scenarios.FS})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := set.Choose(scenario.Call{Operation: scenario.DetectLiveness}); err != nil {
			b.Fatal(err)
		}
	}
}
