package badgerstore_test

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore/seal"
)

// wantSeal fails unless the folder is sealed, or is not.
func wantSeal(t *testing.T, when, dir string, want bool) {
	t.Helper()
	_, err := os.Stat(filepath.Join(dir, seal.Name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if got := err == nil; got != want {
		t.Errorf("%s the folder is sealed: %t, want %t", when, got, want)
	}
}

func TestSeal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for range 3 {
		store := open(t, dir, badgerstore.Options{})
		wantSeal(t, "while it is open,", dir, false)
		if err := store.Create(t.Context(), session(store.Keys(t, "r"))); err != nil {
			t.Fatalf("Create = %v, want nil", err)
		}
		if err := store.Close(); err != nil {
			t.Fatalf("Close = %v, want nil", err)
		}
		wantSeal(t, "after Close", dir, true)
	}
}

// TestSealLate has a process open the folder before the one that has closed it
// comes to seal it.
func TestSealLate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := open(t, dir, badgerstore.Options{})
	if err := badgerstore.Seal(dir); err != nil {
		t.Errorf("sealing = %v, want nil", err)
	}
	wantSeal(t, "when another process has it open,", dir, false)
	if err := store.Close(); err != nil {
		t.Fatalf("Close = %v, want nil", err)
	}
}

// TestOpenInTurns has several wait for the folder at once: what one of them
// leaves, and what it has not come to yet, is no damage to the next.
func TestOpenInTurns(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new")
	const processes, turns = 4, 6
	var group sync.WaitGroup
	for process := range processes {
		group.Go(func() {
			for turn := range turns {
				store, err := badgerstore.Open(dir, badgerstore.Options{LockWait: time.Minute})
				if err != nil {
					t.Errorf("Open = %v, want nil", err)
					return
				}
				if err := store.Create(t.Context(), session(process*turns+turn)); err != nil {
					t.Errorf("Create = %v, want nil", err)
				}
				if err := store.Close(); err != nil {
					t.Errorf("Close = %v, want nil", err)
				}
			}
		})
	}
	group.Wait()
	if got := open(t, dir, badgerstore.Options{}).Keys(t, "r"); got != processes*turns {
		t.Errorf("%d sessions were stored, want %d", got, processes*turns)
	}
}

// TestSealOfATail cuts off the end of what Badger takes for the traces of a
// crash when it is not whole.
func TestSealOfATail(t *testing.T) {
	t.Parallel()
	for name, pattern := range map[string]string{"Manifest": "MANIFEST", "ValueLog": "*.vlog", "Table": "*.sst"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := closedFolder(t, 10, 1000)
			path := glob(t, dir, pattern)[0]
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(path, info.Size()-3); err != nil {
				t.Fatal(err)
			}
			_, err = badgerstore.Open(dir, badgerstore.Options{LockWait: forked})
			if !errors.Is(err, badgerstore.ErrCorrupt) || !strings.Contains(err.Error(), filepath.Base(path)) {
				t.Errorf("Open = %v, want %v and %s", err, badgerstore.ErrCorrupt, filepath.Base(path))
			}
		})
	}
}

// TestSealDamaged makes sure that a folder of which only the seal is damaged
// loses nothing.
func TestSealDamaged(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"Empty": "", "NoSum": "00000000 28 KEYREGISTRY\n", "WrongSum": "00000000 28 KEYREGISTRY\n12345678\n", "Noise": "noise\n\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := closedFolder(t, 2, 1000)
			overwrite(t, filepath.Join(dir, seal.Name), []byte(text))
			store := open(t, dir, badgerstore.Options{})
			if got := store.Keys(t, "r"); got != 2 {
				t.Errorf("%d sessions, want 2", got)
			}
		})
	}
}

// TestCompactWithImpossibleDiscard has counts in the folder with which Badger
// would look for a file for ever.
func TestCompactWithImpossibleDiscard(t *testing.T) {
	t.Parallel()
	dir := closedFolder(t, 2, 1000)
	counts := make([]byte, 1<<20)
	binary.BigEndian.PutUint64(counts, 1<<32+77)
	binary.BigEndian.PutUint64(counts[8:], 1<<30)
	overwrite(t, filepath.Join(dir, "DISCARD"), counts)
	store := open(t, dir, badgerstore.Options{})
	if err := store.Compact(t.Context()); err != nil {
		t.Errorf("Compact = %v, want nil", err)
	}
	if got := store.Keys(t, "r"); got != 2 {
		t.Errorf("%d sessions, want 2", got)
	}
}
