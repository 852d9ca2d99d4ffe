package badgerstore_test

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore/seal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
)

// formerFolder returns a copy of testdata/version4/sessions, and what is stored in it: an
// emulator with records of version 4 wrote both and closed the folder. DISCARD, which
// Badger creates again, is left out.
func formerFolder(t *testing.T) (dir string, stored []store.Stored) {
	t.Helper()
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/version4/sessions")); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("testdata/version4/expected.json")
	if err == nil {
		err = json.Unmarshal(text, &stored)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir, stored
}

// TestFormerFolder opens the folder of a former program, changes it and opens it
// again.
func TestFormerFolder(t *testing.T) {
	t.Parallel()
	dir, want := formerFolder(t)
	engine := open(t, dir, badgerstore.Options{})
	wantStored(t, engine, want)
	if n := engine.Keys(t, "v"); n != 0 {
		t.Errorf("got %d versions of records in the folder before it is changed, want none", n)
	}

	sessions := 0
	for i := range want {
		session := &want[i].Session
		if session.ID == "" {
			continue
		}
		sessions++
		if raw := engine.Raw(t, session.ID); raw[0] != 4 {
			t.Errorf("got a record of version %d before the change, want 4", raw[0])
		}
		_, err := engine.Update(t.Context(), session.ID, func(session *liveness.Session) error {
			session.EndCalls++
			return nil
		})
		if err != nil {
			t.Fatalf("Update = %v, want nil", err)
		}
		session.EndCalls++
		if raw := engine.Raw(t, session.ID); raw[0] != record.Version {
			t.Errorf("got a record of version %d after the change, want %d", raw[0], record.Version)
		}
	}
	if sessions != 3 {
		t.Errorf("got %d sessions, want 3", sessions)
	}
	if err := engine.Close(); err != nil {
		t.Fatalf("Close = %v, want nil", err)
	}
	engine = open(t, dir, badgerstore.Options{})
	wantStored(t, engine, want)
	if n := engine.Keys(t, "v"); n != 1 {
		t.Errorf("got %d versions of records in the folder, want one", n)
	}
}

// wantStored fails unless the store has these sessions, with their images, and these
// settings, and nothing that is damaged.
func wantStored(t *testing.T, engine *badgerstore.Store, want []store.Stored) {
	t.Helper()
	var got []store.Stored
	all := store.Scope{All: true, Setting: func(string) bool { return true }}
	damaged, err := engine.Walk(t.Context(), all, func(stored store.Stored) error {
		got = append(got, stored)
		return nil
	})
	if err != nil || damaged != 0 {
		t.Errorf("Walk = %d damaged, %v, want none", damaged, err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("what is stored differs (-want +got):\n%s", diff)
	}
}

// TestOpenVersion opens folders with the records of other programs.
func TestOpenVersion(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		version []byte
		want    error
	}{
		"Older":      {[]byte{0, 0, 0, record.Version - 1}, nil},
		"Same":       {[]byte{0, 0, 0, record.Version}, nil},
		"Newer":      {[]byte{0, 0, 0, record.Version + 1}, badgerstore.ErrNewer},
		"MuchNewer":  {[]byte{1, 0, 0, 0}, badgerstore.ErrNewer},
		"NotANumber": {[]byte("one"), badgerstore.ErrCorrupt},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			engine := open(t, dir, badgerstore.Options{})
			engine.SetVersion(t, test.version)
			if err := engine.Close(); err != nil {
				t.Fatalf("Close = %v, want nil", err)
			}
			for range 2 { // also after it was refused once
				engine, err := badgerstore.Open(dir, badgerstore.Options{LockWait: forked})
				if err == nil {
					err = engine.Close()
				}
				if !errors.Is(err, test.want) {
					t.Errorf("Open = %v, want %v", err, test.want)
				}
			}
		})
	}
}

