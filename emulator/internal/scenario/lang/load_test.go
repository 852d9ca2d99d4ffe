package lang_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/lang"
)

// named returns a valid file with this name and more lines.
func named(name string, lines ...string) *fstest.MapFile {
	all := append([]string{"name: " + name, "attempts: [{outcome: realface}]"}, lines...)
	return &fstest.MapFile{Data: []byte(strings.Join(all, "\n"))}
}

// load returns the set of these sources, which must be valid.
func load(t *testing.T, sources ...lang.Source) *scenario.Set {
	t.Helper()
	set, _ := loadWarned(t, sources...)
	return set
}

// loadWarned is load that also returns the warnings.
func loadWarned(t *testing.T, sources ...lang.Source) (*scenario.Set, []*lang.Error) {
	t.Helper()
	set, warnings, err := lang.Load(sources...)
	if err != nil {
		t.Fatal(err)
	}
	return set, warnings
}

func TestLoadReadsScenarioFilesOnly(t *testing.T) {
	t.Parallel()
	set := load(t, lang.Source{Name: "a", FS: fstest.MapFS{
		"b.yaml": named("second"), "c.yml": named("third"),
		"notes.txt": {Data: []byte("x")}, "d.yaml.bak": {Data: []byte("x")}, "e.YAML": {Data: []byte("x")},
		".#b.yaml": {Data: []byte("x")}, "folder/f.yaml": {Data: []byte("x")}, "folder.yaml/g.yaml": {Data: []byte("x")},
	}}, lang.Source{Name: "b", FS: fstest.MapFS{"a.yaml": named("first")}}, lang.Source{Name: "c", FS: fstest.MapFS{}})
	if diff := cmp.Diff([]string{"first", "second", "third"}, set.Names()); diff != "" {
		t.Errorf("names differ (-want +got):\n%s", diff)
	}
	got, ok := set.Lookup("third")
	if !ok || got.Source != "a/c.yml" {
		t.Errorf("Lookup(third) got source %q, %v, want a/c.yml, true", got.Source, ok)
	}
	if got, ok := set.Lookup("fourth"); ok {
		t.Errorf("Lookup(fourth) got %v, want none", got)
	}
}

func TestLoadFromDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, data := range map[string][]byte{
		"x.yaml":     []byte(withAttempt("outcome: realface", "sessionImage: face.jpg")),
		"face.jpg":   jpegOf(t, 8, 8),
		"ignored.md": []byte("# x"),
	} {
		if err := os.WriteFile(dir+"/"+name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, ok := load(t, lang.Source{Name: dir + "/", FS: os.DirFS(dir)}).Lookup("x")
	if !ok || s.Source != dir+"/x.yaml" || len(s.Images) != 1 {
		t.Errorf("got source %q, %d images, %v; want %s/x.yaml, 1, true", s.Source, len(s.Images), ok, dir)
	}
	missing := dir + "/missing"
	_, _, err := lang.Load(lang.Source{Name: missing, FS: os.DirFS(missing)})
	if got := problems(t, err); !errors.Is(err, fs.ErrNotExist) || len(got) != 1 || !strings.HasPrefix(got[0], missing+": cannot list the folder: ") {
		t.Errorf("missing folder: got %q, want one problem that wraps fs.ErrNotExist", got)
	}
}

func TestLoadReportsEverything(t *testing.T) {
	t.Parallel()
	_, _, err := lang.Load(
		lang.Source{Name: "built-in", FS: fstest.MapFS{"good.yaml": named("good"), "taken.yaml": named("taken")}},
		lang.Source{Name: "qa", FS: fstest.MapFS{
			"a.yaml":    {Data: []byte("# a copy\nname: taken\nattempts: [{outcome: realface}]\n")},
			"b.yaml":    {Data: []byte("name: b\nattempts: [{outcom: realface, takes: 1}]\n")},
			"c.yaml":    named("c"),
			"d.yml":     named("c"),
			"e.yml":     {Data: []byte("#" + strings.Repeat(" ", 1<<20))},
			"f.yml":     {Mode: fs.ModeNamedPipe},
			"good.yaml": {},
		}},
	)
	want := []string{
		`qa/a.yaml:2:7: the name "taken" is already taken by built-in/taken.yaml; choose another name`,
		`qa/b.yaml:2:13: unknown key "outcom"; did you mean "outcome"?`,
		`qa/b.yaml:2:38: takes has no unit: "1"; did you mean "1s"?`,
		`qa/d.yml:1:7: the name "c" is already taken by qa/c.yaml; choose another name`,
		`qa/e.yml: cannot be read: too large: more than 128 KiB`,
		`qa/f.yml: cannot be read: not a regular file`,
		`qa/good.yaml:1:1: the file is empty; a scenario has at least a name and attempts`,
	}
	if diff := cmp.Diff(want, problems(t, err)); diff != "" {
		t.Errorf("problems differ (-want +got):\n%s", diff)
	}
}

func TestLoadBoundsTheFiles(t *testing.T) {
	t.Parallel()
	folder := fstest.MapFS{}
	for i := range 1001 {
		folder[fmt.Sprintf("%d.yaml", i)] = named(fmt.Sprintf("s%d", i))
	}
	_, _, err := lang.Load(lang.Source{Name: "qa", FS: folder})
	want := []string{"qa: 1001 scenario files in one folder; at most 1000 are read"}
	if diff := cmp.Diff(want, problems(t, err)); diff != "" {
		t.Errorf("problems differ (-want +got):\n%s", diff)
	}
	delete(folder, "7.yaml")
	if got := len(load(t, lang.Source{Name: "qa", FS: folder}).Names()); got != 1000 {
		t.Errorf("got %d scenarios, want 1000", got)
	}
}

// choices is a set in which several rules can match one call.
func choices(t *testing.T) *scenario.Set {
	t.Helper()
	return load(t,
		lang.Source{Name: "built-in", FS: fstest.MapFS{"happy-path.yaml": named("happy-path"), "plain.yaml": named("plain")}},
		lang.Source{Name: "first", FS: fstest.MapFS{
			"a-verify.yaml": named("verify", "match: {operation: detectLivenessWithVerify, deviceCorrelationId: qa-*}"),
			"b-image.yaml":  named("image", "match: {verifyImage: {fileName: '*.png'}}"),
		}},
		lang.Source{Name: "second", FS: fstest.MapFS{
			"a-device.yaml": named("device", "match: {deviceCorrelationId: qa-*}"),
			"b-none.yaml":   named("liveness", "match: {operation: detectLiveness}"),
		}},
	)
}

func TestChoose(t *testing.T) {
	t.Parallel()
	const liveOnly, verify = liveness.KindLiveness, liveness.KindLivenessWithVerify
	for name, test := range map[string]struct {
		call liveness.Call
		want string
	}{
		"pinned before rules":       {liveness.Call{Scenario: "plain", Kind: liveOnly, DeviceCorrelationID: "qa-1"}, "plain"},
		"all conditions hold":       {liveness.Call{Kind: verify, DeviceCorrelationID: "qa-1", VerifyImageFileName: "a.png"}, "verify"},
		"other operation":           {liveness.Call{Kind: liveOnly, DeviceCorrelationID: "qa-1"}, "device"},
		"file order in one source":  {liveness.Call{Kind: verify, DeviceCorrelationID: "qa-", VerifyImageFileName: "a.png"}, "verify"},
		"sources before file names": {liveness.Call{Kind: verify, DeviceCorrelationID: "x", VerifyImageFileName: "a.png"}, "image"},
		"letter case counts":        {liveness.Call{Kind: verify, DeviceCorrelationID: "QA-1", VerifyImageFileName: "a.PNG"}, "default"},
		"operation alone":           {liveness.Call{Kind: liveOnly}, "liveness"},
		"nothing holds":             {liveness.Call{Kind: verify}, "default"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set := choices(t)
			for fallback, unmatched := range map[string]string{"": scenario.HappyPath, "plain": "plain", "verify": "verify"} {
				changed, err := set.WithDefault(fallback)
				if err != nil {
					t.Fatal(err)
				}
				want := strings.Replace(test.want, "default", unmatched, 1)
				got, err := changed.Choose(test.call)
				if err != nil || got.Name != want {
					t.Errorf("default %q: got %q, %v; want %q", fallback, got.Name, err, want)
				}
			}
		})
	}
}

