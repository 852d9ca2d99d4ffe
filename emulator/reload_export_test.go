package emulator

import "context"

// PollScenarios does at once what happens at every Options.ReloadInterval.
func (e *Emulator) PollScenarios(ctx context.Context) { e.reload.poll(ctx) }
