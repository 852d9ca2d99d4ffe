package badgerstore_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore"
)

// TestReplaceDies stops Replace, and the Sweep after it, wherever they can be stopped,
// reopens the folder and looks at what is there.
func TestReplaceDies(t *testing.T) {
	t.Parallel()
	scopes := map[string]store.Scope{"Resource": own(), "All": everything()}
	fills := map[string][]store.Stored{"Filled": generation(2), "Empty": nil}
	for scopeName, scope := range scopes {
		for fillName, fill := range fills {
			for _, stage := range []string{
				badgerstore.StageStaged, badgerstore.StageSwitching, badgerstore.StageSwitched, badgerstore.StageSwept,
			} {
				t.Run(scopeName+fillName+"/"+stage, func(t *testing.T) {
					t.Parallel()
					for n, again := 1, true; again; n += 1 + n/4 {
						again = dies(t, scope, fill, stage, n)
					}
				})
			}
		}
	}
}

// dies reports whether Replace or Sweep reached the stage for the n-th time.
func dies(t *testing.T, scope store.Scope, fill []store.Stored, stage string, n int) bool {
	t.Helper()
	dir := t.TempDir()
	clock := &testClock{}
	engine := open(t, dir, badgerstore.Options{Now: clock.now})
	engine.SplitWrites(4)
	before := generation(1)
	replace(t, engine, own(), before)
	var rest []store.Stored // what is not of the resource
	if !scope.All {
		other := session(1000)
		other.Resource = "resource-b"
		if err := engine.Create(t.Context(), other, large(9)); err != nil {
			t.Fatalf("Create = %v, want nil", err)
		}
		setSetting(t, engine, "b/1", []byte("value"))
		rest = []store.Stored{{Session: other, Images: []liveness.Image{large(9)}}, {Setting: "b/1"}}
	}

	died := engine.Die(stage, n, errDied)
	var err error
	if fill == nil {
		err = engine.Replace(t.Context(), scope, nil)
	} else {
		err = engine.Replace(t.Context(), scope, filling(fill))
	}
	if err != nil && !errors.Is(err, errDied) {
		t.Fatalf("the interrupted Replace = %v, want nil or %v", err, errDied)
	}
	want := before
	if err == nil {
		want = fill
	}
	if got := walked(t, engine, own()); !same(want, got) {
		t.Errorf("stopped at %s %d: %d are there, want all %d and nothing else", stage, n, len(got), len(want))
	}
	if stage == badgerstore.StageSwept {
		clock.elapsed.Add(int64(store.UndoTime) + 1)
		if _, err := engine.Sweep(t.Context(), at(someTime())); err != nil && !errors.Is(err, errDied) {
			t.Errorf("Sweep = %v, want nil or %v", err, errDied)
		}
	}
	if err := engine.Close(); err != nil {
		t.Fatalf("Close = %v, want nil", err)
	}

	engine = open(t, dir, badgerstore.Options{Now: clock.now})
	for range 2 {
		if got := walked(t, engine, own()); !same(want, got) {
			t.Errorf("stopped at %s %d: %d are there, want all %d and nothing else", stage, n, len(got), len(want))
		}
		clock.expire(t, engine)
	}
	wantKeys(t, engine, append(rest, want...)...)
	if err := engine.Close(); err != nil {
		t.Fatalf("Close = %v, want nil", err)
	}
	return died()
}

// TestUndoDies stops Undo, and the Sweep after it, wherever they can be stopped.
func TestUndoDies(t *testing.T) {
	t.Parallel()
	for name, scope := range map[string]store.Scope{"Resource": own(), "All": everything()} {
		for _, stage := range []string{badgerstore.StageUndone, badgerstore.StageSwept} {
			t.Run(name+"/"+stage, func(t *testing.T) {
				t.Parallel()
				for n, again := 1, true; again; n += 1 + n/4 {
					again = undoDies(t, scope, stage, n)
				}
			})
		}
	}
}

func undoDies(t *testing.T, scope store.Scope, stage string, n int) bool {
	t.Helper()
	dir := t.TempDir()
	clock := &testClock{}
	engine := open(t, dir, badgerstore.Options{Now: clock.now})
	want := generation(1)
	replace(t, engine, own(), want)
	replace(t, engine, scope, generation(2))
	owner := liveness.Owner{Resource: scope.Resource, All: scope.All}
	engine.SplitWrites(4)
	died := engine.Die(stage, n, errDied)
	if gone, err := engine.Undo(t.Context(), owner); err != nil || gone != 12 {
		t.Errorf("Undo = %d, %v, want 12 and nil", gone, err)
	}
	if _, err := engine.Sweep(t.Context(), at(someTime())); err != nil && !errors.Is(err, errDied) {
		t.Errorf("Sweep = %v, want nil or %v", err, errDied)
	}
	if err := engine.Close(); err != nil {
		t.Fatalf("Close = %v, want nil", err)
	}
	engine = open(t, dir, badgerstore.Options{Now: clock.now})
	for range 2 {
		if got := walked(t, engine, own()); !same(want, got) {
			t.Errorf("stopped at %s %d: %d are there, want all %d and nothing else", stage, n, len(got), len(want))
		}
		if _, err := engine.Undo(t.Context(), liveness.Owner{All: true}); !errors.Is(err, liveness.ErrNotFound) {
			t.Errorf("another Undo = %v, want %v", err, liveness.ErrNotFound)
		}
		clock.expire(t, engine)
	}
	wantKeys(t, engine, want...)
	return died()
}

