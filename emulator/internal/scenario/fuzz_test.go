package scenario_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
	"github.com/livenesslabs/face-liveness-emulator/scenarios"
)

func FuzzParse(f *testing.F) {
	files, err := fs.Glob(scenarios.FS, "*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := fs.ReadFile(scenarios.FS, file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, bad := range badFiles() {
		if len(bad.file) < 2000 {
			f.Add([]byte(bad.file))
		}
	}
	images := fstest.MapFS{"portrait.jpg": {Data: jpegOf(f, 40, 60)}}
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := scenario.Parse("f.yaml", data, images)
		second, again := scenario.Parse("f.yaml", data, images)
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("two readings differ:\n%s", diff)
		}
		if err == nil {
			checkScenario(t, first)
			return
		}
		if again == nil || err.Error() != again.Error() {
			t.Errorf("two readings fail differently: %v, %v", err, again)
		}
		checkErrors(t, err, strings.Count(string(data), "\n")+strings.Count(string(data), "\r")+1)
	})
}

// checkErrors checks what holds for every error of a file of so many lines.
func checkErrors(t *testing.T, err error, lines int) {
	t.Helper()
	problems(t, err) // which fails for what is not an *scenario.Error
	var one *scenario.Error
	if !errors.As(err, &one) || one.File != "f.yaml" || one.Message == "" || one.Line > lines || (one.Line > 0) != (one.Column > 0) {
		t.Errorf("got error %#v, want a place within %d lines of f.yaml and a message", one, lines)
	}
	for _, r := range err.Error() {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Errorf("the text of the error has %U, which does not print: %q", r, err)
		}
	}
}

// checkScenario checks what the domain relies on.
func checkScenario(t *testing.T, s scenario.Scenario) {
	t.Helper()
	if s.Name == "" || len(s.Name) > 64 || s.Script.Scenario != s.Name || s.Script.Then == "" {
		t.Errorf("got name %q, script of %q, then %q", s.Name, s.Script.Scenario, s.Script.Then)
	}
	if len(s.Script.Steps) == 0 || len(s.Script.Steps) > 100 || s.Script.After < 0 || s.Script.After > 24*time.Hour {
		t.Errorf("got %d steps, after %v", len(s.Script.Steps), s.Script.After)
	}
	for i, step := range s.Script.Steps {
		checkStep(t, i+1, step)
		stored := step.SessionImage == ""
		for _, image := range s.Images {
			stored = stored || image.Name == step.SessionImage
		}
		if !stored {
			t.Errorf("step %d names image %q, which is not there", i+1, step.SessionImage)
		}
	}
}

func checkStep(t *testing.T, number int, step liveness.Step) {
	t.Helper()
	kinds := 0
	for _, is := range []bool{step.Decision != "", step.Error != nil, step.Abandoned} {
		if is {
			kinds++
		}
	}
	if kinds != 1 {
		t.Errorf("step %d is %d of decision, error and abandoned, want 1", number, kinds)
	}
	if step.Takes < 0 || step.Takes > 24*time.Hour {
		t.Errorf("step %d takes %v", number, step.Takes)
	}
	if step.AbuseDetected && step.Abandoned {
		t.Errorf("step %d is abandoned, and abuse is detected in it", number)
	}
	if c := step.MatchConfidence; c != nil && (!(*c >= 0 && *c <= 1) || step.Decision == "") {
		t.Errorf("step %d has match confidence %v and decision %q", number, *c, step.Decision)
	}
	if r := step.FaceRectangle; r != nil && (r.Top < 0 || r.Left < 0 || r.Width < 1 || r.Height < 1 ||
		r.Left+r.Width > 1080 || r.Top+r.Height > 1920 || step.Abandoned) {
		t.Errorf("step %d has face rectangle %v", number, *r)
	}
}
