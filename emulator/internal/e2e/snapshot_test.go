package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/testhook"
)

var manySessions = flag.Int("sessions", 300, "how many sessions TestSnapshotOfMany keeps; one in a hundred has a verify image")

// A many is an emulator with many sessions, and its responses about each.
type many struct {
	*emulator.Emulator
	answers map[string]string // responses by path
}

// do makes a call in process.
func do(tb testing.TB, h http.Handler, method, path, key, contentType string, body []byte) *httptest.ResponseRecorder {
	tb.Helper()
	r := httptest.NewRequestWithContext(tb.Context(), method, path, bytes.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	if strings.HasPrefix(key, "Bearer ") {
		r.Header.Set("Authorization", key)
	} else {
		r.Header.Set(control.KeyHeader, key)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// frozenHooks are the hooks of an emulator whose time is frozen.
func frozenHooks(at time.Time) testhook.Hooks { return testhook.Hooks{Clock: clock.NewManual(at)} }

// openFrozen returns an emulator with frozen clocks.
func openFrozen(tb testing.TB, folder string) *emulator.Emulator {
	tb.Helper()
	e := newHooked(tb, emulator.Options{State: folder}, frozenHooks(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))
	tb.Cleanup(func() { _ = e.Close() })
	return e.Emulator
}

func newMany(t *testing.T, folder string, sessions int) many {
	t.Helper()
	m := many{openFrozen(t, folder), map[string]string{}}
	contentType, withImage := form(t, formPart{"livenessOperationMode", "", "Passive"}, formPart{"deviceCorrelationId", "", "d"},
		formPart{"verifyImage", "v.png", picture(t, 300, 300)})
	for i := range sessions {
		path, kind, body := "/face/v1.2/detectLiveness-sessions", "application/json", []byte(`{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`)
		detect := "/face/v1.2/detectLiveness/singleModal"
		if i%100 == 0 {
			path, kind, body = "/face/v1.2/detectLivenessWithVerify-sessions", contentType, withImage
			detect = "/face/v1.2/detectLivenessWithVerify/singleModal"
		}
		created := do(t, m, http.MethodPost, path, fmt.Sprintf("key-%d", i%3), kind, body).Body.String()
		id, token := firstMatch(created, `"sessionId":"([^"]+)"`), firstMatch(created, `"authToken":"([^"]+)"`)
		if i%2 == 0 {
			if w := do(t, m, http.MethodPost, detect, "Bearer "+token, "", nil); w.Code != http.StatusOK {
				t.Fatalf("detect: got %d %s", w.Code, w.Body)
			}
		}
		m.answers[path+"/"+id] = fmt.Sprintf("key-%d", i%3)
	}
	return m
}

// read returns an emulator's responses about every session.
func (m many) read(t *testing.T, h http.Handler) map[string]string {
	t.Helper()
	answers := map[string]string{}
	for path, key := range m.answers {
		w := do(t, h, http.MethodGet, path, key, "", nil)
		answers[path] = fmt.Sprint(w.Code, " ", w.Body)
	}
	return answers
}

// TestSnapshotOfMany restores a snapshot in another emulator and compares its responses.
// With -sessions 100000 the snapshot has the largest size.
func TestSnapshotOfMany(t *testing.T) {
	t.Parallel()
	m := newMany(t, t.TempDir(), *manySessions)
	want := m.read(t, m)
	file := filepath.Join(t.TempDir(), "all.snapshot")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	taken, err := m.ControlAll().Snapshot(t.Context(), out)
	if err := errors.Join(err, out.Close()); err != nil || taken.Sessions != *manySessions || taken.Images != (*manySessions+99)/100 || !taken.All {
		t.Fatalf("got %+v, %v; want %d sessions", taken, err, *manySessions)
	}

	for name, folder := range map[string]string{"in memory": "", "in a folder": t.TempDir()} {
		t.Run(name, func(t *testing.T) {
			other := openFrozen(t, folder)
			before := do(t, other, http.MethodPost, "/face/v1.2/detectLiveness-sessions", "key-0", "application/json",
				[]byte(`{"livenessOperationMode":"Passive","deviceCorrelationId":"d"}`)).Body.String()
			own := "/face/v1.2/detectLiveness-sessions/" + firstMatch(before, `"sessionId":"([^"]+)"`)
			refuseDamaged(t, other, file, own)
			in, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = in.Close() }()
			if restored, err := other.ControlAll().Restore(t.Context(), in); err != nil || restored.Sessions != taken.Sessions {
				t.Fatalf("got %+v, %v", restored, err)
			}
			differ := 0
			for path, answer := range m.read(t, other) {
				if answer != want[path] {
					if differ++; differ == 1 {
						t.Errorf("%s: got %s; want %s", path, answer, want[path])
					}
				}
			}
			if differ > 0 {
				t.Errorf("%d of %d answers differ", differ, len(want))
			}
			if w := do(t, other, http.MethodGet, own, "key-0", "", nil); w.Code != http.StatusNotFound {
				t.Errorf("got %d for a session from before, want 404", w.Code)
			}
		})
	}
}

// refuseDamaged restores damaged snapshots and checks that an existing session stays.
func refuseDamaged(t *testing.T, e *emulator.Emulator, file, own string) {
	t.Helper()
	whole, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = whole.Close() }()
	info, err := whole.Stat()
	if err != nil {
		t.Fatal(err)
	}
	size := info.Size()
	section := func(from, to int64) io.Reader { return io.NewSectionReader(whole, from, to-from) }
	for name, wrong := range map[string]io.Reader{
		"cut in the middle": section(0, size/2),
		"cut at the end":    section(0, size-1),
		"altered":           io.MultiReader(section(0, size/2), strings.NewReader("\x00\xff"), section(size/2+2, size)),
		"longer":            io.MultiReader(section(0, size), strings.NewReader("x")),
		"breaking off":      io.MultiReader(section(0, size/3), brokenReader{}),
	} {
		if _, err := e.ControlAll().Restore(t.Context(), wrong); err == nil {
			t.Errorf("%s: it was restored", name)
		}
		if w := do(t, e, http.MethodGet, own, "key-0", "", nil); w.Code != http.StatusOK {
			t.Errorf("%s: got %d for the session that is there, want 200", name, w.Code)
		}
		if all, err := e.ControlAll().Sessions(t.Context(), control.SessionQuery{}); err != nil || len(all.Sessions) != 1 {
			t.Errorf("%s: got %d sessions, %v; want the one from before", name, len(all.Sessions), err)
		}
	}
}

// A brokenReader fails as a lost connection does.
type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, context.DeadlineExceeded }

