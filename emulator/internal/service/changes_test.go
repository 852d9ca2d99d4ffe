package service_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// A refusingStore refuses to store changes.
type refusingStore struct{ store.Store }

var errRefused = errors.New("refused")

func (refusingStore) Create(context.Context, liveness.Session, ...liveness.Image) error {
	return errRefused
}

func (s refusingStore) Update(
	ctx context.Context, id liveness.SessionID, change func(*liveness.Session) error, images ...liveness.Image,
) (liveness.Session, error) {
	return s.Store.Update(ctx, id, func(session *liveness.Session) error { return errors.Join(change(session), errRefused) }, images...)
}

func (refusingStore) Delete(context.Context, liveness.SessionID) error { return errRefused }

// TestChanged: each change is told once, after it is stored, with what it has begun; what
// was not stored is not told.
func TestChanged(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var told []string
	f.Changed = func(_ context.Context, c liveness.Change) {
		stored, err := f.store.Session(context.Background(), c.Session)
		switch {
		case c.Removed() != errors.Is(err, liveness.ErrNotFound):
			t.Errorf("got %v of the store after %+v", err, c)
		case c.After != nil && len(stored.Attempts) != len(c.After.Attempts):
			t.Errorf("got a change to %+v, want what is stored, %+v", c.After, stored)
		case c.Removed() && (c.Before == nil || c.Before.ID != c.Session):
			t.Errorf("got a removal that says %+v was removed", c.Before)
		case !c.At.Equal(f.clock.Now()) || c.Resource != someResource:
			t.Errorf("got a change of %s at %v", c.Resource, c.At)
		}
		told = append(told, fmt.Sprintf("created %v, started %v, attempt %d, removed %v", c.Created, c.Started, c.Attempt, c.Removed()))
	}
	id := f.create(t).View.Session.ID
	// changes makes a change of each kind to the session.
	changes := func() []error {
		_, played := f.Play(t.Context(), mine(), id, service.PlayRequest{Action: service.ActionAttempt})
		_, expired := f.Expire(t.Context(), mine(), id)
		_, removed := f.Remove(t.Context(), mine(), id)
		return []error{played, expired, removed}
	}
	if err := errors.Join(changes()...); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"created true, started false, attempt 0, removed false",
		"created false, started true, attempt 1, removed false",
		"created false, started false, attempt 0, removed false",
		"created false, started false, attempt 0, removed true",
	}
	if !slices.Equal(told, want) {
		t.Errorf("got %q, want %q", told, want)
	}

	id = f.create(t).View.Session.ID
	told = nil
	f.in.Store = refusingStore{f.store}
	_, created := f.Create(t.Context(), request(liveness.KindLiveness))
	for _, err := range append(changes(), created) {
		if !errors.Is(err, errRefused) {
			t.Errorf("got %v of a store that refuses", err)
		}
	}
	if len(told) != 0 {
		t.Errorf("got %q told of a store that refuses", told)
	}
}
