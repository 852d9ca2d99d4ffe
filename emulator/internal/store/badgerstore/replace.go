package badgerstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// Where a process may die within Replace, for tests.
const (
	stageStaged    = "staged"    // some of the new data is staged
	stageAbandoned = "abandoned" // the staged data will be removed
	stageMarked    = "marked"    // the marker is stored, nothing is replaced
	stageReplacing = "replacing" // some data is replaced
	stageReplaced  = "replaced"  // all data is replaced, the staged data is still stored
	stageCleared   = "cleared"   // some of the staged data is removed
)

// Replace implements store.Store, see the package comment. Other calls wait while it
// replaces the stored data, about 5 seconds for a hundred thousand sessions. If that
// fails halfway, later calls return an error, and the next Open continues it.
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
	ctx context.Context, scope store.Scope, fill func(stage func(store.Stored) error) error,
) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	s.gate.RUnlock()
	// Remove what an earlier call failed to remove.
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
	if err := fill(func(stored store.Stored) error { return st.stage(ctx, stored) }); err != nil {
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
func (s *Store) replace(scope store.Scope, filled bool) error {
	s.gate.Lock()
	defer s.gate.Unlock()
	if s.refusal != nil {
		return s.refusal
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
		s.refusal = halfDone(err)
		return s.refusal
	}
	s.refusal = nil
	s.removeReplaced(filled)
	return nil
}

// checkIDs returns liveness.ErrExists if a staged session has the id of one
// outside of the scope. The caller holds the gate.
func (s *Store) checkIDs(scope store.Scope) error {
	if scope.All {
		return nil
	}
	own := map[liveness.SessionID]bool{}
	err := s.eachKey(keyOf(prefixList, string(scope.Resource), ""), func(key []byte) error {
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
		exists, err := s.has(keyOf(prefixRecord, string(id)))
		if err == nil && exists {
			err = fmt.Errorf("session %q of another resource: %w", id, liveness.ErrExists)
		}
		return err
	})
}

// decide stores the names of the settings to remove, and then the marker: from then on
// the replacement must be finished. The caller holds the gate. If the marker may have
// been stored, calls are refused until the replacement is finished.
func (s *Store) decide(m marker) error {
	if err := s.removeAll(prefixDropped); err != nil {
		return err
	}
	b := s.newBatch(stageMarked)
	err := s.eachKey([]byte{prefixSetting}, func(key []byte) error {
		if name := string(key[1:]); name != "" && m.scope.Setting != nil && m.scope.Setting(name) {
			return b.add(entry{keyOf(prefixDropped, name), []byte{1}})
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.refusal = halfDone(errors.New("it has not finished")) // stays if Badger panics
	err = b.add(entry{keyOf(prefixMarker), m.encode()})
	if err == nil {
		err = b.flush()
	}
	if err == nil {
		return nil
	}
	if there, hasErr := s.has(keyOf(prefixMarker)); hasErr == nil && !there {
		s.refusal = nil
		return err
	}
	s.refusal = halfDone(err)
	return s.refusal
}

// halfDone returns the error of calls after a replacement that could not be finished.
func halfDone(err error) error {
	return fmt.Errorf("a replacement is half done; the next start will finish it: %w", err)
}

// A marker is stored for a replacement that is decided.
type marker struct {
	scope  store.Scope // without Setting: the names are under other keys
	filled bool        // something is staged
}

// markerVersion is the version of the procedure that finishes a replacement.
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
	return marker{scope: store.Scope{All: b[1] == 1, Resource: liveness.ResourceID(b[3:])}, filled: b[2] == 1}, nil
}
