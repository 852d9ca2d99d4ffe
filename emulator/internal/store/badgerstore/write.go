package badgerstore

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"log/slog"
	"strings"

	"github.com/dgraph-io/badger/v4"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// An entry is one key to set, or to delete if value is nil.
type entry struct {
	key, value []byte
	meta       byte // of a record, see metaOf
}

// A write has all changes of one call, for one session.
type write struct {
	id     liveness.SessionID
	before []entry // chunks that main makes reachable
	main   []entry // the record and its index keys, in one transaction
	after  []entry // chunks that main makes unreachable
}

// limits bound one transaction.
type limits struct {
	entries int
	inline  int // bytes in Badger's tables: keys and small values
	values  int // bytes of larger values
}

// valueThreshold is the size from which Badger keeps a value in its value log.
const valueThreshold = 512

// transactionLimits returns limits well below Badger's, which are 15 % of a memtable
// inline and a number of entries that follows from it. Images of up to about a megabyte
// are in one transaction with their record.
func transactionLimits() limits {
	return limits{entries: 1000, inline: 160 << 10, values: 1 << 20}
}

// fit returns how many of entries fit within l, at least one, and the rest of l.
func (l limits) fit(entries []entry) (int, limits) {
	for n, e := range entries {
		next := l
		next.entries--
		next.inline -= len(e.key) + 32
		if len(e.value) < valueThreshold {
			next.inline -= len(e.value)
		} else {
			next.values -= len(e.value)
		}
		if n > 0 && (next.entries < 0 || next.inline < 0 || next.values < 0) {
			return n, l
		}
		l = next
	}
	return len(entries), l
}

// Where a process may die within a write, for tests.
const (
	stageChunks = "chunks" // some chunks are stored, the record is not
	stageRecord = "record" // the record is stored, the chunks that it replaces are not removed
)

// commit stores a write, see the package comment. If it returns an error, only
// unreachable chunks may have been stored. The caller holds the session's lock.
func (s *Store) commit(w write) error {
	if len(w.before) == 0 && len(w.after) == 0 {
		return s.apply(w.main)
	}
	intent := entry{key: intentKey(w.id, randomNumber()), value: []byte{1}}
	marked := false
	before := w.before
	for {
		n, _ := s.limits.fit(append(before[:len(before):len(before)], w.main...))
		if n >= len(before) {
			break // the rest goes with the record
		}
		part := before[:n:n]
		if !marked {
			part, marked = append(part, intent), true
		}
		if err := s.apply(part); err != nil {
			return err
		}
		if err := s.reached(stageChunks); err != nil {
			return err
		}
		before = before[n:]
	}

	main := append(before[:len(before):len(before)], w.main...)
	_, left := s.limits.fit(main)
	fitting := 0
	if len(w.after) > 0 && left.entries > 0 {
		fitting, _ = left.fit(w.after)
	}
	main = append(main, w.after[:fitting]...)
	after := w.after[fitting:]
	switch {
	case len(after) > 0 && !marked:
		main = append(main, intent)
	case len(after) == 0 && marked:
		main = append(main, entry{key: intent.key})
	}
	if err := s.apply(main); err != nil {
		return err
	}
	s.removeUnreachable(w.id, after, intent.key)
	return nil
}

// removeUnreachable removes the chunks that a committed write has made unreachable, and
// then its mark. An error here is not one of the write, which has succeeded; Sweep tries
// again.
func (s *Store) removeUnreachable(id liveness.SessionID, chunks []entry, intent []byte) {
	if len(chunks) == 0 {
		return
	}
	err := s.reached(stageRecord)
	for err == nil && len(chunks) > 0 {
		n, _ := s.limits.fit(chunks)
		part := chunks[:n:n]
		chunks = chunks[n:]
		if len(chunks) == 0 {
			part = append(part, entry{key: intent})
		}
		err = s.apply(part)
	}
	if err != nil {
		s.log.Warn("obsolete image data stays until the next sweep",
			slog.String("session", string(id)), slog.String("error", firstLine(err)))
	}
}

// reached calls the hook with which tests interrupt a write.
func (s *Store) reached(stage string) error {
	if s.hook == nil {
		return nil
	}
	return s.hook(stage)
}

// apply stores entries in one transaction.
func (s *Store) apply(entries []entry) error {
	s.stale.Store(true)
	s.committing.RLock()
	defer s.committing.RUnlock()
	entries, first := s.withVersion(entries)
	var err error
	if s.group != nil {
		err = s.group.commit(entries)
	} else {
		err = commitAll(s.db, entries)
	}
	if first && err == nil {
		s.current.Store(true)
	}
	return err
}

func commitAll(db *badger.DB, entries []entry) error {
	txn := db.NewTransaction(true)
	defer txn.Discard()
	for _, e := range entries {
		var err error
		if e.value == nil {
			err = txn.Delete(e.key)
		} else {
			err = txn.SetEntry(badger.NewEntry(e.key, e.value).WithMeta(e.meta))
		}
		if err != nil {
			return storageError("write", err)
		}
	}
	if err := txn.Commit(); err != nil {
		return storageError("write", err)
	}
	return nil
}

// storageError returns an error of Badger without parts that may be contents: from the
// second line on, its text can be a dump of a value.
func storageError(operation string, err error) error {
	return &badgerError{text: fmt.Sprintf("%s: %s", operation, firstLine(err)), err: err}
}

// A badgerError shortens the text of an error and keeps its identity.
type badgerError struct {
	text string
	err  error
}

func (e *badgerError) Error() string { return e.text }
func (e *badgerError) Unwrap() error { return e.err }

func firstLine(err error) string {
	line, _, _ := strings.Cut(strings.TrimSpace(err.Error()), "\n")
	return line[:min(len(line), 300)]
}

// randomNumber returns a number that nothing else uses, because it is random.
func randomNumber() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never returns an error
	return binary.BigEndian.Uint64(b[:])
}
