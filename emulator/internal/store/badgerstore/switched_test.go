package badgerstore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore"
)

// TestNoUndoAfterReopen: what cannot be taken back any more cannot after a restart.
func TestNoUndoAfterReopen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, badgerstore.Options{})
	own, all := liveness.Owner{Resource: "a"}, liveness.Owner{All: true}
	for _, scope := range []store.Scope{{Resource: "a"}, {All: true}} {
		if err := s.Replace(t.Context(), scope, nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Undo(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	_, before := s.Undo(t.Context(), own)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, badgerstore.Options{})
	if _, after := s.Undo(t.Context(), own); errors.Is(before, liveness.ErrNotFound) != errors.Is(after, liveness.ErrNotFound) {
		t.Errorf("Undo = %v before the restart and %v after it", before, after)
	}
}

// TestRestartBetweenSwitches: a restart changes no setting.
func TestRestartBetweenSwitches(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, badgerstore.Options{})
	scope := store.Scope{Resource: "a", Setting: func(string) bool { return true }}
	set := func(value string) error {
		_, err := s.ChangeSetting(t.Context(), "x", func([]byte) ([]byte, error) { return []byte(value), nil })
		return err
	}
	if err := set("before"); err != nil {
		t.Fatal(err)
	}
	err := s.Replace(t.Context(), scope, func(stage func(store.Stored) error) error {
		if err := stage(store.Stored{Setting: "x", Value: []byte("restored")}); err != nil {
			return err
		}
		if err := s.Replace(t.Context(), scope, nil); err != nil {
			return err
		}
		return set("outdated")
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got, err := s.Setting(t.Context(), "x"); string(got) != "restored" {
			t.Errorf("Setting = %q, %v", got, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open(t, dir, badgerstore.Options{})
	}
}

// TestDeleteDamagedWhileItIsRestored: the session that a restore has staged stays in the
// indexes.
func TestDeleteDamagedWhileItIsRestored(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), badgerstore.Options{})
	session := liveness.Session{ID: "i", Resource: "a", Kind: liveness.KindLiveness, Created: time.Unix(1_700_000_000, 0).UTC()}
	if err := s.Create(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	s.SetRaw(t, "i", []byte("damaged"))
	pages := make([]liveness.Session, 0, 150)
	for n := range 150 { // more than a page, so that it is stored
		other := session
		if n > 0 {
			other.ID = liveness.SessionID("j" + string(rune('0'+n%10)) + string(rune('0'+n/10)))
		}
		pages = append(pages, other)
	}
	err := s.Replace(t.Context(), store.Scope{All: true}, func(stage func(store.Stored) error) error {
		for _, one := range pages {
			if err := stage(store.Stored{Session: one}); err != nil {
				return err
			}
		}
		return s.Delete(t.Context(), "i")
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Session(t.Context(), "i"); err != nil {
		t.Errorf("Session = %v", err)
	}
	if got, err := s.List(t.Context(), "a", liveness.KindLiveness, "", 1); err != nil || len(got) != 1 || got[0].ID != "i" {
		t.Errorf("List = %v, %v, want the restored session first", len(got), err)
	}
	removed, err := s.Sweep(t.Context(), func(liveness.ResourceID) time.Time { return session.Expires() })
	if err != nil || removed != 150 {
		t.Errorf("Sweep = %d, %v, want 150", removed, err)
	}
}

// TestRestoreOverDamaged restores a damaged session of the same resource.
func TestRestoreOverDamaged(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), badgerstore.Options{})
	session := liveness.Session{ID: "i", Resource: "a", Kind: liveness.KindLiveness, Created: time.Unix(1_700_000_000, 0).UTC()}
	if err := s.Create(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	s.SetRaw(t, "i", []byte("damaged"))
	err := s.Replace(t.Context(), store.Scope{Resource: "a"}, func(stage func(store.Stored) error) error {
		return stage(store.Stored{Session: session})
	})
	if err != nil {
		t.Errorf("Replace = %v, want nil", err)
	}
}

// BenchmarkSharedIDs measures what a reset of a third resource costs under the gate when
// two others have ids in common.
func BenchmarkSharedIDs(b *testing.B) {
	const count = 5000
	s, err := badgerstore.Open(b.TempDir(), badgerstore.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for _, resource := range []liveness.ResourceID{"a", "b"} {
		err := s.Replace(b.Context(), store.Scope{Resource: resource}, func(stage func(store.Stored) error) error {
			for n := range count {
				id := liveness.SessionID(time.Duration(n).String())
				if err := stage(store.Stored{Session: liveness.Session{ID: id, Resource: resource, Kind: liveness.KindLiveness, Created: time.Unix(1_700_000_000, 0)}}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		if resource == "a" {
			if err := s.Replace(b.Context(), store.Scope{Resource: "a"}, nil); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ResetTimer()
	for b.Loop() {
		if err := s.Replace(b.Context(), store.Scope{Resource: "c"}, nil); err != nil {
			b.Fatal(err)
		}
	}
}
