package liveness

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/fault"
)

// A Subject is a call that faults are asked about.
type Subject struct {
	Operation string
	Resource  ResourceID
	Session   *Session // nil: the call has none
	Unborn    bool     // the session is not stored yet: the call is to create it
}

// Undisturbed reports whether neither the resource nor the script has faults, so
// that Meet need not be asked.
func (s *Service) Undisturbed(ctx context.Context, resource ResourceID, script Script) bool {
	of, err := s.faultsOf(ctx, resource)
	return of == nil && err == nil && len(script.Faults) == 0
}

// Meet asks the faults of the resource about a call, and then those of its
// session, and adds what they do to the verdict. The faults of a session remember
// the calls that were to create it, too, and survive a restart with it; those of a
// resource begin to count anew with the process.
func (s *Service) Meet(ctx context.Context, c Subject, into *fault.Verdict) error {
	of, err := s.faultsOf(ctx, c.Resource)
	if err != nil {
		return err
	}
	if of != nil {
		of.meet(c, s.faultCall(c), into)
	}
	if c.Session == nil || len(c.Session.Script.Faults) == 0 {
		return nil
	}
	call := s.faultCall(c)
	call.Seed = c.Session.Script.Seed
	if c.Unborn {
		s.unborn.meet(*c.Session, call, into)
		return nil
	}
	if !fault.Concern(c.Session.Script.Faults, c.Operation) {
		return nil
	}
	return s.meetSession(ctx, *c.Session, call, into)
}

func (s *Service) faultCall(c Subject) fault.Call {
	call := fault.Call{Operation: c.Operation, Now: s.Clock.Now().UTC()}
	if c.Session != nil && !c.Unborn {
		call.State = string(c.Session.At(call.Now).State)
	}
	return call
}

// meetSession asks the faults of a stored session.
func (s *Service) meetSession(ctx context.Context, session Session, call fault.Call, into *fault.Verdict) error {
	before := *into
	_, err := s.Store.Update(ctx, session.ID, func(session *Session) error {
		*into = before
		into.Fired = append([]string(nil), before.Fired...)
		meetMemory(&session.FaultMemory, session.Script.Faults, call, into)
		return nil
	})
	if errors.Is(err, ErrNotFound) {
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

// stream names what a session's choices are drawn by: what its creator has said,
// so that the order of other sessions does not change them.
func (s Session) stream() string {
	return fmt.Sprintf("%q %q %q", s.Kind, s.DeviceCorrelationID, s.UserCorrelationID)
}

// UseFaults sets the faults for all calls of a resource, in place of those before.
// None takes them away. They survive a restart.
func (s *Service) UseFaults(ctx context.Context, resource ResourceID, faults []fault.Fault) error {
	_, err := s.ChangeResourceSettings(ctx, resource, func(of *ResourceSettings) {
		of.Faults = fault.Clone(faults)
		of.FaultsSince = s.Clock.Now().UTC()
		of.FaultsNumber++
	})
	return err
}

// faultsOf returns the faults of a resource, or nil. It asks the store once a
// resource: nearly all calls belong to a resource without faults.
func (s *Service) faultsOf(ctx context.Context, resource ResourceID) (*resourceFaults, error) {
	of, known, generation := s.faults.get(resource)
	if known {
		return of, nil
	}
	settings, err := s.ResourceSettings(ctx, resource)
	if err != nil {
		return nil, err
	}
	return s.faults.put(resource, generation, s.resourceFaults(settings)), nil
}

func (s *Service) resourceFaults(of ResourceSettings) *resourceFaults {
	if len(of.Faults) == 0 {
		return nil
	}
	seed := of.Seed
	if seed == 0 {
		seed = s.Seed
	}
	return &resourceFaults{
		faults: of.Faults, number: of.FaultsNumber, seed: seed,
		memory: fault.Memory{Since: of.FaultsSince}, calls: map[string]uint64{},
	}
}

// seedOf returns a seed of its own for a stream.
func seedOf(seed uint64, stream string) uint64 {
	sum := sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, seed), stream...))
	return binary.BigEndian.Uint64(sum[:])
}