// TestInitialState checks that a new state starts from a snapshot or a folder of exported
// sessions, and that a used state is not changed.
func TestInitialState(t *testing.T) {
	t.Parallel()
	m := newMany(t, "", 3)
	want := m.read(t, m)
	folder, file := t.TempDir(), filepath.Join(t.TempDir(), "all.snapshot")
	var all bytes.Buffer
	if _, err := m.ControlAll().Snapshot(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	write(t, file, all.Bytes())
	for path := range want {
		id := filepath.Base(path)
		export, err := m.ControlAll().ExportSession(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(folder, id+".json"), export)
	}
	for name, edit := range map[string]func(*emulator.Options){
		"Restore": func(o *emulator.Options) { o.Restore = file },
		"Load":    func(o *emulator.Options) { o.Load = folder },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, hooks := emulator.Options{State: t.TempDir()}, frozenHooks(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
			edit(&o)
			e := newHooked(t, o, hooks)
			for path, answer := range m.read(t, e) {
				if answer != want[path] {
					t.Errorf("%s: got %s; want %s", path, answer, want[path])
				}
				if w := do(t, e, http.MethodDelete, path, m.answers[path], "", nil); w.Code != http.StatusNoContent {
					t.Errorf("delete: got %d", w.Code)
				}
			}
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			e = newHooked(t, o, hooks)
			defer func() { _ = e.Close() }()
			if left, err := e.ControlAll().Sessions(t.Context(), control.SessionQuery{}); err != nil || len(left.Sessions) != 0 {
				t.Errorf("got %d sessions after a restart, %v; want the deleted ones to stay away", len(left.Sessions), err)
			}
		})
	}
}

