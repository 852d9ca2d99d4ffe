package e2e_test

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/testhook"
)

// scenarioFile returns a scenario file with this outcome.
func scenarioFile(name, outcome string) string {
	return fmt.Sprintf("name: %s\nattempts:\n  - outcome: %s\n", name, outcome)
}

// A reloadStory is an emulator with a folder of scenario files. The test decides when it
// checks them.
type reloadStory struct {
	*testing.T
	dir      string
	emulator *testEmulator
	log      bytes.Buffer // since the last poll
	builtIn  []string
}

func newReloadStory(t *testing.T, files map[string]string, options ...func(*emulator.Options)) *reloadStory {
	t.Helper()
	r := &reloadStory{T: t, dir: t.TempDir()}
	for name, text := range files {
		r.write(name, text)
	}
	o := emulator.Options{
		Scenarios:      []emulator.ScenarioSource{{Name: "qa", FS: os.DirFS(r.dir)}},
		ReloadInterval: 1000 * time.Hour,
		Logger:         slog.New(slog.NewJSONHandler(&r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, change := range options {
		change(&o)
	}
	r.emulator = openEmulator(t, o)
	plain, err := emulator.New(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r.builtIn = plain.ScenarioNames()
	if err := plain.Close(); err != nil {
		t.Fatal(err)
	}
	r.log.Reset()
	return r
}

func (r *reloadStory) write(name, text string) {
	r.Helper()
	file := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		r.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		r.Fatal(err)
	}
}

func (r *reloadStory) touch(name string, at time.Time) {
	r.Helper()
	if err := os.Chtimes(filepath.Join(r.dir, name), at, at); err != nil {
		r.Fatal(err)
	}
}

func (r *reloadStory) remove(name string) {
	r.Helper()
	if err := os.RemoveAll(filepath.Join(r.dir, name)); err != nil {
		r.Fatal(err)
	}
}

func (r *reloadStory) rename(from, to string) {
	r.Helper()
	if err := os.Rename(from, to); err != nil {
		r.Fatal(err)
	}
}

// poll checks the files n times and returns the log, one line per record: the level and
// the values after the message.
func (r *reloadStory) poll(times int) []string {
	r.Helper()
	r.log.Reset()
	for range times {
		r.emulator.PollScenarios(r.Context())
	}
	var lines []string
	for line := range strings.Lines(r.log.String()) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			r.Fatal(err)
		}
		text := fmt.Sprint(entry["level"])
		if n, ok := entry["scenarios"].(float64); ok {
			text += fmt.Sprintf(" %+d", int(n)-len(r.builtIn))
		}
		for _, key := range []string{"new", "gone", "changed", "error"} {
			if value, ok := entry[key]; ok {
				text += fmt.Sprintf(" %s: %s", key, value)
			}
		}
		lines = append(lines, text)
	}
	return lines
}

// want polls and compares the beginnings of the log lines.
func (r *reloadStory) want(step string, times int, want ...string) {
	r.Helper()
	got := r.poll(times)
	if !slices.EqualFunc(got, want, strings.HasPrefix) {
		r.Errorf("%s: after %d looks got %q; want %q", step, times, got, want)
	}
}

// own returns the names of the scenarios that are not built in.
func (r *reloadStory) own() string {
	names := slices.DeleteFunc(r.emulator.ScenarioNames(), func(name string) bool { return slices.Contains(r.builtIn, name) })
	return strings.Join(names, " ")
}

func (r *reloadStory) readiness() string {
	r.Helper()
	w := httptest.NewRecorder()
	r.emulator.ServeHTTP(w, httptest.NewRequestWithContext(r.Context(), http.MethodGet, "/readyz", http.NoBody))
	if w.Code != http.StatusOK {
		r.Errorf("readiness: got %d; want 200", w.Code)
	}
	return w.Body.String()
}

// TestReload checks that each edit is logged and used after two checks.
func TestReload(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		edit func(r *reloadStory)
		log  []string
		own  string
	}{
		"nothing":           {func(*reloadStory) {}, nil, "a b"},
		"new file":          {func(r *reloadStory) { r.write("c.yml", scenarioFile("c", "realface")) }, []string{"INFO +3 new: c"}, "a b c"},
		"changed":           {func(r *reloadStory) { r.write("a.yaml", scenarioFile("a", "spoofface")) }, []string{"INFO +2 changed: a"}, "a b"},
		"removed":           {func(r *reloadStory) { r.remove("a.yaml") }, []string{"INFO +1 gone: a"}, "b"},
		"another name":      {func(r *reloadStory) { r.write("a.yaml", scenarioFile("z", "realface")) }, []string{"INFO +2 new: z gone: a"}, "b z"},
		"image":             {func(r *reloadStory) { r.write("images/me.jpg", photo(r.T, 320)) }, []string{"INFO +2 changed: b"}, "a b"},
		"comment":           {func(r *reloadStory) { r.write("a.yaml", "# Mine.\n"+scenarioFile("a", "realface")) }, []string{"DEBUG +2"}, "a b"},
		"the same again":    {func(r *reloadStory) { r.write("a.yaml", scenarioFile("a", "realface")) }, nil, "a b"},
		"file of no use":    {func(r *reloadStory) { r.write("a.yaml~", "x"); r.write(".b.yaml", "x"); r.write("c.yaml/d.yaml", "x") }, nil, "a b"},
		"all removed":       {func(r *reloadStory) { r.remove("a.yaml"); r.remove("b.yaml") }, []string{"INFO +0 gone: a, b"}, ""},
		"bad":               {func(r *reloadStory) { r.write("a.yaml", "name: a\nattempt: []\n") }, []string{"ERROR error: qa/a.yaml:2:1: unknown key \"attempt\""}, "a b"},
		"name taken":        {func(r *reloadStory) { r.write("c.yaml", scenarioFile("spoof", "realface")) }, []string{"ERROR error: qa/c.yaml:1:7: "}, "a b"},
		"image gone":        {func(r *reloadStory) { r.remove("images") }, []string{"ERROR error: qa/b.yaml:4:19: session image \"images/me.jpg\""}, "a b"},
		"image not a photo": {func(r *reloadStory) { r.write("images/me.jpg", "x") }, []string{"ERROR error: qa/b.yaml:4:19: "}, "a b"},
		"folder gone":       {func(r *reloadStory) { r.remove(".") }, []string{"ERROR error: qa: cannot list the folder: "}, "a b"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReloadStory(t, map[string]string{
				"a.yaml":        scenarioFile("a", "realface"),
				"b.yaml":        scenarioFile("b", "realface") + "    sessionImage: images/me.jpg\n",
				"images/me.jpg": photo(t, 300),
			})
			r.want("before", 3)
			test.edit(r)
			r.want("edited", 2*10, test.log...)
			if got := r.own(); got != test.own {
				t.Errorf("got scenarios %q; want %q", got, test.own)
			}
			ready := r.readiness()
			if bad := len(test.log) > 0 && strings.HasPrefix(test.log[0], "ERROR"); bad != strings.Contains(ready, `"scenarios":"kept as they were: qa`) {
				t.Errorf("got readiness %s of a problem: %t", ready, bad)
			}
		})
	}
}

