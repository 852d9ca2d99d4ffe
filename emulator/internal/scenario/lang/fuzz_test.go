package lang_test

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/lang"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/scenariotest"
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
	for _, good := range append(goodFiles(), everything, drawn) {
		f.Add([]byte(good))
	}
	images, imageFiles := scenariotest.Images(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := lang.Parse("f.yaml", data, images)
		second, again := lang.Parse("f.yaml", data, images)
		if diff := cmp.Diff(first, second, seen); diff != "" {
			t.Errorf("two readings differ:\n%s", diff)
		}
		if err == nil {
			checkScenario(t, first)
			checkPrinted(t, first, images, imageFiles)
			return
		}
		if again == nil || err.Error() != again.Error() {
			t.Errorf("two readings fail differently: %v, %v", err, again)
		}
		checkErrors(t, err, strings.Count(string(data), "\n")+strings.Count(string(data), "\r")+1)
	})
}

// checkPrinted checks that printing and reading gives the same scenario.
func checkPrinted(t *testing.T, s scenario.Scenario, images fs.FS, files map[string]string) {
	t.Helper()
	file := lang.Print(s, files)
	again, err := lang.Parse("f.yaml", []byte(file), images)
	if err != nil {
		t.Fatalf("got error %v, want none, of\n%s", err, file)
	}
	if diff := cmp.Diff(s, again, seen); diff != "" {
		t.Errorf("printed and read it differs:\n%s\nof\n%s", diff, file)
	}
}

// checkErrors checks what is true of every error of a file with this many lines.
func checkErrors(t *testing.T, err error, lines int) {
	t.Helper()
	problems(t, err) // fails for any other type
	var one *lang.Error
	if !errors.As(err, &one) || one.File != "f.yaml" || one.Message == "" || one.Line > lines || (one.Line > 0) != (one.Column > 0) {
		t.Errorf("got error %#v, want a place within %d lines of f.yaml and a message", one, lines)
	}
	for _, r := range err.Error() {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Errorf("the text of the error has %U, which does not print: %q", r, err)
		}
	}
}

// checkScenario checks what package liveness relies on.
func checkScenario(t *testing.T, s scenario.Scenario) {
	t.Helper()
	if s.Name == "" || len(s.Name) > 64 || (s.Then == "") != (s.Next != "") {
		t.Errorf("got name %q, then %q, next %q", s.Name, s.Then, s.Next)
	}
	if a := s.Advance; a.After < 0 || a.After > 24*time.Hour || a.Polls > 0 && a.Automatic {
		t.Errorf("got advance %+v", a)
	}
	if r := s.Result; r.After < 0 || r.Polls < 0 || r.After > 0 && r.Polls > 0 {
		t.Errorf("got result %+v", r)
	}
	checkEnd(t, s.End)
	checkFaults(t, s.Faults)
	if len(s.Attempts) == 0 || len(s.Attempts) > 100 {
		t.Errorf("got %d attempts", len(s.Attempts))
	}
	for i, attempt := range s.Attempts {
		if attempt.Repeat < 1 || len(attempt.Choices) < 1 || len(attempt.Choices) > 20 {
			t.Errorf("attempt %d is repeated %d times and has %d choices", i+1, attempt.Repeat, len(attempt.Choices))
		}
		for _, choice := range attempt.Choices {
			checkStep(t, i+1, choice.Step)
			if choice.Weight < 1 || !hasImage(s, choice.Step.SessionImage) {
				t.Errorf("attempt %d has weight %d and names image %q", i+1, choice.Weight, choice.Step.SessionImage)
			}
		}
	}
	checkPinned(t, s)
}

func hasImage(s scenario.Scenario, name string) bool {
	return name == "" || slices.ContainsFunc(s.Images, func(image liveness.Image) bool { return image.Name == name })
}

func checkEnd(t *testing.T, end *liveness.EarlyEnd) {
	t.Helper()
	if end == nil {
		return
	}
	moments := 0
	for _, given := range []bool{end.BeforeStart, end.During > 0, end.AfterTry > 0, end.BeforePoll > 0, end.After > 0} {
		if given {
			moments++
		}
	}
	if end.Kind == "" || moments != 1 {
		t.Errorf("got end %+v, want a kind and one moment", *end)
	}
}

// checkPinned checks the script that a session pins.
func checkPinned(t *testing.T, s scenario.Scenario) {
	t.Helper()
	script := s.Plan().Pin(7)
	if diff := cmp.Diff(script, s.Plan().Pin(7)); diff != "" {
		t.Errorf("two scripts of one seed differ:\n%s", diff)
	}
	wantSeed := uint64(0)
	if s.Random() {
		wantSeed = 7
	}
	if diff := cmp.Diff(s.Faults, script.Faults); diff != "" {
		t.Errorf("the script has other faults:\n%s", diff)
	}
	if script.Scenario != s.Name || script.AfterLast == "" || script.Seed != wantSeed {
		t.Errorf("got script of %q, then %q, seed %d; want one of %q, seed %d", script.Scenario, script.AfterLast, script.Seed, s.Name, wantSeed)
	}
	if len(script.Steps) == 0 || len(script.Steps) > 3 {
		t.Errorf("got %d steps, want 1 to 3", len(script.Steps))
	}
	for i, step := range script.Steps {
		checkStep(t, i+1, step)
	}
	if got, want := len(s.Plan().ImagesOf(script)), len(s.Images); got > want || got > len(script.Steps) {
		t.Errorf("got %d images for %d steps, want at most one each, of %d", got, len(script.Steps), want)
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
	if step.Abandoned && (step.AbuseDetected || len(step.ClientAddresses) > 0) || step.Digest != "" && step.Decision == "" {
		t.Errorf("step %d has what does not go together: %+v", number, step)
	}
	if c := step.MatchConfidence; c != nil && (!(*c >= 0 && *c <= 1) || step.Decision == "") {
		t.Errorf("step %d has match confidence %v and decision %q", number, *c, step.Decision)
	}
	if r := step.FaceRectangle; r != nil && (r.Top < 0 || r.Left < 0 || r.Width < 1 || r.Height < 1 ||
		r.Left+r.Width > 1080 || r.Top+r.Height > 1920 || step.Abandoned) {
		t.Errorf("step %d has face rectangle %v", number, *r)
	}
}
