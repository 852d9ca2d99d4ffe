package recipes_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// A workflow has the parts of a GitHub Actions workflow that the tests read.
type workflow struct {
	Jobs map[string]struct {
		Services map[string]struct {
			Env     map[string]string
			Ports   []string
			Options string
		}
		Steps []struct {
			Name, Run string
			Env       map[string]string
		}
	}
}

const workflowFile = "github-actions/test.yml"

// A test suite of the repository that the workflow is copied into.
const (
	packageOfWorkflow = `{"private": true, "scripts": {"test": "node check.mjs"}}`
	suiteOfWorkflow   = `
const answer = await fetch(process.env.FACE_ENDPOINT + "/face/v1.2/detectLiveness-sessions", {
  method: "POST",
  headers: {"Ocp-Apim-Subscription-Key": process.env.FACE_APIKEY, "Content-Type": "application/json"},
  body: JSON.stringify({livenessOperationMode: "Passive", deviceCorrelationId: "phone-1"}),
});
console.log("created", (await answer.json()).sessionId);
`
)

// TestWorkflowLint checks the workflow with actionlint.
func TestWorkflowLint(t *testing.T) {
	t.Parallel()
	ctx := needEngine(t)
	output(ctx, t, "", nil, "go", "run", "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12", "-shellcheck=", "-pyflakes=", workflowFile)
}

// TestWorkflow does what GitHub's runner does: it starts the service, waits for its
// health, and runs the steps.
func TestWorkflow(t *testing.T) {
	t.Parallel()
	ctx := needEngine(t)
	var w workflow
	if err := yaml.Unmarshal([]byte(read(t, workflowFile)), &w); err != nil {
		t.Fatal(err)
	}
	job := w.Jobs["test"]
	face := job.Services["face"]
	options := strings.Fields(face.Options)
	for name, value := range face.Env {
		options = append(options, "--env", name+"="+value)
	}
	c := start(ctx, t, options, face.Ports)

	folder, temporary := t.TempDir(), t.TempDir()
	values := map[string]string{"runner.temp": temporary}
	for _, port := range face.Ports {
		_, published, _ := strings.Cut(c.address(ctx, t, port), ":")
		values["job.services.face.ports['"+port+"']"] = published
	}
	for name, text := range map[string]string{"package.json": packageOfWorkflow, "check.mjs": suiteOfWorkflow} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var written string
	for _, step := range job.Steps {
		if step.Run == "" {
			continue
		}
		environment := []string{"NO_PROXY=localhost,127.0.0.1", "no_proxy=localhost,127.0.0.1"}
		for name, value := range step.Env {
			environment = append(environment, name+"="+evaluated(t, value, values))
		}
		written = output(ctx, t, folder, environment, "bash", "-e", "-c", evaluated(t, step.Run, values))
	}
	if !strings.Contains(written, "created ") || strings.Contains(written, "undefined") {
		t.Errorf("got %s; want the last step to have created a session", written)
	}
}

// evaluated replaces the expressions of a text by values.
func evaluated(t *testing.T, text string, values map[string]string) string {
	t.Helper()
	return regexp.MustCompile(`\$\{\{ (.*?) \}\}`).ReplaceAllStringFunc(text, func(expression string) string {
		name := strings.TrimSuffix(strings.TrimPrefix(expression, "${{ "), " }}")
		value, known := values[name]
		if !known {
			t.Fatalf("nothing is known of the expression %s", expression)
		}
		return value
	})
}
