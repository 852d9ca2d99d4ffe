package badgerstore_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore"
)

func reopened(t *testing.T, engine *badgerstore.Store, dir string, opts badgerstore.Options) *badgerstore.Store {
	t.Helper()
	if err := engine.Close(); err != nil {
		t.Fatalf("Close = %v, want nil", err)
	}
	return open(t, dir, opts)
}

// TestUndoIsTheSameAfterReopen undoes the same with and without restarts.
func TestUndoIsTheSameAfterReopen(t *testing.T) {
	t.Parallel()
	for _, restarts := range []bool{false, true} {
		dir := t.TempDir()
		engine := open(t, dir, badgerstore.Options{})
		undo := func(owner liveness.Owner, want error) {
			t.Helper()
			if restarts {
				engine = reopened(t, engine, dir, badgerstore.Options{})
			}
			if _, err := engine.Undo(t.Context(), owner); !errors.Is(err, want) {
				t.Errorf("restarts %t: Undo(%v) = %v, want %v", restarts, owner, err, want)
			}
		}
		one, all := liveness.Owner{Resource: own().Resource}, liveness.Owner{All: true}
		first, second := generation(1), generation(2)
		replace(t, engine, own(), first)
		replace(t, engine, own(), second)
		replace(t, engine, everything(), nil)
		undo(one, liveness.ErrNotFound)
		undo(all, nil)
		undo(one, nil)
		undo(one, liveness.ErrNotFound)
		if !same(first, walked(t, engine, own())) {
			t.Errorf("restarts %t: Walk does not show the first generation", restarts)
		}
		replace(t, engine, own(), second)
		replace(t, engine, everything(), nil)
		replace(t, engine, own(), second)
		undo(one, nil)
		undo(all, nil)
		undo(one, liveness.ErrNotFound)
	}
}

// TestReopenAfterSwitches restarts after a Replace that another one has overtaken.
func TestReopenAfterSwitches(t *testing.T) {
	t.Parallel()
	for _, scopes := range [][]store.Scope{{own(), own()}, {own(), everything()}, {everything(), own()}} {
		dir, clock := t.TempDir(), &testClock{}
		opts := badgerstore.Options{Now: clock.now}
		engine := open(t, dir, opts)
		want := generation(1)
		err := engine.Replace(t.Context(), scopes[0], func(stage func(store.Stored) error) error {
			if err := filling(want)(stage); err != nil {
				return err
			}
			if err := engine.Replace(t.Context(), scopes[1], nil); err != nil {
				return err
			}
			_, err := engine.ChangeSetting(t.Context(), "a/common", func([]byte) ([]byte, error) { return []byte("overtaken"), nil })
			return err
		})
		if err != nil {
			t.Fatalf("Replace = %v, want nil", err)
		}
		for range 3 {
			if !same(want, walked(t, engine, own())) {
				t.Error("Walk does not show what was restored")
			}
			engine = reopened(t, engine, dir, opts)
			clock.expire(t, engine)
		}
		wantKeys(t, engine, want...)
	}
}

// TestNothingIsLeft resets and changes many resources, and expects no keys of generations
// afterwards.
func TestNothingIsLeft(t *testing.T) {
	t.Parallel()
	dir, clock := t.TempDir(), &testClock{}
	opts := badgerstore.Options{Now: clock.now}
	engine := open(t, dir, opts)
	const resources = 250 // more than the pages of pointers and of settings have
	scope := func(n int) store.Scope {
		resource := fmt.Sprint("r", n)
		return store.Scope{Resource: liveness.ResourceID(resource), Setting: func(name string) bool { return name == resource }}
	}
	for n := range resources {
		replace(t, engine, scope(n), []store.Stored{{Setting: fmt.Sprint("r", n), Value: []byte{1}}})
		if n%2 == 0 {
			replace(t, engine, scope(n), nil)
		}
	}
	kept := session(1)
	kept.Resource = scope(1).Resource
	if err := engine.Create(t.Context(), kept); err != nil {
		t.Fatalf("Create = %v, want nil", err)
	}
	clock.expire(t, engine)
	for prefix, want := range map[string]int{"p": 1, "S": 0, "s": resources / 2} {
		if got := engine.Keys(t, prefix); got != want {
			t.Errorf("%d keys with %q, want %d", got, prefix, want)
		}
	}
	other := session(2)
	other.Resource = scope(2).Resource
	if err := engine.Create(t.Context(), other); err != nil {
		t.Fatalf("Create = %v, want nil", err)
	}
	if _, err := engine.Sweep(t.Context(), at(kept.Expires())); err != nil {
		t.Fatalf("Sweep = %v, want nil", err)
	}
	if got := engine.Keys(t, "p"); got != 0 {
		t.Errorf("%d pointers when all sessions have expired, want none", got)
	}
	if err := engine.Create(t.Context(), kept); err != nil {
		t.Fatalf("Create = %v, want nil", err)
	}
	engine = reopened(t, engine, dir, opts)
	if _, err := engine.Session(t.Context(), kept.ID); err != nil {
		t.Errorf("Session = %v, want nil", err)
	}
	if value, err := engine.Setting(t.Context(), "r1"); err != nil || !bytes.Equal(value, []byte{1}) {
		t.Errorf("Setting = %v, %v, want 1", value, err)
	}
}

// TestSweepOfLayersFails has a Sweep fail while it moves settings to generation 0.
func TestSweepOfLayersFails(t *testing.T) {
	t.Parallel()
	failed := errors.New("failed")
	for n, died := 1, true; died; n++ {
		dir, clock := t.TempDir(), &testClock{}
		opts := badgerstore.Options{Now: clock.now}
		engine := open(t, dir, opts)
		want := generation(1)
		replace(t, engine, own(), want)
		engine.SplitWrites(4)
		clock.elapsed.Add(int64(store.UndoTime) + 1)
		reached := engine.Die(badgerstore.StageSwept, n, failed)
		_, err := engine.Sweep(t.Context(), at(someTime()))
		if died = reached(); died != errors.Is(err, failed) {
			t.Errorf("Sweep = %v, want %v: %t", err, failed, died)
		}
		engine.Interrupt(badgerstore.StageSwept, nil)
		if !same(want, walked(t, engine, own())) {
			t.Errorf("Walk after the failure at %d does not show all settings", n)
		}
		for i := range want[:5] {
			want[i].Value = append(want[i].Value, " again"...)
			setSetting(t, engine, want[i].Setting, want[i].Value)
		}
		for range 2 {
			if !same(want, walked(t, engine, own())) {
				t.Errorf("Walk after the failure at %d does not show the changed settings", n)
			}
			engine = reopened(t, engine, dir, opts)
			clock.expire(t, engine)
		}
		wantKeys(t, engine, want...)
	}
}
