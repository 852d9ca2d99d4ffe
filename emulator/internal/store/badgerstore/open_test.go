package badgerstore_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore/seal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/storetest"
)

func TestOpenMakesTheFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "state")
	open(t, dir, badgerstore.Options{})
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the folder = %v, %v, want one for its owner alone", info.Mode(), err)
	}
}

func TestOpenAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := open(t, dir, badgerstore.Options{})
	image := liveness.Image{Name: "a", Bytes: bytes.Repeat([]byte("image"), 100_000)}
	if err := store.Create(t.Context(), session(1), image); err != nil {
		t.Fatalf("Create = %v, want nil", err)
	}
	setting := bytes.Repeat([]byte("setting"), 30_000)
	setSetting(t, store, "key", []byte("before"))
	setSetting(t, store, "key", setting)
	if err := store.Close(); err != nil {
		t.Fatalf("Close = %v, want nil", err)
	}

	store = open(t, dir, badgerstore.Options{Sync: true})
	got, err := store.Session(t.Context(), session(1).ID)
	if diff := cmp.Diff(session(1), got); err != nil || diff != "" {
		t.Errorf("Session = %v, and differs (-want +got):\n%s", err, diff)
	}
	if got, err := store.Image(t.Context(), session(1).ID, "a"); err != nil || !bytes.Equal(got, image.Bytes) {
		t.Errorf("Image = %d bytes, %v, want %d", len(got), err, len(image.Bytes))
	}
	if got, err := store.Setting(t.Context(), "key"); err != nil || !bytes.Equal(got, setting) {
		t.Errorf("Setting = %d bytes, %v, want %d", len(got), err, len(setting))
	}
}

func TestOpenLocked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := open(t, dir, badgerstore.Options{})
	var system clock.System
	for _, wait := range []time.Duration{0, 60 * time.Millisecond} {
		start := system.Now()
		_, err := badgerstore.Open(dir, badgerstore.Options{LockWait: wait})
		if !errors.Is(err, badgerstore.ErrLocked) {
			t.Fatalf("Open of a folder in use = %v, want %v", err, badgerstore.ErrLocked)
		}
		if pid := strconv.Itoa(os.Getpid()); !strings.Contains(err.Error(), pid) || !strings.Contains(err.Error(), dir) {
			t.Errorf("Open = %v, want the folder and the process id %s in it", err, pid)
		}
		if took := system.Now().Sub(start); took < wait {
			t.Errorf("Open gave up after %v, want %v", took, wait)
		}
	}

	// The folder is released while somebody waits for it.
	opened := make(chan error, 1)
	go func() {
		waiting, err := badgerstore.Open(dir, badgerstore.Options{LockWait: time.Minute})
		if err == nil {
			err = waiting.Close()
		}
		opened <- err
	}()
	_ = system.Wait(context.WithoutCancel(t.Context()), system.Now().Add(30*time.Millisecond))
	if err := store.Close(); err != nil {
		t.Fatalf("Close = %v, want nil", err)
	}
	if err := <-opened; err != nil {
		t.Errorf("Open while the folder is released = %v, want nil", err)
	}
}

func TestOpenFormat(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		format []byte
		want   error
	}{
		{"Newer", []byte{0, 0, 0, 3}, badgerstore.ErrNewer},
		{"MuchNewer", []byte{0xff, 0, 0, 0}, badgerstore.ErrNewer},
		{"Zero", []byte{0, 0, 0, 0}, badgerstore.ErrCorrupt},
		{"NotANumber", []byte("one"), badgerstore.ErrCorrupt},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			store := open(t, dir, badgerstore.Options{})
			store.SetFormat(t, test.format)
			if err := store.Close(); err != nil {
				t.Fatalf("Close = %v, want nil", err)
			}
			for range 2 { // also after it was refused once
				if _, err := badgerstore.Open(dir, badgerstore.Options{LockWait: forked}); !errors.Is(err, test.want) {
					t.Errorf("Open = %v, want %v", err, test.want)
				}
			}
		})
	}
}

