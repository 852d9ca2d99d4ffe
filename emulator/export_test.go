package emulator

import "github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"

// Store returns what the emulator keeps its sessions in, for tests that look
// behind the API.
func (e *Emulator) Store() liveness.Store { return e.store }
