package badgerstore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore/seal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/generation"
)

// format is the version of the layout of the folder. It is increased when a program of
// the old version cannot work with the folder any more. Records have another version,
// see checkVersion.
const format = 2

// Errors of Open. Any other error comes from the file system: the folder cannot be
// created, read or written.
var (
	// ErrLocked says that another process has the folder open.
	ErrLocked = errors.New("the folder is in use")
	// ErrNewer says that a newer program wrote to the folder.
	ErrNewer = errors.New("the folder was written by a newer program")
	// ErrCorrupt says that the database in the folder cannot be read.
	ErrCorrupt = errors.New("the folder is damaged")
	// ErrUnfinished says that an earlier program was stopped during a reset or restore, which
	// only that program can finish.
	ErrUnfinished = errors.New("an earlier version has not finished a reset or restore")
)

// Options configure a store. The zero value is usable.
type Options struct {
	// Sync makes every write wait until it is on the disk, so that it survives a loss
	// of power. Without it, an answered write survives the death of the process only.
	Sync bool
	// Logger gets damaged records; it may be nil.
	Logger *slog.Logger
	// Observe measures the calls; it may be nil.
	Observe store.Observer
	// LockWait is how long to retry while another process has the folder open; zero
	// means one try.
	LockWait time.Duration
	// Now replaces the clock that store.UndoTime is measured with, for tests.
	Now func() time.Time

	hook    func(stage string) error // for tests, see reached
	entries int                      // of one transaction at most, for tests; 0: as usual
}

// Tuned returns Badger's options for many small records that live for two days, with a
// few images, in a process that should stay small. The defaults need about ten times
// the memory.
func Tuned(dir string, sync bool) badger.Options {
	defaults := badger.DefaultOptions(dir)
	// Tables of one size in all levels. By default the lowest level has tables of 16 MiB or
	// more, and a compaction holds about ten of them in memory, each in a buffer of twice
	// its size or more.
	defaults.TableSizeMultiplier = 1
	return defaults.
		WithLogger(nil).
		WithMetricsEnabled(false).
		WithSyncWrites(sync).
		WithValueThreshold(valueThreshold).
		WithValueLogFileSize(16 << 20).
		WithMemTableSize(2 << 20).
		WithNumMemtables(2).
		WithNumLevelZeroTables(2).
		WithNumLevelZeroTablesStall(6).
		WithNumCompactors(2).
		WithCompression(options.None).
		WithBlockCacheSize(0).
		WithIndexCacheSize(0).
		WithDetectConflicts(false). // the locks of Store order the writers
		WithVerifyValueChecksum(true).
		WithChecksumVerificationMode(options.NoVerification) // checkTables does it
}

