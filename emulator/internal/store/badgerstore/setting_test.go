package badgerstore_test

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore"
)

// setSetting stores a value, whatever is there.
func setSetting(t *testing.T, store *badgerstore.Store, name string, value []byte) {
	t.Helper()
	_, err := store.ChangeSetting(t.Context(), name, func([]byte) ([]byte, error) { return value, nil })
	if err != nil {
		t.Fatalf("ChangeSetting = %v, want nil", err)
	}
}

func TestSettingLimit(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]badgerstore.Options{"Plain": {}, "Sync": {Sync: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := open(t, t.TempDir(), opts)
			longest := bytes.Repeat([]byte("x"), 1<<20)
			setSetting(t, store, "key", longest)
			for _, name := range []string{"key", "new"} {
				_, err := store.ChangeSetting(t.Context(), name, func([]byte) ([]byte, error) { return append(longest, 'x'), nil })
				if err == nil || !strings.Contains(err.Error(), "1048576") || strings.Contains(err.Error(), "xx") {
					t.Errorf("ChangeSetting to a longer value = %v, want an error with the limit", err)
				}
			}
			if got, err := store.Setting(t.Context(), "key"); err != nil || !bytes.Equal(got, longest) {
				t.Errorf("Setting = %d bytes, %v, want the %d from before", len(got), err, len(longest))
			}
			if _, err := store.Setting(t.Context(), "new"); !errors.Is(err, liveness.ErrNotFound) {
				t.Errorf("Setting of the refused value = %v, want %v", err, liveness.ErrNotFound)
			}
		})
	}
}

func TestSettingName(t *testing.T) {
	t.Parallel()
	store := open(t, t.TempDir(), badgerstore.Options{})
	longest := strings.Repeat("n", 4096)
	setSetting(t, store, longest, []byte("value"))
	for _, name := range []string{longest + "n", strings.Repeat("n", 1<<17)} {
		_, err := store.ChangeSetting(t.Context(), name, func([]byte) ([]byte, error) { return []byte("other"), nil })
		if err == nil {
			t.Errorf("ChangeSetting with a name of %d bytes succeeded, want an error", len(name))
		}
		if _, err := store.Setting(t.Context(), name); !errors.Is(err, liveness.ErrNotFound) {
			t.Errorf("Setting with a name of %d bytes = %v, want %v", len(name), err, liveness.ErrNotFound)
		}
	}
	if got, err := store.Setting(t.Context(), longest); err != nil || string(got) != "value" {
		t.Errorf("Setting = %q, %v, want %q", got, err, "value")
	}
}

// TestSettingUnchanged counts transactions.
func TestSettingUnchanged(t *testing.T) {
	t.Parallel()
	store := open(t, t.TempDir(), badgerstore.Options{})
	for _, value := range []string{"value", ""} {
		setSetting(t, store, "key", []byte(value))
		before := store.Commits()
		setSetting(t, store, "key", []byte(value))
		if got := store.Commits(); got != before {
			t.Errorf("%d transactions for a value that stays %q, want none", got-before, value)
		}
	}
	before := store.Commits()
	// An edit in place is a change like any other.
	_, err := store.ChangeSetting(t.Context(), "key", func(old []byte) ([]byte, error) { return append(old, 'x'), nil })
	if got := store.Commits(); err != nil || got != before+1 {
		t.Errorf("%d transactions for a new value, %v, want 1 and nil", got-before, err)
	}
}

// TestReplaceRemovesANewSetting stores a setting after Replace has looked for those to
// remove, and before it switches.
func TestReplaceRemovesANewSetting(t *testing.T) {
	t.Parallel()
	engine := open(t, t.TempDir(), badgerstore.Options{})
	setSetting(t, engine, "a/1", []byte("value"))
	var once sync.Once
	scope := store.Scope{Resource: "a", Setting: func(string) bool {
		once.Do(func() { setSetting(t, engine, "a/2", []byte("value")) })
		return true
	}}
	if err := engine.Replace(t.Context(), scope, nil); err != nil {
		t.Fatalf("Replace = %v, want nil", err)
	}
	for _, name := range []string{"a/1", "a/2"} {
		if value, err := engine.Setting(t.Context(), name); !errors.Is(err, liveness.ErrNotFound) {
			t.Errorf("Setting(%q) = %q, %v, want %v", name, value, err, liveness.ErrNotFound)
		}
	}
}
