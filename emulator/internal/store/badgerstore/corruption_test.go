package badgerstore_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore/seal"
)

// The environment that makes TestCorruption damage folders.
const (
	corruptFolder = "BADGERSTORE_TEST_CORRUPT"
	corruptFirst  = "BADGERSTORE_TEST_CORRUPT_FIRST"
)

const (
	corruptSessions = 60
	corruptBatch    = 75 // seeds of one process
)

// corruptImage is the image of every third session: of one chunk, or of two.
func corruptImage(n int) []liveness.Image {
	if n%3 != 0 {
		return nil
	}
	size := 600 + 50*n
	if n == 30 {
		size = badgerstore.ChunkSize + 1
	}
	return []liveness.Image{{Name: liveness.VerifyImageName, Bytes: bytes.Repeat([]byte{byte(n), 1, 2}, size)}}
}

// corruptSession has, now and then, a record that is not in a table.
func corruptSession(n int) liveness.Session {
	made := session(n)
	if n%5 == 0 {
		made.DeviceCorrelationID = strings.Repeat("long", 200)
	}
	return made
}

// TestCorruption damages files of folders and looks at what becomes of the
// sessions. Badger runs goroutines of its own, so a panic would end the process:
// it is another one, in which the test starts itself again.
func TestCorruption(t *testing.T) {
	if folders := os.Getenv(corruptFolder); folders != "" {
		damageFolders(t, folders)
		return
	}
	t.Parallel()
	folders := t.TempDir()
	makeFolders(t, folders)
	for batch := range 2 {
		t.Run(fmt.Sprint("Batch", batch), func(t *testing.T) {
			t.Parallel()
			command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCorruption$", "-test.v")
			command.Env = append(os.Environ(), corruptFolder+"="+folders, fmt.Sprintf("%s=%d", corruptFirst, batch*corruptBatch))
			output, err := command.CombinedOutput()
			if err != nil {
				t.Errorf("the process ended with %v, want nil:\n%s", err, output[max(0, len(output)-8000):])
			}
			if got := bytes.Count(output, []byte("    --- ")); err == nil && got != corruptBatch {
				t.Errorf("the process damaged %d folders, want %d", got, corruptBatch)
			}
		})
	}
}

