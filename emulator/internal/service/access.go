package service

import "github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"

// Access is what the caller of a server call may see, and what is asked before.
type Access struct {
	Resource liveness.ResourceID // whose sessions the caller may see
	Before   BeforeHook          // nil: nothing is asked
}

// A BeforeHook is called when a call has found its session, and before it changes
// anything or counts as a call that has read it. A call that creates a session calls
// it when all is settled but nothing stored. Its error ends the call, and is returned
// as it is.
type BeforeHook func(liveness.Session) error
