package badgerstore

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/generation"
)

// Where a process may die within Replace and Undo, for tests.
const (
	stageStaged    = "staged"    // some of the new data is staged
	stageSwitching = "switching" // all of it is staged
	stageSwitched  = "switched"  // the new data is in force
	stageAbandoned = "abandoned" // the staged data will be removed
	stageUndone    = "undone"    // the data before is in force again
	stageSwept     = "swept"     // some of the data that is not in force is removed
)

// Replace implements store.Store, see the package comment. Other calls wait for one
// transaction at its end, whatever fill stages. One call at a time stages something.
func (s *Store) Replace(
	ctx context.Context, scope store.Scope, fill func(stage func(store.Stored) error) error,
) error {
	defer s.observe(store.MethodReplace)()
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.calls.Done()
	if scope.All {
		scope.Resource = ""
	}
	if len(scope.Resource) > maxName {
		return fmt.Errorf("replace: the resource has %d bytes, more than %d", len(scope.Resource), maxName)
	}
	if fill != nil {
		select {
		case s.stagerSlot <- struct{}{}:
			defer func() { <-s.stagerSlot }()
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-s.closing:
			return errClosed
		}
	}
	st, err := s.newStager(ctx, scope)
	if err != nil {
		return err
	}
	defer st.over() // also when fill panics
	if fill != nil {
		if err := st.fill(ctx, fill); err != nil {
			return err
		}
	}
	return st.replace()
}

// fill stages the data of a function.
func (st *stager) fill(ctx context.Context, fill func(stage func(store.Stored) error) error) error {
	if err := st.announce(); err != nil {
		return err
	}
	if err := fill(func(stored store.Stored) error { return st.stage(ctx, stored) }); err != nil {
		return err
	}
	if err := st.end(); err != nil {
		return err
	}
	return st.interrupted(ctx)
}

// newStager takes the number of a new generation.
func (s *Store) newStager(ctx context.Context, scope store.Scope) (*stager, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	s.gate.RUnlock()
	s.switching.Lock()
	defer s.switching.Unlock()
	s.last++
	s.staging[s.last] = true
	return &stager{
		Store: s, scope: scope, number: s.last, batch: s.newBatch(stageStaged),
		seen: map[uint64]bool{}, names: map[string]bool{},
	}, nil
}

// announce stores that a generation is being staged, so that it is garbage if the process
// dies.
func (st *stager) announce() error {
	st.switching.Lock()
	defer st.switching.Unlock()
	w := work{generation.Replacement{Pointer: generation.Pointer{Number: st.number}, Owner: ownerOf(st.scope)}, workStaging}
	if err := st.apply([]entry{w.entry()}); err != nil {
		return err
	}
	st.work[st.number], st.announced = w, true
	return nil
}

func ownerOf(scope store.Scope) liveness.Owner {
	return liveness.Owner{Resource: scope.Resource, All: scope.All}
}

// replace switches to what was staged, or to nothing. The settings to remove, which are
// in the same transaction, are staged if they are too many.
func (st *stager) replace() error {
	if err := st.reached(stageSwitching); err != nil {
		return err
	}
	for {
		left, err := st.trySwitch()
		if err != nil {
			return err
		}
		if len(left) == 0 {
			return nil
		}
		if err := st.announce(); err != nil {
			return err
		}
		for _, name := range left {
			if err := st.batch.add(st.unset(name)); err != nil {
				return err
			}
			st.names[name] = true
		}
		if err := st.batch.flush(); err != nil {
			return err
		}
	}
}

// unset returns the entry that removes a setting in the generation.
func (st *stager) unset(name string) entry {
	return entry{key: settingKey(name, st.number), value: tombstone()}
}