// TestOpenNewerDatabase opens a folder with another version of Badger's format, which the
// bytes 6 and 7 of its manifest tell.
func TestOpenNewerDatabase(t *testing.T) {
	t.Parallel()
	dir := closedFolder(t, 1, 10)
	if err := seal.Remove(dir); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, badger.ManifestFilename)
	manifest, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	known := binary.BigEndian.Uint16(manifest[6:])
	binary.BigEndian.PutUint16(manifest[6:], 99)
	overwrite(t, path, manifest)
	_, err = badgerstore.Open(dir, badgerstore.Options{LockWait: forked})
	if !errors.Is(err, badgerstore.ErrNewer) {
		t.Fatalf("Open = %v, want %v", err, badgerstore.ErrNewer)
	}
	wantNewerText(t, err.Error(), dir, "99", fmt.Sprint("support ", known))
}

func TestOpenForeignDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db, err := badger.Open(badger.DefaultOptions(dir).WithLogger(nil).WithMemTableSize(1 << 20).WithValueLogFileSize(1 << 20).WithValueThreshold(1024))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(func(txn *badger.Txn) error { return txn.Set([]byte("something"), []byte("else")) }); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := badgerstore.Open(dir, badgerstore.Options{LockWait: forked}); !errors.Is(err, badgerstore.ErrCorrupt) {
		t.Errorf("Open of a foreign database = %v, want %v", err, badgerstore.ErrCorrupt)
	}
}

func TestOpenCorrupt(t *testing.T) {
	t.Parallel()
	damages := map[string]func(t *testing.T, dir string){
		"ManifestIsNoise": func(t *testing.T, dir string) {
			t.Helper()
			overwrite(t, filepath.Join(dir, "MANIFEST"), bytes.Repeat([]byte("noise"), 100))
		},
		"ManifestIsEmpty": func(t *testing.T, dir string) {
			t.Helper()
			overwrite(t, filepath.Join(dir, "MANIFEST"), nil)
		},
		"ManifestIsGone": func(t *testing.T, dir string) {
			t.Helper()
			if err := os.Remove(filepath.Join(dir, "MANIFEST")); err != nil {
				t.Fatal(err)
			}
		},
		"KeyRegistryIsNoise": func(t *testing.T, dir string) {
			t.Helper()
			overwrite(t, filepath.Join(dir, "KEYREGISTRY"), []byte("noise"))
		},
		"TableIsGone": func(t *testing.T, dir string) {
			t.Helper()
			for _, path := range glob(t, dir, "*.sst") {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			}
		},
		"TableIsCutOff": func(t *testing.T, dir string) {
			t.Helper()
			for _, path := range glob(t, dir, "*.sst") {
				if err := os.Truncate(path, 1000); err != nil {
					t.Fatal(err)
				}
			}
		},
		"TableIsEmpty": func(t *testing.T, dir string) {
			t.Helper()
			for _, path := range glob(t, dir, "*.sst") {
				overwrite(t, path, nil)
			}
		},
		"TableEndsInZeros": func(t *testing.T, dir string) {
			t.Helper()
			for _, path := range glob(t, dir, "*.sst") {
				contents, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				clear(contents[len(contents)-50:])
				overwrite(t, path, contents)
			}
		},
		"IndexOfATableIsDamaged": func(t *testing.T, dir string) {
			t.Helper()
			for _, path := range glob(t, dir, "*.sst") {
				contents, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				contents[len(contents)-50] ^= 1 // before the footer, which is shorter
				overwrite(t, path, contents)
			}
		},
		"BlockOfATableIsDamaged": func(t *testing.T, dir string) {
			t.Helper()
			for _, path := range glob(t, dir, "*.sst") {
				contents, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				contents[10] ^= 1
				overwrite(t, path, contents)
			}
		},
		"TableIsNoise": func(t *testing.T, dir string) {
			t.Helper()
			for _, path := range glob(t, dir, "*.sst") {
				overwrite(t, path, bytes.Repeat([]byte("noise"), 1000))
			}
		},
	}
	for name, damage := range damages {
		for _, sealed := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/Sealed=%t", name, sealed), func(t *testing.T) {
				t.Parallel()
				dir := closedFolder(t, 10, 1000)
				if !sealed {
					if err := os.Remove(filepath.Join(dir, seal.Name)); err != nil {
						t.Fatal(err)
					}
				}
				damage(t, dir)
				for range 2 { // also after it was refused once
					wantCorrupt(t, dir)
				}
			})
		}
	}
}

