package badgerstore_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore"
)

// oldFolder returns a copy of a folder of format 1. The program of commit 40cbe9f wrote
// it: eight sessions of two resources, of which 0 and 4 have an image, and four settings.
func oldFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/format1")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestOldFolder(t *testing.T) {
	t.Parallel()
	dir := oldFolder(t)
	for range 2 {
		engine := open(t, dir, badgerstore.Options{})
		wantOld(t, engine)
		if err := engine.Close(); err != nil {
			t.Fatalf("Close = %v, want nil", err)
		}
	}
}

// TestOldFolderLives makes changes of every kind to a folder of format 1.
func TestOldFolderLives(t *testing.T) {
	t.Parallel()
	clock := &testClock{}
	engine := open(t, oldFolder(t), badgerstore.Options{Now: clock.now})
	if err := engine.Replace(t.Context(), store.Scope{All: true}, nil); err != nil {
		t.Fatalf("Replace = %v, want nil", err)
	}
	if gone, err := engine.Undo(t.Context(), liveness.Owner{All: true}); err != nil || gone != 0 {
		t.Errorf("Undo = %d, %v, want 0 and nil", gone, err)
	}
	wantOld(t, engine)
	replace(t, engine, own(), generation(100)) // other ids than those of the folder
	clock.expire(t, engine)
	if got, err := engine.List(t.Context(), "resource-b", liveness.KindLiveness, "", 9); err != nil || len(got) != 4 {
		t.Errorf("List = %d sessions, %v, want 4 and nil", len(got), err)
	}
	for _, session := range walked(t, engine, store.Scope{Resource: "resource-b"}) {
		if err := engine.Delete(t.Context(), session.Session.ID); err != nil {
			t.Errorf("Delete = %v, want nil", err)
		}
	}
	if err := engine.Replace(t.Context(), everything(), nil); err != nil {
		t.Fatalf("Replace = %v, want nil", err)
	}
	clock.expire(t, engine)
	wantKeys(t, engine, store.Stored{Setting: "the one without a name, which is in no scope"})
}

// wantOld fails unless a folder has what oldFolder wrote.
func wantOld(t *testing.T, engine *badgerstore.Store) {
	t.Helper()
	var want []liveness.SessionID
	for _, n := range []int{5, 2, 7, 4, 1, 6, 3, 0} { // by the time of creation, see oldFolder
		want = append(want, session(n).ID)
	}
	all, err := engine.Newest(t.Context(), liveness.Owner{All: true}, store.Position{}, 100)
	var got []liveness.SessionID
	for _, session := range all {
		got = append(got, session.ID)
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("Newest = %q, %v, want %q", got, err, want)
	}
	for n, resource := range []liveness.ResourceID{"resource-a", "resource-b"} {
		kind := []liveness.Kind{liveness.KindLivenessWithVerify, liveness.KindLiveness}[n]
		page, err := engine.List(t.Context(), resource, kind, "", 100)
		if err != nil || len(page) != 4 {
			t.Errorf("List(%s) = %d sessions, %v, want 4 and nil", resource, len(page), err)
		}
		for _, session := range page {
			if want := fmt.Sprintf("%08x", session.EndCalls); string(session.ID[:8]) != want || session.EndCalls%2 != n {
				t.Errorf("session %s of %s differs from the stored one", session.ID, resource)
			}
		}
		value, err := engine.Setting(t.Context(), "settings/"+string(resource))
		if err != nil || string(value) != "value of settings/"+string(resource) {
			t.Errorf("Setting = %q, %v, want the stored one", value, err)
		}
	}
	for _, n := range []int{0, 4} {
		image, err := engine.Image(t.Context(), session(n).ID, liveness.VerifyImageName)
		if err != nil || !bytes.Equal(image, bytes.Repeat([]byte{byte(n + 1)}, 1000*(n+1))) {
			t.Errorf("Image of session %d = %d bytes, %v, want the stored one", n, len(image), err)
		}
	}
	for prefix, want := range map[string]int{"r": 8, "L": 8, "E": 8, "n": 8, "c": 2, "l": 0, "e": 0, "s": 4} {
		if got := engine.Keys(t, prefix); got != want {
			t.Errorf("%d keys with %q, want %d", got, prefix, want)
		}
	}
}

