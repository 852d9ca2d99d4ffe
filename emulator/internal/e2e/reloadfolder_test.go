package e2e_test

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
)

// TestReloadDefault checks that a reload cannot remove the default scenario.
func TestReloadDefault(t *testing.T) {
	t.Parallel()
	r := newReloadStory(t, map[string]string{"a.yaml": scenarioFile("mine", "realface")},
		func(o *emulator.Options) { o.Scenario = "mine" })
	r.rename(filepath.Join(r.dir, "a.yaml"), filepath.Join(r.dir, "a.txt"))
	r.want("removed", 2, `ERROR error: the default scenario: unknown scenario "mine"`)
	if got := r.own(); got != "mine" {
		t.Errorf("got %q; want the default kept", got)
	}
	r.rename(filepath.Join(r.dir, "a.txt"), filepath.Join(r.dir, "a.yaml"))
	r.want("put back", 2, "INFO +1")
}

// TestReloadUnmounted checks that a folder that is unreadable for some time changes
// nothing.
func TestReloadUnmounted(t *testing.T) {
	t.Parallel()
	r := newReloadStory(t, map[string]string{"a.yaml": scenarioFile("a", "realface")})
	away := r.dir + "-away"
	r.rename(r.dir, away)
	r.want("gone", 20, "ERROR error: qa: cannot list the folder: ")
	if got := r.own(); got != "a" {
		t.Errorf("got %q; want what there was", got)
	}
	r.rename(away, r.dir)
	r.want("back", 20, "INFO +1")
	r.rename(r.dir, away)
	r.poll(1)
	r.rename(away, r.dir)
	r.want("gone and back within a look", 20)
}

// TestReloadConfigMap checks a config map, whose files are links through ..data, which
// switches between versions.
func TestReloadConfigMap(t *testing.T) {
	t.Parallel()
	r := newReloadStory(t, nil)
	at := time.Unix(1_700_000_000, 0)
	publish := func(version string, files map[string]string) {
		for name, text := range files {
			r.write(filepath.Join(version, name), text)
			r.touch(filepath.Join(version, name), at)
		}
		if err := os.Symlink(version, filepath.Join(r.dir, "..data_tmp")); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("no symbolic links here: %v", err)
			}
			t.Skipf("no symbolic links here (%v); CI has them", err)
		}
		r.rename(filepath.Join(r.dir, "..data_tmp"), filepath.Join(r.dir, "..data"))
	}
	link := func(name string) {
		if err := os.Symlink(filepath.Join("..data", name), filepath.Join(r.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	publish("..2026_01_01", map[string]string{"a.yaml": scenarioFile("a", "uncertain")})
	link("a.yaml")
	r.want("published", 2, "INFO +1 new: a")
	// The length is the same and, with some volume drivers, the time too.
	publish("..2026_01_02", map[string]string{"a.yaml": scenarioFile("a", "spoofface"), "b.yaml": scenarioFile("b", "realface")})
	r.remove("..2026_01_01")
	r.want("switched", 12, "INFO +1 changed: a")
	link("b.yaml")
	r.want("linked", 2, "INFO +2 new: b")
	publish("..2026_01_03", map[string]string{"a.yaml": scenarioFile("a", "spoofface")})
	r.want("dangling", 2, "ERROR error: qa/b.yaml: cannot be read: ")
	r.remove("b.yaml")
	r.want("unlinked", 2, "INFO +1 gone: b")
}

// TestReloadNewImage checks that an image is watched from the time when a file names it, and
// must be unchanged from then on before the reload.
func TestReloadNewImage(t *testing.T) {
	t.Parallel()
	r := newReloadStory(t, nil)
	whole := photo(t, 300)
	r.write("a.yaml", scenarioFile("a", "realface")+"    sessionImage: me.jpg\n")
	r.write("me.jpg", whole[:len(whole)/3])
	r.want("a third of it", 2)
	r.write("me.jpg", whole[:len(whole)/2])
	r.want("half of it", 1)
	r.write("me.jpg", whole)
	r.want("all of it", 1)
	r.want("all of it", 1, "INFO +1 new: a")
}

// TestReloadAndSessions checks that a session keeps its scenario, and that the next
// session gets the new one.
func TestReloadAndSessions(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(outcome string) {
		if err := os.WriteFile(filepath.Join(dir, "a.yaml"), []byte(scenarioFile("mine", outcome)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("uncertain")
	s := newStory(t, "v1.2", func(o *emulator.Options) {
		o.Scenarios = []emulator.ScenarioSource{{Name: "qa", FS: os.DirFS(dir)}}
		o.Scenario, o.ReloadInterval = "mine", 1000*time.Hour
	})
	s.do(jsonCreate("create", "old", plainBody, nil))
	write("spoofface")
	for range 12 { // the same length, and perhaps the same time
		s.emulator.PollScenarios(t.Context())
	}
	s.do(jsonCreate("create", "young", plainBody, nil))
	for session, want := range map[string]string{"old": `"uncertain"`, "young": `"spoofface"`} {
		s.device("attempt", session, "detectLiveness/singleModal")
		if got := s.read("read", session); !strings.Contains(got, want) {
			t.Errorf("%s: got %s; want %s", session, got, want)
		}
	}
}

// A brokenFS has files that cannot be opened.
type brokenFS struct {
	fstest.MapFS
	broken string
	opened int // of opening the broken file
}

func (b *brokenFS) Open(name string) (fs.File, error) {
	if name == b.broken {
		b.opened++
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("broken")}
	}
	return b.MapFS.Open(name)
}

// TestReloadOfUnreadableFiles checks that an unreadable file changes nothing until it can be
// read, and that the emulator does not open anything but regular files.
func TestReloadOfUnreadableFiles(t *testing.T) {
	t.Parallel()
	folder := &brokenFS{MapFS: fstest.MapFS{"a.yaml": {Data: []byte(scenarioFile("a", "realface"))}}}
	r := newReloadStory(t, nil, func(o *emulator.Options) { o.Scenarios[0].FS = folder })
	folder.broken = "a.yaml"
	r.want("broken", 12, "ERROR error: qa/a.yaml: cannot be read: broken")
	folder.broken = ""
	r.want("mended", 2, "INFO +1")

	folder.broken, folder.opened = "pipe.yaml", 0
	folder.MapFS["pipe.yaml"] = &fstest.MapFile{Mode: fs.ModeNamedPipe}
	r.want("pipe", 20, "ERROR error: qa/pipe.yaml: cannot be read: not a regular file")
	if folder.opened > 0 {
		t.Errorf("the pipe was opened %d times; want never", folder.opened)
	}
}

// photo returns an image for a scenario.
func photo(t *testing.T, width int) string {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, width, 400)), nil); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
