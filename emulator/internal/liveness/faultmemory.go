package liveness

import (
	"sync"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
)

// How much is remembered of faults in memory. With more, it begins anew.
const (
	maxFaultResources = 10_000
	maxFaultStreams   = 10_000
	maxUnborn         = 10_000
)

// resourceFaults are the faults of one resource and what they remember.
type resourceFaults struct {
	faults []fault.Fault
	number uint64 // of ResourceSettings.FaultsNumber
	seed   uint64

	mu     sync.Mutex
	memory fault.Memory
	calls  map[string]uint64 // by stream
}

// meet asks the faults about a call. Sessions draw each from a stream of their
// own, and so do calls without a session, by their operation.
func (r *resourceFaults) meet(c Subject, call fault.Call, into *fault.Verdict) {
	stream := c.Operation
	if c.Session != nil {
		stream = c.Session.stream()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.calls) >= maxFaultStreams {
		clear(r.calls)
	}
	r.calls[stream]++
	call.Number, call.Seed = r.calls[stream], seedOf(r.seed, stream)
	r.memory.Meet(r.faults, call, into)
}

// faultCache knows which resources have faults.
type faultCache struct {
	mu         sync.RWMutex
	generation uint64 // counts the changes
	of         map[ResourceID]*resourceFaults
	outdated   map[ResourceID]*resourceFaults // changed since, for what they remember
}

// get returns the faults of a resource, if they are known, and the generation that
// put wants to know otherwise.
func (f *faultCache) get(resource ResourceID) (of *resourceFaults, known bool, generation uint64) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	of, known = f.of[resource]
	return of, known, f.generation
}

// put keeps what the store had, unless there was a change since, and returns what
// holds. Faults that have not been set anew go on counting.
func (f *faultCache) put(resource ResourceID, generation uint64, read *resourceFaults) *resourceFaults {
	f.mu.Lock()
	defer f.mu.Unlock()
	if known, there := f.of[resource]; there {
		return known // another call was faster
	}
	if f.generation != generation {
		return read
	}
	if f.of == nil || len(f.of) >= maxFaultResources {
		f.of = map[ResourceID]*resourceFaults{}
	}
	if before := f.outdated[resource]; before != nil && read != nil && before.number == read.number {
		before.mu.Lock()
		read.memory, read.calls = before.memory.Clone(), before.calls
		before.calls = map[string]uint64{}
		before.mu.Unlock()
	}
	delete(f.outdated, resource)
	f.of[resource] = read
	return read
}

// forget makes the next call read the settings of a resource again.
func (f *faultCache) forget(resource ResourceID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.generation++
	if before := f.of[resource]; before != nil {
		if f.outdated == nil || len(f.outdated) >= maxFaultResources {
			f.outdated = map[ResourceID]*resourceFaults{}
		}
		f.outdated[resource] = before
	}
	delete(f.of, resource)
}

// unborn remembers the calls that were to create sessions and met a fault, so that
// faults heal after as many, and until a session comes of them that its creator
// learns of.
type unborn struct {
	mu sync.Mutex
	of map[string]*creation
}

// A creation is the calls that were to create one session.
type creation struct {
	memory  fault.Memory
	spoiled bool // the answer of the last one does not reach its client
}

func (u *unborn) key(s Session) string {
	return string(s.Resource) + " " + s.Script.Scenario + " " + s.stream()
}

func (u *unborn) meet(s Session, call fault.Call, into *fault.Verdict) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.of == nil || len(u.of) >= maxUnborn {
		u.of = map[string]*creation{}
	}
	key := u.key(s)
	if u.of[key] == nil {
		u.of[key] = new(creation)
	}
	meetMemory(&u.of[key].memory, s.Script.Faults, call, into)
	u.of[key].spoiled = into.Spoils()
}

// take returns what is remembered of a session that is now being created.
func (u *unborn) take(s Session) fault.Memory {
	if len(s.Script.Faults) == 0 {
		return fault.Memory{}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	key := u.key(s)
	calls := u.of[key]
	if calls == nil {
		return fault.Memory{}
	}
	if calls.spoiled {
		return calls.memory.Clone() // its client will ask for another session
	}
	delete(u.of, key)
	return calls.memory
}
