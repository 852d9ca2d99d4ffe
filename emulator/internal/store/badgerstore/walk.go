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
	txn, release, err := s.snapshot(ctx)
	if err != nil {
		return 0, err
	}
	defer release()
	w := walk{Store: s, txn: txn, withoutImages: scope.WithoutImages, visit: func(stored store.Stored) error {
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
	*Store
	txn     *badger.Txn
	visit   func(store.Stored) error
	damaged int

	withoutImages bool
}

func (w *walk) settings(scope store.Scope) error {
	if scope.Setting == nil {
		return nil
	}
	return eachItem(w.txn, []byte{prefixSetting}, func(item *badger.Item) error {
		name := string(item.Key()[1:])
		if name == "" || !scope.Setting(name) {
			return nil
		}
		found := store.Stored{Setting: name}
		err := valueOf(item, func(b []byte) (err error) {
			found.Value, err = unsealValue(b)
			return err
		})
		switch {
		case errors.Is(err, liveness.ErrDamaged):
			w.damaged++
			return nil
		case err != nil:
			return storageError("walk", err)
		}
		return w.visit(found)
	})
}

func (w *walk) sessions(scope store.Scope) error {
	if scope.All {
		return eachSession(w.txn, scope, w.session) // in the order of their ids
	}
	var ids []liveness.SessionID
	err := eachSession(w.txn, scope, func(id liveness.SessionID) error {
		ids = append(ids, id)
		return nil
	})
	slices.Sort(ids)
	for _, id := range ids {
		if err == nil {
			err = w.session(id)
		}
	}
	return err
}

func (w *walk) session(id liveness.SessionID) error {
	stored, err := loadFrom(w.txn, id)
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

// eachSession calls visit with the id of every session of the scope: in ascending order
// for all resources, and ordered by kind and then by id for one.
func eachSession(txn *badger.Txn, scope store.Scope, visit func(liveness.SessionID) error) error {
	if scope.All {
		return eachItem(txn, []byte{prefixRecord}, func(item *badger.Item) error {
			return visit(liveness.SessionID(item.Key()[1:]))
		})
	}
	return eachItem(txn, keyOf(prefixList, string(scope.Resource), ""), func(item *badger.Item) error {
		if id, ok := parseListKey(item.Key()); ok {
			return visit(id)
		}
		return nil
	})
}
