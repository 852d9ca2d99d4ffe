package resource_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/memory"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/memory/memorytest"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/memstore"
)

// A sharedStore counts the changes of settings, as a store of several processes does.
type sharedStore struct {
	store.Store
	mu      sync.Mutex
	changes map[liveness.ResourceID]uint64
}

func (s *sharedStore) count(owner liveness.ResourceID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changes[owner]++
}

// A process is the store as one process sees it: it knows of the changes of others as of
// the last answer.
type process struct {
	*sharedStore
	mu    sync.Mutex
	seen  map[liveness.ResourceID]uint64
	reads int // of settings
	// between is called once in the middle of a change of a setting, which then begins
	// again; nil: nothing comes in between.
	between func()
}

var _ store.Shared = (*process)(nil)

// Epoch implements store.Shared.
func (p *process) Epoch(owner liveness.ResourceID) uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if owner == liveness.AllResources {
		return p.seen[liveness.AllResources]
	}
	return p.seen[owner] + p.seen[liveness.AllResources]
}

// answered notes what the store has said by now.
func (p *process) answered() {
	p.sharedStore.mu.Lock()
	seen := maps.Clone(p.changes)
	p.sharedStore.mu.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = seen
}

// Session implements store.Store.
func (p *process) Session(ctx context.Context, id liveness.SessionID) (liveness.Session, error) {
	defer p.answered()
	return p.sharedStore.Session(ctx, id)
}

// Setting implements store.Store.
func (p *process) Setting(ctx context.Context, name string) ([]byte, error) {
	defer p.answered()
	p.mu.Lock()
	p.reads++
	p.mu.Unlock()
	return p.sharedStore.Setting(ctx, name)
}

// ChangeSetting implements store.Store. It makes each change twice.
func (p *process) ChangeSetting(ctx context.Context, name string, change func(old []byte) ([]byte, error)) ([]byte, error) {
	defer p.answered()
	old, err := p.sharedStore.Setting(ctx, name)
	if err == nil || errors.Is(err, liveness.ErrNotFound) {
		_, err = change(old)
	}
	if err != nil {
		return nil, err
	}
	if between := p.between; between != nil {
		p.between = nil
		between()
	}
	owner := liveness.AllResources
	if _, after, found := strings.Cut(name, "/"); found {
		owner = liveness.ResourceID(after)
	}
	defer p.count(owner)
	return p.sharedStore.ChangeSetting(ctx, name, change)
}

// Replace implements store.Store.
func (p *process) Replace(ctx context.Context, scope store.Scope, fill func(func(store.Stored) error) error) error {
	defer p.answered()
	defer p.count(liveness.AllResources)
	return p.sharedStore.Replace(ctx, scope, fill)
}

// Undo implements store.Store.
func (p *process) Undo(ctx context.Context, owner liveness.Owner) (int, error) {
	defer p.answered()
	defer p.count(liveness.AllResources)
	return p.sharedStore.Undo(ctx, owner)
}

// twins opens two registries that share a store and a memory, as two processes do.
func twins(t *testing.T) (a, b *fixture) {
	t.Helper()
	store := &sharedStore{Store: memstore.New(memstore.Options{}), changes: map[liveness.ResourceID]uint64{}}
	shared := memorytest.Twice(memory.New(memory.Limit))
	open := func() *fixture {
		p := &process{sharedStore: store}
		return newFixture(t, func(c *resource.Config) { c.Store, c.Shared, c.Memory = p, p, shared })
	}
	return open(), open()
}
