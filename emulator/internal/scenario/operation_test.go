package scenario_test

import (
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

func TestOperationOf(t *testing.T) {
	t.Parallel()
	for kind, want := range map[liveness.Kind]scenario.Operation{
		liveness.KindLiveness:           scenario.DetectLiveness,
		liveness.KindLivenessWithVerify: scenario.DetectLivenessWithVerify,
	} {
		if got := scenario.OperationOf(kind); got != want {
			t.Errorf("OperationOf(%s) = %s, want %s", kind, got, want)
		}
	}
}
