package emulator

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"path/filepath"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/certs"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/memory"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/badgerstore"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/memstore"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/token"
)

// An engine has the parts that all processes that serve the same sessions must share.
// The engines of openEngine belong to one process.
type engine struct {
	// store keeps sessions and settings.
	store store.Store
	// shared tells when other processes have changed settings; nil: this process is the only one.
	shared store.Shared
	// memory keeps counts of faults and random choices, which need not survive.
	memory memory.Memory
	// log remembers requests and changes of sessions.
	log journal.Log
	// clock is the time that the clocks of all resources are based on.
	clock clock.Clock
	// key signs tokens.
	key *token.Key
	// seed feeds the random choices of scenarios where nothing else names a seed.
	seed uint64
}

// openEngine opens the state folder, or an engine in memory without one. base
// replaces the clock of the system if it is not nil. The store calls observe.
func openEngine(o Options, base clock.Clock, observe store.Observer) (_ *engine, err error) {
	e := &engine{memory: memory.New(memory.Limit), log: journal.New(journalLimits()), clock: base, seed: o.Seed}
	if e.clock == nil {
		e.clock = clock.System{}
	}
	if e.seed == 0 {
		e.seed = mathrand.Uint64()>>12 | 1 // exact as a number of JSON
	}
	if o.State == "" {
		e.store = memstore.New(memstore.Options{Observe: observe})
	} else {
		options := badgerstore.Options{Sync: o.Sync, LockWait: o.LockWait, Logger: o.Logger, Observe: observe}
		if e.store, err = badgerstore.Open(filepath.Join(o.State, "sessions"), options); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrState, err)
		}
	}
	if e.key, err = tokenKey(e.store); err != nil {
		return nil, errors.Join(err, e.store.Close())
	}
	return e, nil
}

// keepCA returns the place of the CA of the server certificates. It does not need the store,
// so that the CA can be read while the store opens.
func keepCA(o Options) certs.Keep {
	if o.State == "" {
		return certs.Memory()
	}
	return certs.Folder(o.State)
}

// journalLimits returns how many requests and changes of sessions the log keeps, of all
// resources together.
func journalLimits() journal.Limits {
	return journal.Limits{Entries: 10_000, Bytes: 32 << 20, Changes: 2_000, Removals: 1_000}
}

// tokenKey returns the key that signs tokens. It is in the store, so that tokens stay
// valid after a restart and in every process with the same store.
func tokenKey(store store.Store) (*token.Key, error) {
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
