package scenario_test

import (
	"bytes"
	"io/fs"
	"testing"

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

// TestBuiltIns checks what holds for every built-in scenario.
func TestBuiltIns(t *testing.T) {
	t.Parallel()
	set := load(t, scenario.Source{Name: "built-in", FS: scenarios.FS})
	for _, warning := range set.Warnings() {
		t.Error(warning)
	}
	if got, want := len(set.Names()), len(builtInFiles(t)); got != want {
		t.Errorf("got %d scenarios, want one for each of %d files", got, want)
	}
	for _, name := range set.Names() {
		s, _ := set.Lookup(name)
		if want := "built-in/" + name + ".yaml"; s.Source != want {
			t.Errorf("%s: got source %s, want %s", name, s.Source, want)
		}
		if s.Description == "" || s.Advice == "" {
			t.Errorf("%s: got description %q and advice %q, want both", name, s.Description, s.Advice)
		}
		if len(s.Images) != 0 {
			t.Errorf("%s: got %d images, want none", name, len(s.Images))
		}
		if s.Match.Holds(scenario.Call{Operation: scenario.DetectLiveness, DeviceCorrelationID: "phone-1"}) {
			t.Errorf("%s: its match holds for a session that asks for nothing special", name)
		}
		checkPinned(t, s)
	}
	if s, _ := set.Lookup(scenario.HappyPath); s.Name == "" || s.Random() || s.Faults != nil || s.Pin(0).Steps[0].Decision != "realface" {
		t.Errorf("got happy path %+v, want a real face and no faults", s)
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
