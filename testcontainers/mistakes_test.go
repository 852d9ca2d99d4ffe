package faceliveness_test

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/testcontainers/testcontainers-go"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	faceliveness "github.com/livenesslabs/face-liveness-emulator/testcontainers"
)

// TestDefaultKey compares DefaultKey with the emulator's development key. The module does
// not import the emulator for it.
func TestDefaultKey(t *testing.T) {
	t.Parallel()
	if faceliveness.DefaultKey != emulator.Key1 {
		t.Errorf("got %s, want %s", faceliveness.DefaultKey, emulator.Key1)
	}
}

// TestMistakesInOptions checks that invalid options are reported before the engine is
// called.
func TestMistakesInOptions(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	missing := filepath.Join(empty, "missing")
	for _, c := range []struct {
		name string
		opts []testcontainers.ContainerCustomizer
		want string
	}{
		{"no key", all(faceliveness.WithKeys()), "WithKeys: no key is given"},
		{"blank key", all(faceliveness.WithKeys("a", " ")), "WithKeys: a key is blank"},
		{"keys in one", all(faceliveness.WithKeys("a,b")), "holds a comma"},
		{"key in lines", all(faceliveness.WithKeys("a\nb")), "control character"},
		{"nameless volume", all(faceliveness.WithStateVolume("")), "WithStateVolume: the volume needs a name"},
		{"missing file", all(faceliveness.WithScenarioFiles(missing + ".yaml")), missing},
		{"no scenario file", all(faceliveness.WithScenarioFiles("go.mod")), `WithScenarioFiles: "go.mod" is not a name of a scenario file`},
		{"missing folder", all(faceliveness.WithScenarioDir(missing)), "WithScenarioDir: " + missing},
		{"empty folder", all(faceliveness.WithScenarioDir(empty)), "no scenario file (*.yaml, *.yml) found"},
		{"nothing at the top", all(faceliveness.WithScenarioFS(fstest.MapFS{"a/b.yaml": {}, ".c.yaml": {}})), "WithScenarioFS: no scenario file (*.yaml, *.yml) found"},
		{"name with a folder", all(faceliveness.WithScenario("a/b", "")), `"a/b.yaml" is not a name`},
		{"same name", all(faceliveness.WithScenario("qa-two-tries", ""), faceliveness.WithScenarioDir("testdata/scenarios")), "two scenario files are called qa-two-tries.yaml"},
		{"missing snapshot", all(faceliveness.WithSnapshot(missing)), "WithSnapshot: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			container, err := faceliveness.Run(t.Context(), image(), c.opts...)
			testcontainers.CleanupContainer(t, container)
			if err == nil || !strings.Contains(err.Error(), c.want) || container != nil {
				t.Errorf("got %v and container %v; want %q in the error and none", err, container, c.want)
			}
		})
	}
}

func all(opts ...testcontainers.ContainerCustomizer) []testcontainers.ContainerCustomizer {
	return opts
}

// TestOptionsAreForSeveral checks that an option has the same effect when it is used
// again.
func TestOptionsAreForSeveral(t *testing.T) {
	t.Parallel()
	opts := all(faceliveness.WithKeys("a", "b"), faceliveness.WithTLSHosts("x.test"), faceliveness.WithScenario("qa", "text"))
	for range 2 {
		var req testcontainers.GenericContainerRequest
		for _, opt := range opts {
			if err := opt.Customize(&req); err != nil {
				t.Fatal(err)
			}
		}
		if keys, hosts := req.Env["FACE_LIVENESS_KEYS"], req.Env["FACE_LIVENESS_TLS_HOSTS"]; keys != "a,b" || hosts != "x.test" || len(req.Files) != 1 {
			t.Errorf("got keys %q, hosts %q, %d files; want a,b, x.test, one", keys, hosts, len(req.Files))
		}
	}
}
