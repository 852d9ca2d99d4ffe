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
)

// wantSeal fails unless the folder is sealed, or is not.
func wantSeal(t *testing.T, when, dir string, want bool) {
	t.Helper()
	_, err := os.Stat(filepath.Join(dir, "SEAL"))
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
	for name, pattern := range map[string]string{"Manifest": "MANIFEST", "ValueLog": "*.vlog"} {
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
			overwrite(t, filepath.Join(dir, "SEAL"), []byte(text))
			store := open(t, dir, badgerstore.Options{})
			if got := store.Keys(t, "r"); got != 2 {
				t.Errorf("%d sessions, want 2", got)
			}
		})
	}
}

// TestTableSound changes every byte of a table.
func TestTableSound(t *testing.T) {
	t.Parallel()
	dir := closedFolder(t, 10, 100)
	contents, err := os.ReadFile(glob(t, dir, "*.sst")[0])
	if err != nil {
		t.Fatal(err)
	}
	if !badgerstore.TableSound(contents) {
		t.Fatal("a table is not sound as it was written")
	}
	for n := range contents {
		contents[n] ^= 1 << (n % 8)
		if badgerstore.TableSound(contents) {
			t.Errorf("a table is sound with byte %d of %d changed", n, len(contents))
		}
		contents[n] ^= 1 << (n % 8)
	}
	for end := range contents {
		if badgerstore.TableSound(contents[:end]) {
			t.Errorf("a table is sound with %d of %d bytes", end, len(contents))
		}
	}
}

func FuzzTableSound(f *testing.F) {
	f.Add([]byte{})
	f.Add(make([]byte, 8))
	f.Add(make([]byte, 64))
	f.Add([]byte{0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, contents []byte) {
		if badgerstore.TableSound(contents) && len(contents) < 64 {
			t.Errorf("a table of %d bytes is sound", len(contents))
		}
	})
}

func TestDiscardPlausible(t *testing.T) {
	t.Parallel()
	counts := func(size int, numbers ...uint64) []byte {
		b := make([]byte, size)
		for n, number := range numbers {
			binary.BigEndian.PutUint64(b[8*n:], number)
		}
		return b
	}
	const size = 1 << 20
	tests := []struct {
		name   string
		counts []byte
		want   bool
	}{
		{"Fresh", counts(size), true},
		{"Two", counts(size, 1, 100, 3, 0), true},
		{"Longer", counts(2*size, 1, 100), true},
		{"Empty", nil, true},
		{"Short", counts(15), false},
		{"Uneven", counts(size+8, 1, 100), false},
		{"Descending", counts(size, 3, 100, 1, 100), false},
		{"Twice", counts(size, 3, 100, 3, 100), false},
		{"ImpossibleFile", counts(size, 1<<32, 100), false},
		{"ImpossibleGarbage", counts(size, 1, 1<<63), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := badgerstore.DiscardPlausible(test.counts); got != test.want {
				t.Errorf("plausible = %t, want %t", got, test.want)
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