// makeFolders makes a folder that was closed three times, and one as a killed
// process leaves it: with a memtable and without a seal.
func makeFolders(t *testing.T, folders string) {
	t.Helper()
	closed := filepath.Join(folders, "closed")
	const rounds = 3
	for round := range rounds {
		store := open(t, closed, badgerstore.Options{})
		for n := round; n < corruptSessions; n += rounds {
			if err := store.Create(t.Context(), corruptSession(n), corruptImage(n)...); err != nil {
				t.Fatalf("Create = %v, want nil", err)
			}
		}
		if round == rounds-1 {
			killed := filepath.Join(folders, "killed")
			if err := os.CopyFS(killed, os.DirFS(closed)); err != nil {
				t.Fatal(err)
			}
			// Most of these is room that nothing is in yet.
			for _, path := range append(glob(t, killed, "*.mem"), glob(t, killed, "000003.vlog")...) {
				if err := os.Truncate(path, 1<<16); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := store.Close(); err != nil {
			t.Fatalf("Close = %v, want nil", err)
		}
	}
}

// damageFolders is what the process does that TestCorruption starts.
func damageFolders(t *testing.T, folders string) {
	t.Helper()
	first, err := strconv.ParseUint(os.Getenv(corruptFirst), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	for seed := first; seed < first+corruptBatch; seed++ {
		t.Run(fmt.Sprint("Seed", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			folder := []string{"closed", "closed", "killed"}[random.IntN(3)]
			dir := filepath.Join(t.TempDir(), "state")
			if err := os.CopyFS(dir, os.DirFS(filepath.Join(folders, folder))); err != nil {
				t.Fatal(err)
			}
			name, how := corruptOne(t, random, dir, folder)
			t.Logf("%s: %s of %s", how, name, folder)
			// What the end of these says is lost cannot be told from what was
			// never written, unless the folder was closed.
			tail := folder == "killed" && (name == "MANIFEST" || filepath.Ext(name) == ".mem")
			store, logged := openCorrupted(t, dir)
			if store == nil {
				return
			}
			compareCorrupted(t, store, logged, tail)
			if name == "DISCARD" { // it is for this
				if err := store.Compact(t.Context()); err != nil {
					t.Errorf("Compact = %v, want nil", err)
				}
			}
			if err := store.Close(); err != nil {
				t.Errorf("Close = %v, want nil", err)
			}
		})
	}
}

// corruptOne damages one file of a folder and says which, and how.
func corruptOne(t *testing.T, random *rand.Rand, dir, folder string) (name, how string) {
	t.Helper()
	kinds := []string{"*.sst", "*.sst", "*.vlog", "*.vlog", "MANIFEST", "DISCARD", "KEYREGISTRY", seal.Name}
	if folder == "killed" {
		kinds = []string{"*.sst", "*.vlog", "*.mem", "MANIFEST"}
	}
	var paths []string
	for len(paths) == 0 { // not every folder has every kind
		paths, _ = filepath.Glob(filepath.Join(dir, kinds[random.IntN(len(kinds))]))
	}
	path := paths[random.IntN(len(paths))]
	contents, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	name = filepath.Base(path)
	size := max(1, len(contents))
	switch {
	case name == "DISCARD":
		size = 64 // What is behind the first zero does not count.
	case bytes.Count(contents, []byte{0}) > 1<<15:
		size = 1 << 12 // The rest of it is zeros.
	}
	switch at := random.IntN(size); random.IntN(8) {
	case 0:
		how = "removed"
		err = os.Remove(path)
	case 1:
		how = fmt.Sprintf("cut off at %d", at)
		err = os.Truncate(path, int64(at))
	case 2, 3, 4:
		noise := make([]byte, 1+random.IntN(60))
		how = fmt.Sprintf("%d zeros at %d", len(noise), at)
		overwrite(t, path, append(append(slices.Clone(contents[:at]), noise...), contents[min(at+len(noise), len(contents)):]...))
	default:
		noise := make([]byte, 1+random.IntN(60))
		for n := range noise {
			noise[n] = byte(random.Uint32())
		}
		how = fmt.Sprintf("%d random bytes at %d", len(noise), at)
		overwrite(t, path, append(append(slices.Clone(contents[:at]), noise...), contents[min(at+len(noise), len(contents)):]...))
	}
	if err != nil {
		t.Fatal(err)
	}
	return name, how
}

// openCorrupted opens a damaged folder, or returns nil if that is refused as it
// should be.
func openCorrupted(t *testing.T, dir string) (*badgerstore.Store, *bytes.Buffer) {
	t.Helper()
	var logged bytes.Buffer
	store, err := badgerstore.Open(dir, badgerstore.Options{Logger: slog.New(slog.NewTextHandler(&logged, nil)), LockWait: forked})
	if err == nil {
		return store, &logged
	}
	t.Logf("Open = %v", err)
	if !errors.Is(err, badgerstore.ErrCorrupt) && !errors.Is(err, badgerstore.ErrNewer) {
		t.Errorf("Open = %v, want nil, %v or %v", err, badgerstore.ErrCorrupt, badgerstore.ErrNewer)
	}
	return nil, nil
}

// compareCorrupted makes sure that each session is there, or damaged and logged;
// with tail, it may also be gone.
func compareCorrupted(t *testing.T, store *badgerstore.Store, logged *bytes.Buffer, tail bool) {
	t.Helper()
	damaged := map[liveness.SessionID]bool{}
	var want []liveness.Session // what List should say
	for n := range corruptSessions {
		id := session(n).ID
		got, err := store.Session(t.Context(), id)
		switch {
		case errors.Is(err, liveness.ErrDamaged):
			damaged[id] = true
			continue
		case errors.Is(err, liveness.ErrNotFound) && tail:
			continue
		}
		if diff := cmp.Diff(corruptSession(n), got); err != nil || diff != "" {
			t.Errorf("Session %d = %v, and differs (-want +got):\n%s", n, err, diff)
			continue
		}
		want = append(want, got)
		for _, image := range corruptImage(n) {
			got, err := store.Image(t.Context(), id, image.Name)
			if errors.Is(err, liveness.ErrDamaged) {
				damaged[id] = true
			} else if err != nil || !bytes.Equal(got, image.Bytes) {
				t.Errorf("Image of %d = %d bytes, %v, want the %d stored or %v", n, len(got), err, len(image.Bytes), liveness.ErrDamaged)
			}
		}
	}
	listed, err := store.List(t.Context(), session(0).Resource, session(0).Kind, "", 1000)
	if diff := cmp.Diff(want, listed); err != nil || diff != "" {
		t.Errorf("List = %v, and differs (-want +got):\n%s", err, diff)
	}
	reported, err := store.Damaged(t.Context())
	if records := corruptSessions - len(want); err != nil || len(reported) != records && !tail {
		t.Errorf("Damaged = %v, %v, want %d", reported, err, records)
	}
	if _, err := store.Sweep(t.Context(), at(someTime())); err != nil {
		t.Errorf("Sweep = %v, want nil", err)
	}
	t.Logf("%d sessions, %d damaged", len(want), len(damaged))
	for n := range corruptSessions {
		id, times := session(n).ID, 0
		if damaged[id] {
			times = 1
		}
		if got := strings.Count(logged.String(), "session="+string(id)); got != times {
			t.Errorf("session %d was logged %d times, want %d:\n%s", n, got, times, logged.String())
		}
	}
}