// TestLoadedSessionsKeepTheirAge checks that an old export has the same expiry as before.
func TestLoadedSessionsKeepTheirAge(t *testing.T) {
	t.Parallel()
	m := newMany(t, "", 1)
	folder := t.TempDir()
	for path := range m.answers {
		export, err := m.ControlAll().ExportSession(t.Context(), filepath.Base(path))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(folder, "one.json"), export)
	}
	later := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	e := newHooked(t, emulator.Options{Load: folder}, frozenHooks(later))
	defer func() { _ = e.Close() }()
	all, err := e.ControlAll().Sessions(t.Context(), control.SessionQuery{})
	if err != nil || len(all.Sessions) != 1 || !all.Sessions[0].Created.Equal(later) {
		t.Errorf("got %+v, %v; want one session, created at %v", all, err, later)
	}
}

func TestInitialStateRefused(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	write(t, filepath.Join(folder, "a.json"), []byte(`{"session":{"id":"x"}}`))
	for name, test := range map[string]struct {
		edit func(*emulator.Options)
		want error
	}{
		"no file":         {func(o *emulator.Options) { o.Restore = filepath.Join(folder, "none") }, emulator.ErrInitialState},
		"no snapshot":     {func(o *emulator.Options) { o.Restore = filepath.Join(folder, "a.json") }, emulator.ErrInitialState},
		"no sessions":     {func(o *emulator.Options) { o.Load = t.TempDir() }, emulator.ErrInitialState},
		"a wrong session": {func(o *emulator.Options) { o.Load = folder }, emulator.ErrInitialState},
		"both":            {func(o *emulator.Options) { o.Load, o.Restore = folder, folder }, emulator.ErrOptions},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := emulator.Options{}
			test.edit(&o)
			e, err := emulator.New(o)
			if err == nil {
				_ = e.Close()
			}
			if !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func write(t *testing.T, file string, content []byte) {
	t.Helper()
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestUsedStateIsKept checks that a state with settings but no sessions counts as used.
func TestUsedStateIsKept(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "all.snapshot")
	var all bytes.Buffer
	if _, err := newMany(t, "", 2).ControlAll().Snapshot(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	write(t, file, all.Bytes())
	folder := t.TempDir()
	for _, restore := range []string{"", file} {
		e, err := emulator.New(emulator.Options{State: folder, Restore: restore})
		if err != nil {
			t.Fatal(err)
		}
		api := controlOf(t, e, "k")
		if restore == "" {
			if _, err := api.ChangeSelection(t.Context(), control.SelectionChange{Default: new("spoof")}); err != nil {
				t.Fatal(err)
			}
		}
		choice, err := api.Selection(t.Context())
		sessions, failed := e.ControlAll().Sessions(t.Context(), control.SessionQuery{})
		if errors.Join(err, failed) != nil || choice.Default != "spoof" || len(sessions.Sessions) != 0 {
			t.Errorf("restore %q: got %+v, %d sessions; want what was set and nothing else", restore, choice, len(sessions.Sessions))
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRestoreOfUnknownScenarios checks that a snapshot is refused if its queue or default
// names an unknown scenario.
func TestRestoreOfUnknownScenarios(t *testing.T) {
	t.Parallel()
	source := emulator.ScenarioSource{Name: "own", FS: fstest.MapFS{"own.yaml": {Data: []byte("name: own\nattempts: [{outcome: realface}]\n")}}}
	knows := func(sources ...emulator.ScenarioSource) *emulator.Emulator {
		e, err := emulator.New(emulator.Options{Scenarios: sources})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = e.Close() })
		return e
	}
	for name, change := range map[string]func(control.API) error{
		"default": func(p control.API) error {
			_, err := p.ChangeSelection(t.Context(), control.SelectionChange{Default: new("own")})
			return err
		},
		"queue": func(p control.API) error {
			_, err := p.QueueScenario(t.Context(), control.QueueItem{Scenario: "own", Sessions: 1})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var file bytes.Buffer
			from := knows(source).ControlAll()
			if err := change(from); err != nil {
				t.Fatal(err)
			}
			if _, err := from.Snapshot(t.Context(), &file); err != nil {
				t.Fatal(err)
			}
			text := file.Bytes()
			if _, err := knows(source).ControlAll().Restore(t.Context(), bytes.NewReader(text)); err != nil {
				t.Errorf("where it is known: got %v", err)
			}
			_, err := knows().ControlAll().Restore(t.Context(), bytes.NewReader(text))
			refused, is := errors.AsType[*control.Error](err)
			if !is || refused.Kind != control.ErrorInvalid || !strings.Contains(refused.Text, `unknown scenario "own"`) {
				t.Errorf("where it is not known: got %v, want it refused by its name", err)
			}
		})
	}
}