// trySwitch switches unless there are too many settings to remove. It returns these.
func (st *stager) trySwitch() (left []string, err error) {
	st.switching.Lock()
	defer st.switching.Unlock()
	before, owner := st.state.Load(), ownerOf(st.scope)
	st.last++
	w := work{generation.Replacement{
		Pointer: generation.Pointer{Number: st.number, Turn: st.last},
		Owner:   owner, Before: before.Pointer(owner), At: st.now().UTC(),
	}, workSwitched}
	// Other calls wait for names only that came meanwhile.
	created := st.created.Load()
	next, names, err := st.plan(w)
	if err != nil {
		return nil, err
	}
	if err := st.lockFor(next); err != nil {
		return nil, err
	}
	defer st.gate.Unlock()
	if st.created.Load() != created {
		if next, names, err = st.plan(w); err != nil {
			return nil, err
		}
	}
	var entries []entry
	for _, name := range names {
		entries = append(entries, st.unset(name))
	}
	earlier, ends := st.work[w.Before.Number]
	if ends = ends && earlier.status == workSwitched; ends {
		earlier.status = workSpent
		entries = append(entries, earlier.entry())
	}
	const others = 2 // of commitWork
	if n, rest := st.limits.fit(entries); len(names) > 0 && (n < len(entries) || rest.entries < others) {
		return names, nil
	}
	if err := st.commitWork(next, w, entries...); err != nil {
		return nil, err
	}
	st.replaced = true
	if ends {
		st.work[earlier.Number] = earlier
	}
	if err := st.reached(stageSwitched); err != nil {
		st.log.Warn("after a replacement", slog.String("error", firstLine(err)))
	}
	return nil, nil
}

// plan returns the state after the switch, and the names of the settings that have to be
// removed in it.
func (st *stager) plan(w work) (next *generation.State, names []string, err error) {
	if names, err = st.unnamed(); err != nil {
		return nil, nil, err
	}
	return st.state.Load().Replaced(w.Replacement, append(slices.Collect(maps.Keys(st.names)), names...)), names, nil
}

// unnamed returns the names of the settings of the scope that are not staged: also of those
// that were removed, because Undo of another Replace could bring them back.
func (st *stager) unnamed() ([]string, error) {
	var names []string
	err := st.db.View(func(txn *badger.Txn) (err error) {
		names, err = (&snapshot{st.Store, txn, st.state.Load()}).names(st.scope)
		return err
	})
	return slices.DeleteFunc(names, func(name string) bool { return st.names[name] }), err
}

// Undo implements store.Store. Other calls wait for one transaction.
func (s *Store) Undo(ctx context.Context, owner liveness.Owner) (int, error) {
	defer s.observe(store.MethodUndo)()
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	defer s.calls.Done()
	if owner.All {
		owner.Resource = ""
	}
	before, next, txn, err := s.switchBack(owner)
	if err != nil {
		return 0, err
	}
	defer txn.Discard()
	if err := s.reached(stageUndone); err != nil {
		s.log.Warn("after an undo", slog.String("error", firstLine(err)))
	}
	gone := 0
	err = eachPart(txn, owner, nil, func(a address, _ []byte) (goOn bool, err error) {
		if before.InForce(a.resource) != a.generation || next.InForce(a.resource) == a.generation {
			return false, nil
		}
		gone++
		return true, nil
	})
	if err != nil {
		s.log.Warn("it is not known how many sessions are gone", slog.String("error", firstLine(err)))
	}
	return gone, nil
}

// switchBack undoes the last Replace of an owner. It returns the states before and after
// that, and a transaction that shows what was stored at that moment.
func (s *Store) switchBack(owner liveness.Owner) (before, next *generation.State, txn *badger.Txn, err error) {
	s.switching.Lock()
	defer s.switching.Unlock()
	before = s.state.Load()
	r, ok := before.Undoable(owner, s.now())
	if !ok {
		return nil, nil, nil, fmt.Errorf("a replacement to undo: %w", liveness.ErrNotFound)
	}
	next = before.Undone(r)
	if err := s.lockFor(next); err != nil {
		return nil, nil, nil, err
	}
	defer s.gate.Unlock()
	if err := s.commitWork(next, work{r, workUndone}); err != nil {
		return nil, nil, nil, err
	}
	return before, next, s.db.NewTransaction(false), nil
}

// eachPart calls visit with the sessions of an owner, in the order of the index for Sweep,
// of all generations, from a key on. If visit returns false, it goes on with the next
// generation or resource.
func eachPart(
	txn *badger.Txn, owner liveness.Owner, from []byte, visit func(a address, key []byte) (goOn bool, err error),
) error {
	prefix := []byte{prefixExpiry}
	if !owner.All {
		prefix = keyOf(prefixExpiry, string(owner.Resource), "")
	}
	it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
	defer it.Close()
	for it.Seek(slices.MaxFunc([][]byte{prefix, from}, bytes.Compare)); it.Valid(); {
		key := it.Item().Key()
		due, ok := parseExpiryKey(key)
		if !ok {
			it.Next()
			continue
		}
		goOn, err := visit(due.address, key)
		switch {
		case err != nil:
			return err
		case goOn:
			it.Next()
		default:
			it.Seek(afterPart(prefixExpiry, due.resource, due.generation))
		}
	}
	return nil
}
