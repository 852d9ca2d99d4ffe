package liveness

import (
	"cmp"
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

// Undisturbed reports whether neither everyone nor the resource nor the script has
// faults, so that Meet need not be asked.
func (s *Service) Undisturbed(ctx context.Context, resource ResourceID, script Script) bool {
	if len(script.Faults) > 0 {
		return false
	}
	for _, whose := range []ResourceID{Everyone, resource} {
		of, err := s.faultsOf(ctx, whose)
		if err != nil {
			return false
		}
		if _, none := of.none(); !none {
			return false
		}
	}
	return true
}

// Meet asks the faults of everyone about a call, then those of the resource and those
// of its session, and adds what they do to the verdict. The faults of a session remember
// the calls that were to create it, too, and survive a restart with it; those of a
// resource begin to count anew with the process.
func (s *Service) Meet(ctx context.Context, c Subject, into *fault.Verdict) error {
	for _, whose := range []ResourceID{Everyone, c.Resource} {
		of, err := s.faultsOf(ctx, whose)
		if err != nil {
			return err
		}
		if _, none := of.none(); !none {
			of.meet(c, s.faultCall(ctx, c), into)
		}
	}
	if c.Session == nil || len(c.Session.Script.Faults) == 0 {
		return nil
	}
	call := s.faultCall(ctx, c)
	call.Seed = c.Session.Script.Seed
	if c.Unborn {
		s.creations.meet(*c.Session, call, into)
		return nil
	}
	if !fault.Concern(c.Session.Script.Faults, c.Operation) {
		return nil
	}
	return s.meetSession(ctx, *c.Session, call, into)
}

// Born says that the creator of a session has learnt of it: its next call is to
// create another one.
func (s *Service) Born(session Session) {
	if len(session.Script.Faults) > 0 {
		s.creations.born(session)
	}
}

func (s *Service) faultCall(ctx context.Context, c Subject) fault.Call {
	call := fault.Call{Operation: c.Operation, Now: s.now(ctx, c.Resource)}
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

// ids are what a session's creator has said of it, which its choices are drawn by.
func (s Session) ids() string {
	return fmt.Sprintf("%q %q %q", s.Kind, s.DeviceCorrelationID, s.UserCorrelationID)
}

// UseFaults sets the faults for all calls of a resource, in place of those before,
// and keeps the text that they were read from. None takes them away. They survive a
// restart.
func (s *Service) UseFaults(ctx context.Context, resource ResourceID, faults []fault.Fault, text string) error {
	now := s.now(ctx, resource) // before the store's turn, which must not ask the store for the clock
	_, err := s.ChangeResourceSettings(ctx, resource, func(of *ResourceSettings) {
		of.Faults, of.FaultsText = fault.Clone(faults), text
		of.FaultsSince = now
		of.FaultsNumber++
	})
	return err
}

// faultsOf returns the faults of a resource, as the store has them. It asks the
// store once a change: nearly all calls belong to a resource without faults.
func (s *Service) faultsOf(ctx context.Context, resource ResourceID) (*resourceFaults, error) {
	of := s.faults.get(resource)
	if known, _ := of.none(); known {
		return of, nil
	}
	changes := of.begin()
	settings, err := s.ResourceSettings(ctx, resource)
	if err != nil {
		return nil, err
	}
	of.refresh(changes, settings, cmp.Or(settings.Seed, s.Seed))
	return of, nil
}

// seedOf returns a seed of its own for a stream.
func seedOf(seed uint64, stream string) uint64 {
	sum := sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, seed), stream...))
	return binary.BigEndian.Uint64(sum[:])
}
