package badgerstore_test

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

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
	for prefix, want := range map[string]int{
		"r": sessions, "l": sessions, "e": sessions, "c": chunks, "i": 0, "s": settings, "g": 0, "h": 0, "d": 0, "m": 0,
	} {
		if got := engine.Keys(t, prefix); got != want {
			t.Errorf("%d keys with %q, want %d", got, prefix, want)
		}
	}
}