// TestReloadSettles checks that files are not read while they change, and that a mistake
// is logged once until it is corrected.
func TestReloadSettles(t *testing.T) {
	t.Parallel()
	r := newReloadStory(t, map[string]string{"a.yaml": scenarioFile("a", "realface")})
	r.write("a.yaml", "name: a\natt")
	r.want("half of it", 1)
	r.write("a.yaml", "name: a\nattempts:\n  - outc")
	r.want("more of it", 1)
	r.write("a.yaml", scenarioFile("a", "spoofface"))
	r.want("all of it", 1)
	r.want("all of it", 1, "INFO +1 changed: a")
	if got := r.readiness(); got != `{"status":"ready"}` {
		t.Errorf("got readiness %s; want nothing but ready", got)
	}

	for _, outcome := range []string{"uncertain", "realface"} { // another length, so the change is visible
		at := time.Unix(1_700_000_000, 0)
		r.write("a.yaml", scenarioFile("a", outcome))
		r.touch("a.yaml", at)
		r.want("first of a length", 1)
		r.write("a.yaml", strings.Replace(scenarioFile("a", outcome), "a\n", "b\n", 1))
		r.touch("a.yaml", at)
		r.want("another of the length and time", 1)
		r.write("a.yaml", scenarioFile("a", "spoofface"))
		r.want("as before", 20)
	}

	r.write("b.yaml", "name: b\nattempts: 1\n")
	r.want("bad", 2, "ERROR error: qa/b.yaml:2:11: ")
	r.want("still bad", 20)
	r.write("b.yaml", "name: b\nattempts: 1\n# What is wrong?\n")
	r.want("bad with another excerpt", 2, "ERROR error: qa/b.yaml:2:11: ")
	r.write("a.yaml", scenarioFile("a", "realface"))
	r.want("another file, same mistake", 2)
	r.write("b.yaml", "name: b\nattempts: 2\n")
	r.want("another mistake", 2, "ERROR error: qa/b.yaml:2:11: ")
	r.remove("b.yaml")
	r.want("mended", 2, "INFO +1 changed: a")
	r.write("b.yaml", "name: b\nattempts: 2\n")
	r.want("bad again", 2, "ERROR")
	r.remove("b.yaml")
	r.want("mended without a change", 2, "INFO +1")
	if got := r.readiness(); got != `{"status":"ready"}` {
		t.Errorf("got readiness %s; want nothing but ready", got)
	}
}

