package badgerstore

import (
	"context"
	"errors"

	"github.com/dgraph-io/badger/v4"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// discardRatio is how much of a value log file must be garbage before it is
// worth moving the rest.
const discardRatio = 0.5

// Compact implements store.Store. It gives back the space of value log
// files that are at least half garbage, except for the one that is written to.
// Other calls wait for its first step, about a tenth of a second, and writes while values
// are moved; Walk waits until it ends. During a Walk it does nothing. When ctx ends, it
// stops between two files.
func (s *Store) Compact(ctx context.Context) error {
	defer s.observe(store.MethodCompact)()
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.calls.Done()
	s.compacting.Lock()
	defer s.compacting.Unlock()
	if !s.values.TryLock() {
		return nil // Next time: waiting here would make the next Walk wait as well.
	}
	defer s.values.Unlock()
	if !s.stale.Swap(false) {
		return nil
	}
	err := s.compact(ctx)
	if err != nil {
		s.stale.Store(true)
	}
	return err
}

func (s *Store) compact(ctx context.Context) error {
	if err := s.flush(); err != nil {
		return err
	}
	if err := s.interrupted(ctx); err != nil {
		return err
	}
	if err := s.db.Flatten(1); err != nil {
		return storageError("compact", err)
	}
	for {
		if err := s.interrupted(ctx); err != nil {
			return err
		}
		err := s.collect()
		switch {
		case errors.Is(err, badger.ErrNoRewrite):
			return nil
		case err != nil:
			return storageError("compact", err)
		}
	}
}

// collect has Badger give back one value log file, or returns badger.ErrNoRewrite. Writes
// wait, for as long as the live half of a file takes to move: Badger reads the version of
// its memtable without the lock that its writes hold.
func (s *Store) collect() error {
	s.committing.Lock()
	defer s.committing.Unlock()
	return s.db.RunValueLogGC(discardRatio)
}

// flush has Badger write its memtable into a table. Badger counts a value as
// garbage when a compaction drops the last key that points to it, and the
// memtable takes no part in compactions: deletions that are still there, a
// thousand or more, would free nothing. Badger offers no flush; dropping a
// prefix makes one, while it refuses writes.
func (s *Store) flush() error {
	s.committing.Lock()
	defer s.committing.Unlock()
	if err := commitAll(s.db, []entry{{key: keyOf(prefixFlush), value: []byte{1}}}); err != nil {
		return err
	}
	if err := s.db.DropPrefix(keyOf(prefixFlush)); err != nil {
		return storageError("flush", err)
	}
	return nil
}
