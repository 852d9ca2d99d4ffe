package service

import "github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"

// Access is the resource of the caller of a server call, and its hook.
type Access struct {
	Resource liveness.ResourceID // whose sessions the caller may see
	Before   BeforeHook          // nil: none
}

// A BeforeHook is called after a call has found its session, and before the call changes
// anything or counts as a read. A create call calls it before it stores the session. Its
// error ends the call, and is returned unchanged.
type BeforeHook func(liveness.Session) error
