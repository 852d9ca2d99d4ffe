package service_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// A damagedStore has one session whose record cannot be read.
type damagedStore struct {
	store.Store
	damaged liveness.SessionID
	err     error
}

func (s damagedStore) Session(ctx context.Context, id liveness.SessionID) (liveness.Session, error) {
	if id == s.damaged {
		return liveness.Session{}, s.err
	}
	return s.Store.Session(ctx, id)
}

// TestADamagedSession is an error of the service's, not a missing session, until
// somebody deletes it.
func TestADamagedSession(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	s := f.create(t).View.Session
	f.in.Store = damagedStore{Store: f.store, damaged: s.ID, err: liveness.ErrDamaged}

	_, err := f.Session(t.Context(), service.Access{Resource: someResource}, s.Kind, s.ID)
	wantCode(t, err, liveness.CodeInternal)
	upper := liveness.SessionID(strings.ToUpper(string(s.ID)))
	if err := f.Delete(t.Context(), service.Access{Resource: someResource}, s.Kind, upper); err != nil {
		t.Errorf("delete: %v", err)
	}
	if _, err := f.store.Session(t.Context(), s.ID); err == nil {
		t.Error("it is still stored")
	}
}

// TestHintOfADamagedSession: no hint says to delete a session that a newer program can read.
func TestHintOfADamagedSession(t *testing.T) {
	t.Parallel()
	for damage, want := range map[error]string{liveness.ErrDamaged: "delete the session", liveness.ErrNewer: "use the newer version"} {
		f := newFixture(t)
		s := f.create(t).View.Session
		f.in.Store = damagedStore{Store: f.store, damaged: s.ID, err: damage}
		_, err := f.Session(t.Context(), service.Access{Resource: someResource}, s.Kind, s.ID)
		wantCode(t, err, liveness.CodeInternal)
		refused, ok := errors.AsType[*liveness.Error](err)
		if !ok || !strings.Contains(refused.Hint, want) || strings.Contains(refused.Hint, "delete") != strings.Contains(want, "delete") {
			t.Errorf("got %v, want a hint with %q", err, want)
		}
	}
}
