package badgerstore_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"log/slog"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
)

// newer returns raw as a newer program would have written it.
func newer(raw []byte) []byte {
	raw[0] = record.Version + 1
	table := crc32.MakeTable(crc32.Castagnoli)
	binary.BigEndian.PutUint32(raw[1:], crc32.Update(crc32.Checksum(raw[:1], table), table, raw[5:]))
	return raw
}

func TestDamaged(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		damage func([]byte) []byte
		reason string
	}{
		{"OneBit", func(raw []byte) []byte { raw[len(raw)/2] ^= 4; return raw }, "corrupt"},
		{"CutOff", func(raw []byte) []byte { return raw[:len(raw)-1] }, "corrupt"},
		{"OneByte", func([]byte) []byte { return []byte{1} }, "corrupt"},
		{"NoBytes", func([]byte) []byte { return []byte{} }, "cannot be read from the disk"},
		{"Newer", newer, "newer program"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var logged bytes.Buffer
			store := open(t, t.TempDir(), badgerstore.Options{Logger: slog.New(slog.NewTextHandler(&logged, nil))})
			createWithImages(t, store, 3, 200_000)
			hurt := session(1).ID
			store.SetRaw(t, hurt, test.damage(store.Raw(t, hurt)))
			wantDamaged(t, store, hurt, test.reason)

			if got := strings.Count(logged.String(), "level=ERROR"); got != 1 {
				t.Errorf("the damage was logged %d times, want once:\n%s", got, logged.String())
			}
			if deletes := strings.Contains(logged.String(), "delete it"); deletes != (test.name != "Newer") {
				t.Errorf("the log says to delete the session: %t, want it unless it is newer:\n%s", deletes, logged.String())
			}
			if !strings.Contains(logged.String(), string(hurt)) || strings.Contains(logged.String(), string(session(0).ID)) {
				t.Errorf("the log does not name the session and it alone:\n%s", logged.String())
			}

			if err := store.Delete(t.Context(), hurt); err != nil {
				t.Errorf("Delete = %v, want nil", err)
			}
			if _, err := store.Session(t.Context(), hurt); !errors.Is(err, liveness.ErrNotFound) {
				t.Errorf("Session after Delete = %v, want %v", err, liveness.ErrNotFound)
			}
			for prefix, want := range map[string]int{"r": 2, "L": 2, "E": 2, "n": 2, "c": 4, "i": 0} {
				if got := store.Keys(t, prefix); got != want {
					t.Errorf("%d keys with %q after Delete, want %d", got, prefix, want)
				}
			}
			if err := store.Create(t.Context(), session(1)); err != nil {
				t.Errorf("Create after Delete = %v, want nil", err)
			}
		})
	}
}

// wantDamaged makes every call on a store with sessions 0 to 2, of which one is
// damaged.
func wantDamaged(t *testing.T, store *badgerstore.Store, hurt liveness.SessionID, reason string) {
	t.Helper()
	if _, err := store.Session(t.Context(), hurt); !errors.Is(err, liveness.ErrDamaged) {
		t.Errorf("Session = %v, want %v", err, liveness.ErrDamaged)
	}
	if _, err := store.Image(t.Context(), hurt, liveness.VerifyImageName); !errors.Is(err, liveness.ErrDamaged) {
		t.Errorf("Image = %v, want %v", err, liveness.ErrDamaged)
	}
	_, err := store.Update(t.Context(), hurt, func(*liveness.Session) error {
		t.Error("change of a damaged session was called")
		return nil
	})
	if !errors.Is(err, liveness.ErrDamaged) {
		t.Errorf("Update = %v, want %v", err, liveness.ErrDamaged)
	}
	if err := store.Create(t.Context(), session(1)); !errors.Is(err, liveness.ErrExists) {
		t.Errorf("Create = %v, want %v", err, liveness.ErrExists)
	}
	listed, err := store.List(t.Context(), session(0).Resource, session(0).Kind, "", 2)
	if err != nil || len(listed) != 2 || listed[0].ID != session(0).ID || listed[1].ID != session(2).ID {
		t.Errorf("List = %d sessions, %v, want the two others", len(listed), err)
	}
	damaged, err := store.Damaged(t.Context())
	if err != nil || len(damaged) != 1 || damaged[0].Session != hurt || !strings.Contains(damaged[0].Reason, reason) {
		t.Errorf("Damaged = %v, %v, want %s with %q", damaged, err, hurt, reason)
	}
	if err := store.Create(t.Context(), expiredSession()); err != nil {
		t.Errorf("Create of another = %v, want nil", err)
	}
	// Also the damaged one has expired by its key. It is not removed unseen.
	removed, err := store.Sweep(t.Context(), at(expiredSession().Expires()))
	if err != nil || removed != 1 {
		t.Errorf("Sweep = %d, %v, want 1 and nil", removed, err)
	}
	if _, err := store.Session(t.Context(), hurt); !errors.Is(err, liveness.ErrDamaged) {
		t.Errorf("Session after Sweep = %v, want %v", err, liveness.ErrDamaged)
	}
}

