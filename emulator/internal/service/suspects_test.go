package service_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

// suspects returns the stored list of a resource.
func (f *fixture) suspects(t *testing.T) []map[string]any {
	t.Helper()
	stored, err := f.store.Setting(t.Context(), resource.SuspectsName(someResource))
	if errors.Is(err, liveness.ErrNotFound) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var listed []map[string]any
	if err := json.Unmarshal(stored, &listed); err != nil {
		t.Fatalf("%s: %v", stored, err)
	}
	return listed
}

// putSuspects stores a list of the resource.
func (f *fixture) putSuspects(t *testing.T, listed []map[string]any) {
	t.Helper()
	encoded, err := json.Marshal(listed)
	if err != nil {
		t.Fatal(err)
	}
	f.put(t, resource.SuspectsName(someResource), string(encoded))
}

// TestTheNewestSuspectsAreRemembered: a list that is full loses the oldest one.
func TestTheNewestSuspectsAreRemembered(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	oldest := f.createWith(t, scriptOf(flagged(failed())), by("d", ""))
	f.play(t, oldest)
	listed := f.suspects(t)
	if len(listed) != 1 {
		t.Fatalf("got %d suspects; want 1", len(listed))
	}
	for len(listed) < resource.MaxSuspects {
		another := maps.Clone(listed[0])
		another["session"] = uuid.NewString()
		listed = append(listed, another)
	}
	f.putSuspects(t, listed)
	if got := f.others(t, "d", ""); got != first(oldest) {
		t.Errorf("with a full list: got others %q; want %q", got, first(oldest))
	}
	// One that is listed already takes no place of another's.
	f.play(t, oldest)
	if got := f.others(t, "d", ""); got != string(oldest.View.Session.ID)+"/2 "+first(oldest) {
		t.Errorf("with a second attempt: got others %q; want both attempts", got)
	}
	f.putSuspects(t, listed)
	newest := f.createWith(t, scriptOf(flagged(failed())), by("d", ""))
	if got := told(f.play(t, newest)); got != "" {
		t.Errorf("the one that was too many: got others %q; want none", got)
	}
	if got := f.others(t, "d", ""); got != first(newest) {
		t.Errorf("with one too many: got others %q; want %q", got, first(newest))
	}
	if got := f.suspects(t); len(got) != resource.MaxSuspects || got[0]["session"] != listed[1]["session"] {
		t.Errorf("got %d suspects, the oldest %v; want %d, and the second to have become the oldest", len(got), got[0]["session"], resource.MaxSuspects)
	}
}

// TestTheListStaysShort: sessions that cannot be flagged are not in it, others
// once, and none for longer than it lives.
func TestTheListStaysShort(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	wantListed := func(want ...service.Created) {
		t.Helper()
		var got, ids []string
		for _, s := range f.suspects(t) {
			got = append(got, s["session"].(string))
		}
		for _, created := range want {
			ids = append(ids, string(created.View.Session.ID))
		}
		if strings.Join(got, " ") != strings.Join(ids, " ") {
			t.Errorf("got suspects %v; want %v", got, ids)
		}
	}
	f.others(t, "device", "user")
	wantListed()
	harmless := scriptOf(decided(liveness.DecisionRealFace))
	harmless.Automatic = true
	f.createWith(t, harmless)
	wantListed()
	suspect := f.createWith(t, scriptOf(failed(), flagged(failed())))
	wantListed() // it may never be played
	f.play(t, suspect)
	f.play(t, suspect)
	wantListed(suspect)

	f.advance(t, liveness.SessionLife)
	f.others(t, "device", "user")
	later := f.createWith(t, scriptOf(flagged(failed())))
	f.play(t, later)
	wantListed(later)
}

// TestTheListHoldsNoIDs: it says of devices and users only whether they are the
// same.
func TestTheListHoldsNoIDs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.play(t, f.createWith(t, scriptOf(flagged(failed())), by("device-of-somebody", "name-of-somebody")))
	for _, id := range []string{"device", "user"} {
		text, _ := f.suspects(t)[0][id].(string)
		decoded, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(decoded) == 0 || strings.Contains(text+string(decoded), "somebody") {
			t.Errorf("%s: got %q, %v; want something that the id is not in", id, text, err)
		}
	}
}

