package badgerstore_test

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore"
)

func everything() store.Scope {
	return store.Scope{All: true, Setting: func(string) bool { return true }}
}

// own is the resource of the sessions here, and the settings that begin with "a/".
func own() store.Scope {
	return store.Scope{
		Resource: session(0).Resource,
		Setting:  func(name string) bool { return strings.HasPrefix(name, "a/") },
	}
}

// generation returns settings and sessions in the order of Walk: those of one
// generation share some ids with those of the next one, and nothing else.
func generation(number int) []store.Stored {
	all := []store.Stored{{Setting: "a/common", Value: fmt.Append(nil, number)}}
	for n := range 4 {
		name := fmt.Sprintf("a/setting-%d-%d", number, n)
		all = append(all, store.Stored{Setting: name, Value: []byte(name)})
	}
	for n := range 12 {
		s := session(number + 3*n)
		s.EndCalls = number
		if number%2 == 0 {
			s.Kind = liveness.KindLiveness
		}
		stored := store.Stored{Session: s}
		if n%4 == 0 {
			image := bytes.Repeat([]byte{byte(number)}, n*badgerstore.ChunkSize/2+number)
			stored.Images = []liveness.Image{{Name: "a", Bytes: image}, {Name: "empty", Bytes: []byte{}}}
		}
		all = append(all, stored)
	}
	slices.SortFunc(all[5:], func(a, b store.Stored) int { return cmp.Compare(a.Session.ID, b.Session.ID) })
	return all
}

func filling(all []store.Stored) func(func(store.Stored) error) error {
	return func(stage func(store.Stored) error) error {
		for _, stored := range all {
			if err := stage(stored); err != nil {
				return err
			}
		}
		return nil
	}
}

func replace(t *testing.T, engine *badgerstore.Store, scope store.Scope, all []store.Stored) {
	t.Helper()
	if err := engine.Replace(t.Context(), scope, filling(all)); err != nil {
		t.Fatalf("Replace = %v, want nil", err)
	}
}

func walked(t *testing.T, engine *badgerstore.Store, scope store.Scope) []store.Stored {
	t.Helper()
	var all []store.Stored
	damaged, err := engine.Walk(t.Context(), scope, func(stored store.Stored) error {
		all = append(all, stored)
		return nil
	})
	if err != nil || damaged != 0 {
		t.Fatalf("Walk = %d damaged, %v, want none and nil", damaged, err)
	}
	return all
}

// same compares images as bytes first, which a comparison of anything takes long for.
func same(want, got []store.Stored) bool {
	return slices.EqualFunc(want, got, func(a, b store.Stored) bool {
		equal := slices.EqualFunc(a.Images, b.Images, func(a, b liveness.Image) bool {
			return a.Name == b.Name && bytes.Equal(a.Bytes, b.Bytes)
		})
		return equal && a.Setting == b.Setting && bytes.Equal(a.Value, b.Value) && gocmp.Equal(a.Session, b.Session)
	})
}

// wantKeys fails unless the folder has just what goes with these sessions.
func wantKeys(t *testing.T, engine *badgerstore.Store, all ...store.Stored) {
	t.Helper()
	sessions, chunks, settings := 0, 0, 0
	for _, stored := range all {
		if stored.Setting != "" {
			settings++
			continue
		}
		sessions++
		for _, image := range stored.Images {
			chunks += (len(image.Bytes) + badgerstore.ChunkSize - 1) / badgerstore.ChunkSize
		}
	}
	for prefixes, want := range map[string]int{
		"rR": sessions, "L": sessions, "E": sessions, "n": sessions, "c": chunks, "i": 0, "sS": settings, "leghdm": 0,
	} {
		got := 0
		for _, prefix := range prefixes {
			got += engine.Keys(t, string(prefix))
		}
		if got != want {
			t.Errorf("%d keys with one of %q, want %d", got, prefixes, want)
		}
	}
}

// A testClock is the real time of a store. It moves by hand.
type testClock struct{ elapsed atomic.Int64 }

func (c *testClock) now() time.Time { return someTime().Add(time.Duration(c.elapsed.Load())) }

// expire has the store remove what Undo could bring back, and all other remains.
func (c *testClock) expire(t *testing.T, engine *badgerstore.Store) {
	t.Helper()
	c.elapsed.Add(int64(store.UndoTime) + 1)
	if _, err := engine.Sweep(t.Context(), at(someTime())); err != nil {
		t.Errorf("Sweep = %v, want nil", err)
	}
	for prefix, want := range map[string]int{"R": 0, "w": 0} {
		if got := engine.Keys(t, prefix); got != want {
			t.Errorf("%d keys with %q after the sweep, want %d", got, prefix, want)
		}
	}
}
