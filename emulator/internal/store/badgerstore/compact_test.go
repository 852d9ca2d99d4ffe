package badgerstore_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore"
)

// folderSize returns the sum of the sizes of the value log files but the one
// that is written to, which Badger makes twice as long as it can get, and keeps.
func folderSize(t *testing.T, dir string) int64 {
	t.Helper()
	var total int64
	var largest int64
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".vlog" {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		total += info.Size()
		largest = max(largest, info.Size())
		return nil
	})
	if err != nil {
		t.Fatalf("measuring %s = %v, want nil", dir, err)
	}
	return total - largest
}

func createWithImages(t *testing.T, store store.Store, sessions, size int) {
	t.Helper()
	image := make([]byte, size)
	for n := range sessions {
		image[0]++
		err := store.Create(t.Context(), session(n), liveness.Image{Name: liveness.VerifyImageName, Bytes: image})
		if err != nil {
			t.Fatalf("Create = %v, want nil", err)
		}
	}
}

// session returns the n-th of some sessions, all created at someTime.
func session(n int) liveness.Session {
	return liveness.Session{
		ID:       liveness.SessionID(fmt.Sprintf("%08x-0000-4000-8000-000000000000", n)),
		Resource: "resource",
		Kind:     liveness.KindLivenessWithVerify,
		Created:  someTime(),
		Script:   liveness.Script{Steps: []liveness.Step{{Decision: liveness.DecisionRealFace}}},
	}
}

func someTime() time.Time { return time.Date(2026, 2, 3, 4, 5, 6, 7, time.UTC) }

func at(now time.Time) func(liveness.ResourceID) time.Time {
	return func(liveness.ResourceID) time.Time { return now }
}

func TestCompactGivesSpaceBack(t *testing.T) {
	t.Parallel()
	const sessions, size, kept = 80, 700 << 10, 3
	removals := map[string]func(*testing.T, *badgerstore.Store){
		"Delete": func(t *testing.T, store *badgerstore.Store) {
			t.Helper()
			for n := kept; n < sessions; n++ {
				if err := store.Delete(t.Context(), session(n).ID); err != nil {
					t.Fatalf("Delete = %v, want nil", err)
				}
			}
		},
		"Sweep": func(t *testing.T, store *badgerstore.Store) {
			t.Helper()
			removed, err := store.Sweep(t.Context(), at(someTime().Add(liveness.SessionLife)))
			if err != nil || removed != sessions {
				t.Fatalf("Sweep = %d, %v, want %d and nil", removed, err, sessions)
			}
		},
		"Update": func(t *testing.T, store *badgerstore.Store) {
			t.Helper()
			for n := range sessions {
				keep := func(*liveness.Session) error { return nil }
				image := liveness.Image{Name: liveness.VerifyImageName, Bytes: make([]byte, 10)}
				if _, err := store.Update(t.Context(), session(n).ID, keep, image); err != nil {
					t.Fatalf("Update = %v, want nil", err)
				}
			}
		},
	}
	for name, remove := range removals {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			store := open(t, dir, badgerstore.Options{})
			createWithImages(t, store, sessions, size)
			full := folderSize(t, dir)
			remove(t, store)
			if err := store.Compact(t.Context()); err != nil {
				t.Fatalf("Compact = %v, want nil", err)
			}
			compacted := folderSize(t, dir)
			t.Logf("%d MiB before, %d MiB after", full>>20, compacted>>20)
			if full < 45<<20 || compacted > 20<<20 {
				t.Errorf("the folder had %d bytes, and has %d after Compact; want less than 20 MiB", full, compacted)
			}
			if name != "Delete" {
				return
			}
			for n := range kept {
				image, err := store.Image(t.Context(), session(n).ID, liveness.VerifyImageName)
				if err != nil || len(image) != size || image[0] != byte(n+1) {
					t.Errorf("image of a kept session = %d bytes, %v, want %d", len(image), err, size)
				}
			}
		})
	}
}

func TestCompactAmongOtherCalls(t *testing.T) {
	t.Parallel()
	store := open(t, t.TempDir(), badgerstore.Options{})
	const kept = 10
	createWithImages(t, store, kept, 300<<10)
	done := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		defer close(done)
		for range 3 {
			if err := store.Compact(t.Context()); err != nil {
				t.Errorf("Compact = %v, want nil", err)
			}
		}
	})
	for worker := range 2 {
		group.Go(func() {
			image := liveness.Image{Name: "a", Bytes: make([]byte, 400<<10)}
			for n := 1000 * (worker + 1); ; n++ {
				select {
				case <-done:
					return
				default:
				}
				if err := store.Create(t.Context(), session(n), image); err != nil {
					t.Errorf("Create = %v, want nil", err)
				}
				if _, err := store.Image(t.Context(), session(n%kept).ID, liveness.VerifyImageName); err != nil {
					t.Errorf("Image of a kept session = %v, want nil", err)
				}
				if err := store.Delete(t.Context(), session(n).ID); err != nil {
					t.Errorf("Delete = %v, want nil", err)
				}
			}
		})
	}
	group.Wait()
}

func TestCompactStops(t *testing.T) {
	t.Parallel()
	store := open(t, t.TempDir(), badgerstore.Options{})
	cause := errors.New("no time")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if err := store.Compact(ctx); !errors.Is(err, cause) {
		t.Errorf("Compact with a cancelled context = %v, want %v", err, cause)
	}
	if err := store.Close(); err != nil {
		t.Fatalf("Close = %v, want nil", err)
	}
	if err := store.Compact(t.Context()); err == nil {
		t.Error("Compact after Close = nil, want an error")
	}
}

// closedFolder returns a folder that was closed with so many sessions in it, each
// with an image of this size.
func closedFolder(t *testing.T, sessions, size int) string {
	t.Helper()
	dir := t.TempDir()
	store := open(t, dir, badgerstore.Options{})
	createWithImages(t, store, sessions, size)
	if err := store.Close(); err != nil {
		t.Fatalf("Close = %v, want nil", err)
	}
	return dir
}