// TestADamagedListOfSuspects is an error and nothing worse: no attempt begins, and
// the list is left for somebody to look at.
func TestADamagedListOfSuspects(t *testing.T) {
	t.Parallel()
	for _, stored := range []string{
		"{", "{}", `"x"`, "[1]", "[[]]", `[{"session":1}]`, `[{"device":"%"}]`, `[{"expires":"tomorrow"}]`, "[{}", "[{}] []", "\x00",
	} {
		f := newFixture(t)
		innocent := f.createWith(t, scriptOf(failed()))
		suspect := f.createWith(t, scriptOf(flagged(failed())))
		f.put(t, resource.SuspectsName(someResource), stored)
		for _, created := range []service.Created{innocent, suspect} {
			if _, err := f.detect(t, f.device(t, created)); !errors.Is(err, liveness.ErrDamaged) {
				t.Errorf("%q: got %v; want %v", stored, err, liveness.ErrDamaged)
			}
			f.wantState(t, created, liveness.StateNotStarted)
		}
		f.script.Automatic = true
		if _, err := f.Create(t.Context(), request(liveness.KindLiveness)); !errors.Is(err, liveness.ErrDamaged) {
			t.Errorf("%q: got %v of an automatic session; want %v", stored, err, liveness.ErrDamaged)
		}
		if kept, err := f.store.Setting(t.Context(), resource.SuspectsName(someResource)); err != nil || string(kept) != stored {
			t.Errorf("%q: got %q, %v afterwards; want it as it was", stored, kept, err)
		}
	}
}

// TestOddListsOfSuspects can be read, and mean nobody.
func TestOddListsOfSuspects(t *testing.T) {
	t.Parallel()
	for _, stored := range []string{"", "null", "[]", "[null]", "[{}]", `[{"device":"","user":null,"newer":1}]`} {
		f := newFixture(t)
		f.put(t, resource.SuspectsName(someResource), stored)
		if got := f.others(t, "device", ""); got != "" {
			t.Errorf("%q: got others %q; want none", stored, got)
		}
		suspect := f.createWith(t, scriptOf(flagged(failed())))
		f.play(t, suspect)
		if got := f.others(t, "device", ""); got != first(suspect) || len(f.suspects(t)) != 1 {
			t.Errorf("%q: got others %q and %d suspects; want %q alone", stored, got, len(f.suspects(t)), first(suspect))
		}
	}
}

// TestASuspectThatCannotBeRead does not disturb the others; a store that fails is
// an error.
func TestASuspectThatCannotBeRead(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	damaged := f.createWith(t, scriptOf(flagged(failed())))
	f.play(t, damaged)
	whole := f.createWith(t, scriptOf(flagged(failed())))
	f.play(t, whole)
	f.in.Store = damagedStore{Store: f.store, damaged: damaged.View.Session.ID}
	if got := f.others(t, "device", ""); got != first(whole) {
		t.Errorf("got others %q; want %q", got, first(whole))
	}
	for name, store := range map[string]brokenStore{
		"session":        {session: damaged.View.Session.ID},
		"reading a list": {settings: true},
		"adding to one":  {changes: true},
	} {
		f.in.Store = f.store
		script := scriptOf(failed())
		if store.changes {
			script = scriptOf(flagged(failed()))
		}
		if store.settings {
			f.play(t, f.createWith(t, scriptOf(flagged(failed())))) // a list that has not changed is not read again
		}
		created := f.createWith(t, script)
		store.Store = f.store
		f.in.Store = store
		if _, err := f.detect(t, f.device(t, created)); !errors.Is(err, errDisk) {
			t.Errorf("%s: got %v; want %v", name, err, errDisk)
		}
		f.wantState(t, created, liveness.StateNotStarted)
	}
}

// TestConcurrentSuspects are all remembered.
func TestConcurrentSuspects(t *testing.T) {
	t.Parallel()
	const many = 8
	f := newFixture(t)
	var devices []service.Device
	for range many {
		devices = append(devices, f.device(t, f.createWith(t, scriptOf(flagged(failed())))))
	}
	var group sync.WaitGroup
	for _, d := range devices {
		group.Go(func() {
			if _, err := f.detect(t, d); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := len(strings.Fields(f.others(t, "device", ""))); got != many {
		t.Errorf("got %d others; want %d", got, many)
	}
}

// TestTheNewestFlaggedAreShown: however often an id is flagged, an attempt shows a
// few of them.
func TestTheNewestFlaggedAreShown(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var want []string
	for range resource.MaxFlagged + 3 {
		created := f.createWith(t, scriptOf(flagged(failed())), by("d", "u"))
		f.play(t, created)
		want = append([]string{first(created)}, want...)
	}
	if got, want := f.others(t, "d", "u"), strings.Join(want[:resource.MaxFlagged], " "); got != want {
		t.Errorf("got others %q; want %q", got, want)
	}
}

// TestAnAutomaticSessionKnowsSuspects: those that were flagged when it was created.
func TestAnAutomaticSessionKnowsSuspects(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	suspect := f.createWith(t, scriptOf(flagged(failed())), by("d", "u"))
	f.play(t, suspect)
	script := scriptOf(decided(liveness.DecisionRealFace))
	script.Automatic = true
	automatic := f.createWith(t, script, by("d", "other"))
	view := f.view(t, automatic)
	if len(view.Attempts) != 1 || told(view.Attempts[0]) != first(suspect) {
		t.Errorf("got %+v; want one attempt with the other %q", view.Attempts, first(suspect))
	}
}
