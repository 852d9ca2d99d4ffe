package lang_test

import (
	"bytes"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/lang"
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

// plays lists the results of a scenario's attempts, one letter or code each.
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

// failsFirst is the play of a scenario whose second attempt passes.
func failsFirst(code string) string { return code + " realface, repeat-last" }

// builtInPlays returns the results of the attempts of each built-in scenario.
func builtInPlays() map[string]string {
	const passes, spoof = "realface, repeat-last", "spoofface, repeat-last"
	return map[string]string{
		"abandoned":                      "abandoned, repeat-last",
		"abuse-detected":                 "realface (abuse), repeat-last",
		"automatic":                      passes,
		"blurred":                        failsFirst("ExcessiveImageBlurDetected"),
		"digest-mismatch":                passes,
		"digest-missing":                 passes,
		"environment-not-supported":      failsFirst("EnvironmentNotSupported"),
		"eyes-covered":                   failsFirst("FaceEyeRegionNotVisible"),
		"flaky":                          passes,
		"free-tier":                      passes,
		"garbage-answer":                 passes,
		"happy-path":                     passes,
		"key-rotated":                    passes,
		"lost-connection":                passes,
		"mask-then-real":                 failsFirst("FaceWithMaskDetected"),
		"mouth-covered":                  failsFirst("FaceMouthRegionNotVisible"),
		"no-answer":                      passes,
		"no-face":                        failsFirst("NoFaceDetected"),
		"outage":                         passes,
		"rate-burst":                     passes,
		"result-delayed":                 passes,
		"session-deleted":                passes,
		"session-lost":                   passes,
		"slow":                           passes,
		"slow-network":                   passes,
		"spoof":                          spoof,
		"spoof-mask":                     spoof,
		"spoof-print":                    spoof,
		"spoof-screen":                   "ExcessiveFaceBrightness spoofface, repeat-last",
		"stale-read":                     passes,
		"three-failures":                 "FaceWithMaskDetected ExcessiveImageBlurDetected ExcessiveFaceBrightness, exhausted",
		"timed-out":                      failsFirst("TimedOut"),
		"token-expired-before-start":     passes,
		"token-expired-between-attempts": failsFirst("ExcessiveImageBlurDetected"),
		"too-bright":                     failsFirst("ExcessiveFaceBrightness"),
		"tracking-lost":                  failsFirst("FaceTrackingFailed"),
		"uncertain":                      "uncertain, repeat-last",
		"uncertain-then-real":            "uncertain realface, repeat-last",
		"verify-borderline":              passes,
		"verify-image-missing":           failsFirst("VerifyImageNotProvided"),
		"verify-low-confidence":          passes,
		"verify-low-quality":             passes,
		"verify-mismatch":                passes,
		"wrong-model-version":            passes,
	}
}

func TestBuiltIns(t *testing.T) {
	t.Parallel()
	set, warnings := loadWarned(t, lang.Source{Name: "built-in", FS: scenarios.FS})
	got := make(map[string]string)
	var faulty []string
	for _, name := range set.Names() {
		s, _ := set.Lookup(name)
		got[name] = plays(s)
		checkBuiltIn(t, s)
		checkSteps(t, s)
		if len(s.Faults) > 0 {
			faulty = append(faulty, name)
		}
	}
	want := builtInPlays()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("built-in scenarios differ (-want +got):\n%s", diff)
	}
	if got, want := builtInFiles(t), slices.Sorted(maps.Keys(want)); len(got) != len(want) {
		t.Errorf("got files %q, want one for each of %q", got, want)
	}
	for _, warning := range warnings {
		t.Errorf("got %v; want no warning", warning)
	}
	if diff := cmp.Diff([]string{
		"flaky", "free-tier", "garbage-answer", "key-rotated", "lost-connection", "no-answer", "outage", "rate-burst",
		"slow-network", "stale-read", "wrong-model-version",
	}, faulty); diff != "" {
		t.Errorf("scenarios with faults differ (-want +got):\n%s", diff)
	}
}

// checkBuiltIn checks what is true of every built-in scenario.
func checkBuiltIn(t *testing.T, s scenario.Scenario) {
	t.Helper()
	if want := "built-in/" + s.Name + ".yaml"; s.Source != want {
		t.Errorf("%s: got source %s, want %s", s.Name, s.Source, want)
	}
	if s.Description == "" || s.Advice == "" || strings.Contains(s.Description, "good app") {
		t.Errorf("%s: got description %q and advice %q; want what happens in the one and what to do in the other", s.Name, s.Description, s.Advice)
	}
	file := "face-liveness-" + s.Name + ".jpg"
	switch {
	case len(s.Match) != 2 || s.Priority != 0 || len(s.Images) != 0:
		t.Errorf("%s: got %d rules, priority %d and %d images; want 2 rules of their own", s.Name, len(s.Match), s.Priority, len(s.Images))
	case !s.Match.Holds(liveness.Call{Kind: liveness.KindLivenessWithVerify, VerifyImageFileName: file}):
		t.Errorf("%s: no rule holds for %s", s.Name, file)
	}
	if got, want := s.Advance.Automatic, s.Name == "automatic"; got != want {
		t.Errorf("%s: got automatic %v, want %v", s.Name, got, want)
	}
	// Two tries of a scenario show the same.
	if s.Random() && s.Seed == 0 {
		t.Errorf("%s: leaves something to chance, without a seed", s.Name)
	}
}

// checkSteps checks the steps that a session gets from a built-in scenario.
func checkSteps(t *testing.T, s scenario.Scenario) {
	t.Helper()
	lower := []string{"spoof-mask", "verify-low-confidence", "verify-mismatch"}
	takes := time.Duration(0)
	for _, step := range s.Plan().Pin(1).Steps {
		takes += step.Takes
		if step.MatchConfidence == nil {
			if step.Decision != "" {
				t.Errorf("%s: a decision has no match confidence", s.Name)
			}
			continue
		}
		if got, want := *step.MatchConfidence < 0.5, slices.Contains(lower, s.Name); got != want {
			t.Errorf("%s: match confidence %v is low: %v, want %v", s.Name, *step.MatchConfidence, got, want)
		}
	}
	want := map[string]time.Duration{"slow": 8 * time.Second, "timed-out": 5 * time.Second, "session-deleted": 3 * time.Second}
	if takes != want[s.Name] {
		t.Errorf("%s: takes %v, want %v", s.Name, takes, want[s.Name])
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
		if _, _, err := lang.Load(lang.Source{Name: "built-in", FS: scenarios.FS}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkChoose(b *testing.B) {
	set, _, err := lang.Load(lang.Source{Name: "built-in", FS: scenarios.FS})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := set.Choose(liveness.Call{Kind: liveness.KindLiveness}); err != nil {
			b.Fatal(err)
		}
	}
}