// TestUndoAfterReopen reopens the folder between Replace and Undo.
func TestUndoAfterReopen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	clock := &testClock{}
	reopen := func(engine *badgerstore.Store) *badgerstore.Store {
		if engine != nil {
			if err := engine.Close(); err != nil {
				t.Fatalf("Close = %v, want nil", err)
			}
		}
		return open(t, dir, badgerstore.Options{Now: clock.now})
	}
	engine := reopen(nil)
	one, two, three := generation(1), generation(2), generation(3)
	replace(t, engine, own(), one)
	replace(t, engine, own(), two)
	engine = reopen(engine)
	replace(t, engine, everything(), three)
	engine = reopen(engine)
	for _, step := range []struct {
		owner liveness.Owner
		want  []store.Stored
		err   error
	}{
		{liveness.Owner{Resource: own().Resource}, three, liveness.ErrNotFound},
		{liveness.Owner{All: true}, two, nil},
		{liveness.Owner{All: true}, two, liveness.ErrNotFound},
	} {
		if _, err := engine.Undo(t.Context(), step.owner); !errors.Is(err, step.err) {
			t.Errorf("Undo of %v = %v, want %v", step.owner, err, step.err)
		}
		engine = reopen(engine)
		if !same(step.want, walked(t, engine, own())) {
			t.Errorf("after Undo of %v, Walk differs", step.owner)
		}
	}
	clock.expire(t, engine)
	wantKeys(t, engine, two...)
	engine = reopen(engine)
	if !same(two, walked(t, engine, own())) {
		t.Error("after the sweep, Walk differs")
	}
}

// TestReplaceAbandoned looks for what a Replace leaves that fails and does not die.
func TestReplaceAbandoned(t *testing.T) {
	t.Parallel()
	engine := open(t, t.TempDir(), badgerstore.Options{})
	engine.SplitWrites(4)
	before := generation(1)
	replace(t, engine, own(), before)
	for _, err := range []error{errDied, nil} {
		ctx, cancel := context.WithCancelCause(t.Context())
		got := engine.Replace(ctx, own(), func(stage func(store.Stored) error) error {
			if err := filling(generation(2))(stage); err != nil {
				t.Errorf("stage = %v, want nil", err)
			}
			if err == nil {
				cancel(errDied)
			}
			return err
		})
		if !errors.Is(got, errDied) {
			t.Errorf("Replace = %v, want %v", got, errDied)
		}
		wantKeys(t, engine, before...) // without a sweep
	}
}

func TestReplaceRemovesDamaged(t *testing.T) {
	t.Parallel()
	for name, scope := range map[string]store.Scope{"Resource": own(), "All": everything()} {
		for fillName, fill := range map[string]func(func(store.Stored) error) error{"Filled": filling(generation(2)), "Empty": nil} {
			t.Run(name+fillName, func(t *testing.T) {
				t.Parallel()
				clock := &testClock{}
				engine := open(t, t.TempDir(), badgerstore.Options{Now: clock.now})
				before := generation(1)
				replace(t, engine, own(), before)
				hurt := session(13).ID // has an image
				engine.SetRaw(t, hurt, []byte("damaged"))
				engine.DamageSetting(t, "a/common")
				engine.DamageChunks(t, session(25).ID, []byte("damaged"))
				visits := 0
				damaged, err := engine.Walk(t.Context(), own(), func(store.Stored) error {
					visits++
					return nil
				})
				if err != nil || damaged != 3 || visits != len(before)-3 {
					t.Errorf("Walk = %d damaged, %v, %d visits, want 3, nil and %d", damaged, err, visits, len(before)-3)
				}
				if err := engine.Replace(t.Context(), scope, fill); err != nil {
					t.Fatalf("Replace = %v, want nil", err)
				}
				var want []store.Stored
				if fill != nil {
					want = generation(2)
				}
				if !same(want, walked(t, engine, own())) {
					t.Error("Walk differs from what was staged")
				}
				clock.expire(t, engine)
				if !same(want, walked(t, engine, own())) {
					t.Error("Walk after the sweep differs from what was staged")
				}
				wantKeys(t, engine, want...)
			})
		}
	}
}

