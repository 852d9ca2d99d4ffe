package resource

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// A Subject is a call that faults are asked about.
type Subject struct {
	Operation string
	Resource  liveness.ResourceID
	Session   *liveness.Session // nil: the call has none
	Creating  bool              // the session is not stored yet: the call is to create it
}

// Faultless reports whether neither all resources nor the resource nor the script has
// faults, so that Meet need not be asked.
func (g *Registry) Faultless(ctx context.Context, resource liveness.ResourceID, script liveness.Script) bool {
	if len(script.Faults) > 0 {
		return false
	}
	for _, whose := range []liveness.ResourceID{liveness.AllResources, resource} {
		of, err := g.faultsOf(ctx, whose)
		if err != nil {
			return false
		}
		if _, none := of.none(); !none {
			return false
		}
	}
	return true
}

// Meet asks the faults of all resources about a call, then those of the resource and those
// of its session, and adds what they do to the verdict. The faults of a session remember
// the calls that were to create it, too, and survive a restart with it; those of a
// resource begin to count anew with the process.
func (g *Registry) Meet(ctx context.Context, c Subject, into *fault.Verdict) error {
	for _, whose := range []liveness.ResourceID{liveness.AllResources, c.Resource} {
		of, err := g.faultsOf(ctx, whose)
		if err != nil {
			return err
		}
		if _, none := of.none(); !none {
			of.meet(c, g.faultCall(ctx, c), into)
		}
	}
	if c.Session == nil || len(c.Session.Script.Faults) == 0 {
		return nil
	}
	call := g.faultCall(ctx, c)
	call.Seed = c.Session.Script.Seed
	if c.Creating {
		return g.pending.meet(ctx, *c.Session, call, into)
	}
	if !fault.Concern(c.Session.Script.Faults, c.Operation) {
		return nil
	}
	return g.meetSession(ctx, *c.Session, call, into)
}

// Remembered returns what the faults of a script remember of the calls that were to
// create its session.
func (g *Registry) Remembered(ctx context.Context, session liveness.Session) (fault.Memory, error) {
	return g.pending.remembered(ctx, session)
}

// Delivered says that the creator of a session has learnt of it: its next call is to
// create another one.
func (g *Registry) Delivered(ctx context.Context, session liveness.Session) error {
	if len(session.Script.Faults) == 0 {
		return nil
	}
	return g.pending.delivered(ctx, session)
}

func (g *Registry) faultCall(ctx context.Context, c Subject) fault.Call {
	call := fault.Call{Operation: c.Operation, Now: g.Now(ctx, c.Resource)}
	if c.Session != nil && !c.Creating {
		call.State = string(c.Session.At(call.Now).State)
	}
	return call
}

// meetSession asks the faults of a stored session.
func (g *Registry) meetSession(ctx context.Context, session liveness.Session, call fault.Call, into *fault.Verdict) error {
	before := *into
	_, err := g.store.Update(ctx, session.ID, func(session *liveness.Session) error {
		*into = before
		into.Fired = append([]string(nil), before.Fired...)
		meetMemory(&session.FaultMemory, session.Script.Faults, call, into)
		return nil
	})
	if errors.Is(err, liveness.ErrNotFound) {
		*into = before // deleted by another call: what follows says so
		return nil
	}
	return err
}

// meetMemory asks the faults of a session, which draw by the number of its calls.
func meetMemory(memory *fault.Memory, faults []fault.Fault, call fault.Call, into *fault.Verdict) {
	call.Number = memory.Calls + 1
	memory.Meet(faults, call, into)
}

// UseFaults sets the faults for all calls of a resource, in place of those before,
// and keeps the text that they were read from. None takes them away. They survive a
// restart.
func (g *Registry) UseFaults(ctx context.Context, resource liveness.ResourceID, faults []fault.Fault, text string) error {
	now := g.Now(ctx, resource) // before the store's turn, which must not ask the store for the clock
	_, err := g.ChangeSettings(ctx, resource, func(of *Settings) {
		of.Faults, of.FaultsText = fault.Clone(faults), text
		of.FaultsSince = now
		of.FaultsNumber++
	})
	return err
}

// faultsOf returns the faults of a resource, as the store has them. It asks the
// store once a change: nearly all calls belong to a resource without faults.
func (g *Registry) faultsOf(ctx context.Context, resource liveness.ResourceID) (*resourceFaults, error) {
	of := g.faults.get(resource)
	if known, _ := of.none(); known {
		return of, nil
	}
	changes := of.begin()
	settings, err := g.Settings(ctx, resource)
	if err != nil {
		return nil, err
	}
	of.refresh(changes, settings, cmp.Or(settings.Seed, g.seed))
	return of, nil
}

// seedOf returns a seed of its own for a stream.
func seedOf(seed uint64, stream string) uint64 {
	sum := sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, seed), stream...))
	return binary.BigEndian.Uint64(sum[:])
}
