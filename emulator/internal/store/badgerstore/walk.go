package badgerstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
)

// Walk implements store.Store. It affects only Compact, which does nothing during a
// Walk, and Close, which ends it with os.ErrClosed as soon as visit returns. A session
// with an image that cannot be read counts as damaged.
func (s *Store) Walk(ctx context.Context, scope store.Scope, visit func(store.Stored) error) (int, error) {
	defer s.observe(store.MethodWalk)()
	if err := s.begin(ctx); err != nil {
		return 0, err
	}
	defer s.calls.Done()
	snapshot, err := s.snapshot(ctx)
	if err != nil {
		return 0, err
	}
	defer snapshot.release()
	w := walk{snapshot: snapshot, withoutImages: scope.WithoutImages, visit: func(stored store.Stored) error {
		if err := s.interrupted(ctx); err != nil {
			return err
		}
		return visit(stored)
	}}
	if err := w.settings(scope); err != nil {
		return w.damaged, err
	}
	return w.damaged, w.sessions(scope)
}

// A walk is one call of Walk.
type walk struct {
	*snapshot
	visit   func(store.Stored) error
	damaged int

	withoutImages bool
}

func (w *walk) settings(scope store.Scope) error {
	names, err := w.names(scope)
	if err != nil {
		return err
	}
	for _, name := range names {
		found := store.Stored{Setting: name}
		_, found.Value, err = settingFrom(w.txn, w.state, name)
		switch {
		case errors.Is(err, errAbsent):
			continue
		case errors.Is(err, liveness.ErrDamaged):
			w.damaged++
			continue
		case err != nil:
			return err
		}
		if err := w.visit(found); err != nil {
			return err
		}
	}
	return nil
}

// names returns the names of the settings of a scope that have a layer, also of those whose
// layer in force says that they were removed, sorted.
func (s *snapshot) names(scope store.Scope) ([]string, error) {
	if scope.Setting == nil {
		return nil, nil
	}
	var names []string
	err := eachItem(s.txn, []byte{prefixSetting}, func(item *badger.Item) error {
		names = append(names, string(item.Key()[1:]))
		return nil
	})
	names = append(names, s.state.Layered()...)
	names = slices.DeleteFunc(names, func(name string) bool { return name == "" || !scope.Setting(name) })
	slices.Sort(names)
	return slices.Compact(names), err
}

func (w *walk) sessions(scope store.Scope) error {
	if scope.All {
		return w.all()
	}
	var ids []liveness.SessionID
	g := w.state.InForce(scope.Resource)
	err := eachItem(w.txn, partOf(prefixList, scope.Resource, g, 0), func(item *badger.Item) error {
		if a, ok := parseListKey(item.Key()); ok {
			ids = append(ids, a.id)
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.Sort(ids)
	for _, id := range ids {
		found, err := at(w.txn, address{id, scope.Resource, g})
		if err := w.session(id, found, err); err != nil {
			return err
		}
	}
	return nil
}

// all walks to the sessions of all resources in the order of their homes, which every id
// has.
func (w *walk) all() error {
	overflows, err := w.overflowsInForce()
	if err != nil {
		return err
	}
	var possible [256]bool // by metaOf
	for _, g := range w.state.Numbers() {
		possible[metaOf(g)] = true
	}
	return eachItem(w.txn, []byte{prefixRecord}, func(item *badger.Item) error {
		id := liveness.SessionID(item.Key()[1:])
		if key, ok := overflows[id]; ok {
			found, err := slotIn(w.txn, key)
			return w.session(id, found, err)
		}
		if !possible[item.UserMeta()] {
			return nil
		}
		found, err := w.homeOf(w.txn, id)
		if err != nil && !errors.Is(err, liveness.ErrDamaged) {
			return err
		}
		if w.state.InForce(found.resource) != found.generation {
			return nil
		}
		return w.session(id, found, err)
	})
}

// overflowsInForce returns the keys of the records in force that are not in their homes.
func (s *snapshot) overflowsInForce() (map[liveness.SessionID][]byte, error) {
	keys := map[liveness.SessionID][]byte{}
	err := eachItem(s.txn, []byte{prefixOverflow}, func(item *badger.Item) error {
		if a, ok := parseOverflowKey(item.Key()); ok && s.state.InForce(a.resource) == a.generation {
			keys[a.id] = item.KeyCopy(nil)
		}
		return nil
	})
	return keys, err
}

// session visits what was found of a session.
func (w *walk) session(id liveness.SessionID, stored slot, err error) error {
	found := store.Stored{Session: stored.Session}
	slices.SortFunc(stored.Images, func(a, b record.Image) int { return cmp.Compare(a.Name, b.Name) })
	for _, image := range stored.Images {
		if err != nil || w.withoutImages {
			break
		}
		var whole []byte
		whole, err = bytesOf(w.txn, id, image)
		found.Images = append(found.Images, liveness.Image{Name: image.Name, Bytes: whole})
	}
	switch {
	case err == nil:
		return w.visit(found)
	case errors.Is(err, liveness.ErrDamaged):
		w.report(id, err)
		w.damaged++
		return nil
	default:
		return fmt.Errorf("walk to session %q: %w", id, err)
	}
}
