package emulator

import (
	"context"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
)

// QueueScenario gives the scenario called name to the next sessions of the
// resource that key opens, behind what is queued already. A session that pins a
// scenario takes none from the queue. The queue survives a restart. An unknown
// name is ErrScenario, a key that opens nothing ErrUnknownKey, and a number below 1 or
// one that makes the queue too long ErrOptions. It is safe for concurrent use.
func (e *Emulator) QueueScenario(ctx context.Context, key, name string, sessions int) error {
	resource, known := e.face.ResourceOf(key)
	if !known {
		return ErrUnknownKey
	}
	return e.admin.QueueScenario(ctx, resource, name, sessions)
}

// UseScenario makes the scenario called name the one for sessions of the resource
// that key opens, where nothing else gives them one; "" takes it back. Errors are
// those of QueueScenario.
func (e *Emulator) UseScenario(ctx context.Context, key, name string) error {
	if name != "" {
		if err := e.library.Knows(name); err != nil {
			return err
		}
	}
	return e.changeResource(ctx, key, func(of *resource.Settings) { of.Scenario = name })
}

// UseSeed feeds the random choices of scenarios that name no seed, for sessions of
// the resource that key opens; 0 leaves them to the emulator's own. An unknown key
// is ErrUnknownKey.
func (e *Emulator) UseSeed(ctx context.Context, key string, seed uint64) error {
	return e.changeResource(ctx, key, func(of *resource.Settings) { of.Seed = seed })
}

// UseFaults lets all calls of the resource that key opens meet faults, in place of
// those that were set before; none, which is also "", takes them away. They are a
// list in YAML or JSON, as the faults key of a scenario file has it, and come
// before the faults of a session's scenario. Their calls are counted, and their
// time begins, when they are set; they survive a restart, which begins the count
// anew. A text that is wrong is ErrScenario and says where, a key that opens
// nothing ErrUnknownKey, and one of more than 64 KiB ErrOptions; what in it has no effect
// is a warning in the log. It is safe for concurrent use.
func (e *Emulator) UseFaults(ctx context.Context, key, faults string) error {
	resource, known := e.face.ResourceOf(key)
	if !known {
		return ErrUnknownKey
	}
	return e.admin.UseFaults(ctx, resource, faults)
}

func (e *Emulator) changeResource(ctx context.Context, key string, change func(*resource.Settings)) error {
	resource, known := e.face.ResourceOf(key)
	if !known {
		return ErrUnknownKey
	}
	_, err := e.resources.ChangeSettings(ctx, resource, change)
	return err
}
