package resource

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// A Subject is a call to which faults may apply.
type Subject struct {
	Operation string
	Resource  liveness.ResourceID
	Session   *liveness.Session // nil: the call has none
	Creating  bool              // the session is not stored yet: the call is to create it
}

// Faultless reports whether neither all resources nor the resource nor the script has
// faults, so that Meet would do nothing.
func (g *Registry) Faultless(ctx context.Context, resource liveness.ResourceID, script liveness.Script) bool {
	all, failed := g.settings.get(ctx, liveness.AllResources)
	own, err := g.settings.get(ctx, resource)
	return failed == nil && err == nil && len(all.Faults)+len(own.Faults)+len(script.Faults) == 0
}

// Meet applies the faults of all resources to a call, then those of the resource and those
// of its session, and adds their effects to the verdict. The faults of a session also count
// the calls that tried to create it, and their counts survive a restart with it; those of a
// resource are counted in the Memory.
func (g *Registry) Meet(ctx context.Context, c Subject, into *fault.Verdict) error {
	for _, owner := range []liveness.ResourceID{liveness.AllResources, c.Resource} {
		settings, err := g.settings.get(ctx, owner)
		if err == nil && len(settings.Faults) > 0 {
			err = g.counts.meet(ctx, ownedFaults{settings, owner}, c, g.faultCall(ctx, c), into)
		}
		if err != nil {
			return err
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
	if len(session.Script.Faults) == 0 {
		return fault.Memory{}, nil
	}
	return g.pending.remembered(ctx, session)
}

// Delivered notes that the creator of a session has received it, so that the creator's
// next call is for another one.
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

// meetSession applies the faults of a stored session.
func (g *Registry) meetSession(ctx context.Context, session liveness.Session, call fault.Call, into *fault.Verdict) error {
	before := *into
	_, err := g.store.Update(ctx, session.ID, func(session *liveness.Session) error {
		*into = copyOf(before)
		meetMemory(&session.FaultMemory, session.Script.Faults, call, into)
		return nil
	})
	if errors.Is(err, liveness.ErrNotFound) {
		*into = before // deleted by another call: what follows says so
		return nil
	}
	return err
}

// meetMemory applies the faults of a session, whose random choices depend on the number of
// its calls.
func meetMemory(memory *fault.Memory, faults []fault.Fault, call fault.Call, into *fault.Verdict) {
	call.Number = memory.Calls + 1
	memory.Meet(faults, call, into)
}

// UseFaults replaces the faults for all calls of a resource, and keeps the text that they
// were read from. An empty list removes them. They survive a restart.
func (g *Registry) UseFaults(ctx context.Context, resource liveness.ResourceID, faults []fault.Fault, text string) error {
	now := g.storedNow(ctx, resource) // before the change of a setting, which must not read the store
	_, err := g.ChangeSettings(ctx, resource, func(settings *Settings) {
		settings.Faults, settings.FaultsText = fault.Clone(faults), text
		settings.FaultsSince = now
		settings.FaultsNumber = newNumber()
	})
	return err
}

// copyOf returns a verdict that shares no list with another one. A change that may be made
// again begins with a copy each time.
func copyOf(v fault.Verdict) fault.Verdict {
	v.Fired = slices.Clone(v.Fired)
	return v
}

// seedOf derives the seed of a stream from another seed.
func seedOf(seed uint64, stream string) uint64 {
	sum := sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, seed), stream...))
	return binary.BigEndian.Uint64(sum[:])
}