// TestReloadFullText checks that the log has all problems with excerpts, and /readyz the
// first one on a line.
func TestReloadFullText(t *testing.T) {
	t.Parallel()
	r := newReloadStory(t, nil)
	r.write("a.yaml", "name: a\nattempt: []\n")
	r.write("b.yaml", "name: b\nthen: "+strings.Repeat("x", 400)+"\n")
	r.write(strings.Repeat("c", 200)+".yaml", "c\n")
	got := strings.Join(r.poll(2), "\n")
	for _, want := range []string{"qa/a.yaml:2:1: unknown key", "> 2 | attempt: []\n", "qa/b.yaml:2:7: ", "ccc.yaml:1:1: "} {
		if !strings.Contains(got, want) {
			t.Errorf("got log %q; want it to hold %q", got, want)
		}
	}
	ready := r.readiness()
	if !strings.HasPrefix(ready, `{"status":"ready","scenarios":"kept as they were: qa/a.yaml:2:1: unknown key`) || len(ready) > 500 || strings.Contains(ready, `\n`) {
		t.Errorf("got readiness %s; want the first problem in one line", ready)
	}
	long := strings.Repeat("d", 200)
	r.remove("a.yaml")
	r.remove("b.yaml")
	r.remove(strings.Repeat("c", 200) + ".yaml")
	r.write(long+".yaml", "name: d\nattempts: []\n"+strings.Repeat("é", 64)+": 1\n")
	r.poll(2)
	if ready := r.readiness(); !strings.Contains(ready, long) || len([]rune(ready)) > 400 {
		t.Errorf("got readiness %s; want it cut", ready)
	}
}

// A countedFS counts listings of its folder.
type countedFS struct {
	fs.FS
	lists atomic.Int64
}

func (c *countedFS) ReadDir(name string) ([]fs.DirEntry, error) {
	c.lists.Add(1)
	return fs.ReadDir(c.FS, name)
}

// TestReloadAtInterval checks that the emulator checks the files at the interval of its
// options until it is closed. The bubble finds goroutines that are left.
func TestReloadAtInterval(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		interval time.Duration
		passes   time.Duration
		changed  bool
	}{
		"default":   {0, 2100 * time.Millisecond, true},
		"too early": {0, 1900 * time.Millisecond, false},
		"slow":      {time.Minute, 2*time.Minute + time.Second, true},
		"never":     {-1, time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				folder := &countedFS{FS: os.DirFS(dir)}
				e, err := emulator.New(emulator.Options{
					Scenarios:      []emulator.ScenarioSource{{Name: "qa", FS: folder}},
					ReloadInterval: test.interval,
				})
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, "a.yaml"), []byte(scenarioFile("mine", "realface")), 0o600); err != nil {
					t.Fatal(err)
				}
				pass(t, test.passes)
				if got := slices.Contains(e.ScenarioNames(), "mine"); got != test.changed {
					t.Errorf("after %s: got the new scenario: %t; want %t", test.passes, got, test.changed)
				}
				if err := e.Close(); err != nil {
					t.Fatal(err)
				}
				lists := folder.lists.Load()
				pass(t, 3*time.Minute)
				if got := folder.lists.Load(); got != lists {
					t.Errorf("listed %d times after Close; want never", got-lists)
				}
			})
		})
	}
}

// pass waits in the time of a bubble.
func pass(t *testing.T, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	<-ctx.Done()
	synctest.Wait()
}

// TestReloadOfSeveralFolders checks that each folder that can change is listed once per check,
// beside one that cannot.
func TestReloadOfSeveralFolders(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{}
	folder := &countedFS{FS: files}
	r := newReloadStory(t, nil, func(o *emulator.Options) {
		o.Scenarios = append([]emulator.ScenarioSource{{Name: "counted", FS: folder}, {Name: "embedded", FS: embed.FS{}}}, o.Scenarios...)
	})
	lists := folder.lists.Load()
	r.want("nothing", 5)
	if got := folder.lists.Load() - lists; got != 5 {
		t.Errorf("got %d lists of a folder; want one at every look, 5", got)
	}
	files["a.yaml"] = &fstest.MapFile{Data: []byte(scenarioFile("a", "realface"))}
	r.write("b.yaml", scenarioFile("b", "realface"))
	r.want("both", 3, "INFO +2 new: a, b")
}

// BenchmarkReloadIdle measures a check of 1000 unchanged files.
func BenchmarkReloadIdle(b *testing.B) {
	dir := b.TempDir()
	for i := range 1000 {
		name := fmt.Sprintf("scenario-%04d", i)
		if err := os.WriteFile(filepath.Join(dir, name+".yaml"), []byte(scenarioFile(name, "realface")), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	e := openHooked(b, emulator.Options{
		Scenarios:      []emulator.ScenarioSource{{Name: "qa", FS: os.DirFS(dir)}},
		ReloadInterval: 1000 * time.Hour,
	}, testhook.Hooks{})
	b.ReportAllocs()
	for b.Loop() {
		e.PollScenarios(b.Context())
	}
}
