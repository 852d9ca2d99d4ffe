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

// TestReplaceDies stops Replace wherever it can be stopped, reopens the folder and
// looks at what is there.
func TestReplaceDies(t *testing.T) {
	t.Parallel()
	scopes := map[string]store.Scope{"Resource": own(), "All": everything()}
	fills := map[string][]store.Stored{"Filled": generation(2), "Empty": nil}
	for scopeName, scope := range scopes {
		for fillName, fill := range fills {
			for _, stage := range []string{
				badgerstore.StageStaged, badgerstore.StageMarked, badgerstore.StageReplacing,
				badgerstore.StageReplaced, badgerstore.StageCleared,
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

// dies reports whether Replace reached the stage for the n-th time.
func dies(t *testing.T, scope store.Scope, fill []store.Stored, stage string, n int) bool {
	t.Helper()
	dir := t.TempDir()
	engine := open(t, dir, badgerstore.Options{})
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
	decided := engine.Keys(t, "m") == 1
	if _, after := engine.Session(t.Context(), session(1).ID); errors.Is(after, errDied) != decided {
		t.Errorf("stopped at %s %d: a call after it = %v, want the error that it is half done: %t", stage, n, after, decided)
	}
	if err := engine.Close(); err != nil {
		t.Fatalf("Close = %v, want nil", err)
	}

	engine = open(t, dir, badgerstore.Options{})
	got := walked(t, engine, own())
	want := before
	if err == nil || decided {
		want = fill
	}
	if !same(want, got) {
		t.Errorf("stopped at %s %d: %d are there, want all %d and nothing else", stage, n, len(got), len(want))
	}
	if _, err := engine.Sweep(t.Context(), at(someTime())); err != nil {
		t.Errorf("Sweep = %v, want nil", err)
	}
	wantKeys(t, engine, append(rest, want...)...)
	if err := engine.Close(); err != nil {
		t.Fatalf("Close = %v, want nil", err)
	}
	return died()
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
				engine := open(t, t.TempDir(), badgerstore.Options{})
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
				wantKeys(t, engine, want...)
			})
		}
	}
}

// TestDeleteDamagedWhileStaged makes sure that what looks for all chunks of a
// session leaves those that are staged.
func TestDeleteDamagedWhileStaged(t *testing.T) {
	t.Parallel()
	engine := open(t, t.TempDir(), badgerstore.Options{})
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
	wantKeys(t, engine, want...)
}

// TestUnfinishedReplaceIsDamaged opens a folder in which a replacement is decided
// and what it needs is not as it was.
func TestUnfinishedReplaceIsDamaged(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		damage func(*testing.T, *badgerstore.Store)
		want   error
		lost   liveness.SessionID
	}{
		{"Marker", marker([]byte("damaged")), badgerstore.ErrCorrupt, ""},
		{"NewerMarker", marker(badgerstore.NewerMarker()), badgerstore.ErrNewer, ""},
		{"Staged", func(t *testing.T, engine *badgerstore.Store) {
			t.Helper()
			engine.DamageStaged(t, session(5).ID, []byte("damaged"))
		}, nil, session(5).ID},
		{"NewerStaged", func(t *testing.T, engine *badgerstore.Store) {
			t.Helper()
			engine.DamageStaged(t, session(5).ID, append(make([]byte, 8), newer(engine.Raw(t, session(1).ID))...))
		}, badgerstore.ErrNewer, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			engine := open(t, dir, badgerstore.Options{})
			replace(t, engine, own(), generation(1))
			engine.Die(badgerstore.StageMarked, 1, errDied)
			if err := engine.Replace(t.Context(), own(), filling(generation(2))); !errors.Is(err, errDied) {
				t.Fatalf("the interrupted Replace = %v, want %v", err, errDied)
			}
			test.damage(t, engine)
			if err := engine.Close(); err != nil {
				t.Fatalf("Close = %v, want nil", err)
			}
			engine, err := badgerstore.Open(dir, badgerstore.Options{LockWait: forked})
			if !errors.Is(err, test.want) {
				t.Fatalf("Open = %v, want %v", err, test.want)
			}
			if err != nil {
				return
			}
			defer engine.Close()
			if _, err := engine.Session(t.Context(), test.lost); !errors.Is(err, liveness.ErrDamaged) {
				t.Errorf("Session whose staged record is damaged = %v, want %v", err, liveness.ErrDamaged)
			}
			if got := len(walked(t, engine, own())); got != len(generation(2))-1 {
				t.Errorf("Walk shows %d, want the %d others", got, len(generation(2))-1)
			}
		})
	}
}

func marker(value []byte) func(*testing.T, *badgerstore.Store) {
	return func(t *testing.T, engine *badgerstore.Store) {
		t.Helper()
		engine.DamageMarker(t, value)
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