// expiredSession is older than the others.
func expiredSession() liveness.Session {
	old := session(50)
	old.Created = old.Created.Add(-liveness.SessionLife)
	return old
}

// TestDamagedExpired has a sweep meet a damaged session between expired ones.
func TestDamagedExpired(t *testing.T) {
	t.Parallel()
	store := open(t, t.TempDir(), badgerstore.Options{})
	createWithImages(t, store, 3, 10)
	store.SetRaw(t, session(1).ID, []byte("not a record"))
	removed, err := store.Sweep(t.Context(), at(session(0).Expires()))
	if err != nil || removed != 2 {
		t.Errorf("Sweep = %d, %v, want 2 and nil", removed, err)
	}
	if _, err := store.Session(t.Context(), session(1).ID); !errors.Is(err, liveness.ErrDamaged) {
		t.Errorf("Session after Sweep = %v, want %v", err, liveness.ErrDamaged)
	}
}

func TestDamagedImage(t *testing.T) {
	t.Parallel()
	store := open(t, t.TempDir(), badgerstore.Options{})
	createWithImages(t, store, 1, 200_000)
	for _, chunk := range [][]byte{{1}, make([]byte, badgerstore.ChunkSize), {}} {
		store.DamageChunks(t, session(0).ID, chunk)
		if _, err := store.Image(t.Context(), session(0).ID, liveness.VerifyImageName); !errors.Is(err, liveness.ErrDamaged) {
			t.Errorf("Image with chunks of %d bytes = %v, want %v", len(chunk), err, liveness.ErrDamaged)
		}
	}
	if _, err := store.Session(t.Context(), session(0).ID); err != nil {
		t.Errorf("Session = %v, want nil", err)
	}
}

func TestDamagedSetting(t *testing.T) {
	t.Parallel()
	store := open(t, t.TempDir(), badgerstore.Options{})
	setSetting(t, store, "key", []byte("secret"))
	setSetting(t, store, "sound", []byte("value"))
	store.DamageSetting(t, "key")
	_, err := store.Setting(t.Context(), "key")
	if !errors.Is(err, liveness.ErrDamaged) || errors.Is(err, liveness.ErrNotFound) || strings.Contains(err.Error(), "damaged\n") {
		t.Errorf("Setting = %v, want %v", err, liveness.ErrDamaged)
	}
	_, err = store.ChangeSetting(t.Context(), "key", func([]byte) ([]byte, error) {
		t.Error("change of a damaged setting was called")
		return []byte("other"), nil
	})
	if !errors.Is(err, liveness.ErrDamaged) {
		t.Errorf("ChangeSetting = %v, want %v", err, liveness.ErrDamaged)
	}
	if got, err := store.Setting(t.Context(), "sound"); err != nil || string(got) != "value" {
		t.Errorf("another Setting = %q, %v, want %q", got, err, "value")
	}
}

