package badgerstore

import (
	"testing"

	"github.com/dgraph-io/badger/v4"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore/seal"
)

// ChunkSize is how long a chunk of an image is.
const ChunkSize = chunkSize

// Format is the version of the layout of folders.
const Format = format

// Seal writes the seal of a folder, as Close does.
func Seal(dir string) error { return seal.Write(dir) }

// Where Interrupt and Die can stop a write.
const (
	StageChunks    = stageChunks
	StageRecord    = stageRecord
	StageStaged    = stageStaged
	StageSwitching = stageSwitching
	StageSwitched  = stageSwitched
	StageUndone    = stageUndone
	StageSwept     = stageSwept
	StageMigrated  = stageMigrated
)

// Die makes what reaches the stage for the n-th time stop there with this error,
// and whatever comes to any stage after it, as if the process had died. died
// reports whether it got there.
func (s *Store) Die(stage string, n int, err error) (died func() bool) {
	s.hook, died = dying(stage, n, err)
	return died
}

func dying(stage string, n int, err error) (hook func(string) error, died func() bool) {
	hook = func(reached string) error {
		if reached == stage {
			n--
		}
		if n > 0 {
			return nil
		}
		return err
	}
	return hook, func() bool { return n <= 0 }
}

// Dying makes Open die as Die does, with transactions of so many entries.
func (o *Options) Dying(stage string, n, entries int, err error) (died func() bool) {
	o.entries = entries
	o.hook, died = dying(stage, n, err)
	return died
}

// OnMigrated makes Open call f when the migration of an old folder has stored its n-th
// transaction, of so many entries.
func (o *Options) OnMigrated(n, entries int, f func()) {
	o.entries = entries
	o.hook = func(reached string) error {
		if reached == stageMigrated {
			n--
		}
		if n == 0 {
			f()
		}
		return nil
	}
}

// Plant stores any key and value.
func (s *Store) Plant(t *testing.T, key string, value []byte) {
	t.Helper()
	s.set(t, []byte(key), value)
}

// NewerWork is a note of a replacement by a newer program.
func NewerWork() []byte { return sealValue([]byte{workVersion + 1}) }

// Interrupt makes every write that reaches the stage stop there, as if the
// process had died, with this error. A nil error ends that.
func (s *Store) Interrupt(stage string, err error) {
	s.hook = func(reached string) error {
		if reached == stage {
			return err
		}
		return nil
	}
}

// OnStage calls f whenever a write reaches the stage.
func (s *Store) OnStage(stage string, f func()) {
	s.hook = func(reached string) error {
		if reached == stage {
			f()
		}
		return nil
	}
}

// OnStages calls f with every stage that a write reaches.
func (s *Store) OnStages(f func(stage string)) {
	s.hook = func(reached string) error {
		f(reached)
		return nil
	}
}

// SplitWrites makes transactions hold only this many entries.
func (s *Store) SplitWrites(entries int) { s.limits.entries = entries }

// Commits grows by one with every transaction.
func (s *Store) Commits() uint64 { return s.db.MaxVersion() }

// Keys counts the keys that begin with prefix.
func (s *Store) Keys(t *testing.T, prefix string) int {
	t.Helper()
	count := 0
	err := s.eachKey([]byte(prefix), func([]byte) error {
		count++
		return nil
	})
	if err != nil {
		t.Fatalf("counting keys = %v, want nil", err)
	}
	return count
}

// RemoveKeys removes the keys that begin with prefix.
func (s *Store) RemoveKeys(t *testing.T, prefix string) {
	t.Helper()
	if err := s.removeAll(prefix[0]); err != nil {
		t.Fatalf("removing keys = %v, want nil", err)
	}
}

// LooksBeside reports whether reads look for sessions also beside their homes.
func (s *Store) LooksBeside() bool { return s.overflow.Load() > 0 }

// Raw returns the stored record of a session.
func (s *Store) Raw(t *testing.T, id liveness.SessionID) []byte {
	t.Helper()
	var raw []byte
	err := s.db.View(func(txn *badger.Txn) error {
		return value(txn, keyOf(prefixRecord, string(id)), func(b []byte) error {
			raw = append(raw, b...)
			return nil
		})
	})
	if err != nil {
		t.Fatalf("reading the raw record = %v, want nil", err)
	}
	return raw
}

// SetRaw replaces the stored record of a session.
func (s *Store) SetRaw(t *testing.T, id liveness.SessionID, raw []byte) {
	t.Helper()
	s.set(t, keyOf(prefixRecord, string(id)), raw)
}

// DamageBeside replaces the records of the sessions with this id that are not in its home.
func (s *Store) DamageBeside(t *testing.T, id liveness.SessionID) {
	t.Helper()
	s.replaceAll(t, keyOf(prefixOverflow, string(id), ""), []byte("damaged"))
}

// SetFormat replaces the format of the folder.
func (s *Store) SetFormat(t *testing.T, format []byte) {
	t.Helper()
	s.set(t, keyOf(prefixFormat), format)
}

// SetVersion replaces the highest version of the records in the folder.
func (s *Store) SetVersion(t *testing.T, version []byte) {
	t.Helper()
	s.set(t, keyOf(prefixVersion), version)
}

// DamageSetting replaces the stored value of a setting.
func (s *Store) DamageSetting(t *testing.T, name string) {
	t.Helper()
	s.set(t, settingKey(name, s.state.Load().Layer(name)), []byte("damaged"))
}

// DamageChunks replaces the chunks of a session's images.
func (s *Store) DamageChunks(t *testing.T, id liveness.SessionID, chunk []byte) {
	t.Helper()
	s.replaceAll(t, keyOf(prefixChunk, string(id), ""), chunk)
}

// replaceAll replaces the values of all keys that begin with prefix.
func (s *Store) replaceAll(t *testing.T, prefix, value []byte) {
	t.Helper()
	var damaged []entry
	err := s.eachKey(prefix, func(key []byte) error {
		damaged = append(damaged, entry{key: append([]byte{}, key...), value: value})
		return nil
	})
	if err != nil {
		t.Fatalf("finding keys = %v, want nil", err)
	}
	for _, e := range damaged {
		s.set(t, e.key, e.value)
	}
}

func (s *Store) set(t *testing.T, key, value []byte) {
	t.Helper()
	if err := s.apply([]entry{{key: key, value: value}}); err != nil {
		t.Fatalf("damaging = %v, want nil", err)
	}
}
