package faceliveness

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/testcontainers/testcontainers-go"

	"github.com/livenesslabs/face-liveness-emulator/scenarios"
)

// readable is the mode of files in the container, which may run as any user.
const readable = 0o644

// WithScenario adds a scenario file with this text, in YAML. The name is that of the file,
// without its extension; the text has the name of the scenario.
func WithScenario(name, text string) testcontainers.CustomizeRequestOption {
	return func(req *testcontainers.GenericContainerRequest) error {
		if err := addScenarioFile(req, name+".yaml", []byte(text)); err != nil {
			return fmt.Errorf("WithScenario: %w", err)
		}
		return nil
	}
}

// WithScenarioFiles adds scenario files (*.yaml, *.yml) by their paths on this machine.
func WithScenarioFiles(paths ...string) testcontainers.CustomizeRequestOption {
	return func(req *testcontainers.GenericContainerRequest) error {
		for _, p := range paths {
			text, err := os.ReadFile(p)
			if err != nil {
				return fmt.Errorf("WithScenarioFiles: %w", err)
			}
			if err := addScenarioFile(req, filepath.Base(p), text); err != nil {
				return fmt.Errorf("WithScenarioFiles: %w", err)
			}
		}
		return nil
	}
}

// WithScenarioDir adds the scenario files at the top of a folder on this machine: *.yaml
// and *.yml whose names do not begin with a dot. There must be at least one.
func WithScenarioDir(dir string) testcontainers.CustomizeRequestOption {
	return func(req *testcontainers.GenericContainerRequest) error {
		if err := addScenarioFS(req, os.DirFS(dir)); err != nil {
			return fmt.Errorf("WithScenarioDir: %s: %w", dir, err)
		}
		return nil
	}
}

// WithScenarioFS is WithScenarioDir for a file system, such as one that is embedded in
// the test.
func WithScenarioFS(files fs.FS) testcontainers.CustomizeRequestOption {
	return func(req *testcontainers.GenericContainerRequest) error {
		if err := addScenarioFS(req, files); err != nil {
			return fmt.Errorf("WithScenarioFS: %w", err)
		}
		return nil
	}
}

// WithDefaultScenario sets the default scenario: the one of sessions that neither name
// nor match another. Without it, the default is happy-path.
func WithDefaultScenario(name string) testcontainers.CustomizeRequestOption {
	return testcontainers.WithEnv(map[string]string{"FACE_LIVENESS_SCENARIO": name})
}

// WithSnapshot sets the snapshot that a new state starts from: a file on this machine,
// written by the command snapshot or by control.Client.Snapshot. It is ignored if the
// state of the volume is not empty.
func WithSnapshot(file string) testcontainers.CustomizeRequestOption {
	return func(req *testcontainers.GenericContainerRequest) error {
		if _, err := os.Stat(file); err != nil {
			return fmt.Errorf("WithSnapshot: %w", err)
		}
		return testcontainers.WithFiles(testcontainers.ContainerFile{
			HostFilePath: file, ContainerFilePath: path.Join(mountFolder, "restore.snapshot"), FileMode: readable,
		})(req)
	}
}

func addScenarioFS(req *testcontainers.GenericContainerRequest, files fs.FS) error {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return err
	}
	found := false
	for _, entry := range entries {
		if entry.IsDir() || !scenarios.IsFile(entry.Name()) {
			continue
		}
		found = true
		text, err := fs.ReadFile(files, entry.Name())
		if err != nil {
			return err
		}
		if err := addScenarioFile(req, entry.Name(), text); err != nil {
			return err
		}
	}
	if !found {
		return errors.New("no scenario file (*.yaml, *.yml) found")
	}
	return nil
}

func addScenarioFile(req *testcontainers.GenericContainerRequest, name string, text []byte) error {
	if !scenarios.IsFile(name) || strings.ContainsAny(name, `/\`) {
		return fmt.Errorf("%q is not a name of a scenario file; use a name without a folder that ends in .yaml or .yml and does not begin with a dot", name)
	}
	place := path.Join(mountFolder, "scenarios.d", name)
	if slices.ContainsFunc(req.Files, func(f testcontainers.ContainerFile) bool { return f.ContainerFilePath == place }) {
		return fmt.Errorf("two scenario files are called %s", name)
	}
	return testcontainers.WithFiles(testcontainers.ContainerFile{
		Reader: bytes.NewReader(text), ContainerFilePath: place, FileMode: readable,
	})(req)
}
