package resource

import (
	"context"
	"encoding/json"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/memory"
)

// creationPatience is how long, on the clock of the resource, a failed create call is
// remembered. A later call counts as a new create.
const creationPatience = 10 * time.Minute

// pendingPrefix begins the names of pending creates in the memory.
const pendingPrefix = "create/"

// pendingCreates count the create calls that a fault made fail, so that the fault ends
// after its number of calls, until the creator has received a session.
type pendingCreates struct{ memory memory.Memory }

// A pendingCreate counts the calls that try to create one session.
type pendingCreate struct {
	Memory fault.Memory `json:"memory"`
	Last   time.Time    `json:"last"` // call, on the clock of the resource
}

func pendingName(s liveness.Session) string {
	return pendingPrefix + s.Script.Scenario + " " + s.IDs()
}

// meet applies the faults to a call that creates a session.
func (p pendingCreates) meet(ctx context.Context, s liveness.Session, call fault.Call, into *fault.Verdict) error {
	before := *into
	_, err := p.memory.Recall(ctx, s.Resource, pendingName(s), func(old []byte) ([]byte, error) {
		*into = copyOf(before)
		var known pendingCreate
		if err := decode(old, &known); err != nil {
			return nil, err
		}
		if call.Now.Sub(known.Last) > creationPatience {
			known = pendingCreate{}
		}
		known.Last = call.Now
		meetMemory(&known.Memory, s.Script.Faults, call, into)
		return json.Marshal(known)
	})
	return err
}

// remembered returns what the faults remember of the calls that were to create a
// session.
func (p pendingCreates) remembered(ctx context.Context, s liveness.Session) (fault.Memory, error) {
	var known pendingCreate
	_, err := p.memory.Recall(ctx, s.Resource, pendingName(s), func(old []byte) ([]byte, error) {
		known = pendingCreate{}
		return old, decode(old, &known)
	})
	return known.Memory, err
}

// delivered forgets the calls that led to a session.
func (p pendingCreates) delivered(ctx context.Context, s liveness.Session) error {
	_, err := p.memory.Recall(ctx, s.Resource, pendingName(s), func([]byte) ([]byte, error) { return nil, nil })
	return err
}

// forget forgets the pending creates of an owner.
func (p pendingCreates) forget(ctx context.Context, owner liveness.Owner) error {
	return p.memory.Forget(ctx, owner, pendingPrefix)
}

// decode reads a value of the memory; nil leaves what it is read into.
func decode(old []byte, into any) error {
	if old == nil {
		return nil
	}
	return json.Unmarshal(old, into)
}