func wantCorrupt(t *testing.T, dir string) {
	t.Helper()
	store, err := badgerstore.Open(dir, badgerstore.Options{LockWait: forked})
	if err == nil {
		_ = store.Close()
	}
	if !errors.Is(err, badgerstore.ErrCorrupt) || !strings.Contains(err.Error(), dir) {
		t.Errorf("Open = %v, want %v and the folder", err, badgerstore.ErrCorrupt)
	}
	if err != nil && strings.Contains(err.Error(), "\n") {
		t.Errorf("Open = %q, want one line", err)
	}
}

func glob(t *testing.T, dir, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no %s in the folder (%v)", pattern, err)
	}
	return paths
}

func overwrite(t *testing.T, path string, contents []byte) {
	t.Helper()
	if err := os.WriteFile(path, contents, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOpenUnusable(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	overwrite(t, file, []byte("text"))
	denied := filepath.Join(t.TempDir(), "denied")
	if err := os.Mkdir(denied, 0o500); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "DISCARD"), 0o700); err != nil {
		t.Fatal(err)
	}
	dirs := map[string]string{"IsAFile": file, "BelowAFile": filepath.Join(file, "state"), "HasAFolderForAFile": folder}
	if os.Getuid() != 0 {
		dirs["NotAllowed"] = denied
	}
	for name, dir := range dirs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := badgerstore.Open(dir, badgerstore.Options{})
			var pathErr *fs.PathError
			if !errors.As(err, &pathErr) {
				t.Errorf("Open = %v, want an error of the file system", err)
			}
			for _, other := range []error{badgerstore.ErrLocked, badgerstore.ErrNewer, badgerstore.ErrCorrupt} {
				if errors.Is(err, other) {
					t.Errorf("Open = %v, want it not to be %v", err, other)
				}
			}
		})
	}
}

// A reopening store closes and opens its folder again and again, so that a
// sequence of calls goes across restarts.
type reopening struct {
	*badgerstore.Store
	t     *testing.T
	dir   string
	calls int
}

func (r *reopening) again() {
	if r.calls++; r.calls%40 == 0 {
		if err := r.Close(); err != nil {
			r.t.Fatalf("Close = %v, want nil", err)
		}
		r.Store = open(r.t, r.dir, badgerstore.Options{Sync: r.calls%80 == 0})
	}
}

func (r *reopening) Create(ctx context.Context, session liveness.Session, images ...liveness.Image) error {
	r.again()
	return r.Store.Create(ctx, session, images...)
}

func (r *reopening) Update(
	ctx context.Context, id liveness.SessionID, change func(*liveness.Session) error, images ...liveness.Image,
) (liveness.Session, error) {
	r.again()
	return r.Store.Update(ctx, id, change, images...)
}

func TestSequenceAcrossRestarts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := &reopening{Store: open(t, dir, badgerstore.Options{}), t: t, dir: dir}
	script := bytes.Repeat([]byte("a script like any other; 0123456789 Then it goes on? Yes!"), 20)
	for n := range script {
		script[n] += byte(n * n / 57)
	}
	storetest.Replay(t, store, script)
}