// TestDeleteDamagedWhileStaged makes sure that what looks for all chunks of a
// session leaves those that are staged.
func TestDeleteDamagedWhileStaged(t *testing.T) {
	t.Parallel()
	clock := &testClock{}
	engine := open(t, t.TempDir(), badgerstore.Options{Now: clock.now})
	replace(t, engine, own(), generation(1))
	hurt, want := session(1).ID, []store.Stored{{Session: session(1), Images: []liveness.Image{large(3)}}}
	engine.SetRaw(t, hurt, []byte("damaged"))
	err := engine.Replace(t.Context(), own(), func(stage func(store.Stored) error) error {
		if err := stage(want[0]); err != nil {
			return err
		}
		if err := stage(store.Stored{Session: session(2), Images: []liveness.Image{large(4)}}); err != nil {
			return err
		}
		want = append(want, store.Stored{Session: session(2), Images: []liveness.Image{large(4)}})
		if _, err := engine.Sweep(t.Context(), at(someTime())); err != nil {
			return err
		}
		return engine.Delete(t.Context(), hurt)
	})
	if err != nil {
		t.Fatalf("Replace = %v, want nil", err)
	}
	if !same(want, walked(t, engine, own())) {
		t.Error("Walk differs from what was staged")
	}
	clock.expire(t, engine)
	wantKeys(t, engine, want...)
}

// TestDamagedGenerations opens folders that do not say which generation is in force.
func TestDamagedGenerations(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		key   string
		value []byte
		want  error
	}{
		"Pointer":      {"p" + string(own().Resource), []byte("damaged"), badgerstore.ErrCorrupt},
		"PointerOfAll": {"P", []byte{}, badgerstore.ErrCorrupt},
		"Work":         {"w\x00\x00\x00\x00\x00\x00\x00\x01", []byte("damaged"), badgerstore.ErrCorrupt},
		"NewerWork":    {"w\x00\x00\x00\x00\x00\x00\x00\x01", badgerstore.NewerWork(), badgerstore.ErrNewer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			engine := open(t, dir, badgerstore.Options{})
			replace(t, engine, own(), generation(1))
			engine.Plant(t, test.key, test.value)
			if err := engine.Close(); err != nil {
				t.Fatalf("Close = %v, want nil", err)
			}
			_, err := badgerstore.Open(dir, badgerstore.Options{LockWait: forked})
			if !errors.Is(err, test.want) {
				t.Fatalf("Open = %v, want %v", err, test.want)
			}
			if errors.Is(err, badgerstore.ErrNewer) {
				wantNewerText(t, err.Error(), dir, "version 2", "up to 1;")
			}
		})
	}
}

func TestReplaceLimits(t *testing.T) {
	t.Parallel()
	engine := open(t, t.TempDir(), badgerstore.Options{})
	before := generation(1)
	replace(t, engine, own(), before)
	long := session(2)
	long.ID = liveness.SessionID(strings.Repeat("x", 5000))
	for name, stored := range map[string]store.Stored{
		"an id":    {Session: long},
		"a name":   {Setting: "a/" + strings.Repeat("n", 5000)},
		"a value":  {Setting: "a/1", Value: make([]byte, 1<<20+1)},
		"a faulty": {Setting: "b/1"},
	} {
		if err := engine.Replace(t.Context(), own(), filling([]store.Stored{stored})); err == nil {
			t.Errorf("Replace with %s = nil, want an error", name)
		}
	}
	if err := engine.Replace(t.Context(), store.Scope{Resource: liveness.ResourceID(long.ID)}, nil); err == nil {
		t.Error("Replace of a resource that is too long = nil, want an error")
	}
	wantKeys(t, engine, before...)
	want := []store.Stored{{Setting: "a/1", Value: bytes.Repeat([]byte("x"), 1<<20)}}
	replace(t, engine, own(), want)
	if !same(want, walked(t, engine, own())) {
		t.Error("Walk differs from the longest value")
	}
}

// TestCompactDuringWalk has Walk read values that Compact would move.
func TestCompactDuringWalk(t *testing.T) {
	t.Parallel()
	engine := open(t, t.TempDir(), badgerstore.Options{})
	want := generation(1)
	replace(t, engine, own(), want)
	first := true
	var got []store.Stored
	_, err := engine.Walk(t.Context(), own(), func(stored store.Stored) error {
		got = append(got, stored)
		if !first {
			return nil
		}
		first = false
		return errors.Join(
			engine.Replace(t.Context(), own(), nil), engine.Compact(t.Context()),
			engine.Replace(t.Context(), own(), filling(generation(2))), engine.Compact(t.Context()),
		)
	})
	if err != nil {
		t.Errorf("Walk = %v, want nil", err)
	}
	if !same(want, got) {
		t.Error("Walk shows something else than was there as it began")
	}
	if err := engine.Compact(t.Context()); err != nil {
		t.Errorf("Compact = %v, want nil", err)
	}
}