// TestDeleteDamagedWhileRestored has a restore of all stage a session while the damaged one
// with its id is deleted: the new one stays in the indexes.
func TestDeleteDamagedWhileRestored(t *testing.T) {
	t.Parallel()
	engine := open(t, t.TempDir(), badgerstore.Options{})
	createWithImages(t, engine, 1, 10)
	engine.SetRaw(t, session(0).ID, []byte("damaged"))
	const count = 150 // more than a page, so that some are stored
	err := engine.Replace(t.Context(), everything(), func(stage func(store.Stored) error) error {
		for n := range count {
			if err := stage(store.Stored{Session: session(n)}); err != nil {
				return err
			}
		}
		return engine.Delete(t.Context(), session(0).ID)
	})
	if err != nil {
		t.Fatalf("Replace = %v, want nil", err)
	}
	if _, err := engine.Session(t.Context(), session(0).ID); err != nil {
		t.Errorf("Session = %v, want nil", err)
	}
	listed, err := engine.List(t.Context(), session(0).Resource, session(0).Kind, "", 1)
	if err != nil || len(listed) != 1 || listed[0].ID != session(0).ID {
		t.Errorf("List = %d sessions, %v, want the restored session first", len(listed), err)
	}
	removed, err := engine.Sweep(t.Context(), at(session(0).Expires()))
	if err != nil || removed != count {
		t.Errorf("Sweep = %d, %v, want %d and nil", removed, err, count)
	}
}

func TestRestoreOverDamaged(t *testing.T) {
	t.Parallel()
	clock := &testClock{}
	engine := open(t, t.TempDir(), badgerstore.Options{Now: clock.now})
	createWithImages(t, engine, 1, 10)
	engine.SetRaw(t, session(0).ID, []byte("damaged"))
	restored := store.Stored{Session: session(0)}
	replace(t, engine, own(), []store.Stored{restored})
	if _, err := engine.Session(t.Context(), session(0).ID); err != nil {
		t.Errorf("Session = %v, want nil", err)
	}
	if gone, err := engine.Undo(t.Context(), liveness.Owner{Resource: session(0).Resource}); err != nil || gone != 1 {
		t.Errorf("Undo = %d, %v, want 1 and nil", gone, err)
	}
	if _, err := engine.Session(t.Context(), session(0).ID); !errors.Is(err, liveness.ErrDamaged) {
		t.Errorf("Session after Undo = %v, want %v", err, liveness.ErrDamaged)
	}
	replace(t, engine, own(), []store.Stored{restored})
	clock.expire(t, engine)
	wantKeys(t, engine, restored)
}

// TestDeleteDamagedBeside deletes a damaged session that was restored over itself.
func TestDeleteDamagedBeside(t *testing.T) {
	t.Parallel()
	clock := &testClock{}
	engine := open(t, t.TempDir(), badgerstore.Options{Now: clock.now})
	want := generation(1)
	replace(t, engine, own(), want)
	replace(t, engine, own(), want)
	hurt := session(13).ID // has an image
	engine.DamageBeside(t, hurt)
	for range 2 {
		if _, err := engine.Session(t.Context(), hurt); !errors.Is(err, liveness.ErrDamaged) {
			t.Errorf("Session = %v, want %v", err, liveness.ErrDamaged)
		}
		if damaged, err := engine.Damaged(t.Context()); err != nil || len(damaged) != 1 || damaged[0].Session != hurt {
			t.Errorf("Damaged = %v, %v, want %s", damaged, err, hurt)
		}
	}
	if err := engine.Delete(t.Context(), hurt); err != nil {
		t.Errorf("Delete = %v, want nil", err)
	}
	if _, err := engine.Session(t.Context(), hurt); !errors.Is(err, liveness.ErrNotFound) {
		t.Errorf("Session after Delete = %v, want %v", err, liveness.ErrNotFound)
	}
	sessions := len(want) - 5 // the rest are settings
	if gone, err := engine.Undo(t.Context(), liveness.Owner{Resource: session(0).Resource}); err != nil || gone != sessions-1 {
		t.Errorf("Undo = %d, %v, want %d and nil", gone, err, sessions-1)
	}
	clock.expire(t, engine)
	if !same(want, walked(t, engine, own())) {
		t.Error("Walk after Undo differs from what was stored before")
	}
	wantKeys(t, engine, want...)
}

