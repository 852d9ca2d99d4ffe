package badgerstore

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/generation"
)

// sweepGenerations removes what no call of Undo can bring back. It does nothing if another
// call does the same.
func (s *Store) sweepGenerations(ctx context.Context) error {
	if !s.purging.TryLock() {
		return nil
	}
	defer s.purging.Unlock()
	done, staging, err := s.spend()
	if err != nil || len(done) == 0 {
		return err
	}
	if err := s.sweepLayers(done); err != nil {
		return err
	}
	p := purge{Store: s, dead: func(a address) bool {
		return a.generation <= staging.last && !staging.running[a.generation] &&
			!s.state.Load().Live(a.resource, a.generation)
	}}
	owners := map[liveness.Owner]bool{}
	for _, w := range done {
		owners[w.Owner] = true
	}
	if all := (liveness.Owner{All: true}); owners[all] {
		owners = map[liveness.Owner]bool{all: true}
	}
	for owner := range owners {
		if err := p.sessions(ctx, owner); err != nil {
			return err
		}
	}
	return s.forget(done)
}

// A stagedNow tells which generations may be being staged.
type stagedNow struct {
	last    generation.Number // greater ones are
	running map[generation.Number]bool
}

// spend makes final what cannot be undone any more, and returns the calls of Replace that
// something is left to be removed for. From then on nothing brings back what was before
// them, also not after a restart.
func (s *Store) spend() (done []work, now stagedNow, err error) {
	s.switching.Lock()
	defer s.switching.Unlock()
	now = stagedNow{s.last, maps.Clone(s.staging)}
	next := s.state.Load().Expired(s.now())
	b := s.newBatch(stageSwept)
	for g, w := range s.work {
		if w.status == workSwitched && !next.Keeps(w.Replacement) {
			w.status = workSpent
			if err := b.add(w.entry()); err != nil {
				return nil, now, err
			}
			s.work[g] = w // if it is not stored, it will be after the next start
		}
		if w.status != workSwitched && !now.running[g] {
			done = append(done, w)
		}
	}
	if err := b.flush(); err != nil {
		return nil, now, err
	}
	if next != s.state.Load() {
		s.gate.Lock()
		s.state.Store(next)
		s.gate.Unlock()
	}
	return done, now, nil
}

// forget removes what is stored of calls of Replace that nothing is left to be removed
// for.
func (s *Store) forget(done []work) error {
	s.switching.Lock()
	defer s.switching.Unlock()
	b := s.newBatch(stageSwept)
	for _, w := range done {
		if err := b.add(entry{key: workKey(w.Number)}); err != nil {
			return err
		}
	}
	if err := b.flush(); err != nil {
		return err
	}
	for _, w := range done {
		delete(s.work, w.Number)
	}
	return nil
}

// pointersPage is how many pointers are removed at once, in one transaction whatever the
// names. Other calls wait for that.
const pointersPage = 50

// sweepPointers removes the pointers that nothing needs: no call of Undo does, and they have
// no effect, or their resources have no sessions.
func (s *Store) sweepPointers() error {
	s.switching.Lock()
	defer s.switching.Unlock()
	unused, err := s.unused(s.state.Load().NotUndoable())
	if err != nil {
		return err
	}
	for page := range slices.Chunk(unused, pointersPage) {
		if err := s.removePointers(page); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) removePointers(page []liveness.ResourceID) error {
	next := s.state.Load().WithoutPointers(page)
	s.gate.Lock()
	defer s.gate.Unlock()
	if s.refusal != nil {
		return s.refusal
	}
	// If one of them has got sessions, the next sweep tries the others again.
	if still, err := s.unused(page); err != nil || len(still) < len(page) {
		return err
	}
	var entries []entry
	for _, resource := range page {
		entries = append(entries, entry{key: pointerKey(liveness.Owner{Resource: resource})})
	}
	return s.commitState(next, entries)
}

// unused returns those of the resources whose pointers have no effect, or that have no
// sessions in any generation.
func (s *Store) unused(resources []liveness.ResourceID) (unused []liveness.ResourceID, err error) {
	state := s.state.Load()
	err = s.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte{prefixList}})
		defer it.Close()
		for _, resource := range resources {
			prefix := keyOf(prefixList, string(resource), "")
			if it.Seek(prefix); state.Outdated(resource) || !it.ValidForPrefix(prefix) {
				unused = append(unused, resource)
			}
		}
		return nil
	})
	return unused, err
}

// A purge removes sessions that are not in force, and will not be.
type purge struct {
	*Store
	dead func(address) bool // what to remove; all sessions of a resource in a generation or none
}

// purgePage is how many sessions are removed at once. Calls with one of their ids wait for
// that.
const purgePage = 100

// sessions removes the dead sessions of an owner.
func (p purge) sessions(ctx context.Context, owner liveness.Owner) error {
	var cursor []byte
	for {
		if err := p.interrupted(ctx); err != nil {
			return err
		}
		var page []dueKey
		err := p.db.View(func(txn *badger.Txn) error {
			return eachPart(txn, owner, cursor, func(a address, key []byte) (goOn bool, err error) {
				if !p.dead(a) {
					return false, nil
				}
				if len(page) == purgePage {
					cursor = bytes.Clone(key) // Badger takes long to pass over removed keys.
					return false, errFull
				}
				due, _ := parseExpiryKey(key)
				page = append(page, due)
				return true, nil
			})
		})
		full := errors.Is(err, errFull)
		if err != nil && !full {
			return err
		}
		if err := p.page(ctx, page); err != nil || !full {
			return err
		}
	}
}

// errFull ends the search for sessions.
var errFull = errors.New("the page is full")

func (p purge) page(ctx context.Context, page []dueKey) error {
	if err := p.enter(ctx); err != nil {
		return err
	}
	defer p.gate.RUnlock()
	ids := make([]liveness.SessionID, len(page))
	for n, a := range page {
		ids[n] = a.id
	}
	defer p.lockAll(ids)()
	b := p.newBatch(stageSwept)
	for n, a := range page {
		// A session may move when another one with its id is removed.
		if slices.Contains(ids[:n], a.id) {
			if err := b.flush(); err != nil {
				return err
			}
		}
		if err := p.session(&b, a); err != nil {
			return err
		}
	}
	if err := b.flush(); err != nil {
		return err
	}
	for _, id := range ids {
		if err := p.removed(id); err != nil {
			return err
		}
	}
	return nil
}

// session removes a session whose lock the caller holds: its chunks first, because only
// its record names them.
func (p purge) session(b *batch, due dueKey) error {
	var found slot
	err := p.read(func(txn *badger.Txn) (err error) {
		found, err = at(txn, due.address)
		return err
	})
	var main, chunks []entry
	switch {
	case err == nil:
		w := write{id: due.id}
		for _, image := range found.Images {
			w.dropImage(image)
		}
		chunks = w.after
		main, err = p.removal(found)
	case errors.Is(err, liveness.ErrDamaged):
		main, chunks, err = p.damagedRemoval(found, due)
	case errors.Is(err, errAbsent):
		main, err = p.indexRemoval(due)
	}
	if err != nil {
		return err
	}
	for _, chunk := range chunks {
		if err := b.add(chunk); err != nil {
			return err
		}
	}
	return b.add(main...)
}
