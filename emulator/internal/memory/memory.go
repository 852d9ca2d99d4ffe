// Package memory keeps small values that need not survive a restart: counts of faults,
// of random choices, and of calls that were to create a session.
package memory

import (
	"context"
	"strings"
	"sync"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// A Memory keeps small values for a while, for every process that shares it. A value
// that it has forgotten starts again. Package memorytest is this contract as a test.
//
// Every method may be called by several goroutines at once. It returns the cause of
// ctx when ctx is done before it has begun.
type Memory interface {
	// Recall replaces the value of a resource under a name by what change makes of it,
	// and returns the new one. change gets nil if there is no value; nil as its result
	// forgets the value. Changes of one value happen one after the other; change may be
	// called again on another value if another process came in between, so it must have
	// no effect beyond its result, and it must not use the Memory. An error of change is
	// returned as it is, and then nothing has changed. What change gets must not be
	// edited, nor what Recall returns.
	Recall(ctx context.Context, resource liveness.ResourceID, name string, change func(old []byte) ([]byte, error)) ([]byte, error)

	// Forget forgets the values of an owner whose names have a prefix.
	Forget(ctx context.Context, owner liveness.Owner, prefix string) error
}

// Bounds of a Local. The first one applies to each resource separately, so that a busy
// test suite never resets the counts of another one.
const (
	// Limit is the usual limit of New: a resource then has room for 10,000 sessions
	// with faults, the ids of as many, and 10,000 streams of random choices.
	Limit = 30_000

	// maxValues bounds the values of all resources together. They take about 300 bytes
	// each.
	maxValues    = 100_000
	maxResources = 10_000
)

// A Local is the Memory of one process. Make one with New.
type Local struct {
	limit int // of the values of one resource

	mu        sync.Mutex
	count     int // of the values of all resources
	resources *lru[liveness.ResourceID, *lru[string, []byte]]
}

var _ Memory = (*Local)(nil)

// New returns a memory of at most limit values of each resource, and of at most 10,000
// resources and 100,000 values together. Beyond a bound it forgets the least recently used
// value of the resource, the least recently used resource, or the least recently used value
// of that resource.
func New(limit int) *Local {
	return &Local{limit: limit, resources: newLRU[liveness.ResourceID, *lru[string, []byte]](maxResources)}
}

// Recall implements Memory.
func (l *Local) Recall(
	ctx context.Context, resource liveness.ResourceID, name string, change func(old []byte) ([]byte, error),
) ([]byte, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	values, known := l.resources.get(resource)
	if !known {
		values = newLRU[string, []byte](l.limit)
	}
	old, _ := values.get(name) // nil if it is unknown
	changed, err := change(old)
	if err != nil {
		return nil, err
	}
	if changed == nil {
		l.removeLocked(resource, values, name)
		return nil, nil
	}
	l.count += values.put(name, changed)
	if !known {
		l.putLocked(resource, values)
	}
	for l.count > maxValues {
		resource, values := l.resources.oldest()
		name, _ := values.oldest()
		l.removeLocked(resource, values, name)
	}
	return changed, nil
}

// putLocked adds a resource. With too many, it first removes the least recently used one.
func (l *Local) putLocked(resource liveness.ResourceID, values *lru[string, []byte]) {
	if len(l.resources.entries) >= maxResources {
		oldest, dropped := l.resources.oldest()
		l.count -= len(dropped.entries)
		l.resources.remove(oldest)
	}
	l.resources.put(resource, values)
}

// Forget implements Memory.
func (l *Local) Forget(ctx context.Context, owner liveness.Owner, prefix string) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !owner.All {
		l.forgetLocked(owner.Resource, prefix)
		return nil
	}
	for resource := range l.resources.entries {
		l.forgetLocked(resource, prefix)
	}
	return nil
}

func (l *Local) forgetLocked(resource liveness.ResourceID, prefix string) {
	values, known := l.resources.get(resource)
	if !known {
		return
	}
	for name := range values.entries {
		if strings.HasPrefix(name, prefix) {
			l.removeLocked(resource, values, name)
		}
	}
}

// removeLocked removes a value, and its resource with the last one.
func (l *Local) removeLocked(resource liveness.ResourceID, values *lru[string, []byte], name string) {
	l.count -= values.remove(name)
	if len(values.entries) == 0 {
		l.resources.remove(resource)
	}
}
