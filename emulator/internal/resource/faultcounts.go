package resource

import (
	"fmt"
	"sync"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// How much is remembered of faults in memory.
const (
	maxFaultless     = 10_000 // resources without faults; with more, they are read anew
	maxFaultSessions = 10_000 // sessions of a resource with faults; with more, the oldest draws anew
)

// resourceFaults are what goes wrong with all calls of one resource, and what is
// remembered of them. It is the same as long as the process runs, so that no call
// is counted elsewhere.
type resourceFaults struct {
	mu      sync.Mutex
	changes uint64 // of the settings
	read    uint64 // of changes, when the settings were read; 0: not yet

	faults   []fault.Fault
	number   uint64 // of Settings.FaultsNumber
	seed     uint64
	memory   fault.Memory
	sessions map[string]*faultStream
	inOrder  []string          // of sessions, the oldest first
	ordinals map[string]uint64 // how many sessions there were of the same ids
}

// A faultStream is what one session draws from.
type faultStream struct {
	seed  uint64
	calls uint64
}

// none reports whether it is known that there are no faults.
func (r *resourceFaults) none() (known, none bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.read > r.changes, len(r.faults) == 0
}

// outdated makes the next call read the settings again.
func (r *resourceFaults) outdated() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changes++
}

// begin returns what refresh wants to know.
func (r *resourceFaults) begin() (changes uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changes
}

// refresh takes over settings that were read since begin. Faults that were not set
// anew go on counting.
func (r *resourceFaults) refresh(changes uint64, of Settings, seed uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.changes == changes {
		r.read = changes + 1
	}
	if of.FaultsNumber < r.number {
		return // read before another call's
	}
	if of.FaultsNumber != r.number || r.sessions == nil && len(of.Faults) > 0 {
		r.memory = fault.Memory{Since: of.FaultsSince}
		r.sessions, r.inOrder, r.ordinals = map[string]*faultStream{}, nil, map[string]uint64{}
	}
	r.faults, r.number, r.seed = of.Faults, of.FaultsNumber, seed
}

// meet asks the faults about a call.
func (r *resourceFaults) meet(c Subject, call fault.Call, into *fault.Verdict) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.faults) == 0 {
		return
	}
	stream := r.streamLocked(c)
	stream.calls++
	call.Number, call.Seed = stream.calls, stream.seed
	r.memory.Meet(r.faults, call, into)
}

// streamLocked returns what a call draws from: that of its session, which follows
// from the session's ids and from how many there were of the same, or, where there
// is none, that of the operation.
func (r *resourceFaults) streamLocked(c Subject) *faultStream {
	key, ids := c.Operation, c.Operation
	if c.Session != nil {
		key, ids = string(c.Session.ID), c.Session.IDs()
	}
	if known := r.sessions[key]; known != nil {
		return known
	}
	if len(r.inOrder) >= maxFaultSessions {
		delete(r.sessions, r.inOrder[0])
		r.inOrder = r.inOrder[1:]
	}
	if len(r.ordinals) >= maxFaultSessions {
		clear(r.ordinals)
	}
	r.ordinals[ids]++
	stream := &faultStream{seed: seedOf(r.seed, fmt.Sprintf("%s %d", ids, r.ordinals[ids]))}
	r.sessions[key] = stream
	r.inOrder = append(r.inOrder, key)
	return stream
}

// faultCache knows the faults of the resources.
type faultCache struct {
	mu    sync.RWMutex
	of    map[liveness.ResourceID]*resourceFaults
	plain int // about how many of them have none
}

// get returns the faults of a resource.
func (f *faultCache) get(resource liveness.ResourceID) *resourceFaults {
	f.mu.RLock()
	found := f.of[resource]
	f.mu.RUnlock()
	if found != nil {
		return found
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if found = f.of[resource]; found != nil {
		return found // another call was faster
	}
	if f.of == nil {
		f.of = map[liveness.ResourceID]*resourceFaults{}
	}
	if f.plain >= maxFaultless {
		f.dropPlainLocked()
	}
	found = &resourceFaults{}
	f.of[resource] = found
	f.plain++
	return found
}

// dropPlainLocked forgets the resources that have no faults.
func (f *faultCache) dropPlainLocked() {
	for resource, of := range f.of {
		if _, none := of.none(); none {
			delete(f.of, resource)
		}
	}
	f.plain = 0
}