// TestMigrationDies stops the migration wherever it can be stopped, and opens the folder
// again.
func TestMigrationDies(t *testing.T) {
	t.Parallel()
	for n, again := 1, true; again; n++ {
		dir := oldFolder(t)
		opts := badgerstore.Options{LockWait: forked}
		died := opts.Dying(badgerstore.StageMigrated, n, 4, errDied)
		engine, err := badgerstore.Open(dir, opts)
		again = died()
		if again != errors.Is(err, errDied) {
			t.Fatalf("Open that dies at %d = %v, want %v: %t", n, err, errDied, again)
		}
		if err == nil {
			_ = engine.Close()
		}
		engine = open(t, dir, badgerstore.Options{})
		wantOld(t, engine)
		if err := engine.Close(); err != nil {
			t.Fatalf("Close = %v, want nil", err)
		}
		if n > 100 {
			t.Fatal("the migration does not end")
		}
	}
}

// migrateFolder makes TestMigrationKill the process that is killed, at the stage migrateAt.
const (
	migrateFolder = "BADGERSTORE_TEST_MIGRATE_FOLDER"
	migrateAt     = "BADGERSTORE_TEST_MIGRATE_AT"
)

// TestMigrationKill starts itself again as a process that opens a folder of format 1, and
// that kills itself after each of the transactions of the migration in turn.
func TestMigrationKill(t *testing.T) {
	if dir := os.Getenv(migrateFolder); dir != "" {
		killMigration(t, dir)
		return
	}
	t.Parallel()
	dir := oldFolder(t)
	for n, killed := 1, true; killed; n++ {
		if n%3 == 0 {
			dir = oldFolder(t) // Else it goes on with what is migrated.
		}
		command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMigrationKill$")
		command.Env = append(os.Environ(), migrateFolder+"="+dir, fmt.Sprintf("%s=%d", migrateAt, n))
		output, err := command.CombinedOutput()
		killed = err != nil
		if exit, ok := errors.AsType[*exec.ExitError](err); killed && (!ok || exit.Exited() && runtime.GOOS != "windows") {
			t.Fatalf("the process ended with %v, want that it was killed: %s", err, output)
		}
		copied := t.TempDir()
		if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		engine := open(t, copied, badgerstore.Options{})
		wantOld(t, engine)
		if err := engine.Close(); err != nil {
			t.Fatalf("Close = %v, want nil", err)
		}
	}
}

// killMigration is the process that TestMigrationKill starts.
func killMigration(t *testing.T, dir string) {
	t.Helper()
	n := 0
	if _, err := fmt.Sscan(os.Getenv(migrateAt), &n); err != nil {
		t.Fatal(err)
	}
	opts := badgerstore.Options{LockWait: forked}
	opts.OnMigrated(n, 4, func() {
		if self, err := os.FindProcess(os.Getpid()); err == nil {
			_ = self.Kill()
		}
		select {} // until the signal is here
	})
	engine, err := badgerstore.Open(dir, opts)
	if err != nil {
		t.Fatalf("Open = %v, want nil", err)
	}
	wantOld(t, engine)
	_ = engine.Close()
}

// TestUnfinishedOld opens folders in which an earlier program was interrupted.
func TestUnfinishedOld(t *testing.T) {
	t.Parallel()
	staged := map[string]string{"gid": "12345678record", "hname": "value", "dname": "1"}
	for name, marked := range map[string]bool{"Decided": true, "Staged": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := oldFolder(t)
			engine := open(t, dir, badgerstore.Options{})
			for key, value := range staged {
				engine.Plant(t, key, []byte(value))
			}
			if marked {
				engine.Plant(t, "m", []byte("marker"))
			}
			if err := engine.Close(); err != nil {
				t.Fatalf("Close = %v, want nil", err)
			}
			engine, err := badgerstore.Open(dir, badgerstore.Options{LockWait: forked})
			if marked {
				if !errors.Is(err, badgerstore.ErrUnfinished) || errors.Is(err, badgerstore.ErrCorrupt) {
					t.Errorf("Open = %v, want %v", err, badgerstore.ErrUnfinished)
				}
				return
			}
			if err != nil {
				t.Fatalf("Open = %v, want nil", err)
			}
			defer engine.Close()
			wantOld(t, engine)
			for _, prefix := range []string{"g", "h", "d"} {
				if got := engine.Keys(t, prefix); got != 0 {
					t.Errorf("%d keys with %q, want 0", got, prefix)
				}
			}
		})
	}
}
