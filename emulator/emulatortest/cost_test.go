package emulatortest_test

import (
	"slices"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/emulatortest"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
)

// TestNewCost prints what New costs after the first one in a process, which reads what
// all of them share. It fails only far beyond the figure that is promised, since other
// tests may use the processor.
func TestNewCost(t *testing.T) {
	t.Parallel()
	const promised, rounds = time.Millisecond, 21
	emulatortest.New(t)
	var system clock.System
	var took []time.Duration
	for range rounds {
		began := system.Now()
		emulatortest.New(t)
		took = append(took, system.Now().Sub(began))
	}
	slices.Sort(took)
	t.Logf("New takes %v (median of %d; fastest %v); %v is promised", took[rounds/2], rounds, took[0], promised)
	// The fastest: a busy machine makes others slower, and a costly New makes all slower.
	if took[0] > 5*promised {
		t.Errorf("the fastest of %d took %v, want at most %v", rounds, took[0], 5*promised)
	}
}

// TestNewAllocates bounds what New allocates after the first one, which does not depend on
// what else the machine does.
func TestNewAllocates(t *testing.T) {
	const most = 6000 // twice of what it makes; to read all scenario files takes 83,000
	emulatortest.New(t)
	got := testing.AllocsPerRun(5, func() { emulatortest.New(t) })
	t.Logf("New makes %.0f allocations", got)
	if got > most {
		t.Errorf("New makes %.0f allocations, want at most %d", got, most)
	}
}