// TestUndoBesideDamaged counts a damaged session as one that has the id.
func TestUndoBesideDamaged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	engine := open(t, dir, badgerstore.Options{})
	createWithImages(t, engine, 1, 10)
	replace(t, engine, own(), nil)
	other := session(0)
	other.Resource = "resource-b"
	if err := engine.Create(t.Context(), other); err != nil {
		t.Fatalf("Create = %v, want nil", err)
	}
	engine.SetRaw(t, other.ID, []byte("damaged")) // the one that was replaced
	for range 2 {
		if _, err := engine.Undo(t.Context(), liveness.Owner{Resource: session(0).Resource}); !errors.Is(err, liveness.ErrExists) {
			t.Errorf("Undo = %v, want %v", err, liveness.ErrExists)
		}
		if got, err := engine.Session(t.Context(), other.ID); err != nil || got.Resource != other.Resource {
			t.Errorf("Session = one of %q, %v, want one of %q", got.Resource, err, other.Resource)
		}
		if err := engine.Close(); err != nil {
			t.Fatalf("Close = %v, want nil", err)
		}
		engine = open(t, dir, badgerstore.Options{})
	}
}

// TestDamagedIsFoundOnce removes the index keys of a session between two reads: only the
// first one needs them.
func TestDamagedIsFoundOnce(t *testing.T) {
	t.Parallel()
	engine := open(t, t.TempDir(), badgerstore.Options{})
	replace(t, engine, store.Scope{Resource: "resource-b"}, nil)
	replace(t, engine, own(), []store.Stored{{Session: session(0)}})
	engine.SetRaw(t, session(0).ID, []byte("damaged"))
	for range 2 {
		if _, err := engine.Session(t.Context(), session(0).ID); !errors.Is(err, liveness.ErrDamaged) {
			t.Errorf("Session = %v, want %v", err, liveness.ErrDamaged)
		}
		engine.RemoveKeys(t, "L")
	}
	if damaged, err := engine.Damaged(t.Context()); err != nil || len(damaged) != 1 {
		t.Errorf("Damaged = %v, %v, want the session and nil", damaged, err)
	}
	replace(t, engine, own(), nil)
	if _, err := engine.Session(t.Context(), session(0).ID); !errors.Is(err, liveness.ErrNotFound) {
		t.Errorf("Session after Replace = %v, want %v", err, liveness.ErrNotFound)
	}
	if damaged, err := engine.Damaged(t.Context()); err != nil || len(damaged) != 0 {
		t.Errorf("Damaged after Replace = %v, %v, want none and nil", damaged, err)
	}
	if damaged, err := engine.Walk(t.Context(), everything(), nil); err != nil || damaged != 0 {
		t.Errorf("Walk after Replace = %d damaged, %v, want none and nil", damaged, err)
	}
}

// TestOneLookupAgain expects that sessions are in their homes again after a sweep, and that
// the store knows that.
func TestOneLookupAgain(t *testing.T) {
	t.Parallel()
	clock := &testClock{}
	engine := open(t, t.TempDir(), badgerstore.Options{Now: clock.now})
	for range 2 {
		replace(t, engine, own(), generation(1))
		replace(t, engine, own(), generation(1))
		if !engine.LooksBeside() {
			t.Error("the store looks for sessions in their homes only, want also beside them")
		}
		clock.expire(t, engine)
		if engine.LooksBeside() {
			t.Error("the store looks for sessions beside their homes, where none is")
		}
	}
}
