package emulator

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/memstore"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/token"
)

func openStore(o Options) (liveness.Store, error) {
	if o.State == "" {
		return memstore.New(), nil
	}
	store, err := badgerstore.Open(filepath.Join(o.State, "sessions"), badgerstore.Options{Sync: o.Sync, LockWait: o.LockWait, Logger: o.Logger})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrState, err)
	}
	return store, nil
}

// tokenKey returns the key that signs tokens. It lives in the store, so that
// tokens survive a restart and are good at every process on the same state.
func tokenKey(store liveness.Store) (*token.Key, error) {
	kept, err := store.ChangeSetting(context.Background(), "token-key", func(old []byte) ([]byte, error) {
		if old != nil {
			return old, nil
		}
		return token.NewKey(rand.Reader)
	})
	if err != nil {
		return nil, fmt.Errorf("%w: token key: %w", ErrState, err)
	}
	key, err := token.ParseKey(kept)
	if err != nil {
		return nil, fmt.Errorf("%w: token key: %w", ErrState, err)
	}
	return key, nil
}

// startUpkeep removes what has expired, gives disk space back and looks at the
// scenario files, from time to time, until Close. Expiry itself is judged when a session is read.
func (e *Emulator) startUpkeep() {
	ctx, cancel := context.WithCancel(context.Background())
	e.cancel = cancel
	e.upkeep.Go(func() {
		e.reportDamage(ctx)
		system := clock.System{}
		next := system.Now()
		if e.options.State == "" {
			// Only a folder can hold something from before.
			next = next.Add(e.options.SweepInterval)
		}
		for system.Wait(ctx, next) == nil && ctx.Err() == nil {
			if err := e.sweep(ctx); err != nil && ctx.Err() == nil {
				e.options.Logger.Error("upkeep of the store", slog.String("error", err.Error()))
			}
			next = system.Now().Add(e.options.SweepInterval)
		}
	})
	e.upkeep.Go(func() { e.reload.run(ctx) })
}

// reportDamage looks once, in the background, for records that cannot be read,
// so that the log names them before anybody asks for them. The store logs each.
func (e *Emulator) reportDamage(ctx context.Context) {
	damages, err := e.store.Damaged(ctx)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		e.options.Logger.Error("look for damaged records", slog.String("error", err.Error()))
	case len(damages) > 0:
		e.options.Logger.Error("damaged records were set aside; the other sessions are not affected", slog.Int("sessions", len(damages)))
	}
}

func (e *Emulator) sweep(ctx context.Context) error {
	removed, err := e.store.Sweep(ctx, func(of liveness.ResourceID) time.Time { return e.resources.SweepTime(ctx, of) })
	if removed > 0 {
		e.options.Logger.Info("expired sessions removed", slog.Int("sessions", removed))
	}
	return errors.Join(err, e.store.Compact(ctx))
}