// TestNewerIsKept: a folder with newer records, or of a newer layout, is refused by an error
// that names both versions and does not tell to remove it. The newer program finds its
// sessions again.
func TestNewerIsKept(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		key  string
		upTo uint32
	}{
		"Records": {"v", record.Version},
		"Folder":  {"f", badgerstore.Format},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			engine := open(t, dir, badgerstore.Options{})
			createWithImages(t, engine, 3, 1000)
			if err := engine.Close(); err != nil {
				t.Fatalf("Close = %v, want nil", err)
			}
			setNumber(t, dir, test.key, 99)
			for range 2 {
				_, err := badgerstore.Open(dir, badgerstore.Options{LockWait: forked})
				if !errors.Is(err, badgerstore.ErrNewer) {
					t.Fatalf("Open = %v, want %v", err, badgerstore.ErrNewer)
				}
				wantNewerText(t, err.Error(), dir, "99", fmt.Sprintf("up to %d;", test.upTo))
			}
			setNumber(t, dir, test.key, test.upTo) // This program is the newer one now.
			engine = open(t, dir, badgerstore.Options{})
			for n := range 3 {
				if _, err := engine.Session(t.Context(), session(n).ID); err != nil {
					t.Errorf("Session %d = %v, want nil", n, err)
				}
			}
		})
	}
}

// TestAfterFormerProgram: a former program that was tried with the folder has refused it, and
// has left its own seal. This program still opens the folder.
func TestAfterFormerProgram(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	engine := open(t, dir, badgerstore.Options{})
	createWithImages(t, engine, 3, 1000)
	if err := engine.Close(); err != nil {
		t.Fatalf("Close = %v, want nil", err)
	}
	db, err := badger.Open(badger.DefaultOptions(dir).WithLogger(nil).WithMemTableSize(2 << 20).WithValueThreshold(512))
	if err == nil {
		err = errors.Join(db.Close(), os.WriteFile(filepath.Join(dir, "SEAL"), []byte("00000000\n"), 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		engine = open(t, dir, badgerstore.Options{})
		for n := range 3 {
			if _, err := engine.Session(t.Context(), session(n).ID); err != nil {
				t.Errorf("Session %d = %v, want nil", n, err)
			}
		}
		if err := engine.Close(); err != nil {
			t.Fatalf("Close = %v, want nil", err)
		}
	}
}

// setNumber stores a number under a key of a closed folder, as another program would.
func setNumber(t *testing.T, dir, key string, number uint32) {
	t.Helper()
	if err := seal.Remove(dir); err != nil {
		t.Fatal(err)
	}
	db, err := badger.Open(badger.DefaultOptions(dir).WithLogger(nil).WithMemTableSize(2 << 20).WithValueThreshold(512))
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(txn *badger.Txn) error { return txn.Set([]byte(key), binary.BigEndian.AppendUint32(nil, number)) })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// wantNewerText fails unless a text about a newer folder has these parts, and nothing that
// tells to remove it.
func wantNewerText(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, want := range append(parts, "newer program") {
		if !strings.Contains(text, want) {
			t.Errorf("Open = %q, want %q in it", text, want)
		}
	}
	for _, word := range []string{"delete", "remove", "move it away", "start fresh"} {
		if strings.Contains(text, word) {
			t.Errorf("Open = %q, want no %q in it", text, word)
		}
	}
}

// TestVersionIsWritten: the first record writes the version, in its transaction, and
// nothing else does.
func TestVersionIsWritten(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]badgerstore.Options{"Plain": {}, "Sync": {Sync: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine := open(t, t.TempDir(), opts)
			setSetting(t, engine, "key", []byte("value"))
			if n := engine.Keys(t, "v"); n != 0 {
				t.Errorf("got %d versions without a session, want none", n)
			}
			for n := range 3 {
				before := engine.Commits()
				if err := engine.Create(t.Context(), session(n)); err != nil {
					t.Fatalf("Create = %v, want nil", err)
				}
				if got := engine.Commits() - before; got != 1 || engine.Keys(t, "v") != 1 {
					t.Errorf("got %d transactions and %d versions, want one of each", got, engine.Keys(t, "v"))
				}
			}
		})
	}
	t.Run("Replace", func(t *testing.T) {
		t.Parallel()
		engine := open(t, t.TempDir(), badgerstore.Options{})
		err := engine.Replace(t.Context(), store.Scope{All: true}, func(stage func(store.Stored) error) error {
			return stage(store.Stored{Session: session(1)})
		})
		if n := engine.Keys(t, "v"); err != nil || n != 1 {
			t.Errorf("got %d versions after Replace = %v, want one", n, err)
		}
	})
}
