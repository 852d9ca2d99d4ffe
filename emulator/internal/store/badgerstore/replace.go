package badgerstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// Where a process may die within Replace, for tests.
const (
	stageStaged    = "staged"    // some of the new data is stored, but not read yet
	stageAbandoned = "abandoned" // all of that is about to be removed
	stageMarked    = "marked"    // it is decided, nothing of it is done
	stageReplacing = "replacing" // some of it is done
	stageReplaced  = "replaced"  // all of it is done, what was staged is still there
	stageCleared   = "cleared"   // some of what was staged is removed
)

// Replace implements liveness.Store, see the package comment. Other calls wait
// while it puts one in place of the other, about 5 seconds for a hundred thousand
// sessions. If that fails halfway, the calls after it return an error, and the next
// Open goes on with it.
func (s *Store) Replace(
	ctx context.Context, scope liveness.Scope, fill func(stage func(liveness.Stored) error) error,
) error {
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
	if fill == nil {
		return s.replace(scope, false)
	}
	select {
	case s.stagerSlot <- struct{}{}:
		defer func() { <-s.stagerSlot }()
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-s.closing:
		return errClosed
	}
	return s.refill(ctx, scope, fill)
}

// refill stages the data of fill and replaces the stored data with it.
func (s *Store) refill(
	ctx context.Context, scope liveness.Scope, fill func(stage func(liveness.Stored) error) error,
) error {
	if err := s.admit(); err != nil {
		return err
	}
	s.gate.RUnlock()
	// An earlier call may have been unable to.
	if err := s.removeAll(prefixStaged, prefixValue); err != nil {
		return err
	}
	st := &stager{Store: s, scope: scope, batch: s.newBatch(stageStaged), seen: map[uint64]bool{}}
	replaced := false
	defer func() {
		if !replaced { // also when fill panics
			st.abandon()
		}
	}()
	if err := fill(func(stored liveness.Stored) error { return st.stage(ctx, stored) }); err != nil {
		return err
	}
	if err := st.end(); err != nil {
		return err
	}
	if err := s.interrupted(ctx); err != nil {
		return err
	}
	if err := s.replace(scope, true); err != nil {
		return err
	}
	replaced = true
	return nil
}

// replace replaces the stored data with the staged data, or with nothing.
func (s *Store) replace(scope liveness.Scope, filled bool) error {
	s.gate.Lock()
	defer s.gate.Unlock()
	if s.broken != nil {
		return s.broken
	}
	if filled {
		if err := s.checkIDs(scope); err != nil {
			return err
		}
	}
	m := marker{scope: scope, filled: filled}
	if err := s.decide(m); err != nil {
		return err
	}
	if err := s.finish(m); err != nil {
		s.broken = halfDone(err)
		return s.broken
	}
	s.broken = nil
	s.removeReplaced(filled)
	return nil
}

// checkIDs returns liveness.ErrExists if a staged session has the id of one
// outside of the scope. The caller holds the gate.
func (s *Store) checkIDs(scope liveness.Scope) error {
	if scope.All {
		return nil
	}
	own := map[liveness.SessionID]bool{}
	err := s.eachKey(resourcePrefix(scope.Resource), func(key []byte) error {
		if id, ok := parseListKey(key); ok {
			own[id] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.eachKey([]byte{prefixStaged}, func(key []byte) error {
		id := liveness.SessionID(key[1:])
		if own[id] {
			return nil
		}
		exists, err := s.has(recordKey(id))
		if err == nil && exists {
			err = fmt.Errorf("session %q of another resource: %w", id, liveness.ErrExists)
		}
		return err
	})
}

// decide stores the marker, from which on the replacement is to be finished, and
// before it the names of the settings that go away. The caller holds the gate.
// Unless it is sure that there is no marker, the store is broken until it is
// finished.
func (s *Store) decide(m marker) error {
	if err := s.removeAll(prefixDropped); err != nil {
		return err
	}
	b := s.newBatch(stageMarked)
	err := s.eachKey([]byte{prefixSetting}, func(key []byte) error {
		if name := string(key[1:]); name != "" && m.scope.Setting != nil && m.scope.Setting(name) {
			return b.add(entry{droppedKey(name), []byte{1}})
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.broken = halfDone(errors.New("it has not finished")) // what is left if Badger panics
	err = b.add(entry{markerKey(), m.encode()})
	if err == nil {
		err = b.flush()
	}
	if err == nil {
		return nil
	}
	if there, hasErr := s.has(markerKey()); hasErr == nil && !there {
		s.broken = nil
		return err
	}
	s.broken = halfDone(err)
	return s.broken
}

// halfDone is what calls return after a replacement could not be finished.
func halfDone(err error) error {
	return fmt.Errorf("a replacement is half done; the next start will finish it: %w", err)
}

// A marker says that a replacement is decided, and which.
type marker struct {
	scope  liveness.Scope // without Setting: the names are under keys of their own
	filled bool           // something is staged
}

// markerVersion is the version of the procedure that a marker is about.
const markerVersion = 1

var errMarkerNewer = errors.New("a newer program began a replacement")

func (m marker) encode() []byte {
	b := []byte{markerVersion, 0, 0}
	if m.scope.All {
		b[1] = 1
	}
	if m.filled {
		b[2] = 1
	}
	return sealValue(append(b, m.scope.Resource...))
}

func decodeMarker(b []byte) (marker, error) {
	b, err := unsealValue(b)
	switch {
	case err != nil:
		return marker{}, err
	case len(b) > 0 && b[0] > markerVersion:
		return marker{}, errMarkerNewer
	case len(b) < 3 || b[0] == 0 || bytes.ContainsFunc(b[1:3], func(r rune) bool { return r > 1 }):
		return marker{}, fmt.Errorf("%w: the mark of a replacement", liveness.ErrDamaged)
	}
	return marker{scope: liveness.Scope{All: b[1] == 1, Resource: liveness.ResourceID(b[3:])}, filled: b[2] == 1}, nil
}
