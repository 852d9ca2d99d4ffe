package emulatortest_test

import (
	"os"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/emulatortest"
)

// A test that runs in process, and against a container where there is one.
func Example() {
	var t *testing.T // the test's

	var resource *emulatortest.Resource
	if url := os.Getenv("FACE_LIVENESS_URL"); url != "" {
		resource = emulatortest.Connect(t, url)
	} else {
		resource = emulatortest.New(t).Resource(t)
	}
	resource.Freeze()
	resource.QueueScenario("spoof", 1)
	// Here the app checks a person, with resource.URL, resource.Key and resource.Client.
	resource.Advance(time.Hour)
	resource.AssertClean()
}

// An emulator that listens for HTTPS with its own certificate and wants an admin
// token.
func ExampleConnect() {
	var t *testing.T // the test's

	ca, err := os.ReadFile("ca.pem")
	if err != nil {
		t.Fatal(err)
	}
	resource := emulatortest.Connect(t, "https://localhost:10101", func(c *emulatortest.ConnectOptions) {
		c.CA = ca
		c.AdminToken = os.Getenv("FACE_LIVENESS_ADMIN_TOKEN")
	})
	resource.UseScenario("uncertain")
}

// The app reads a session until it is over, and has not called again after that.
func ExampleResource_AssertRequests() {
	var t *testing.T // the test's

	resource := emulatortest.New(t).Resource(t)
	read := control.RequestQuery{Operation: "getLivenessSessionResult"}
	resource.AwaitRequests(read, 1, 5*time.Second)
	resource.AssertRequests(control.Expectation{RequestQuery: read, AtMost: new(3)})
	resource.AssertOrder(control.RequestQuery{Operation: "createLivenessSession"}, read)
}

// The person is found to be a photo at the second attempt.
func ExampleResource_Play() {
	var t *testing.T // the test's

	resource := emulatortest.New(t).Resource(t)
	var session string // of the app
	resource.Play(session, "abandoned", "{outcome: spoofface, digest: missing}")
	resource.AssertStatus(session, "Succeeded")
}