// Open opens the store in dir, and creates the folder if it does not exist. Only one
// process can have a folder open. Errors wrap ErrLocked, ErrNewer, ErrCorrupt or
// ErrUnfinished, or come from the file system.
func Open(dir string, opts Options) (*Store, error) {
	if err := usable(dir); err != nil {
		return nil, err
	}
	db, err := openWaiting(dir, opts)
	if err != nil {
		return nil, err
	}
	if err := checkFormat(db, dir); err != nil {
		_ = closeSealed(db) // The first error says more.
		return nil, err
	}
	current, err := checkVersion(db, dir)
	if err != nil {
		_ = closeSealed(db)
		return nil, err
	}
	s := &Store{
		db:          db,
		log:         opts.Logger,
		observe:     opts.Observe,
		seed:        maphash.MakeSeed(),
		limits:      transactionLimits(),
		stagerSlot:  make(chan struct{}, 1),
		closing:     make(chan struct{}),
		work:        map[generation.Number]work{},
		staging:     map[generation.Number]bool{},
		shared:      map[liveness.SessionID][]address{},
		sharedSince: map[liveness.SessionID][]address{},
		now:         opts.Now,
		hook:        opts.hook,
	}
	if opts.entries > 0 {
		s.limits.entries = opts.entries
	}
	if s.now == nil {
		s.now = clock.System{}.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.observe == nil {
		s.observe = func(string) func() { return func() {} }
	}
	s.stale.Store(true)
	s.current.Store(current)
	if opts.Sync {
		s.group = newGroup(db)
	}
	if err := s.migrate(dir); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.loadGenerations(dir); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// lockRetry is the pause between two tries to open a folder that is in use.
const lockRetry = 25 * time.Millisecond

// openWaiting opens the database, and retries for LockWait while another process has it
// open.
func openWaiting(dir string, opts Options) (*badger.DB, error) {
	var system clock.System
	deadline := system.Now().Add(opts.LockWait)
	checked := map[uint64]bool{}
	for {
		if err := preflight(dir, checked); err != nil {
			return nil, err
		}
		unfinished := hasEmptyLog(dir)
		db, err := openOnce(Tuned(dir, opts.Sync))
		if err != nil && !isLock(err) && unfinished {
			// The first try gave the log its length, and reported just that.
			db, err = openOnce(Tuned(dir, opts.Sync))
		}
		if err == nil {
			return unsealed(db)
		}
		now := system.Now()
		if !isLock(err) || !now.Before(deadline) {
			return nil, openError(dir, err)
		}
		next := now.Add(min(lockRetry, deadline.Sub(now)))
		// Wait returns an error only when its context ends.
		_ = system.Wait(context.Background(), next)
	}
}

// preflight finds damage before Badger does, see the package comment. It leaves out the
// tables that were checked before.
func preflight(dir string, checked map[uint64]bool) error {
	if err := checkSeal(dir); err != nil {
		return err
	}
	if err := checkManifest(dir); err != nil {
		return err
	}
	if err := checkTables(dir, checked); err != nil {
		return err
	}
	return seal.Remove(dir) // Badger changes files as soon as it opens them.
}

// unsealed removes the seal again: the process that had the folder open before may have
// written it late.
func unsealed(db *badger.DB) (*badger.DB, error) {
	if err := seal.Remove(db.Opts().Dir); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// closeSealed closes the database and seals the folder.
func closeSealed(db *badger.DB) error {
	if err := db.Close(); err != nil {
		return storageError("close", err)
	}
	// All data is stored. Without a seal, the next Open works as after a crash.
	_ = seal.Write(db.Opts().Dir)
	return nil
}

// openOnce opens the database, and returns an error if Badger panics over damage.
func openOnce(opts badger.Options) (db *badger.DB, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the database panicked: %v", p)
		}
	}()
	return badger.Open(opts)
}

// isLock reports whether err says that another process has the folder open. Badger wraps
// without %w, so only the text tells.
func isLock(err error) bool {
	return strings.Contains(err.Error(), "Another process is using this Badger database")
}

// openError returns the error of Open for an error of Badger.
func openError(dir string, err error) error {
	switch {
	case isLock(err):
		return fmt.Errorf("%w: %s; stop that process or use another folder", ErrLocked, holder(dir))
	case strings.Contains(err.Error(), "unsupported version"):
		return fmt.Errorf("%w: %s: %s; use the newer program or another folder",
			ErrNewer, dir, strings.TrimSuffix(firstLine(err), "."))
	}
	if ioErr := filesUsable(dir); ioErr != nil {
		return ioErr
	}
	return corruptFolder(dir, firstLine(err))
}

func corruptFolder(dir, reason string) error {
	return fmt.Errorf("%w: %s: %s; restore a copy of the folder, or move it away to start fresh",
		ErrCorrupt, dir, reason)
}

// holder describes the process that has the folder open. Badger writes the process id to
// a file, which may be missing or empty by now.
func holder(dir string) string {
	pid, err := os.ReadFile(filepath.Join(dir, "LOCK"))
	text := strings.TrimSpace(string(pid))
	switch {
	case err != nil || text == "" || len(text) >= 20:
		return fmt.Sprintf("another process has %s open", dir)
	case text == strconv.Itoa(os.Getpid()):
		return fmt.Sprintf("process %s, this one or one of another container, has %s open", text, dir)
	}
	return fmt.Sprintf("process %s has %s open", text, dir)
}

// checkFormat returns an error unless this program, in a version with the same layout,
// wrote the folder. It stores the format in an empty one.
func checkFormat(db *badger.DB, dir string) error {
	var found uint32
	empty := true
	err := db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{})
		defer it.Close()
		it.Rewind()
		empty = !it.Valid()
		item, err := txn.Get(keyOf(prefixFormat))
		if errors.Is(err, badger.ErrKeyNotFound) {
			return nil
		} else if err != nil {
			return err
		}
		return item.Value(func(b []byte) error {
			if len(b) == 4 {
				found = binary.BigEndian.Uint32(b)
			}
			return nil
		})
	})
	switch {
	case err != nil:
		return corruptFolder(dir, firstLine(err))
	case found > format:
		return fmt.Errorf("%w: %s has format %d, this program knows up to %d; "+
			"use the newer program or another folder", ErrNewer, dir, found, format)
	case found == 0 && !empty:
		return corruptFolder(dir, "the database was written by another program")
	case found == 0:
		return commitAll(db, []entry{formatEntry()})
	}
	return nil
}

func formatEntry() entry {
	return entry{key: keyOf(prefixFormat), value: binary.BigEndian.AppendUint32(nil, format)}
}
