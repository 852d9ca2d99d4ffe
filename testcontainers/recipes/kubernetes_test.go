package recipes_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// An object has the parts of a Kubernetes document that the tests read.
type object struct {
	Kind     string
	Metadata struct{ Name string }
	Data     map[string]string
	Spec     struct {
		Selector map[string]any
		Ports    []struct {
			TargetPort string `yaml:"targetPort"`
		}
		Template struct {
			Metadata struct{ Labels map[string]any }
			Spec     pod
		}
	}
}

type pod struct {
	SecurityContext struct {
		RunAsNonRoot bool `yaml:"runAsNonRoot"`
	} `yaml:"securityContext"`
	Containers []podContainer
	Volumes    []struct {
		Name      string
		ConfigMap *struct{ Name string } `yaml:"configMap"`
	}
}

type podContainer struct {
	Image string
	Args  []string
	Env   []struct{ Name, Value string }
	Ports []struct {
		Name          string
		ContainerPort string `yaml:"containerPort"`
	}
	ReadinessProbe  probe `yaml:"readinessProbe"`
	LivenessProbe   probe `yaml:"livenessProbe"`
	SecurityContext struct {
		AllowPrivilegeEscalation *bool `yaml:"allowPrivilegeEscalation"`
		ReadOnlyRootFilesystem   bool  `yaml:"readOnlyRootFilesystem"`
		Capabilities             struct{ Drop []string }
	} `yaml:"securityContext"`
	VolumeMounts []struct {
		Name      string
		MountPath string `yaml:"mountPath"`
	} `yaml:"volumeMounts"`
}

type probe struct {
	HTTPGet struct{ Path, Port string } `yaml:"httpGet"`
}

const manifestFile = "kubernetes/face.yaml"

// manifest reads the documents of the recipe, one of each kind.
func manifest(t *testing.T) map[string]object {
	t.Helper()
	objects := map[string]object{}
	documents := yaml.NewDecoder(bytes.NewReader([]byte(read(t, manifestFile))))
	for {
		var o object
		err := documents.Decode(&o)
		if errors.Is(err, io.EOF) {
			return objects
		}
		if err != nil {
			t.Fatal(err)
		}
		objects[o.Kind] = o
	}
}

// port returns the port that a probe or a service names.
func (c podContainer) port(t *testing.T, name string) string {
	t.Helper()
	for _, port := range c.Ports {
		if port.Name == name {
			return port.ContainerPort
		}
	}
	t.Fatalf("no port of the container is named %q", name)
	return ""
}

// TestKubernetesSchema validates the manifest against the schemas of Kubernetes, which
// the Python package includes.
func TestKubernetesSchema(t *testing.T) {
	t.Parallel()
	ctx := needEngine(t)
	folder := copyRecipe(t, "kubernetes")
	output(ctx, t, folder, nil, "python3", "-m", "venv", ".venv")
	output(ctx, t, folder, nil, ".venv/bin/pip", "install", "--quiet", "--disable-pip-version-check", "kubernetes-validate==1.37.0")
	written := output(ctx, t, folder, nil, ".venv/bin/kubernetes-validate", "--strict", filepath.Base(manifestFile))
	if got := strings.Count(written, " passed for resource "); got != 3 {
		t.Errorf("got %d resources that passed; want 3\n%s", got, written)
	}
}

// TestKubernetesPod runs the pod's container in Docker as the manifest says, as a user id
// that the image does not have, and makes the calls of its probes.
func TestKubernetesPod(t *testing.T) {
	t.Parallel()
	ctx := needEngine(t)
	objects := manifest(t)
	spec := objects["Deployment"].Spec.Template.Spec
	face := spec.Containers[0]
	options := []string{"--user", "20000:20000"}
	if face.SecurityContext.ReadOnlyRootFilesystem {
		options = append(options, "--read-only")
	}
	for _, capability := range face.SecurityContext.Capabilities.Drop {
		options = append(options, "--cap-drop", capability)
	}
	if escalation := face.SecurityContext.AllowPrivilegeEscalation; escalation != nil && !*escalation {
		options = append(options, "--security-opt", "no-new-privileges")
	}
	for _, variable := range face.Env {
		options = append(options, "--env", variable.Name+"="+variable.Value)
	}
	for _, mount := range face.VolumeMounts {
		options = append(options, spec.mounted(t, mount.Name, mount.MountPath, objects["ConfigMap"])...)
	}
	var ports []string
	for _, port := range face.Ports {
		ports = append(ports, port.ContainerPort)
	}
	c := start(ctx, t, options, ports, face.Args...)

	for _, probe := range []probe{face.ReadinessProbe, face.LivenessProbe} {
		c.get(ctx, t, "http://"+c.address(ctx, t, face.port(t, probe.HTTPGet.Port))+probe.HTTPGet.Path)
	}
	plain, secure := c.address(ctx, t, face.port(t, "http")), c.address(ctx, t, face.port(t, "https"))
	for file := range objects["ConfigMap"].Data {
		c.hasScenario(ctx, t, "http://"+plain, strings.TrimSuffix(file, ".yaml"))
	}
	for _, name := range []string{"face", "face.default.svc", "face.default.svc.cluster.local"} {
		c.isTrusted(ctx, t, plain, secure, name)
	}
}

// mounted returns a volume of the pod as options of "docker run".
func (p pod) mounted(t *testing.T, name, path string, config object) []string {
	t.Helper()
	for _, volume := range p.Volumes {
		switch {
		case volume.Name != name:
		case volume.ConfigMap != nil && volume.ConfigMap.Name == config.Metadata.Name:
			folder := readable(t)
			for file, text := range config.Data {
				if err := os.WriteFile(filepath.Join(folder, file), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			return []string{"--volume", folder + ":" + path + ":ro"}
		case volume.ConfigMap == nil:
			return []string{"--tmpfs", path}
		}
	}
	t.Fatalf("no volume or config map for the mount %q", name)
	return nil
}

// readable returns a temporary folder that every user can read.
func readable(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	return folder
}

// TestKubernetesNames compares the names by which parts of the manifest refer to each
// other.
func TestKubernetesNames(t *testing.T) {
	t.Parallel()
	objects := manifest(t)
	deployment, service := objects["Deployment"], objects["Service"]
	face := deployment.Spec.Template.Spec.Containers[0]
	if want := "face-liveness-emulator"; face.Image != want {
		t.Errorf("got image %q; want %q", face.Image, want)
	}
	if !deployment.Spec.Template.Spec.SecurityContext.RunAsNonRoot {
		t.Error("the pod may run as root")
	}
	if len(service.Spec.Selector) == 0 || len(service.Spec.Ports) != 2 {
		t.Fatalf("got a service with selector %v and ports %v; want both", service.Spec.Selector, service.Spec.Ports)
	}
	labels := deployment.Spec.Template.Metadata.Labels
	for name, value := range service.Spec.Selector {
		if labels[name] != value {
			t.Errorf("the service selects %s=%v; the pod has %v", name, value, labels)
		}
	}
	for _, port := range service.Spec.Ports {
		face.port(t, port.TargetPort)
	}
}
