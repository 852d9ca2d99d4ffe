package faceliveness_test

import (
	"net/http"
	"testing"

	"github.com/testcontainers/testcontainers-go"

	"github.com/livenesslabs/face-liveness-emulator/emulator/emulatortest"
	faceliveness "github.com/livenesslabs/face-liveness-emulator/testcontainers"
)

// TestQuickStart is the example in the README: a test of an app's own suite.
func TestQuickStart(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	image := image()

	container, err := faceliveness.Run(t.Context(), image, faceliveness.WithScenarioDir("testdata/scenarios"))
	testcontainers.CleanupContainer(t, container)
	if err != nil {
		t.Fatal(err)
	}
	container.ReportHints(t) // if the test fails
	url, err := container.HTTPEndpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	resource := emulatortest.Connect(t, url)
	resource.QueueScenario("qa-two-tries", 1)
	// Here the app checks a person, with resource.URL and resource.Key.

	app := caller{base: resource.URL, client: http.DefaultClient, key: resource.Key}
	if played := resource.Play(app.create(t), "", ""); len(played.Attempts) != 2 || played.Attempts[1].Decision != "realface" {
		t.Errorf("got %+v, want two attempts, the second with realface", played.Attempts)
	}
}
