package resource

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/memory"
)

// faultsPrefix begins the names of the counts of faults in the memory.
const faultsPrefix = "faults/"

// faultCounts are what is remembered of the faults of resources and of all resources.
type faultCounts struct {
	memory memory.Memory
	seed   uint64 // of the faults of resources without a seed
}

// ownedFaults are the faults of one resource, or of all.
type ownedFaults struct {
	Settings
	owner liveness.ResourceID
}

// name returns the prefix of the names of the faults' counts. It changes when faults are
// set or restored, so that they start to count from 0, and is the former one after an undo.
func (f ownedFaults) name() string {
	return fmt.Sprintf("%s%d@%d/", faultsPrefix, f.FaultsNumber, f.FaultsSince.UnixMicro())
}

// A faultStream is what the calls of one session draw from.
type faultStream struct {
	Seed  uint64 `json:"seed"`
	Calls uint64 `json:"calls"` // so far
}

// An ordinal counts the sessions with the same ids. Calls of the last one that come at the
// same time count it once.
type ordinal struct {
	Sessions uint64 `json:"sessions"`
	Last     string `json:"last"` // the key of its stream
}

// meet applies the faults to a call.
func (f faultCounts) meet(ctx context.Context, faults ownedFaults, c Subject, call fault.Call, into *fault.Verdict) error {
	name := faults.name()
	if fault.Random(faults.Faults) {
		stream, err := f.stream(ctx, faults, name, c)
		if err != nil {
			return err
		}
		call.Seed, call.Number = stream.Seed, stream.Calls
	}
	if !fault.Concern(faults.Faults, c.Operation) {
		return nil
	}
	before := *into
	_, err := f.memory.Recall(ctx, faults.owner, name+"count", func(old []byte) ([]byte, error) {
		*into = copyOf(before)
		count := fault.Memory{Since: faults.FaultsSince}
		if err := decode(old, &count); err != nil {
			return nil, err
		}
		count.Meet(faults.Faults, call, into)
		return json.Marshal(count)
	})
	return err
}

// stream counts a call in its stream and returns the stream. It is that of the session,
// which depends on the session's ids and on the number of earlier sessions with the same
// ids; or, without a session, that of the operation.
func (f faultCounts) stream(ctx context.Context, faults ownedFaults, name string, c Subject) (faultStream, error) {
	key, ids := c.Operation, c.Operation
	if c.Session != nil {
		key, ids = string(c.Session.ID), c.Session.IDs()
	}
	stream, err := f.count(ctx, faults.owner, name+"session/"+key, faultStream{})
	if err != nil || stream.Calls > 0 {
		return stream, err
	}
	var before ordinal
	_, err = f.memory.Recall(ctx, faults.owner, name+"ids/"+ids, func(old []byte) ([]byte, error) {
		before = ordinal{}
		if err := decode(old, &before); err != nil {
			return nil, err
		}
		if before.Last != key {
			before = ordinal{before.Sessions + 1, key}
		}
		return json.Marshal(before)
	})
	if err != nil {
		return faultStream{}, err
	}
	seed := seedOf(cmp.Or(faults.Seed, f.seed), fmt.Sprintf("%s %d", ids, before.Sessions))
	return f.count(ctx, faults.owner, name+"session/"+key, faultStream{Seed: seed})
}

// count counts a call in a stream and returns the stream. A new stream begins with first,
// if that has a seed.
func (f faultCounts) count(ctx context.Context, owner liveness.ResourceID, name string, first faultStream) (faultStream, error) {
	var stream faultStream
	_, err := f.memory.Recall(ctx, owner, name, func(old []byte) ([]byte, error) {
		stream = first
		if err := decode(old, &stream); err != nil || old == nil && first.Seed == 0 {
			return nil, err
		}
		stream.Calls++
		return json.Marshal(stream)
	})
	return stream, err
}
