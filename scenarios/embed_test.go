package scenarios_test

import (
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/scenarios"
)

func TestIsFile(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"a.yaml": true, "a.yml": true, "a.b.yaml": true,
		"": false, "a": false, "yaml": false, "a.YAML": false, "a.yaml.bak": false, "a.txt": false, ".a.yaml": false, ".#a.yml": false, ".yaml": false,
	} {
		if got := scenarios.IsFile(name); got != want {
			t.Errorf("IsFile(%q) = %v, want %v", name, got, want)
		}
	}
}
