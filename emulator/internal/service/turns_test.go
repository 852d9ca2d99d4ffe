package service_test

import (
	"context"
	"runtime"
	"sync"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
)

// A hesitantStore runs other calls between a change and its answer.
type hesitantStore struct{ store.Store }

func (s hesitantStore) Update(
	ctx context.Context, id liveness.SessionID, change func(*liveness.Session) error, images ...liveness.Image,
) (liveness.Session, error) {
	session, err := s.Store.Update(ctx, id, change, images...)
	for range 100 * (3 - len(session.Attempts)) { // the first one hesitates longest
		runtime.Gosched()
	}
	return session, err
}

// TestChangedInOrder: changes of one session are told in the order in which they are stored,
// also when they are made at once.
func TestChangedInOrder(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.in.Store = hesitantStore{f.store}
	for range 20 {
		id := f.create(t).View.Session.ID
		var told sync.Mutex
		attempts := 0
		f.Changed = func(_ context.Context, c liveness.Change) {
			told.Lock()
			defer told.Unlock()
			if c.Attempt != attempts+1 || len(c.After.Attempts) != c.Attempt {
				t.Errorf("got attempt %d of %d told after attempt %d", c.Attempt, len(c.After.Attempts), attempts)
			}
			attempts = c.Attempt
		}
		var group sync.WaitGroup
		for range 3 {
			group.Go(func() {
				if _, err := f.Play(t.Context(), mine(), id, service.PlayRequest{Action: service.ActionAbandon}); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		f.Changed = nil
	}
}
