package badgerstore_test

import (
	"errors"
	"testing"

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
