package scenario_test

import (
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

func TestIsFileName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"a.yaml": true, "a.yml": true, "a.b.yaml": true, ".a.yaml": false, ".yaml": false, "a.json": false, "a.YAML": false, "yaml": false,
	} {
		if got := scenario.IsFileName(name); got != want {
			t.Errorf("%q: got %v, want %v", name, got, want)
		}
	}
}
