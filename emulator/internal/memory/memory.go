// Package memory keeps small values that need not survive a restart: counts of faults
// and of calls that were to create a session.
package memory

import (
	"container/list"
	"context"
	"strings"
	"sync"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// A Memory keeps small values for a while, for every process that shares it. A value
// that it has forgotten begins anew. Package memorytest is this contract as a test.
//
// Every method may be called by several goroutines at once. It returns the cause of
// ctx when ctx is done before it has begun.
type Memory interface {
	// Recall replaces the value of a resource under a name by what change makes of it,
	// and returns the new one. change gets nil if there is none; nil as its result
	// forgets the value. Changes of one value happen one after the other; change may be
	// called again on another value if another process came in between, so it must have
	// no effect beyond its result, and it must not use the Memory. An error of change is
	// returned as it is, and then nothing has changed. What change gets must not be
	// edited, nor what Recall returns.
	Recall(ctx context.Context, resource liveness.ResourceID, name string, change func(old []byte) ([]byte, error)) ([]byte, error)

	// Forget forgets the values of an owner whose names have a prefix.
	Forget(ctx context.Context, owner liveness.Owner, prefix string) error
}

// A Local is the Memory of one process. Make one with New.
type Local struct {
	limit int

	mu     sync.Mutex
	values map[key]*list.Element // of *value
	used   *list.List            // the one that was used last is in front
}

var _ Memory = (*Local)(nil)

type key struct {
	resource liveness.ResourceID
	name     string
}

type value struct {
	key
	bytes []byte
}

// New returns a memory of at most limit values. With more, it forgets the one that was
// not used for longest.
func New(limit int) *Local {
	return &Local{limit: limit, values: map[key]*list.Element{}, used: list.New()}
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
	k := key{resource, name}
	var old []byte
	known := l.values[k]
	if known != nil {
		old = known.Value.(*value).bytes
	}
	changed, err := change(old)
	switch {
	case err != nil:
		return nil, err
	case known == nil && changed == nil:
	case known == nil:
		l.addLocked(&value{k, changed})
	case changed == nil:
		l.removeLocked(known)
	default:
		known.Value.(*value).bytes = changed
		l.used.MoveToFront(known)
	}
	return changed, nil
}

func (l *Local) addLocked(v *value) {
	if len(l.values) >= l.limit {
		l.removeLocked(l.used.Back())
	}
	l.values[v.key] = l.used.PushFront(v)
}

func (l *Local) removeLocked(e *list.Element) {
	delete(l.values, l.used.Remove(e).(*value).key)
}

// Forget implements Memory.
func (l *Local) Forget(ctx context.Context, owner liveness.Owner, prefix string) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for k, e := range l.values {
		if (owner.All || k.resource == owner.Resource) && strings.HasPrefix(k.name, prefix) {
			l.removeLocked(e)
		}
	}
	return nil
}