func TestChooseUnknown(t *testing.T) {
	t.Parallel()
	set := choices(t)
	_, err := set.Choose(liveness.Call{Scenario: "plian"})
	checkUnknown(t, err, "plian", "plain")
	_, err = set.Choose(liveness.Call{Scenario: strings.Repeat("x", 1000) + "\x1b"})
	checkUnknown(t, err, strings.Repeat("x", 1000)+"\x1b", "")
	if text := err.Error(); len(text) > 300 || strings.ContainsRune(text, '\x1b') {
		t.Errorf("got text %q, want a short one that prints", text)
	}
	_, err = set.WithDefault("Image")
	checkUnknown(t, err, "Image", "image")
	_, err = load(t).Choose(liveness.Call{})
	checkUnknown(t, err, scenario.HappyPath, "")

	want := `unknown scenario "plian"; did you mean "plain"?; known: device, happy-path, image, liveness, plain, verify`
	if _, err := set.Choose(liveness.Call{Scenario: "plian"}); err.Error() != want {
		t.Errorf("got text %q, want %q", err, want)
	}
	many := &scenario.UnknownNameError{Name: "x", Names: strings.Split(strings.Repeat("a,", 49)+"a", ",")}
	if got := many.Error(); !strings.HasSuffix(got, ", a and 20 more") {
		t.Errorf("got text %q, want it to count the names it leaves out", got)
	}
}

func checkUnknown(t *testing.T, err error, name, suggestion string) {
	t.Helper()
	var unknown *scenario.UnknownNameError
	if !errors.As(err, &unknown) {
		t.Fatalf("got error %v, want an UnknownNameError", err)
	}
	if unknown.Name != name || unknown.Suggestion != suggestion {
		t.Errorf("got name %q, suggestion %q; want %q, %q", unknown.Name, unknown.Suggestion, name, suggestion)
	}
}

func TestSetNeverChanges(t *testing.T) {
	t.Parallel()
	set := load(t, lang.Source{Name: "qa", FS: fstest.MapFS{
		"x.jpg": {Data: jpegOf(t, 8, 8)},
		"happy-path.yaml": {Data: []byte(`
name: happy-path
match: {operation: detectLivenessWithVerify, header: {X-A: a}}
end: {by: lose, when: {duringAttempt: 1}}
faults: [{on: read, rate: F0}, {error: {status: 500, code: a, message: b, headers: {X-A: b}}}]
attempts:
  - {outcome: realface, matchConfidence: 0.5, sessionImage: x.jpg, faceRectangle: {top: 1, left: 1, width: 1, height: 1}, clientInformation: [10.0.0.1]}
  - error: {code: A, message: b}
`)},
	}})
	before, _ := set.Lookup(scenario.HappyPath)
	for _, call := range []liveness.Call{{Kind: liveness.KindLivenessWithVerify, Header: headers("X-A", "a")}, {}} {
		chosen, err := set.Choose(call)
		if err != nil {
			t.Fatal(err)
		}
		pinned := chosen.Pin(1)
		spoilt, _ := set.Lookup(chosen.Name)
		spoilt.Match[0].Operation = ""
		spoilt.Images[0].Name = "y"
		spoilt.Match[0].Headers[0].Name = "Y"
		spoilt.End.During = 9
		for _, faults := range [][]fault.Fault{spoilt.Faults, chosen.Pin(1).Faults} {
			faults[0].Operations[0], faults[0].Rate.Calls = "x", 9
			faults[1].Answer.Headers[0].Name = "Y"
			faults[0] = fault.Fault{}
		}
		for _, step := range []liveness.Step{spoilt.Attempts[0].Choices[0].Step, chosen.Pin(1).Steps[0]} {
			*step.MatchConfidence = 1
			step.FaceRectangle.Top = 9
			step.ClientAddresses[0] = "x"
		}
		chosen.Pin(1).EarlyEnd.During = 9
		spoilt.Attempts[1].Choices[0].Step.Error.Code = "B"
		spoilt.Attempts[1].Choices[0].Weight = 9
		spoilt.Attempts[1] = scenario.Attempt{}
		again, _ := set.Choose(call)
		if diff := cmp.Diff(pinned, again.Pin(1)); diff != "" {
			t.Errorf("the plan has changed (-before +after):\n%s", diff)
		}
	}
	set.Names()[0] = "y"
	if _, err := set.WithDefault("y"); err == nil {
		t.Error("WithDefault of a name written into Names: got no error, want one")
	}
	after, _ := set.Lookup(scenario.HappyPath)
	if diff := cmp.Diff(before, after, seen); diff != "" {
		t.Errorf("the set has changed (-before +after):\n%s", diff)
	}
}
